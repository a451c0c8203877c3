"""Each step of submit, receive and record fails in each way; reads are steps too.

A node may lose nothing that it acknowledged, and record nothing twice. Above all, of
the heads that left it no two may exclude each other, whatever its disk did between.
Of six reads one is lost, another kills the disk, and the node whose disk failed is
verified; with `--long` each read fails in every way, and both nodes are verified.
"""

import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from sqlcipher3 import dbapi2

from exchange import envelope
from exchange.errors import FusionError, Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.fork import ForkProof
from exchange.ledger.note import parse_note
from exchange.node import outbox, peer_heads, upkeep
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present, refusing
from tests.faults import NEVER, WAYS, Disk, changes
from tests.node import receiving
from tests.node.receiving import next_batch, receive_batch, take_next
from tests.node.refusing import refuse
from tests.node.world import (
    CN,
    PK,
    Site,
    World,
    bulletin,
    core,
    directory,
    keys_of,
    name_of,
    receipt,
    recipients,
)
from tests.trust.nation import Nation, ed, key

STORES = {PK: "islamabad.pk.db", CN: "beijing.cn.db"}


@dataclass(frozen=True)
class Fault:
    """How a step fails, and which steps are worth it: a read is never `done`."""

    way: str
    code: int = dbapi2.SQLITE_IOERR
    turn: int | None = None
    """Which of TURNS steps fail so where they are reads; None: no read does."""
    writes: bool = True

    def touches(self, number: int, step: str, *, all_reads: bool) -> bool:
        if changes(step):
            return self.writes
        return self.turn is not None and (all_reads or number % TURNS == self.turn)


TURNS = 6
FAULTS = {
    "lost": Fault("lost", turn=0),
    "done": Fault("done"),
    "dead": Fault("dead", turn=3),
    "full": Fault("lost", dbapi2.SQLITE_FULL),
    "damaged": Fault("lost", dbapi2.SQLITE_CORRUPT, turn=0, writes=False),
}
TOLD = {Reason.DATABASE, Reason.DISK, Reason.UNREACHABLE}
"""UNREACHABLE: whether it is kept cannot be read either, so nothing is said of it."""
FIRST = {"lost", "done"}  # it did not happen; it did, and is said to have failed


def rounds(names: Iterable[str]) -> pytest.MarkDecorator:
    """Try these faults; those beyond FIRST are further rounds."""
    given = [
        pytest.param(
            FAULTS[name], id=name, marks=() if name in FIRST else pytest.mark.long
        )
        for name in names
    ]
    return pytest.mark.parametrize("fault", given)


each_fault = rounds(FAULTS)
each_way = rounds(WAYS)
BROKEN = pb.Envelope(entry=b"\xff" * 40)
BATCH = 16 * 1024  # bytes: what a desk hands over at once needs two heads


@dataclass
class Seen:
    """Every head that left a node."""

    heads: set[Head] = field(default_factory=set)

    def note(self, note: bytes) -> None:
        self.heads.add(checkpoint.parse_head(parse_note(note).text))

    def of(self, site: Site) -> None:
        """What anybody may ask of a node at any time."""
        for position in outbox.log_positions(site.node.store):
            self.note(position.head)

    def verify(self, *sites: Site) -> None:
        """No head that left excludes another, and each is held where it came from."""
        assert self.heads
        for head in self.heads:
            for site in sites:
                if site.store.logs.size(head.origin) >= head.size:
                    root = site.store.logs.root_at(head.origin, head.size)
                    assert root == head.root, head


