"""Benchmark of a ledger: appends to a short and a long log, and proofs.

Two logs, a short one and a long one, are appended to by turns, so that whatever else
the machine does falls on both. What appends leave to be copied back into the file is
copied, and counted, after each turn. The least of the turns counts: all that can be
added to it is somebody else's.

The bar is for each of three: an entry that is appended by itself, with its head and
its sync, and groups that share both. What grows with a log are the places of names and
ids: each may fall anywhere among all that there are. A group pays for one head
and one sync, however many entries it has.
"""

import hashlib
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from exchange.cli import speed
from exchange.clock import wall_ms
from exchange.config.database_url import DatabaseUrl
from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import WRAP_SIZE
from exchange.store import NewBatch, NewEntry, Store, StoredHead
from keys.signing import Ed25519Signer, MlDsa44Signer
from tests.benchmarks import SHORT, floors
from tests.benchmarks.machine import machine

BAR = 1.2  # times what an entry costs in the short log
CHECKS = 20_000  # a second
GROUPS = (1, 16, 256)  # entries under one head: at rest, under load, in a rush
TURNS = 15
GROWN = 3  # turns at each length on the way to the long log
TURN = 1_024  # entries of a turn, or TURN_MAX appends
TURN_MAX = 128
BUILD = 1_024  # entries under a head of what is built
BUILT = 64  # bytes of a body there: nobody reads it, and no append comes near it

ENTRY = 500  # bytes; a bulletin of 2 KB, addressed to one desk and kept by its own
WRAPS = 2
BODY = 2_600
ORIGIN = "islamabad.pk.fusion/log/1"
DESKS = ("ops.islamabad.pk", "ops.beijing.cn")
KIND = 1
PROOFS = 2_000

Tell = Callable[[str], None]


def measure(folder: Path, entries: int, tell: Tell) -> dict[str, object]:
    """Build both logs in a folder, and measure."""
    template = folder / "short.db"
    with LogWriter.open(template) as writer:
        grow(writer, SHORT, tell)
    with LogWriter.open(folder / "long.db") as writer:
        began = time.perf_counter()
        growth = [_growth(writer, size, tell) for size in _sizes(entries)]
        grow(writer, entries, tell)
        built = time.perf_counter() - began
        tell("appending by turns")
        costs = {group: _cost(template, writer, group) for group in GROUPS}
        tell("proving")
        proofs = _proofs(writer.store, entries)
    single = costs[GROUPS[0]]
    worst = max(cost.ratio for cost in costs.values())
    hashes = floors.hashes()
    floor = hashes / proofs.steps  # a check hashes as often as its proof has steps
    return {
        "name": "ledger",
        "figure": round(single.long * 1e6, 1),
        "unit": "us an append",
        "floor": round(single.short * 1e6, 1),
        "ratio": round(single.ratio, 3),
        "ok": worst <= BAR and proofs.checked >= CHECKS,
        "machine": machine(),
        "entries": entries,
        "groups": {str(group): cost.as_json() for group, cost in costs.items()},
        "growth": [*growth, _last_growth(entries, costs)],
        "proofs": {
            "made_per_s": round(proofs.made),
            "checked_per_s": round(proofs.checked),
            "floor": round(floor),
            "ratio": round(proofs.checked / floor, 3),
        },
        "hashes_per_s": round(hashes),
        "syncs_per_s": round(speed.syncs(folder)),
        "built_s": round(built, 1),
    }


class AppendCost(Struct, frozen=True):
    """The seconds that an entry costs, in the short and in the long log.

    `cpu` is how many times as much of a core's time: what a busy disk does not touch.
    """

    short: float
    long: float
    cpu: float

    @property
    def ratio(self) -> float:
        """The factor by which an entry costs more in the long log."""
        return self.long / self.short

    def as_json(self) -> dict[str, float]:
        """Return the cost as `--json` prints it."""
        return {
            "us_an_entry": round(self.long * 1e6, 1),
            "short_us_an_entry": round(self.short * 1e6, 1),
            "ratio": round(self.ratio, 3),
            "cpu_ratio": round(self.cpu, 3),
        }


class Proofs(Struct, frozen=True):
    """Inclusion proofs a second, and the average number of hashes in one."""

    made: float
    checked: float
    steps: float


