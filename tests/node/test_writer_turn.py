"""Two processes of one node on one database: which one writes, and what both show."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.errors import Reason
from exchange.ledger.checkpoint import Head
from exchange.limits import LEASE, LEASE_MARGIN, SECOND
from exchange.node import (
    outbox,
    own_log,
    peer_heads,
    start_up,
    submissions,
    upkeep,
    views,
)
from exchange.node.desk_watch import DeskWatch
from exchange.node.standby import Follower
from exchange.node.submission_check import Submission
from exchange.node.writer_turn import WriterTurn
from exchange.store import Store
from tests.expecting import refusing
from tests.node import receiving
from tests.node.world import CN, FILED, PK, Site, beginning, bulletin, name_of
from tests.trust.nation import Nation

A, B = b"a" * 16, b"b" * 16


class Pair:
    """Islamabad's node in two processes, and Beijing's in one.

    The clock of the database and those of the processes are set by hand: a process that
    is paused does not look.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = FILED
        self.pk, self.cn = Nation(), Nation("cn", "beijing")
        self.records = {one: folder / f"{one[:1].decode()}.emitted" for one in (A, B)}
        self.turns: dict[bytes, WriterTurn] = {}
        self.sites: dict[bytes, Site] = {}
        self.beijing = Site(self.cn, folder, [self.pk])
        start_up.write_emissions(self.records[A], start_up.Emissions())
        for holder in (A, B):
            self.begin(holder)
        self.greet(A)
        assert not any(one.reason for one in self.a.submit(*beginning(self.pk)))
        self.beijing.begin()
        self.carry(self.beijing, self.a)
        self.carry(self.a, self.beijing)

    def begin(self, holder: bytes) -> None:
        """Start a process."""
        store = Store(self.folder / f"{PK}.db")
        name, record = f"{holder[:1].decode()}:1", self.records[holder]
        self.turns[holder] = WriterTurn(store, holder, name, record, lambda: self.now)
        self.set_clock()
        self.look(holder)

    def set_clock(self) -> None:
        for turn in self.turns.values():
            turn.store._database.clock_sql = str(self.now)
        for site in self.sites.values():
            site.now = self.now

    def pass_by(self, ms: int, *awake: bytes) -> None:
        """Let time go by; who is awake looks as often as it does."""
        for _ in range(0, ms, SECOND // 2):
            self.now += SECOND // 2
            self.set_clock()
            for holder in awake:
                self.look(holder)

    def look(self, holder: bytes) -> None:
        """Look at the lease, and open the node again where it begins another term."""
        turn, held = self.turns[holder], self.sites.get(holder)
        turn.look()
        if held is None or turn.is_over(held.node.term):
            self.open(holder)

    def open(self, holder: bytes) -> Site:
        if held := self.sites.pop(holder, None):
            upkeep.close(held.node)
            held.store.close()
        term, record = self.turns[holder].term(), self.records[holder]
        made = Site(self.pk, self.folder, [self.cn], self.now, term=term, record=record)
        self.sites[holder] = made
        return made

    @property
    def a(self) -> Site:
        return self.sites[A]

    @property
    def b(self) -> Site:
        return self.sites[B]

    def greet(self, holder: bytes) -> None:
        """Let a process and Beijing hear what the other holds."""
        ours, theirs = self.sites[holder].node, self.beijing.node
        peer_heads.hear_partner(ours, CN, outbox.log_positions(theirs.store))
        peer_heads.hear_partner(theirs, PK, outbox.log_positions(ours.store))

    def send(self, holder: bytes, text: bytes) -> bytes:
        sent = bulletin(self.pk, self.cn, text)
        (answer,) = self.sites[holder].from_desk(sent)
        assert not answer.reason
        return name_of(sent)

    def carry(self, sender: Site, receiver: Site) -> None:
        """Bring all of a log to the other node, and its lines back."""
        receiving.carry(sender.node, receiver.node)

    def close(self) -> None:
        for site in (*self.sites.values(), self.beijing):
            site.store.close()
        for turn in self.turns.values():
            turn.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.close()


def writes(site: Site) -> bool:
    return site.node.term.writes


def signs(site: Site) -> bool:
    return site.node.may_sign


def entries(site: Site) -> list[bytes]:
    origin = site.node.origin
    return [one.name for one in site.store.entries.page(origin, 0, 99)]


def test_one_writes_and_the_other_shows_it(pair: Pair) -> None:
    follower = Follower(pair.b.node)
    watch = DeskWatch(pair.b.node, pair.pk.desk, 0)
    follower.look()
    assert writes(pair.a)
    assert not writes(pair.b)
    assert not signs(pair.b)

    name = pair.send(A, b"one")

    assert follower.look()
    assert not follower.look()
    assert name in entries(pair.b)
    pages, complete = [], False
    while not complete:
        page, complete = watch.next_page()
        pages += [one.entry.index for one in page.arrivals] if page else []
    assert max(pages) == pair.b.store.logs.signed_size(pair.b.node.origin) - 1
    shown = views.status(pair.b.node)
    assert [(one.name, one.writes) for one in shown.replicas] == [
        ("a:1", True),
        ("b:1", False),
    ]


def test_a_standby_takes_nothing_and_signs_nothing(pair: Pair) -> None:
    (answer,) = pair.b.from_desk(bulletin(pair.pk, pair.cn, b"one"))

    assert answer.reason
    assert answer.later
    for key in (pair.b.node.keys.log, pair.b.node.keys.log_pq, pair.b.node.keys.mirror):
        with refusing(Reason.NOT_WRITER):
            key.sign(b"a head")


def test_a_writer_does_not_forget_what_an_older_state_lacks(pair: Pair) -> None:
    """A standby of the database was promoted, and the lease has not told it yet."""
    pair.send(A, b"one")
    own_log.publish(pair.a.node)
    path, store, origin = pair.records[A], pair.a.store, pair.a.node.origin
    record = start_up.EmissionRecord(path)
    assert not record.begin(store, pair.turns[A].term())
    size = store.logs.signed_size(origin)
    epoch = start_up.emissions_of(store).epoch
    newer = start_up.Emissions(epoch, {origin: Head(origin, size + 1, bytes(32))})
    start_up.write_emissions(path, newer)

    record.save(store)

    assert start_up.read_emissions(path) == newer
    start_up.write_emissions(path, start_up.Emissions(epoch))
    record.save(store)
    assert start_up.read_emissions(path) == start_up.emissions_of(store)


def test_who_renews_stays_the_writer(pair: Pair) -> None:
    pair.pass_by(5 * LEASE, A, B)

    assert writes(pair.a)
    assert pair.b.node.term.standby


def test_a_paused_writer_stops_before_another_can_take_over(pair: Pair) -> None:
    pair.now += LEASE - LEASE_MARGIN
    pair.set_clock()
    assert not writes(pair.a)
    pair.look(B)
    assert pair.b.node.term.standby

    pair.now += LEASE_MARGIN
    pair.set_clock()
    pair.look(B)

    assert writes(pair.b)


def test_the_next_writer_hears_a_partner_before_it_signs(pair: Pair) -> None:
    """What was committed and not signed is signed by who comes next."""
    pair.send(A, b"one")
    own_log.publish(pair.a.node)
    pair.carry(pair.a, pair.beijing)
    sent = bulletin(pair.pk, pair.cn, b"two")
    waits = name_of(sent)
    submissions.commit(pair.a.node, [Submission(sent, pair.pk.desk)])
    del pair.sites[A]  # killed before its head was signed
    pair.pass_by(LEASE + SECOND, B)
    assert writes(pair.b)
    assert not signs(pair.b)
    assert len(pair.b.store.boundaries(pair.b.node.origin)) == 1

    pair.greet(B)
    own_log.publish(pair.b.node)

    assert signs(pair.b)
    assert waits in entries(pair.b)
    third = pair.send(B, b"three")
    own_log.publish(pair.b.node)
    pair.carry(pair.b, pair.beijing)
    assert pair.beijing.node.forks == {}
    held = pair.beijing.store.entries.page(pair.b.node.origin, 0, 99)
    assert [one.name for one in held][-2:] == [waits, third]


def test_a_writer_that_wakes_up_writes_and_signs_nothing(pair: Pair) -> None:
    old = pair.sites.pop(A)
    pair.pass_by(LEASE + SECOND, B)
    pair.greet(B)
    name = pair.send(B, b"by the new one")
    own_log.publish(pair.b.node)

    old.now = pair.now
    (answer,) = old.from_desk(bulletin(pair.pk, pair.cn, b"too late"))
    assert (answer.reason, answer.later) == (Reason.NOT_WRITER, True)
    own_log.publish(old.node)
    with refusing(Reason.NOT_WRITER):
        old.store.retention.note_read(pair.pk.desk, 1, 1)

    assert entries(pair.b)[-1] == name
    old.store.close()
    pair.look(A)
    assert pair.a.node.term.standby


def test_a_lease_that_a_promotion_ended_is_another_when_it_is_taken_again(
    pair: Pair,
) -> None:
    """Else a node that was opened before would go on where the database is older."""
    turn, term = pair.turns[A], pair.a.node.term
    assert term.claim is not None
    behind = start_up.Emissions(term.claim.epoch - 1)  # nothing was noted since
    start_up.write_emissions(pair.records[A], behind)
    turn.store._database.timeline_sql = "1"
    turn.look()
    assert turn.term().standby
    turn.look()

    assert turn.term().writes
    assert turn.is_over(term)


def test_who_cannot_open_its_node_leaves_writing_to_another(pair: Pair) -> None:
    pair.turns[A].stand_aside()

    pair.look(A)
    pair.look(B)

    assert writes(pair.b)
    assert pair.a.node.term.standby
    pair.pass_by(5 * LEASE, A, B)
    assert writes(pair.b)


def test_who_cannot_open_its_node_tries_again_if_there_is_nobody_else(
    pair: Pair,
) -> None:
    pair.turns[A].stand_aside()
    pair.pass_by(LEASE - SECOND, A)
    assert pair.a.node.term.standby

    pair.pass_by(2 * SECOND, A)

    assert writes(pair.a)


def test_a_lease_is_renewed_before_anything_else_is_written(pair: Pair) -> None:
    with pair.a.store._database.write_cursor() as connection:
        connection.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON replica"
            " BEGIN SELECT RAISE(FAIL, 'stop'); END"
        )
    for _ in range(3):
        pair.now += LEASE // 2
        pair.set_clock()
        with pytest.raises(Exception, match="stop"):
            pair.turns[A].look()
        assert writes(pair.a)


