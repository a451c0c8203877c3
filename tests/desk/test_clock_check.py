"""A desk whose clock is wrong: what it says, and that what is overdue stays so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.link.clock_check import StatusAnswer, SteadyClock, judge
from exchange.desk.status_records import ClockState, LateClock
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.limits import CLOCK_STEP_MAX, DAY, MINUTE
from exchange.v1.desk_service_pb2 import Alarm, GetStatusResponse, PeerStatus
from tests.clocks import Hands
from tests.desk.bench import Bench, client, said
from tests.desk.test_due_list import DEADLINE, sent
from tests.node.world import CN, FILED, PK

LATE = FILED + 11 * MINUTE  # behind the deadline of `sent`
HOUR = 60 * MINUTE


def look(bench: Bench) -> tuple[list[str], ClockState | None]:
    """Return what is late at the desk in Beijing, and what it says of its clock."""
    view = TerminalDesk(bench.cn)
    items = [item for section in view.handover() for item in section.items]
    state = view.link().clock
    return [kind for item in items if item.late for kind in item.kinds], state


def escalated(bench: Bench) -> None:
    """Let a FLASH be unanswered, and both nodes sign a later time."""
    sent(bench, mode="ACTUAL")
    bench.now = LATE
    for site in (bench.world.pk, bench.world.cn):
        site.reach(LATE)
    nothing = {"acknowledge": "NONE"}
    for desk, to in ((bench.pk, CN), (bench.cn, PK)):
        desk.send(said(bench.world.nations[to], "Noted", request=nothing))
    bench.meet()
    assert look(bench) == (["ESCALATED"], None)


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
def test_by_a_clock_days_behind_a_flash_stays_overdue(
    bench: Bench, *, down: bool
) -> None:
    escalated(bench)
    bench.now = LATE - 3 * DAY
    client(bench.cn).down = down
    bench.cn.try_sync()
    late, state = look(bench)
    assert late == ["ESCALATED"]
    assert state is not None
    assert state.by
    assert state.judged_by
    assert abs(state.apart - 3 * DAY) < MINUTE


def test_by_a_clock_days_behind_lists_call_late_what_the_top_row_does(
    bench: Bench,
) -> None:
    """A search, the order by urgency, the column of deadlines, and Sent."""
    escalated(bench)
    bench.now = LATE - 3 * DAY
    client(bench.cn).down = client(bench.pk).down = True
    view, author = TerminalDesk(bench.cn), TerminalDesk(bench.pk)
    (number,) = view.find("is:overdue").numbers
    (row,) = view.rows([number])
    assert (row.subject, row.open_here) == ("Convoy delayed", True)
    assert view.urgent()[0] == number
    assert view.link().late.late_at(bench.now) >= LATE
    assert [one.desks[0].late_since for one in author.sent(9)] == [0, DEADLINE]


def test_by_a_clock_days_behind_a_desk_that_begins_stays_warned(bench: Bench) -> None:
    escalated(bench)
    bench.now = LATE - 3 * DAY
    bench.reopen()
    client(bench.cn).down = True
    late, state = look(bench)
    assert late == ["ESCALATED"]
    assert state is not None


def test_what_has_expired_by_a_clock_alone_stays(bench: Bench) -> None:
    escalated(bench)
    bench.now = LATE + 40 * DAY
    bench.cn.sync()
    late, state = look(bench)
    assert late == ["ESCALATED"]
    assert state == ClockState(-40 * DAY, CN, "")
    view = TerminalDesk(bench.cn)
    (number,) = view.find("is:overdue").numbers
    (row,) = view.page(number, 1)
    assert row.open_here, "in lists too"
    for site in (bench.world.pk, bench.world.cn):
        site.reach(bench.now)
    bench.deliver(request={"acknowledge": "NONE"})
    assert look(bench) == ([], None), "the others say so too: it has expired"


# The decision.


def answer(now: int, node: int, *alarms: Reason, **apart: int) -> StatusAnswer:
    peers = [PeerStatus(name=f"{name}.x", apart=ms) for name, ms in apart.items()]
    told = [Alarm(reason=reason) for reason in alarms]
    return StatusAnswer(GetStatusResponse(time=node, peers=peers, alarms=told), now)


def test_one_partner_against_a_sound_node_judges_nothing() -> None:
    """It may sign whatever time it likes, and alarm nobody's officers by that."""
    far = {CN: FILED, PK: FILED + 365 * DAY, "": FILED}
    sound = judge(FILED, CN, far, answer(FILED, FILED))
    assert sound.times == (FILED, FILED)
    assert sound.clock == ClockState(365 * DAY, PK, "")
    for unsure in (None, answer(FILED, FILED, Reason.CLOCK), answer(FILED, 0)):
        found = judge(FILED, CN, far, unsure)
        assert found.late_at == FILED + 365 * DAY
        assert found.clock == ClockState(365 * DAY, PK, PK)


def test_a_partner_that_is_behind_is_named() -> None:
    found = judge(FILED, CN, {CN: FILED}, answer(FILED, FILED, x=-2 * HOUR))
    behind = ClockState(-2 * HOUR, "x.x", "")
    assert found == (FILED, FILED, behind, LateClock(0, FILED))


def test_a_clock_that_was_set_judges_by_time_elapsed_too() -> None:
    hands = Hands(FILED)
    clock = SteadyClock(lambda: hands.wall, lambda: hands.elapsed)
    assert clock.look(None) == 0
    hands.go(HOUR)
    assert clock.look(None) == 0
    hands.wall -= 2 * DAY
    assert clock.look(None) == -2 * DAY
    found = judge(hands.wall, CN, {}, None, -2 * DAY)
    assert found.times == (FILED + HOUR, hands.wall)
    assert found.clock == ClockState(2 * DAY, "", "")
    doubtful = answer(hands.wall, hands.wall, Reason.CLOCK)
    assert clock.look(doubtful) == -2 * DAY
    assert clock.look(answer(hands.wall, hands.wall)) == 0, "its node bears it out"


TIMES = st.integers(FILED - 90 * DAY, FILED + 90 * DAY)


@given(
    st.dictionaries(st.sampled_from([CN, PK, "", "third.kz"]), TIMES),
    st.none() | st.builds(answer, TIMES, TIMES, x=st.integers(-(10**9), 10**9)),
    st.integers(-9 * DAY, 9 * DAY),
)
def test_no_word_of_others_makes_less_overdue(
    signed: dict[str, int], told: StatusAnswer | None, stepped: int
) -> None:
    found = judge(FILED, CN, signed, told, stepped)
    assert found.expired_at <= FILED <= found.late_at
    assert found.late.late_at(FILED) == found.late_at
    if CN in signed:
        assert found.late_at >= signed[CN]
    if found.late_at - FILED > CLOCK_STEP_MAX:
        assert found.clock is not None
