"""Clocks never destroy, order or block: what a node does with a wrong one."""

from datetime import UTC, datetime

import pytest

from exchange.clock import Clock
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.limits import (
    ANSWERS_WAIT,
    HEARTBEAT,
    LACKING_KEPT,
    MINUTE,
    RETENTION,
    SECOND,
    SIGNED_STALE,
    SKEW_MAX,
)
from exchange.node import outbox, peer_heads, replicas, retention, upkeep, views
from exchange.node.effects import Effect, LoadUndelivered, RecordUndelivered, Send
from exchange.node.session import VERSION, Session
from exchange.node.signed_time import SignedTime
from exchange.store import StoredTimes, StoredUndelivered
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.clocks import Hands
from tests.expecting import present, refusing
from tests.node.world import CN, FILED, PK, Site, World, bulletin, name_of
from tests.trust.nation import DAY

EXPIRES = FILED + 30 * DAY
END = EXPIRES + RETENTION
IN_2038 = int(datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC).timestamp() * 1000) - FILED


def send(met: World, count: int = 1, text: bytes = b"text") -> list[pb.Envelope]:
    made = [
        bulletin(met.pk.nation, met.cn.nation, text + b" %d" % n, expires=EXPIRES)
        for n in range(count)
    ]
    assert not any(answer.reason for answer in met.pk.from_desk(*made))
    return made


def alarms(site: Site) -> list[tuple[str, str]]:
    return [(one.reason, one.where) for one in views.status(site.node).alarms]


def words(site: Site) -> list[str]:
    return [reason for reason, _ in alarms(site)]


def answer(met: World, wait: int = HEARTBEAT) -> None:
    """Let both nodes go on for a heartbeat, and Beijing cosign Islamabad's log."""
    for site in (met.pk, met.cn):
        site.now += wait
        upkeep.tick(site.node)
    line = present(replicas.cosign_again(met.cn.node, PK))
    peer_heads.record_cosignature(met.pk.node, CN, line)


def run(site: Site, seconds: int) -> None:
    for _ in range(seconds):
        site.now += SECOND
        upkeep.tick(site.node)


# What is signed.


def test_what_is_signed_carries_the_time_of_the_process(met: World) -> None:
    met.pk.step = 125 * DAY
    run(met.pk, 1)

    send(met)

    head = present(met.pk.store.heads.newest(met.pk.node.origin))
    keys = met.pk.node.members.log_keys(met.pk.node.origin)
    assert checkpoint.verify_head(head.note, keys).time_s == FILED // SECOND + 1


# CLOCK.


def test_a_partner_s_time_with_the_wall_clock_elsewhere_moves_nothing(
    met: World,
) -> None:
    answer(met)
    met.pk.step = 3 * DAY
    answer(met)

    assert words(met.pk) == [Reason.CLOCK]
    assert met.pk.node.clock.now() == met.pk.now


def test_an_operator_ends_it(met: World) -> None:
    met.pk.step = 3 * DAY
    run(met.pk, 1)
    said = iter([False, True])
    met.pk.node.confirmed = lambda: next(said, False)
    run(met.pk, 1)
    assert words(met.pk) == [Reason.CLOCK]

    run(met.pk, 1)

    assert words(met.pk) == []
    assert met.pk.node.clock.now() == met.pk.now + 3 * DAY


def test_a_clock_that_came_back_by_itself_is_no_alarm(met: World) -> None:
    met.pk.step = -DAY
    run(met.pk, 1)
    met.pk.step = 0
    run(met.pk, 1)

    assert words(met.pk) == []


@pytest.mark.parametrize(("behind", "alarmed"), [(SKEW_MAX, False), (DAY, True)])
def test_at_the_start_it_is_compared_with_the_newest_time_stored(
    met: World, behind: int, *, alarmed: bool
) -> None:
    met.pk.store.retention.set_times(StoredTimes(0, "", met.pk.now))

    met.restart_pk(step=-behind)

    assert words(met.pk) == [Reason.CLOCK] * alarmed


