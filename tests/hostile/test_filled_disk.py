"""A partner that fills the disk."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import DESK_SHARE, ENTRIES_A_DAY_MIN, ENTRY_MAX, HELD_FOR
from exchange.node import express_inbox, upkeep, views
from exchange.node.quota import DESK, DailyBudgets, Quota
from exchange.node.urgent import UrgentWatch
from exchange.store import HELD, LACKING
from exchange.trust.statements import revocation_statement as revocation
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import refusing
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.test_express_inbox import flash
from tests.node.test_lacking import FIRST, OURS, give, send, sound
from tests.node.test_quota import alarms, limit, stored, weight
from tests.node.world import CN, FILED, PK, World, bulletin, directory, forged, name_of
from tests.trust.nation import DAY

met = node_fixtures.met

A_DAY = 4 * 1024 * 1024  # bytes of entries
JUNK = 23  # entries of ENTRY_MAX bytes, which one batch may hold
BATCH = JUNK * (ENTRY_MAX // 8 * 8)
FULL_SPEED = 40  # batches, ten times the budget and more


def test_p63_a11_beyond_the_budget_entries_are_taken_and_texts_are_not(
    met: World,
) -> None:
    limit(met.cn, 2 * weight(met))
    send(met, b"one", b"two", b"three")
    met.carry(met.pk, met.cn)

    assert [one.state for one in stored(met)] == [HELD, HELD, LACKING]
    assert [one.why for one in stored(met)] == ["", "", "QUOTA"]
    assert [one.reason for one in stored(met)] == [""] * 3
    assert alarms(met.cn) == [(Reason.QUOTA, PK)]
    assert alarms(met.pk) == [(Reason.MISSING, f"{OURS}#{FIRST + 2}")]
    assert views.status(met.pk.node).peers[0].lacking == 1
    sound(met, met.cn, lacking=1)


def test_p63_a11_t4_at_the_floor_partners_wait_before_own_desks_do(
    met: World,
) -> None:
    free = [0.75]  # of the floor
    limit(met.cn, 10**9, free)
    send(met, b"one")
    one = bulletin(met.cn.nation, met.pk.nation, b"own")
    two = bulletin(met.cn.nation, met.pk.nation, b"another")

    with refusing(Reason.QUOTA):
        met.carry(met.pk, met.cn)
    (answer,) = met.cn.from_desk(one)

    assert stored(met) == []
    assert not answer.reason
    assert alarms(met.cn) == [(Reason.DISK, CN)]
    sound(met, met.cn)

    free[0] = 0.25
    before = met.cn.store.logs.size(met.cn.node.origin)
    (answer,) = met.cn.from_desk(two)

    assert (answer.reason, answer.later) == (Reason.DISK, True)
    assert met.cn.store.logs.size(met.cn.node.origin) == before

    free[0] = 1
    met.carry(met.pk, met.cn)
    (answer,) = met.cn.from_desk(two)

    assert not answer.reason
    assert [one.state for one in stored(met)] == [HELD]
    assert alarms(met.cn) == []


def test_p63_a11_at_the_floor_no_text_comes_that_was_lacking(met: World) -> None:
    free: list[float] = [1]
    limit(met.cn, 1, free)
    send(met, b"one")
    met.carry(met.pk, met.cn)
    limit(met.cn, 10**9, free)
    free[0] = 0.75

    with pytest.raises(AssertionError):
        give(met, FIRST)
    free[0] = 1
    give(met, FIRST)

    assert [one.state for one in stored(met)] == [HELD]


# Junk under true heads.


def hold(world: World, **budgets: int) -> None:
    """Let Beijing store so much of Islamabad a day, from now on."""
    node = world.cn.node
    node.quota = Quota(node.clock.elapsed, DailyBudgets(**budgets))
    node.quota.recall(node.store.budgets)


def junk(world: World, *entries: bytes) -> str:
    """Have Islamabad log entries under a true head; the reason if it is refused."""
    edge = world.cn.store.logs.edge(world.pk.node.origin)
    made = forged(world.pk.nation, edge, entries)
    try:
        receive_batch(world.cn.node, PK, made)
    except Refusal as refusal:
        return refusal.reason
    return ""


def flood(world: World, batches: int) -> tuple[int, set[str]]:
    """Log junk at full speed; the bytes that were stored, and the answers.

    At one place always the same: what differs would be a fork.
    """
    kept, answers = 0, set()
    for _ in range(batches):
        at = world.cn.store.logs.size(world.pk.node.origin)
        some = (b"%8d" % (at + n) * (ENTRY_MAX // 8) for n in range(JUNK))
        answer = junk(world, *some)
        answers.add(answer)
        kept += 0 if answer else BATCH
    return kept, answers


def read_flash(world: World, text: bytes) -> str:
    """Send a FLASH of Islamabad's ahead; return the answer once a desk has read it."""
    sent = flash(world, text)
    below = world.cn.store.logs.size(world.pk.node.origin) + 1_000
    frame = rpc.Express(envelope=sent, below=below)
    answer = express_inbox.receive(world.cn.node, PK, frame).reason
    news = UrgentWatch(world.cn.node, world.cn.nation.desk, 0).news()
    shown = name_of(sent) in {name_of(one.envelope) for one in news}
    assert shown is (answer == "")
    return answer


