"""Islamabad and Beijing in one process under load, telling what leaves them.

A line on the stream given for each thing that somebody outside could hold against
the two nodes later:

    A ORIGIN INDEX NAME   acknowledged to a desk, with its place
    H ORIGIN SIZE ROOT    a signed head that left the node whose log it is
    C ORIGIN SIZE ROOT    the same, cosigned, from the node that holds a replica
    X ORIGIN NAME         answered as held, ahead of that log, by who holds a replica
    E REASON              refused, for the disk's fault

It is written before anything else happens, so whatever was read of the stream of a
process that died must still be true.
"""

import os
import random
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from unittest.mock import patch

from exchange.audit.verify_database import verify_file
from exchange.envelope_parser import parse_batch, parse_envelope
from exchange.errors import FusionError, Reason
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.node import (
    batch_chain,
    disk_use,
    express_inbox,
    express_outbox,
    outbox,
    own_log,
    peer_heads,
    recent_batches,
    upkeep,
)
from exchange.node.batch_chain import JudgedBatch
from exchange.node.effects import LoadExpress
from exchange.store import Store, sqlite_database
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.batches import serialized
from tests.expecting import present
from tests.node.world import CN, PK, Site, bulletin
from tests.stored import all_names
from tests.trust.nation import Nation

AT_ONCE = 6  # envelopes that a desk hands over together, at most; and of a batch
WINDOWS = (1, 1_000)  # batches in flight: one, or all that there are
MIRROR = {PK: CN, CN: PK}
ACTS = ("submit",) * 5 + ("carry",) * 4 + ("express",) * 2 + ("tick",)
"""More comes than is carried."""
PRECEDENCES = (pb.PRECEDENCE_FLASH,) + (pb.PRECEDENCE_PRIORITY,) * 4
"""Of the envelopes, in turn: one in five may pass the others."""
EXPRESS_AT_ONCE = 4  # that go ahead together, at most
FAULTS = {Reason.DATABASE, Reason.DISK}

Envelopes = Mapping[str, list[pb.Envelope]]


class Pair:
    """Both nodes over a folder, open or closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nations = {PK: Nation(), CN: Nation("cn", "beijing")}

    def open(self) -> None:
        """Start both nodes, from what is on disk."""
        self.pk, self.cn = self._site(PK), self._site(CN)

    def _site(self, node: str) -> Site:
        others = [self.nations[MIRROR[node]]]
        return Site(self.nations[node], self.folder, others)

    def begin(self) -> None:
        """Make the folder's two databases, as of two nodes that have just met."""
        self.open()
        nobody = os.open(os.devnull, os.O_WRONLY)
        load = Load(self, {}, random.Random(0), nobody)  # noqa: S311  no secret
        load.meet()
        for site in (self.pk, self.cn):
            site.begin()
        load.carry(self.pk, self.cn)
        load.carry(self.cn, self.pk)
        os.close(nobody)
        self.close()

    def close(self) -> None:
        self.pk.store.close()
        self.cn.store.close()

    def seal(self, count: int) -> None:
        """Seal envelopes of both sides, of small and of larger texts, once for all."""
        for node, other in MIRROR.items():
            sides = self.nations[node], self.nations[other]
            texts = [b"%d %s" % (n, bytes(n * n % 9_000)) for n in range(count)]
            sealed = [
                bulletin(*sides, text, precedence=precedence, mode=pb.MODE_ACTUAL)
                for precedence, text in zip(cycle(PRECEDENCES), texts, strict=False)
            ]
            file = desk_pb.SubmitRequest(envelopes=serialized(sealed))
            (self.folder / f"{node}.pool").write_bytes(file.SerializeToString())

    def sealed(self) -> Envelopes:
        """Read what was sealed."""
        files = {node: self.folder / f"{node}.pool" for node in MIRROR}
        pools = {
            node: desk_pb.SubmitRequest.FromString(file.read_bytes())
            for node, file in files.items()
        }
        return {
            node: list(map(parse_envelope, pool.envelopes))
            for node, pool in pools.items()
        }


