"""When a sealing key is due, and when its private half may go: pure decisions."""

import pytest
from msgspec.structs import replace

from exchange.desk.link.ring_schedule import Surroundings, find_destroyable, is_due
from exchange.limits import DAY, RING_GRACE, SECOND
from exchange.trust.registered_keys import Registered
from keys.ring import RingKey, State
from tests.trust.nation import NOW, seed

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