@dataclass
class Stage:
    """Two nodes, one of them on a disk that will fail."""

    world: World
    disk: Disk
    verified: Sequence[str]
    """Whose database is verified in the end."""
    seen: Seen = field(default_factory=Seen)

    @property
    def nations(self) -> tuple[Nation, Nation]:
        return self.world.nations[PK], self.world.nations[CN]

    def submit(self, sent: Sequence[pb.Envelope]) -> list[tuple[int, str]]:
        """Hand envelopes to Islamabad; return index and reason of each answer."""
        answers = self.world.pk.submit(*sent)
        return [(answer.index, answer.reason) for answer in answers]

    def replicate(self) -> None:
        """Carry all of both logs, and take down each head that goes over."""
        pk, cn = self.world.pk.node, self.world.cn.node
        for me, peer in ((pk, cn), (cn, pk)):
            while peer.store.logs.size(me.origin) < me.store.logs.size(me.origin):
                batch = next_batch(peer, me)
                self.seen.note(batch.head)
                cosigned = receive_batch(peer, me.name, batch)
                self.seen.note(cosigned.head)
                peer_heads.record_cosignature(me, peer.name, cosigned)

    def settled(self) -> None:
        """Both sides end up with all of it, and it verifies."""
        for site in (self.world.pk, self.world.cn):
            self.seen.of(site)
        self.replicate()
        for site in (self.world.pk, self.world.cn):
            self.seen.of(site)
            for origin in site.store.logs.origins():
                assert site.store.entries.refused(origin, 0, 10) == []
        for name in self.verified:
            report = self.world.verify(name)
            assert report.ok, report.faults
        self.seen.verify(self.world.pk, self.world.cn)


Answer = TypeVar("Answer")


class Stages:
    """Makes the same stage over and over."""

    def __init__(self, folder: Path, asked: pb.Envelope, *, all_reads: bool) -> None:
        self._all_reads = all_reads
        self._template = folder / "template"
        self._template.mkdir()
        self._copies = (folder / str(number) for number in itertools.count())
        self._world = World(self._template)
        self._before = Seen()
        self._world.meet()
        self._world.cn.submit(asked)
        self._world.meet()
        self._world.close()

    def copy(self) -> Path:
        """Return the next copy of the folder."""
        return Path(shutil.copytree(self._template, next(self._copies)))

    @contextmanager
    def stage(self, failing: str, *, met: bool = True) -> Iterator[Stage]:
        """Open both nodes, with the disk of one that may fail; have they met?"""
        self._world.folder = self.copy()
        with Disk().attach(self._world.folder / STORES[failing]) as disk:
            self._world.reopen(greet=met)
            try:
                verified = list(STORES) if self._all_reads else [failing]
                seen = Seen(set(self._before.heads))
                yield Stage(self._world, disk, verified, seen)
            finally:
                disk.heal()
                self._world.close()

    def each(
        self,
        fault: Fault,
        failing: str,
        act: Callable[[Stage], Answer],
        *,
        met: bool = True,
    ) -> Iterator[tuple[Stage, Answer | None]]:
        """Yield stages on which `act` was done: undisturbed, then each step failed.

        With what it answered; None where the disk's fault was told instead.
        """
        steps: list[str] = []
        for number in itertools.count():
            if number > len(steps):
                return
            if number and not self._is_due(fault, number, steps[number - 1]):
                continue
            with self.stage(failing, met=met) as stage:
                stage.disk.arm(number or NEVER, fault.way, fault.code)
                told = told_of(lambda: act(stage))
                done = stage.disk.heal()
                steps = steps or done
                assert bool(stage.disk.failed) == bool(number)
                assert number or told is not None
                stage.seen.of(stage.world.pk)
                stage.seen.of(stage.world.cn)
                yield stage, told
        assert any(map(changes, steps))

    def _is_due(self, fault: Fault, number: int, step: str) -> bool:
        return fault.touches(number, step, all_reads=self._all_reads)

    def before(self, act: Callable[[World], object]) -> None:
        """Change what every stage begins with."""
        self._world.folder = self._template
        self._world.reopen()
        act(self._world)
        self._before.of(self._world.pk)
        self._world.close()

    def return_to(self, older: Path) -> None:
        """Let every stage begin with an older copy of a database in its place."""
        shutil.copy(older, self._template / older.name)


@pytest.fixture(scope="module")
def nations() -> tuple[Nation, Nation]:
    return Nation(), Nation("cn", "beijing")


@pytest.fixture(scope="module")
def asked(nations: tuple[Nation, Nation]) -> pb.Envelope:
    """What the other side sent before."""
    return bulletin(nations[1], nations[0])


