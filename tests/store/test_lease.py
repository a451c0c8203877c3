"""The lease: which of several processes may write to their database, and until when."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import EMPTY_ROOT
from exchange.limits import LEASE, LEASE_AHEAD, REPLICA_SEEN
from exchange.store import Store, StoredTimes
from exchange.store.lease import FOREVER, Lease, Replica
from exchange.store.writer import Claim
from tests.expecting import present
from tests.faults import Disk
from tests.quick import folder_in_memory
from tests.store.support import Log, entry, verify

MINE, OTHER, THIRD = b"m" * 16, b"o" * 16, b"t" * 16
NEVER = 10_000
START = 1_000_000  # ms


class Hand:
    """The clock of a database, set by hand; and on which timeline that goes on."""

    def __init__(self, *stores: Store) -> None:
        self.stores = stores
        self.timeline = 1
        self.set(START)

    def set(self, now: int) -> None:
        self.now = now
        for store in self.stores:
            store._database.clock_sql = str(now)
            store._database.timeline_sql = str(self.timeline)

    def pass_by(self, ms: int) -> None:
        self.set(self.now + ms)

    def promote(self) -> None:
        self.timeline += 1
        self.set(self.now)


Two = tuple[Store, Store, Hand]


@pytest.fixture
def two(place: Path | DatabaseUrl) -> Iterator[Two]:
    """Return two stores of one database, and the hand at its clock."""
    stores = Store(place), Store(place)
    yield *stores, Hand(*stores)
    for one in stores:
        one.close()


def refused(act: object, *told: object, **named: object) -> bool:
    """Whether a call is refused for another that writes; anything else is raised."""
    assert callable(act)
    try:
        act(*told, **named)
    except Refusal as refusal:
        if refusal.reason is not Reason.NOT_WRITER:
            raise
        return True
    return False


def test_one_takes_it_and_the_other_waits_for_its_end(two: Two) -> None:
    mine, other, hand = two
    assert mine.leases.read() is None

    held = mine.leases.take(MINE)
    assert held == Lease(Claim(1, MINE), LEASE, 1, restored=False)
    hand.pass_by(LEASE - 1)
    assert refused(other.leases.take, OTHER)
    hand.pass_by(1)
    taken = other.leases.take(OTHER)

    assert taken.claim == Claim(2, OTHER)
    assert other.writer() == taken.claim
    assert refused(mine.leases.renew, held.claim)
    assert refused(mine.leases.take, MINE)
    assert refused(mine.write_as, held.claim)


def test_who_renews_holds_it(two: Two) -> None:
    mine, other, hand = two
    held = mine.leases.take(MINE)
    for _ in range(5):
        hand.pass_by(LEASE - 1)
        mine.leases.renew(held.claim)
        assert refused(other.leases.take, OTHER)
    hand.pass_by(10 * LEASE)
    mine.leases.renew(held.claim)  # late, and nobody took it

    read = present(other.leases.read())
    assert (read.claim, read.left) == (held.claim, LEASE)


def test_who_ends_hands_it_over_at_once(two: Two) -> None:
    mine, other, _ = two
    held = mine.leases.take(MINE)
    mine.leases.announce(MINE, "one:1")

    other.leases.give_up(Claim(1, OTHER))
    assert refused(other.leases.take, OTHER)
    mine.leases.give_up(held.claim)

    assert other.leases.take(OTHER).claim.epoch == 2
    assert other.leases.replicas() == []


def test_a_database_that_goes_on_from_an_older_state_ends_the_lease(
    two: Two,
) -> None:
    mine, _, hand = two
    held = mine.leases.take(MINE)
    hand.promote()

    assert refused(mine.leases.renew, held.claim)
    assert refused(mine.leases.take, THIRD)
    hand.pass_by(LEASE)
    assert mine.leases.take(THIRD).timeline == 2


def test_what_was_heard_before_a_promotion_says_nothing_of_the_state_after_it(
    two: Two,
) -> None:
    mine, _, hand = two
    held = mine.leases.take(MINE, restored=True)
    hand.promote()
    mine.leases.settle(held.claim)
    read = present(mine.leases.read())
    assert read.restored

    again = mine.leases.take(MINE)
    mine.leases.settle(again.claim)
    read = present(mine.leases.read())
    assert not read.restored


def test_nobody_writes_on_from_an_older_state_before_the_lease_is_lost(
    two: Two,
) -> None:
    """A standby that was promoted has the claim, and may lack what was shown since."""
    writing, turn, hand = two
    held = turn.leases.take(MINE)
    writing.write_as(held.claim)
    writing.retention.set_times(StoredTimes(1, "cn", 1))
    hand.promote()

    assert refused(writing.retention.set_times, StoredTimes(2, "cn", 2))
    assert refused(writing.stands, Head("islamabad.pk.fusion/log/1", 0, EMPTY_ROOT))
    assert refused(writing.write_as, held.claim)


def test_nobody_waits_for_a_clock_that_was_set_back(two: Two) -> None:
    """As that of a standby which was promoted, and is behind."""
    mine, other, hand = two
    held = mine.leases.take(MINE)
    hand.pass_by(LEASE - LEASE_AHEAD)
    assert refused(other.leases.take, OTHER)
    hand.pass_by(-1)
    read = present(other.leases.read())
    assert read.over

    assert other.leases.take(OTHER).claim == Claim(2, OTHER)
    assert refused(mine.leases.renew, held.claim)


def test_nobody_takes_the_lease_of_a_database_that_was_left(
    two: Two,
) -> None:
    mine, other, _ = two
    mine.leases.take(MINE)
    with mine._database.write_cursor() as cursor:
        cursor.execute("UPDATE lease SET until = ?", (FOREVER,))

    read = present(other.leases.read())
    assert not read.over
    assert refused(other.leases.take, OTHER)


def test_that_it_was_restored_stands_until_somebody_has_heard_all(
    two: Two,
) -> None:
    mine, other, hand = two
    assert mine.leases.take(MINE, restored=True).restored
    hand.pass_by(LEASE)
    held = other.leases.take(OTHER)
    assert held.restored
    mine.leases.settle(Claim(1, MINE))  # no longer its business
    assert other.leases.take(OTHER).restored

    other.leases.settle(held.claim)

    assert not other.leases.take(OTHER).restored


def test_every_write_of_a_writer_that_was_paused_is_refused(
    two: Two,
) -> None:
    mine, other, hand = two
    mine.write_as(mine.leases.take(MINE).claim)
    log = Log(mine)
    log.append(entry(0))
    hand.pass_by(LEASE)
    other.write_as(other.leases.take(OTHER).claim)

    assert refused(log.put, [entry(1)])
    assert refused(mine.retention.set_times, StoredTimes(1, "cn", 1))
    assert verify(other) == 1


def test_who_shares_a_database_is_known_for_a_while(two: Two) -> None:
    mine, other, hand = two
    mine.leases.take(MINE)
    mine.leases.announce(MINE, "one:1")
    hand.pass_by(500)
    other.leases.announce(OTHER, "two:2")
    other.leases.announce(OTHER, "two:2")

    assert mine.leases.replicas() == [
        Replica(MINE, "one:1", 500, writes=True),
        Replica(OTHER, "two:2", 0, writes=False),
    ]
    hand.pass_by(REPLICA_SEEN)
    other.leases.announce(OTHER, "two:2")
    assert mine.leases.replicas() == [Replica(OTHER, "two:2", 0, writes=False)]


CALLS: dict[str, Callable[[Store], object]] = {
    "take": lambda store: store.leases.take(MINE, above=3),
    "renew": lambda store: store.leases.renew(Claim(1, MINE)),
    "give_up": lambda store: store.leases.give_up(Claim(1, MINE)),
    "settle": lambda store: store.leases.settle(Claim(1, MINE)),
    "announce": lambda store: store.leases.announce(MINE, "one:1"),
}


@pytest.mark.parametrize("way", ["lost", "done"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_whose_answer_was_cut_may_be_repeated(
    path: Path, name: str, way: str
) -> None:
    """Each step fails, as if it were never made, and as if it were made."""
    call = CALLS[name]
    for step in range(1, NEVER):
        path.unlink(missing_ok=True)
        with Disk().attach(path) as disk:
            store = Store(path)
            Hand(store)
            assert store.leases.take(MINE, restored=True).claim == Claim(1, MINE)
            disk.arm(step, way)
            with contextlib.suppress(Refusal):
                call(store)
            failed, _ = disk.failed, disk.heal()

            call(store)

            left = present(store.leases.read())
            assert left.claim == Claim(4 if name == "take" else 1, MINE)
            assert left.left == (-START if name == "give_up" else LEASE)
            assert left.restored is (name != "settle")
            assert len(store.leases.replicas()) == (name == "announce")
            store.close()
        if not failed:
            return


class Holders(RuleBasedStateMachine):
    """Three holders, each with its own idea of when its lease ends.

    They are paused and wake up, answers are cut, the clock of the database is set, and
    it goes on from older states of itself. Who writes is the newest that took it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = folder_in_memory()
        self.path = path = self.folder.__enter__() / "node.db"
        self.writes = [Store(path) for _ in range(3)]
        self.leases = [Store(path) for _ in range(3)]
        self.hand = Hand(*self.writes, *self.leases)
        self.claims: list[Claim | None] = [None] * 3
        self.newest: Claim | None = None
        self.until = 0
        self.at = 1
        self.log = 0

    @rule(who=st.integers(0, 2), cut=st.booleans())
    def take(self, who: int, cut: bool) -> None:  # noqa: FBT001  of Hypothesis
        holder = bytes([who]) * 16
        before = self.newest
        mine = before is not None and before.holder == holder
        runs = self.hand.now < self.until <= self.hand.now + LEASE_AHEAD
        if runs and not mine:
            assert refused(self.leases[who].leases.take, holder)
            return
        held = self.leases[who].leases.take(holder)
        assert before is None or held.claim.epoch == before.epoch + (not mine)
        self.newest, self.at = held.claim, self.hand.timeline
        self.until = self.hand.now + LEASE
        if not cut:
            self.writes[who].close()
            self.writes[who] = Store(self.path)
            self.hand.stores = (*self.writes, *self.leases)
            self.hand.set(self.hand.now)
            self.writes[who].write_as(held.claim)
            self.claims[who] = held.claim

    @rule(who=st.integers(0, 2))
    def renew(self, who: int) -> None:
        claim = self.claims[who]
        if claim is None:
            return
        wrong = claim != self.newest or self.at != self.hand.timeline
        assert refused(self.leases[who].leases.renew, claim) is wrong
        if not wrong:
            self.until = self.hand.now + LEASE

    @rule(who=st.integers(0, 2))
    def give_up(self, who: int) -> None:
        claim = self.claims[who]
        if claim is not None:
            self.leases[who].leases.give_up(claim)
            if claim == self.newest:
                self.until = 0

    @rule(who=st.integers(0, 2))
    def write(self, who: int) -> None:
        claim = self.claims[who]
        if claim is None:
            return
        wrong = claim != self.newest or self.at != self.hand.timeline
        store = self.writes[who]
        assert refused(store.retention.set_times, StoredTimes(1, "cn", 1)) is wrong

    @rule(ms=st.integers(-LEASE, 2 * LEASE))
    def set_clock(self, ms: int) -> None:
        self.hand.pass_by(ms)

    @rule()
    def promote(self) -> None:
        self.hand.promote()

    @invariant()
    def one_writes(self) -> None:
        assert self.writes[0].writer() == self.newest

    def teardown(self) -> None:
        for one in (*self.writes, *self.leases):
            one.close()
        self.folder.__exit__(None, None, None)


TestHolders = Holders.TestCase
TestHolders.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