def test_a_node_that_was_off_for_a_week_is_no_alarm(met: World) -> None:
    answer(met)
    met.pk.now += 7 * DAY

    met.restart_pk(step=0)

    assert words(met.pk) == []


@pytest.mark.parametrize("step", [-2 * SKEW_MAX, 2 * SKEW_MAX])
def test_at_the_start_it_is_compared_with_what_a_partner_signs(
    met: World, step: int
) -> None:
    met.pk.store.retention.set_times(StoredTimes())
    met.restart_pk(step=step)
    met.greet()
    answer(met)
    assert words(met.pk) == [Reason.CLOCK, Reason.SKEW]

    met.pk.step = 0
    answer(met)

    assert words(met.pk) == []
    assert met.pk.node.clock.now() == met.pk.now


# SKEW, and signed time.


def test_signed_time_is_the_newest_line_of_another_nation(met: World) -> None:
    times = met.pk.node.signed_time
    assert (times.newest, times.by) == (FILED, CN)

    answer(met)

    assert (times.newest, times.by) == (FILED + HEARTBEAT, CN)
    upkeep.tick(met.pk.node)
    held = met.pk.store.retention.times()
    assert (held.signed, held.by, held.own) == (FILED + HEARTBEAT, CN, met.pk.now)


def test_an_own_line_is_nobody_else_s(met: World) -> None:
    times = met.pk.node.signed_time
    times.heard(PK, FILED + MINUTE)
    times.heard("nobody.example", FILED + MINUTE)
    times.answered(PK, [FILED // SECOND + 60])

    assert times.newest == FILED


def test_an_old_line_says_nothing_of_its_signer_s_clock(met: World) -> None:
    """After a partition the heads that are caught up with are old."""
    met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation, b"old"))
    for site in (met.pk, met.cn):
        site.now += 3 * DAY
    met.greet()

    met.carry(met.cn, met.pk)

    assert words(met.pk) == []
    assert met.pk.node.signed_time.newest == FILED


def test_a_partner_that_is_not_heard_for_a_month_is_named(met: World) -> None:
    answer(met)
    met.pk.now += SIGNED_STALE
    assert words(met.pk) == []

    met.pk.now += SECOND

    day = datetime.fromtimestamp((FILED + HEARTBEAT) / 1000, UTC).date()
    assert alarms(met.pk) == [(Reason.SKEW, f"{CN} {day}")]


def test_with_nobody_else_pinned_nothing_is_over(met: World) -> None:
    clock = Hands(FILED).clock()
    met.pk.store.retention.set_times(StoredTimes(FILED, CN, FILED))
    times = SignedTime(clock, met.pk.store, frozenset)
    met.pk.store.retention.set_times(StoredTimes())
    alone = SignedTime(clock, met.pk.store, frozenset)
    alone.heard(CN, FILED)

    assert not alone.past(1)
    assert times.past(1)


def test_an_operator_takes_back_signed_time_that_was_taken_with_a_wrong_clock(
    met: World,
) -> None:
    hands = Hands(FILED + 3_000 * DAY)
    clock = Clock(lambda: hands.wall, lambda: hands.elapsed)
    times = SignedTime(clock, met.pk.store, lambda: {CN})
    times.heard(CN, hands.wall)
    hands.wall = FILED

    times.confirm()

    assert times.newest == FILED
    assert list(times.alarms()) == []


# A wall clock that is far off.


def test_the_partner_s_node_and_clock_alone_erase_nothing_here(met: World) -> None:
    (one,) = send(met)
    met.carry(met.pk, met.cn)
    met.cn.step = 400 * DAY
    met.cn.node.clock.confirm()  # its operator is mistaken

    answer(met)

    assert retention.erase_expired(met.pk.node) == 0
    assert alarms(met.pk) == [(Reason.SKEW, CN)]
    stored = present(met.pk.store.entries.by_name(name_of(one)))
    assert stored.body


# What waits for nothing but elapsed time.


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_a_wall_clock_that_moves_stops_no_heartbeat(met: World, step: int) -> None:
    answer(met)
    met.cn.step = step
    answer(met)
    met.cn.step = 0
    answer(met)