@dataclass
class Load:
    """What the desks of a pair hand over, picked so that much is picked again."""

    pair: Pair
    envelopes: Envelopes
    random: random.Random
    out: int
    """A file descriptor."""

    def tell(self, *words: object) -> None:
        os.write(self.out, " ".join(map(str, words)).encode() + b"\n")

    def left(self, site: Site, note: bytes) -> None:
        """Say that a note leaves a node, before anybody uses it."""
        head = checkpoint.parse_head(parse_note(note).text)
        kind = "H" if head.origin == site.node.origin else "C"
        self.tell(kind, head.origin, head.size, head.root.hex())

    def meet(self) -> None:
        """Say hello, both ways, as when a link comes up."""
        for here, there in self.ways():
            positions = outbox.log_positions(there.node.store)
            for position in positions:
                self.left(there, position.head)
            peer_heads.hear_partner(here.node, there.node.name, positions)

    def ways(self) -> list[tuple[Site, Site]]:
        found = [(self.pair.pk, self.pair.cn), (self.pair.cn, self.pair.pk)]
        self.random.shuffle(found)
        return found

    def run(self, steps: int) -> None:
        """Do that many steps, and go on where one is refused for the disk's fault."""
        with ExitStack() as stack:
            for module in (own_log, outbox, recent_batches, disk_use):
                # So that several are in flight; and in this process only meanwhile.
                small = patch.object(module, "BATCH_ENTRIES_MAX", AT_ONCE)
                stack.enter_context(small)
            self.meet()
            for _ in range(steps):
                self._step_or_tell()

    def _step_or_tell(self) -> None:
        try:
            self.step()
        except FusionError as error:
            assert error.reason in FAULTS, error  # noqa: PT017  all others are bugs
            self.tell("E", error.reason)

    def step(self) -> None:
        """Let a desk hand something over, or carry a batch."""
        here, there = self.ways()[0]
        act = self.random.choice(ACTS)
        if act == "submit":
            self.submit(here)
        elif act == "carry":
            self.carry(here, there)
        elif act == "express":
            self.send_ahead(here, there)
        else:
            upkeep.tick(here.node)

    def submit(self, site: Site) -> None:
        mine = self.envelopes[site.node.name]
        sent = self.random.sample(mine, self.random.randint(1, AT_ONCE))
        for answer in site.from_desk(*sent):
            if answer.reason:
                assert answer.reason in FAULTS, answer
                self.tell("E", answer.reason)
            else:
                self.tell("A", answer.origin, answer.index, answer.name.hex())

    def send_ahead(self, here: Site, there: Site) -> None:
        """Send what is urgent past all that the other side has not yet."""
        origin, none = here.node.origin, frozenset[bytes]()
        there_size = there.store.logs.size(origin)
        asked = LoadExpress(
            start=there_size,
            size=here.store.logs.signed_size(origin),
            position=there_size,
            after=0,
            known=none,
            unplaced=none,
            room=EXPRESS_AT_ONCE,
        )
        for one in express_outbox.load_due(here.node, there.node.name, asked).due:
            answer = express_inbox.receive(there.node, here.node.name, one.frame)
            assert answer.reason in {"", Reason.RATE} | FAULTS, answer
            if not answer.reason:
                self.tell("X", origin, one.name.hex())

    def carry(self, here: Site, there: Site) -> None:
        """Carry one batch, or all that a window takes, stored in one transaction."""
        origin = here.node.origin
        start = there.store.logs.size(origin)
        if start == here.store.logs.signed_size(origin):
            return
        chain: list[JudgedBatch] = []
        size = here.store.logs.signed_size(origin)
        window = self.random.choice(WINDOWS)
        while start < size and len(chain) < window:
            sent = outbox.next_batch(here.node, there.node.name, start).batch
            batch = parse_batch(sent)
            self.left(here, batch.head)
            judged = present(
                batch_chain.judge_next(there.node, here.node.name, batch, chain)
            )
            chain.append(judged)
            start = judged.end.size
        cosigned = batch_chain.store_judged(there.node, chain)
        self.left(there, cosigned.head)
        peer_heads.record_cosignature(here.node, there.node.name, cosigned)