@pytest.fixture
def stages(
    tmp_path: Path,
    asked: pb.Envelope,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Stages:
    for module in ("own_log", "outbox", "recent_batches"):
        monkeypatch.setattr(f"exchange.node.{module}.BATCH_BYTES_MAX", BATCH)
    all_reads = bool(request.config.getoption("--long"))
    return Stages(tmp_path, asked, all_reads=all_reads)


def second(nation: Nation) -> pb.Envelope:
    """State a second key of the officer."""
    stated = key(nation.officer, "author", ed("second author"))
    return directory(nation, stated, [("issuer", nation.issuer)])


def by_second(sender: Nation, receiver: Nation) -> pb.Envelope:
    """Return a bulletin that only the second key vouches for."""
    author = ed("second author")
    header = core(
        sender, author=author.kid, recipients=recipients(sender, receiver), id=b"2" * 16
    )
    publics = {n.sealing.kid: n.sealing.public for n in (sender, receiver)}
    sealed = envelope.seal(header, b"text", publics)
    return envelope.sign(sealed, [("author", author)])


@pytest.fixture(scope="module")
def sent(nations: tuple[Nation, Nation], asked: pb.Envelope) -> list[pb.Envelope]:
    """What a desk hands over at once: it needs two heads, and one may not stand."""
    texts = [bytes([n]) * 2_000 for n in range(3)]
    return [
        second(nations[0]),
        receipt(nations[0], name_of(asked), pb.RELATION_OPENED),
        BROKEN,
        *(bulletin(*nations, text) for text in texts),
        by_second(*nations),
    ]


BAD = (0, "NOT_CANONICAL")
WANTED = [(3, ""), (4, ""), BAD, (5, ""), (6, ""), (7, ""), (8, "")]


@each_fault
def test_submit(stages: Stages, sent: list[pb.Envelope], fault: Fault) -> None:
    """What was acknowledged stands at the place that was told, the rest is retried."""
    for stage, told in stages.each(fault, PK, lambda stage: stage.submit(sent)):
        again = stage.submit(sent)
        for one, stands in zip(told or [], again, strict=False):
            assert one[1] or one == stands, stage.disk.failed
        assert sorted(again) == sorted(WANTED), stage.disk.failed
        assert stage.world.pk.store.logs.size(stage.world.pk.node.origin) == 9
        stage.settled()


@each_way
def test_what_was_not_stored_vouches_for_nothing(
    stages: Stages,
    sent: list[pb.Envelope],
    nations: tuple[Nation, Nation],
    fault: Fault,
) -> None:
    """A key whose statement the disk did not take signs nothing."""
    for stage, _ in stages.each(fault, PK, lambda stage: stage.submit(sent[:1])):
        pk = stage.world.pk
        (answer,) = pk.submit(by_second(*nations))
        stands = pk.store.logs.size(pk.node.origin) > 3
        assert answer.reason == ("" if stands else "SIGNER_UNKNOWN")
        stage.settled()


@each_fault
def test_receive(stages: Stages, sent: list[pb.Envelope], fault: Fault) -> None:
    """A cosignature leaves only over what is held; the batch comes again."""
    stages.before(lambda world: world.pk.submit(*sent))
    for stage, told in stages.each(fault, CN, receive):
        pk, cn = stage.world.pk, stage.world.cn
        if told is not None:
            stage.seen.note(told.head)
            assert cn.store.logs.size(pk.node.origin) == told.size
        again = receive(stage, 3)
        assert told in (None, again) or told.size == again.size
        peer_heads.record_cosignature(pk.node, CN, again)
        stage.settled()
        assert cn.store.logs.size(pk.node.origin) == 9


def receive(stage: Stage, start: int = 3) -> rpc.Cosigned:
    batch = outbox.next_batch(stage.world.pk.node, CN, start).batch
    return receive_batch(stage.world.cn.node, PK, batch)


@each_way
def test_record(stages: Stages, sent: list[pb.Envelope], fault: Fault) -> None:
    """What a partner answered is kept whole in the end, each of it once."""
    stages.before(lambda world: world.pk.submit(*sent))

    def record(stage: Stage) -> int:
        cosigned = receive(stage)
        refuse(cosigned, stage.world.pk.store, CN, (4, Reason.KIND))
        return peer_heads.record_cosignature(stage.world.pk.node, CN, cosigned)

    for stage, _ in stages.each(fault, PK, record):
        pk = stage.world.pk
        size = record(stage)
        told = [(r.by, r.reason) for r in pk.store.partners.refusals(pk.node.origin, 4)]
        assert told == [(CN, Reason.KIND)]
        assert pk.store.partners.get_peer(CN).cosigned_size == size
        kept = present(pk.store.heads.note(pk.node.origin, size))
        assert checkpoint.cosignatures(kept, pk.node.members.cosigner_keys(CN))
        stage.settled()


@each_way
def test_keep(stages: Stages, sent: list[pb.Envelope], fault: Fault) -> None:
    """What is accepted before a partner was heard waits once, or is asked for again."""

    def submit(stage: Stage) -> list[desk_pb.Submitted]:
        return stage.world.pk.submit(*sent)

    for stage, _ in stages.each(fault, PK, submit, met=False):
        pk, cn = stage.world.pk, stage.world.cn
        again = submit(stage)
        assert [answer.reason for answer in again if not answer.waiting] == [BAD[1]]
        assert pk.store.desk_queue.count_pending() == len(sent) - 1
        assert pk.store.logs.size(pk.node.origin) == 3
        peer_heads.hear_partner(pk.node, CN, outbox.log_positions(cn.node.store))
        assert sorted(stage.submit(sent)) == sorted(WANTED)
        assert pk.store.desk_queue.count_pending() == 0
        stage.settled()


@each_fault
def test_settle(stages: Stages, sent: list[pb.Envelope], fault: Fault) -> None:
    """What waits has its place in the end, also what the first one vouches for."""
    with stages.stage(PK, met=False) as stage:
        stage.world.pk.submit(*sent)
    stages.return_to(stage.world.folder / STORES[PK])

    def hear(stage: Stage) -> bool:
        peer_heads.hear_partner(
            stage.world.pk.node, CN, outbox.log_positions(stage.world.cn.node.store)
        )
        return True

    for stage, _ in stages.each(fault, PK, hear, met=False):
        pk = stage.world.pk
        hear(stage)
        upkeep.tick(pk.node)
        assert pk.store.desk_queue.count_pending() == 0, stage.disk.failed
        names = [entry.name for entry in pk.store.entries.page(pk.node.origin, 3, 99)]
        wanted = [name_of(one) for one in sent if one != BROKEN]
        assert sorted(names) == sorted(wanted), stage.disk.failed
        stage.settled()


@each_way
def test_restore(
    stages: Stages,
    sent: list[pb.Envelope],
    nations: tuple[Nation, Nation],
    fault: Fault,
) -> None:
    """A node with an older copy of its database gets back what it had signed."""
    older = stages.copy() / STORES[PK]
    stages.before(lambda world: world.meet() if world.pk.submit(*sent) else None)
    stages.return_to(older)
    for stage, _ in stages.each(fault, PK, fetch, met=False):
        assert fetch(stage) == 9
        assert sorted(stage.submit(sent)) == sorted(WANTED)
        (answer,) = stage.world.pk.submit(bulletin(*nations, b"one more"))
        assert answer.index == 9
        stage.settled()


@each_way
def test_freeze(stages: Stages, fault: Fault) -> None:
    """A proven fork stops its log at once, on disk when it can be written."""
    keys, log = keys_of(CN), checkpoint.log_origin(CN)
    heads = [Head(log, 9, bytes([n]) * 32) for n in range(2)]
    notes = [checkpoint.sign_head(head, keys.log, keys.log_pq, 1) for head in heads]
    forked = rpc.Forked(origin=log, proof=ForkProof(notes[0], notes[1], ()).encode())

    def judge(stage: Stage) -> bool:
        peer_heads.judge_fork(stage.world.pk.node, forked)
        return True

    for stage, _ in stages.each(fault, PK, judge):
        pk, cn = stage.world.pk, stage.world.cn
        assert log in pk.node.forks
        cn.submit(bulletin(stage.nations[1], stage.nations[0], b"later"))
        with refusing(Reason.FORK):
            take_next(pk.node, cn.node)
        judge(stage)
        assert pk.store.forks.all()[log].proof == forked.proof
        (answer,) = pk.submit(bulletin(*stage.nations))
        assert not answer.reason


def fetch(stage: Stage) -> int:
    """Let Islamabad hear what Beijing holds, and borrow what it lacks."""
    pk, cn = stage.world.pk.node, stage.world.cn.node
    peer_heads.hear_partner(pk, CN, outbox.log_positions(cn.store))
    return receiving.fetch(pk, cn)


def told_of(act: Callable[[], Answer]) -> Answer | None:
    """Return the answer; None where the disk's fault was told instead."""
    try:
        return act()
    except FusionError as error:
        assert error.reason in TOLD  # noqa: PT017  one of two ends
        return None