def test_a_line_of_the_future_does_not_stop_the_heartbeat(met: World) -> None:
    met.cn.step = 125 * DAY
    met.cn.node.clock.confirm()
    answer(met)
    met.cn.store.close()
    met.cn = met._site(CN, met.pk.now)
    met.greet()

    assert replicas.cosign_again(met.cn.node, PK) is not None


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_the_start_up_rule_waits_by_elapsed_time(met: World, step: int) -> None:
    met.restart_pk(step=0)
    met.pk.node.startup._silent.add("karachi.pk")
    peer_heads.hear_partner(met.pk.node, CN, outbox.log_positions(met.cn.node.store))
    met.pk.step = step
    met.pk.now += ANSWERS_WAIT - 1
    assert not met.pk.node.may_sign

    met.pk.now += 1

    assert met.pk.node.may_sign


# What a desk has not read.


def test_what_its_desk_has_not_read_is_kept_for_180_days(met: World) -> None:
    (one,) = send(met)
    met.meet()
    met.pk.read_all()
    for site in (met.pk, met.cn):
        site.reach(END + LACKING_KEPT)
    assert [retention.erase_expired(site.node) for site in (met.pk, met.cn)] == [1, 0]
    stored = present(met.cn.store.entries.by_name(name_of(one)))
    assert stored.body == one.body

    assert retention.erase_expired(met.cn.reach(END + LACKING_KEPT + 1).node) == 1

    (missed,) = met.cn.store.retention.undelivered(met.pk.node.origin, 9)
    assert (missed.by, missed.desks) == (CN, (met.cn.nation.desk,))


def erased_unread(met: World) -> pb.Envelope:
    """Let Beijing's node erase a text that its desk never took."""
    (one,) = send(met)
    met.meet()
    met.pk.read_all()
    for site in (met.pk, met.cn):
        site.reach(END + LACKING_KEPT + 1)
        assert retention.erase_expired(site.node) == 1
    return one


def test_the_sender_s_node_is_told_and_tells_its_desks_once(met: World) -> None:
    one = erased_unread(met)
    index = met.pk.store.entries.places(met.pk.node.origin, [name_of(one)])[
        name_of(one)
    ]
    before = len(met.pk.store.arrivals.page(0, 1_000))
    (frame,) = retention.next_undelivered(met.cn.node, PK, ())
    desk = met.cn.nation.desk
    assert (frame.origin, frame.index, list(frame.desks)) == (
        met.pk.node.origin,
        index,
        [desk],
    )

    for _ in range(2):
        retention.record_undelivered(met.pk.node, CN, frame)

    found = views.arrivals(met.pk.node, met.pk.nation.desk, before)
    assert [arrival.undelivered.by for arrival in found] == [CN]
    assert list(found[0].undelivered.desks) == [desk]
    (other,) = views.arrivals(met.pk.node, "other.islamabad.pk", before)
    assert other.WhichOneof("arrival") is None
    assert retention.next_undelivered(met.cn.node, PK, ()) == [frame], (
        "until a stream took it"
    )
    assert retention.next_undelivered(met.cn.node, PK, [frame]) == []
    assert sound(met)


def sound(met: World) -> bool:
    return not any(
        met.verify(site.nation.node, site.now).faults for site in (met.pk, met.cn)
    )


@pytest.mark.parametrize(
    ("origin", "index", "desks", "reason"),
    [
        ("beijing.cn.fusion/log/1", 3, ["ops.beijing.cn"], Reason.ORIGIN),
        ("islamabad.pk.fusion/log/1", 99, ["ops.beijing.cn"], Reason.POSITION),
        ("islamabad.pk.fusion/log/1", 2**64 - 1, ["ops.beijing.cn"], Reason.POSITION),
        ("islamabad.pk.fusion/log/1", 0, ["ops.beijing.cn"], Reason.RECIPIENTS),
        ("islamabad.pk.fusion/log/1", 3, [], Reason.RECIPIENTS),
        ("islamabad.pk.fusion/log/1", 3, ["ops.islamabad.pk"], Reason.RECIPIENTS),
        ("islamabad.pk.fusion/log/1", 3, ["x"] * 999, Reason.RECIPIENTS),
    ],
)
def test_a_partner_that_lies_of_a_text_leaves_no_trace(
    met: World, origin: str, index: int, desks: list[str], reason: Reason
) -> None:
    send(met)
    before = len(met.pk.store.arrivals.page(0, 1_000))
    told = rpc.Undelivered(origin=origin, index=index, desks=desks)

    with refusing(reason):
        retention.record_undelivered(met.pk.node, CN, told)

    assert len(met.pk.store.arrivals.page(0, 1_000)) == before


