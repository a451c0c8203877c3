"""A desk's sealing keys: stated each week, destroyed when nobody needs them more."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.desk.client import Desk
from exchange.desk.link.ring_schedule import Surroundings, find_destroyable, is_due
from exchange.desk.link.ring_upkeep import RingUpkeep
from exchange.desk.mailbox.outbox import Outbox
from exchange.errors import Reason
from exchange.limits import RING_GRACE, SECOND
from exchange.trust.registered_keys import Registered
from keys import ring as rings
from keys.ring import RingKey, State
from tests.desk.bench import CHINA, Bench, said
from tests.desk.ringed import KEY, Ringed
from tests.expecting import refusing
from tests.node.world import PK
from tests.trust.nation import DAY, NOW, revocation, seed


@pytest.fixture
def ringed(bench: Bench) -> Ringed:
    return Ringed(bench)


def stated(bench: Bench, node: str = PK) -> list[bytes]:
    """The sealing keys that stand in a node's log, in their order."""
    nation = bench.world.nations[node]
    keys = bench.site(node).node.members.directory(node)
    assert keys
    return [key.kid for key in reversed(keys.sealing_keys(nation.desk))]


def write(bench: Bench, text: str) -> bytes:
    """Let Beijing's desk write to Islamabad's, by the newest key that it knows."""
    return bench.send_back(text)


def read(desk: Desk, name: bytes) -> str:
    desk.sync()
    return desk.mailbox.messages.row(name).verdict


# Each week a key.


def test_the_first_key_is_found_in_the_log(ringed: Ringed) -> None:
    with ringed.synced():
        pass
    (key,) = ringed.ring.keys
    place = key.log, key.index
    assert key.state is State.LOGGED
    assert place == ("islamabad.pk.fusion/log/1", 2)