def test_t4_a_log_of_junk_grows_by_its_budget_and_no_more(met: World) -> None:
    hold(met, entries=A_DAY)

    kept, answers = flood(met, FULL_SPEED)

    assert A_DAY <= kept <= A_DAY + BATCH
    assert answers == {"", Reason.QUOTA}
    assert (Reason.BUDGET, f"{PK} 4/4 MiB") in alarms(met.cn)
    (own,) = met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation, b"own"))
    assert not own.reason
    assert read_flash(met, b"read meanwhile") == ""
    sound(met, met.cn)

    met.cn.now += DAY // 2
    kept, _ = flood(met, FULL_SPEED)

    assert 0 < kept <= A_DAY // 2 + BATCH


def test_t4_a_restart_gives_no_new_budget(met: World) -> None:
    hold(met, entries=A_DAY)
    flood(met, FULL_SPEED)
    upkeep.tick(met.cn.node)  # each second; then the process is killed

    met.reopen()
    hold(met, entries=A_DAY)
    kept, answers = flood(met, FULL_SPEED)

    assert (kept, answers) == (0, {Reason.QUOTA})
    assert (Reason.BUDGET, f"{PK} 4/4 MiB") in alarms(met.cn)
    assert read_flash(met, b"after the restart") == ""


def test_t4_what_is_refused_is_counted_too(met: World) -> None:
    hold(met, refusals=100)

    assert junk(met, *(b"junk %d" % n for n in range(90))) == ""
    assert (Reason.BUDGET, f"{PK} REFUSED 50/100") in alarms(met.cn)
    assert junk(met, *(b"more %d" % n for n in range(20))) == ""
    for _ in range(3):
        assert junk(met, b"one more") == Reason.QUOTA

    assert (Reason.BUDGET, f"{PK} REFUSED 100/100") in alarms(met.cn)


def test_t4_a_held_log_is_not_late(met: World) -> None:
    """An honest FLASH that came ahead is not called STALLED meanwhile."""
    hold(met, entries=A_DAY)
    flood(met, FULL_SPEED)
    read_flash(met, b"in a held log")

    met.cn.node.quota.spend(PK, {"entries": 9 * A_DAY})
    for _ in range(3 * DAY // HELD_FOR):
        met.cn.now += HELD_FOR // 2
        assert flood(met, 1) == (0, {Reason.QUOTA})  # as its owner tries
        for _ in range(2):
            met.cn.now += 4_000
            assert express_inbox.tick(met.cn.node, PK) == []

    assert not met.cn.node.express[PK].stalled


def test_t4_one_desk_cannot_take_the_reserve_of_others(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express_inbox, "EXPRESS_HELD_MAX", 8)
    hold(met, entries=A_DAY)
    flood(met, FULL_SPEED)

    answers = [read_flash(met, b"flash %d" % number) for number in range(4)]

    assert answers == ["", "", Reason.QUOTA, Reason.QUOTA]


def test_t4_revocations_have_places_beside_the_reserve(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the reserve is full of a stolen desk's FLASH."""
    monkeypatch.setattr(express_inbox, "EXPRESS_HELD_MAX", 0)
    monkeypatch.setattr(express_inbox, "EXPRESS_REVOCATIONS_MAX", 1)
    hold(met, entries=A_DAY)
    flood(met, FULL_SPEED)
    assert read_flash(met, b"no place") == Reason.RATE
    nation = met.pk.nation

    answers = []
    for key in (nation.author.kid, bytes(32)):
        revoked = revocation(nation.officer, key, FILED)
        sent = directory(nation, revoked, [("issuer", nation.issuer)])
        frame = rpc.Express(envelope=sent)
        answers.append(express_inbox.receive(met.cn.node, PK, frame).reason)

    assert answers == ["", Reason.RATE]


# A stolen desk.


def test_t4_a_stolen_desk_uses_up_its_share_and_not_its_nation_s(met: World) -> None:
    node, nation = met.pk.node, met.pk.nation
    node.quota.note_told(CN, ENTRIES_A_DAY_MIN)
    hold(met, entries=ENTRIES_A_DAY_MIN)
    share = ENTRIES_A_DAY_MIN // DESK_SHARE
    sent = [bulletin(nation, met.cn.nation, b"%d" % n) for n in range(4)]
    size = len(sent[0].entry)
    node.quota.spend(nation.desk, {DESK: share - 2 * size + 1})

    answers = [met.pk.from_desk(one)[0] for one in sent]

    assert [one.reason for one in answers] == ["", "", Reason.QUOTA, Reason.QUOTA]
    assert all(one.later for one in answers[2:])
    met.carry(met.pk, met.cn)
    sound(met, met.cn)