def test_a_clean_end_hands_over_at_once(pair: Pair) -> None:
    site, turn = pair.sites.pop(A), pair.turns.pop(A)
    upkeep.close(site.node)
    site.store.close()
    turn.close()

    pair.look(B)

    assert writes(pair.b)


def test_a_standby_knows_what_the_database_lost(pair: Pair, tmp_path: Path) -> None:
    """A stale copy was promoted: who takes over must hear every member first."""
    copy = tmp_path / "stale.db"
    copy.write_bytes(_whole(pair))
    pair.send(A, b"acknowledged, and lost")
    own_log.publish(pair.a.node)
    follower = Follower(pair.b.node)
    follower.tick()
    for site in pair.sites.values():
        site.store.close()
    for turn in pair.turns.values():
        turn.store.close()
    for file in tmp_path.glob(f"{PK}.db*"):
        file.unlink()
    (tmp_path / f"{PK}.db").write_bytes(copy.read_bytes())
    pair.sites.clear()
    pair.now += LEASE

    pair.begin(B)

    assert writes(pair.b)
    assert pair.b.node.term.restored
    assert not signs(pair.b)
    assert pair.b.node.startup.awaited == [CN]
    assert not pair.records[B].exists()


def test_a_database_that_was_put_back_under_its_writer_gets_no_second_head(
    pair: Pair, tmp_path: Path
) -> None:
    """The disk of its server, say, with lease and timeline as they were."""
    copy = tmp_path / "before.db"
    copy.write_bytes(_whole(pair))
    pair.send(A, b"shown, and lost")
    own_log.publish(pair.a.node)
    with (
        closing(dbapi2.connect(copy)) as before,
        closing(dbapi2.connect(tmp_path / f"{PK}.db")) as now,
    ):
        before.backup(now)
    stands = entries(pair.a)

    with refusing(Reason.NOT_WRITER):
        pair.send(A, b"another in its place")

    assert not writes(pair.a)
    assert entries(pair.a) == stands
    pair.look(A)
    pair.look(A)
    assert writes(pair.a)
    assert pair.a.node.startup.awaited == [CN]
    assert not signs(pair.a)


def _whole(pair: Pair) -> bytes:
    pair.a.store._database.empty_wal()
    return (pair.folder / f"{PK}.db").read_bytes()