@dataclass
class Told:
    """Everything that left two nodes, over any number of processes."""

    places: dict[tuple[str, int], bytes] = field(default_factory=dict)
    heads: dict[tuple[str, int], bytes] = field(default_factory=dict)
    cosigned: dict[str, int] = field(default_factory=dict)
    ahead: set[tuple[str, bytes]] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def read(self, stream: bytes) -> None:
        """Take the whole lines of what a process said; contradictions are failures."""
        for line in stream.split(b"\n")[:-1]:
            kind, *words = line.decode().split()
            if kind == "E":
                self.errors.append(words[0])
                continue
            if kind == "X":
                self.ahead.add((words[0], bytes.fromhex(words[1])))
                continue
            origin, number, value = words
            known = self.places if kind == "A" else self.heads
            place, said = (origin, int(number)), bytes.fromhex(value)
            assert known.setdefault(place, said) == said, line
            if kind == "C":
                before = self.cosigned.get(origin, 0)
                self.cosigned[origin] = max(before, int(number))

    def verify(self, pair: Pair) -> None:
        """What both databases hold is sound, and is what was said.

        1. Every entry, wrap, body, hash, head and signature verifies.
        2. No name stands twice.
        3. What was acknowledged stands at its place.
        4. Each head that left is one of the tree that is held, nowhere beyond it;
           what was cosigned is held by who cosigned it.
        5. What was held ahead of its log is there: in its place, or ahead of it still,
           with its text.
        """
        bundles = {n.domain: n.bundle for n in pair.nations.values()}
        for node in (PK, CN):
            path = pair.folder / f"{node}.db"
            # 1
            report = verify_file(path, node, bundles)
            assert report.ok, report.faults
            store = Store(path, read_only=True)
            try:
                self._own(store, checkpoint.log_origin(node))
                self._replica(store, checkpoint.log_origin(MIRROR[node]))
            finally:
                store.close()

    def _own(self, store: Store, origin: str) -> None:
        names = all_names(store, origin)
        # 2
        assert len(set(names)) == len(names)
        # 3
        for (log, index), name in self.places.items():
            assert log != origin or names[index] == name, index
        # 4
        greatest = max((size for log, size in self.heads if log == origin), default=0)
        assert greatest <= len(names), greatest
        self._heads(store, origin)

    def _replica(self, store: Store, origin: str) -> None:
        assert self.cosigned.get(origin, 0) <= store.logs.size(origin)
        self._heads(store, origin)
        # 5
        placed = set(all_names(store, origin))
        for log, name in self.ahead:
            row = store.express.by_name(name) if log == origin else None
            assert log != origin or (name in placed) != (row is not None), name.hex()
            assert row is None or express_inbox.envelope_of(row).body

    def _heads(self, store: Store, origin: str) -> None:
        held = store.logs.size(origin)
        for (log, size), root in self.heads.items():
            if log == origin and size <= held:
                assert store.logs.root_at(origin, size) == root, size


def small_wal(pages: int = 20) -> None:
    """Let this process copy its WALs back often, which else takes 64 MiB of them."""
    sqlite_database.WRITING = tuple(
        (name, pages if name == "wal_autocheckpoint" else value)
        for name, value in sqlite_database.WRITING
    )


def main(folder: Path, seed: int, steps: int) -> None:
    """Put load on a pair that was begun, and tell what leaves it on stdout."""
    small_wal()
    pair = Pair(folder)
    envelopes = pair.sealed()
    chance = random.Random(seed)  # noqa: S311  to do it once more
    try:
        pair.open()
        Load(pair, envelopes, chance, sys.stdout.fileno()).run(steps)
        pair.close()
    except FusionError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