class LogWriter:
    """The one writer of a log, as its node would be, with keys of its own."""

    def __init__(self, place: Path | DatabaseUrl) -> None:
        self.store: Store = Store(place)
        self.edge: Edge = self.store.logs.edge(ORIGIN)
        held = self.store.heads.newest(ORIGIN)
        self._held: Head | None = held.head if held else None
        self._signed: list[StoredHead] = []  # to be stored with the next append
        self._keys = Ed25519Signer.generate(), MlDsa44Signer.generate()

    @classmethod
    @contextmanager
    def open(cls, place: Path | DatabaseUrl) -> "Iterator[LogWriter]":
        """Open a log for as long as the block lasts."""
        writer = cls(place)
        try:
            yield writer
            writer.publish()
        finally:
            writer.store.close()

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Hash, append, sign: what a node under load does beside judging them."""
        now = wall_ms()
        leaves = [leaf_hash(new.entry) for new in entries]
        self.edge = self.edge.extend(leaves).edge
        head = Head(ORIGIN, self.edge.size, self.edge.root())
        new = NewBatch(entries, head, b"", complete=False)
        self.store.append(ORIGIN, self._held, [new], now, before=self._signed)
        note = checkpoint.sign_head(head, *self._keys, now // 1000)
        self._held, self._signed = head, [StoredHead(head, note, now)]

    def publish(self) -> None:
        """Store the newest head, with which no append comes."""
        self.store.publish(self._signed)
        self._signed = []


def entry(number: int, body: int) -> NewEntry:
    """Return an entry like a bulletin's: name and id as random as a hash is."""
    name = hashlib.sha256(b"%d" % number).digest()
    return NewEntry(
        entry=random.randbytes(ENTRY),  # noqa: S311  bytes that nothing compresses
        name=name,
        id=hashlib.sha256(name).digest()[:16],
        kind=KIND,
        wraps=(bytes(WRAP_SIZE),) * WRAPS if body == BODY else (),
        body=random.randbytes(body),  # noqa: S311
        desks=DESKS,
    )


def grow(writer: LogWriter, entries: int, tell: Tell) -> None:
    """Make a log so long through the real store."""
    while (size := writer.edge.size) < entries:
        count = min(BUILD, entries - size)
        writer.append([entry(size + n, BUILT) for n in range(count)])
        tell(f"built {writer.edge.size} of {entries}")
    writer.publish()


def _sizes(entries: int) -> list[int]:
    """Return the powers of ten from SHORT on that are below the length of a log."""
    sizes, size = [], SHORT
    while size < entries:
        sizes.append(size)
        size *= 10
    return sizes


def _growth(writer: LogWriter, size: int, tell: Tell) -> dict[str, object]:
    """Let a log grow to a size; return what an entry costs there, in us."""
    grow(writer, size, tell)
    costs = {
        str(group): round(min(_turn(writer, group)[0] for _ in range(GROWN)) * 1e6, 1)
        for group in GROUPS
    }
    return {"entries": size, "us_an_entry": costs}


def _last_growth(entries: int, costs: Mapping[int, AppendCost]) -> dict[str, object]:
    figures = {str(group): round(cost.long * 1e6, 1) for group, cost in costs.items()}
    return {"entries": entries, "us_an_entry": figures}


def _cost(template: Path, long: LogWriter, group: int) -> AppendCost:
    """Return the least that an entry cost, of turns of both logs."""
    turns = []
    for number in range(TURNS):
        copy = Path(shutil.copy(template, template.with_name(f"{group}-{number}.db")))
        with LogWriter.open(copy) as short:
            turns.append((_turn(short, group), _turn(long, group)))
        copy.unlink()
    least = [
        min(turn[log][clock] for turn in turns) for log in (0, 1) for clock in (0, 1)
    ]
    return AppendCost(least[0], least[2], least[3] / least[1])


def _turn(writer: LogWriter, group: int) -> tuple[float, float]:
    """Return the seconds an entry, of the clock and of a core.

    Over one turn of appends, and written back.
    """
    appends = min(TURN // group, TURN_MAX)
    first = writer.edge.size
    given = [
        [entry(first + n * group + one, BODY) for one in range(group)]
        for n in range(appends)
    ]
    writer.append([entry(first + appends * group, BODY)])  # so that all is open
    began, cpu = time.perf_counter(), time.process_time()
    for entries in given:
        writer.append(entries)
    writer.publish()
    writer.store.retention.empty_wal()
    count = appends * group
    return (time.perf_counter() - began) / count, (time.process_time() - cpu) / count


def _proofs(store: Store, entries: int) -> Proofs:
    """Make inclusion proofs of entries anywhere, and check them."""
    root = store.logs.root_at(ORIGIN, entries)
    indexes = random.sample(range(entries), min(PROOFS, entries))
    leaves = [store.logs.hash(ORIGIN, 0, index) for index in indexes]
    began = time.perf_counter()
    proofs = [store.logs.inclusion_proof(ORIGIN, index, entries) for index in indexes]
    made = time.perf_counter()
    for index, leaf, proof in zip(indexes, leaves, proofs, strict=True):
        merkle.verify_inclusion(index, entries, leaf, proof, root)
    checked = time.perf_counter()
    steps = sum(map(len, proofs)) / len(proofs)
    return Proofs(len(proofs) / (made - began), len(proofs) / (checked - made), steps)