def test_an_erased_text_is_wrong_unless_signed_time_bears_it_out(met: World) -> None:
    erased_unread(met)
    assert sound(met)
    early = StoredTimes(END - DAY, CN, met.pk.now)
    met.pk.store.retention.set_times(early)

    report = met.verify(PK, met.pk.now)

    assert [(one.index, one.reason) for one in report.faults] == [(3, Reason.MISSING)]


def test_what_an_operator_had_erased_by_this_clock_alone_is_in_order(
    met: World,
) -> None:
    send(met)
    met.meet()
    for site in (met.pk, met.cn):
        site.read_all().now = END + 1
        times = retention.wall_clock_times(site.now)
        retention.erase_due(site.store, site.node.members, times)

    report = met.verify(PK, met.pk.now)

    assert (report.faults, report.erased) == ((), 1)


def test_over_a_stream_it_goes_until_the_stream_took_it() -> None:
    """Asked at each tick; forgotten at the tick after it went."""
    talk = Session(CN, PK, ["ours"], ["theirs"], [])
    texts = [rpc.Undelivered(origin="theirs", index=4, desks=["d"])]
    assert not reports(talk)
    talk.receive(rpc.Frame(hello=rpc.Hello(node=CN, version=VERSION)))
    talk.heard()

    assert reports(talk) == [LoadUndelivered(())]
    assert talk.reported(texts) == [Send(rpc.Frame(undelivered=texts[0]))]
    assert not reports(talk), "nothing has come from the peer since"
    mine = rpc.Undelivered(origin="ours", index=1, desks=["d"])
    assert talk.receive(rpc.Frame(undelivered=mine)) == [RecordUndelivered(mine)]
    assert reports(talk) == [LoadUndelivered(texts)]
    assert talk.reported([]) == []
    assert reports(talk) == [LoadUndelivered([])]


def test_a_peer_that_has_lost_a_part_of_its_log_gets_that_back_first() -> None:
    held = [ledger_pb2.LogPosition(origin="theirs", size=5)]
    talk = Session(CN, PK, ["ours"], ["theirs"], held)
    talk.receive(rpc.Frame(hello=rpc.Hello(node=CN, version=VERSION)))
    talk.heard()

    assert not reports(talk)


def test_before_an_entry_has_expired_no_node_may_have_erased_it(met: World) -> None:
    send(met)
    met.pk.reach(EXPIRES)
    before = len(met.pk.store.arrivals.page(0, 1_000))
    told = rpc.Undelivered(
        origin=met.pk.node.origin, index=3, desks=[met.cn.nation.desk]
    )

    retention.record_undelivered(met.pk.node, CN, told)
    assert len(met.pk.store.arrivals.page(0, 1_000)) == before
    met.pk.reach(EXPIRES + 1)
    retention.record_undelivered(met.pk.node, CN, told)

    assert len(met.pk.store.arrivals.page(0, 1_000)) == before + 1


def test_one_node_that_tells_too_much_leaves_room_for_others(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.store.retention_rows.UNDELIVERED_MAX", 1)
    send(met, 3)
    made = [
        StoredUndelivered(met.pk.node.origin, index, by, ("d",), FILED)
        for index, by in ((3, CN), (4, CN), (5, PK))
    ]

    assert [met.pk.store.retention.note_undelivered(one) for one in made] == [
        True,
        False,
        True,
    ]


def reports(talk: Session) -> list[Effect]:
    return [effect for effect in talk.tick() if isinstance(effect, LoadUndelivered)]