def test_a_week_later_the_next_one_is_made_stated_and_logged(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        ringed.pass_days(6.9)
        desk.sync()
        assert ringed.states == [State.LOGGED]
        ringed.pass_days(0.2)
        desk.sync()
        assert ringed.states == [State.LOGGED, State.STATED]
        desk.sync()
        assert ringed.states == [State.LOGGED, State.LOGGED]
        life = ringed.ring.keys[1].valid_until - bench.now
        assert life == 7 * DAY
        assert stated(bench)[-1] in desk.officer.openers
        desk.sync()
        assert len(stated(bench)) == 2


def test_a_statement_leaves_the_outbox_once_the_partner_holds_it(
    ringed: Ringed,
) -> None:
    bench = ringed.bench
    origin = bench.world.pk.node.origin
    with ringed.synced() as desk:
        ringed.rotate(desk)
        outbox = desk.mailbox.outbox
        assert len(outbox.list_unconfirmed(origin, 1000)) == 1
        bench.world.meet()
        desk.sync()
        assert outbox.tally() == []
        assert outbox.list_unconfirmed(origin, 1000) == []


def test_two_officers_rotate_with_one_and_read_with_the_other(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.both() as (one, two):
        one.sync()
        two.sync()
        ringed.rotate(one)
        bench.world.meet()
        bench.cn.sync()
        name = write(bench, "To the new key")
        bench.world.meet()
        newest = bench.cn.pinned.sealing_key(ringed.nation.desk, bench.now)
        assert newest
        assert newest.kid not in two.officer.openers  # opened before it was made
        assert read(two, name) == "ACCEPTED"
        assert read(one, name) == "ACCEPTED"


def test_two_programs_at_once_make_one_key(ringed: Ringed) -> None:
    with ringed.both() as (one, two):
        one.sync()
        two.sync()
        ringed.pass_days(7)
        one.sync()
        two.sync()
        one.sync()
        assert ringed.states == [State.LOGGED, State.LOGGED]
        assert len(stated(ringed.bench)) == 2


def test_an_officer_whose_key_is_revoked_speaks_for_no_key(ringed: Ringed) -> None:
    bench, nation = ringed.bench, ringed.nation
    gone = revocation(nation.officer, nation.author.kid, bench.now)
    bench.state(PK, gone)
    with ringed.both() as (one, two):
        ringed.rotate(one)
        assert len(ringed.ring.keys) == 1
        ringed.rotate(two)
        assert ringed.states == [State.LOGGED, State.LOGGED]


# What goes wrong on the way.


class Killed(BaseException):
    """The process ends here."""


def test_killed_before_the_statement_is_queued(
    ringed: Ringed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    ringed.pass_days(7)
    with ringed.officer() as desk:
        monkeypatch.setattr(Outbox, "enqueue", die)
        with pytest.raises(Killed):
            desk.sync()
        monkeypatch.undo()
        made = ringed.ring.keys[-1]
        assert made.state is State.MADE
    with ringed.officer(2) as desk:
        desk.sync()
        desk.sync()
        assert [key.seed for key in ringed.ring.keys].count(made.seed) == 1
        assert ringed.states == [State.LOGGED, State.LOGGED]
        assert len(stated(ringed.bench)) == 2


def test_killed_after_the_statement_is_queued(
    ringed: Ringed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringed.pass_days(7)
    note_states, calls = RingUpkeep._note_states, []

    def die_second(self: RingUpkeep) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        note_states(self)

    with ringed.officer() as desk:
        monkeypatch.setattr(RingUpkeep, "_note_states", die_second)
        with pytest.raises(Killed):
            desk.sync()
        monkeypatch.undo()
        assert ringed.states == [State.LOGGED, State.MADE]
        assert desk.mailbox.outbox.count_queued() == 1
    with ringed.officer(2) as desk:
        desk.sync()
        desk.sync()
        assert ringed.states == [State.LOGGED, State.LOGGED]
        assert len(stated(ringed.bench)) == 2


def test_killed_while_a_version_is_written_leaves_the_old_one_and_no_draft(
    ringed: Ringed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with ringed.synced() as desk:
        before = ringed.path.read_bytes()
        ringed.pass_days(7)
        monkeypatch.setattr(Path, "replace", die)
        with pytest.raises(Killed):
            desk.sync()
        monkeypatch.undo()
        assert ringed.path.read_bytes() == before
        assert len(list(ringed.folder.iterdir())) == 2
    with ringed.officer() as desk:
        assert list(ringed.folder.iterdir()) == [ringed.path]
        assert ringed.path.stat().st_mode & 0o777 == 0o600
        desk.sync()
        assert ringed.states == [State.LOGGED, State.STATED]


def test_a_statement_of_a_wrong_clock_is_made_again_for_the_same_key(
    ringed: Ringed,
) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        ringed.pass_days(7)
        bench.now += 3 * DAY  # the desk's clock alone
        desk.sync()
        made = ringed.ring.keys[-1]
        bench.now -= 3 * DAY
    with ringed.synced() as desk:
        desk.sync()
        assert ringed.states == [State.LOGGED, State.LOGGED]
        assert ringed.ring.keys[-1].seed == made.seed
        assert ringed.ring.keys[-1].valid_until == bench.now + 7 * DAY
        assert not desk.mailbox.outbox.list_held(10)


def test_a_clock_in_2038_makes_no_key_and_destroys_none(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        ringed.rotate(desk)
        before = ringed.path.read_bytes()
        bench.now += 4_000 * DAY
        desk.sync()
        desk.sync()
        assert ringed.path.read_bytes() == before


# The private halves.


def keep_in_touch(ringed: Ringed, desk: Desk, text: str) -> None:
    """Let a bulletin of Islamabad go over, and Beijing's line come back."""
    desk.send(said(CHINA, text))
    ringed.bench.world.meet()
    ringed.bench.cn.sync()
    desk.sync()


def test_a_link_dark_for_forty_days_then_nothing_of_a_destroyed_key(
    ringed: Ringed,
) -> None:
    bench = ringed.bench
    with ringed.both() as (one, two):
        one.sync()
        keep_in_touch(ringed, one, "Before the dark")
        first = ringed.ring.keys[0]
        for _ in range(6):  # 42 days in which no partner is heard
            ringed.rotate(one)
        assert len(ringed.ring.keys) == 7
        assert ringed.holds(first.seed) == ["sealing.keys"]
        name = write(bench, "By the key of six weeks ago")
        bench.world.meet()
        assert read(two, name) == "ACCEPTED"
        bench.cn.sync()
        keep_in_touch(ringed, one, "The link is back")
        assert first in ringed.ring.keys
        ringed.pass_days(29)
        keep_in_touch(ringed, one, "Not yet")
        assert first in ringed.ring.keys
        ringed.pass_days(2)
        keep_in_touch(ringed, one, "Over")
        keep_in_touch(ringed, two, "By the other, too")
        assert not ringed.holds(first.seed)
        held = {key.valid_until for key in ringed.ring.keys}
        assert min(held) + 30 * DAY >= bench.now - DAY
        newest = bench.cn.pinned.sealing_key(ringed.nation.desk, bench.now)
        assert newest
        assert newest.kid in two.officer.openers
        late = write(bench, "By the newest")
        bench.world.meet()
        assert read(two, late) == "ACCEPTED"


def test_this_clock_alone_destroys_nothing(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        ringed.rotate(desk)
        keep_in_touch(ringed, desk, "Both have it")
        kept = [key.seed for key in ringed.ring.keys]
        bench.now += 90 * DAY  # the desk's clock, and nobody else's
        desk.sync()
        bench.world.meet()
        desk.sync()
        assert [key.seed for key in ringed.ring.keys][:2] == kept


def test_a_revoked_key_is_followed_by_another_at_once(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        ringed.rotate(desk)
        revoked = stated(bench)[-1]
        gone = revocation(ringed.nation.desk, revoked, bench.now)
        bench.state(PK, gone)
        desk.sync()
        desk.sync()
        assert ringed.states == [State.LOGGED] * 3
        assert revoked not in stated(bench)


# An older ring.


def test_an_older_ring_raises_the_alarm_and_loses_nothing(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        old = shutil.copy(ringed.path, ringed.folder / "copy")
        ringed.rotate(desk)
        bench.world.meet()
        bench.cn.sync()
        assert not desk.own_alarms()
    newer = ringed.path.read_bytes()
    shutil.copy(old, ringed.path)
    name = write(bench, "To the key that is missing")
    bench.world.meet()
    with ringed.officer() as desk:
        assert desk.own_alarms() == [(Reason.SERIAL, "desk/sealing.keys")]
        assert read(desk, name) == "MISSING"
        ringed.pass_days(7)
        desk.sync()
        assert ringed.path.read_bytes() == Path(old).read_bytes()
        assert not desk.mailbox.receipts.of(name)
    ringed.path.write_bytes(newer)
    ringed.pass_days(0.01)
    with ringed.officer(2) as desk:
        assert not desk.own_alarms()
        assert read(desk, name) == "ACCEPTED"
        assert not desk.mailbox.receipts.of(name)


def test_no_ring_where_there_was_one_is_an_alarm_too(ringed: Ringed) -> None:
    with ringed.synced():
        pass
    ringed.path.unlink()
    with ringed.officer() as desk:
        assert desk.own_alarms() == [(Reason.SERIAL, "desk/sealing.keys")]
        desk.sync()
        assert not ringed.path.exists()


def test_who_gives_the_newer_ring_up_gets_a_new_key(ringed: Ringed) -> None:
    bench = ringed.bench
    with ringed.synced() as desk:
        old = shutil.copy(ringed.path, ringed.folder / "copy")
        ringed.rotate(desk)
        bench.world.meet()
        bench.cn.sync()
    lost = write(bench, "To the lost key")
    shutil.copy(old, ringed.path)
    with ringed.synced() as desk:
        assert desk.upkeep
        desk.upkeep.accept_older()
        assert not desk.own_alarms()
        assert desk.keep_ring(now_due=True)
        desk.sync()
        bench.world.meet()
        ringed.pass_days(0.01)
        assert read(desk, lost) == "KEY_GONE"
        bench.cn.sync()
        name = write(bench, "To the next one")
        bench.world.meet()
        assert read(desk, name) == "ACCEPTED"


@pytest.mark.parametrize("spoil", ["desk", "key", "byte"])
def test_a_ring_of_another_desk_or_key_or_damaged(ringed: Ringed, spoil: str) -> None:
    if spoil == "byte":
        data = bytearray(ringed.path.read_bytes())
        data[-1] ^= 1
        ringed.path.write_bytes(data)
    else:
        desk = "gilgit.islamabad.pk" if spoil == "desk" else ringed.nation.desk
        other = rings.Ring(desk, 5, ringed.ring.keys)
        rings.replace(ringed.path, other, KEY if spoil == "desk" else seed("other"))
    with refusing(Reason.KEY_FILE, "desk/sealing.keys"), ringed.officer():
        pass


# When a sealing key is due, and when its private half may go: pure decisions.


LOG, NEXT = "islamabad.pk.fusion/log/1", "islamabad.pk.fusion/log/2"
CN, KZ = "beijing.cn", "astana.kz"
OVER = NOW + 7 * DAY
SEEN = (NOW + 8 * DAY) // SECOND  # s


def ring_key(name: str, index: int, log: str = LOG, until: int = OVER) -> RingKey:
    return RingKey(seed(name), NOW, until, State.LOGGED, log, index)


OLD, NEW = ring_key("old", 2), ring_key("new", 9, until=OVER + 7 * DAY)
LATE = SEEN * SECOND + RING_GRACE + 1


def around(past: int, **lines: int) -> Surroundings:
    nodes = {"cn": CN, "kz": KZ}
    return Surroundings([LOG], {nodes[k]: at for k, at in lines.items()}, past)


def gone(
    place: Surroundings,
    covers: dict[str, int],
    keys: tuple[RingKey, ...] = (OLD, NEW),
    revoked: frozenset[bytes] = frozenset(),
) -> list[RingKey]:
    return list(find_destroyable(keys, revoked, {NEW.seed: covers}, place))


def test_a_month_after_the_last_partner_had_the_successor() -> None:
    place = around(LATE, cn=SEEN)
    assert gone(place, {CN: SEEN}) == [OLD]
    assert not gone(replace(place, past=LATE - 1), {CN: SEEN})


def test_a_month_after_its_time_was_over_at_least() -> None:
    early = (NOW + DAY) // SECOND
    until = OVER + RING_GRACE
    assert not gone(around(until, cn=early), {CN: early})
    assert gone(around(until + 1, cn=early), {CN: early}) == [OLD]


def test_the_last_of_several_partners_counts() -> None:
    later = SEEN + 5 * DAY // SECOND
    place = around(LATE, cn=SEEN, kz=later)
    assert not gone(place, {CN: SEEN, KZ: later})
    assert not gone(replace(place, past=LATE + 90 * DAY), {CN: SEEN})
    later_yet = replace(place, past=LATE + 5 * DAY)
    assert gone(later_yet, {CN: SEEN, KZ: later}) == [OLD]


def test_a_partner_dark_for_half_a_year_is_waited_for_no_longer() -> None:
    dark = SEEN
    half = dark * SECOND + 180 * DAY
    here = half // SECOND
    assert not gone(around(half - SECOND, cn=here, kz=dark), {CN: SEEN})
    assert gone(around(half + SECOND, cn=here, kz=dark), {CN: SEEN}) == [OLD]


def test_without_a_successor_nothing_goes() -> None:
    place = around(LATE, cn=SEEN)
    assert not gone(place, {CN: SEEN}, (OLD,))
    assert not gone(place, {CN: SEEN}, (OLD, replace(NEW, state=State.STATED)))
    assert not gone(place, {CN: SEEN}, revoked=frozenset({NEW.seed}))


def test_a_revoked_key_goes_as_any_other() -> None:
    place = around(LATE, cn=SEEN)
    assert gone(place, {CN: SEEN}, revoked=frozenset({OLD.seed})) == [OLD]


def test_a_successor_in_the_next_log_comes_after_all_of_this_one() -> None:
    place = replace(around(LATE, cn=SEEN), logs=[LOG, NEXT])
    new = replace(NEW, log=NEXT, index=0)
    assert gone(place, {CN: SEEN}, (OLD, new)) == [OLD]


@pytest.mark.parametrize(
    ("life", "due"),
    [
        ((NOW - 7 * DAY, NOW), True),
        ((NOW - 7 * DAY, NOW + 1), False),
        ((NOW + DAY, NOW + 8 * DAY), False),
        ((NOW + DAY + 1, NOW + 8 * DAY), True),
    ],
)
def test_a_key_is_due(life: tuple[int, int], *, due: bool) -> None:
    kid = seed("kid")
    newest = Registered("ops.islamabad.pk", "sealing", "x-wing", b"", kid, *life, 9)
    assert is_due(newest, {kid}, NOW) is due
    assert is_due(newest, set(), NOW)
    assert is_due(None, {kid}, NOW)
