"""What the model plays with: two nations, what their people send, a disk each."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from exchange import envelope
from exchange.store import Store, sqlite_database
from exchange.store.file_digest import digest_path
from exchange.trust import policies, statements
from exchange.trust.bundle import Bundle
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests import faults
from tests.faults import Disk
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, core, directory, name_of, receipt
from tests.quick import folder_in_memory
from tests.trust.nation import NOW, YEAR, Nation, ed, key, revocation

BATCH = 3  # entries a frame here, so that few entries make many frames
HOUR = 60 * 60 * 1000  # ms
OF_A_NODE = ("exchange.node.", "exchange.net.")
BACK = st.sampled_from([0, 1, 1, 2, 3, 4])  # copies ago; 0 is before all
STEP = st.integers(1, 25)  # of a disk, in one work

KILLS = {"killed before": "lost", "killed after": "done"}
WAYS = (*faults.WAYS, *KILLS)
SUBMIT = "Submit"
WORKS = (
    SUBMIT,
    "JudgeBatch",
    "StoreJudged",
    "RestoreBatch",
    "RecordCosigned",
    "CompareHeads",
    "CosignAgain",
    "LoadBatch",
    "JudgeFork",
    "",
)
"""What the disk may fail: a desk's call, an effect of the session, or the next step."""

HOME_ONLY = (2, 8, 14, 20)  # among the ordinary ones: for no desk but the sender's
ORDINARY, SECOND, ANSWERS = 24, 4, 4  # envelopes of the first and second officer


@dataclass(frozen=True)
class Party:
    """One partner: what its desk may send, and what its operator may state."""

    nation: Nation
    peer: Nation
    pool: tuple[pb.Envelope, ...]
    orders: tuple[pb.Envelope, ...]

    @property
    def name(self) -> str:
        return self.nation.node

    def some(self, first: int, count: int) -> list[pb.Envelope]:
        """Return envelopes that follow each other where all sorts are mixed."""
        ordinary, rest = self.pool[:ORDINARY], self.pool[ORDINARY:]
        mixed: list[pb.Envelope] = []
        for at in range(SECOND):
            own = ordinary[at * ORDINARY // SECOND : (at + 1) * ORDINARY // SECOND]
            mixed += [*own, rest[at], rest[SECOND + at]]
        return mixed[first : first + count]


@cache
def parties() -> dict[str, Party]:
    """Return both partners, from fixed seeds."""
    pk, cn = Nation(), Nation("cn", "beijing")
    ordinary = {n.node: _ordinary(n, o) for n, o in ((pk, cn), (cn, pk))}
    return {
        nation.node: Party(
            nation,
            other,
            (
                *ordinary[nation.node],
                *_by_second(nation, other),
                *_answers(nation, ordinary[other.node]),
            ),
            _orders(nation),
        )
        for nation, other in ((pk, cn), (cn, pk))
    }


def bundles() -> dict[str, Bundle]:
    """Return the bundles of both, by domain."""
    return {p.nation.domain: p.nation.bundle for p in parties().values()}


def sealed(
    nation: Nation, other: Nation, text: str, author: Signer, **changes: object
) -> pb.Envelope:
    """Return a bulletin that `author` signed."""
    recipients = worlds.recipients(nation, other)
    fields: dict[str, object] = {
        "id": hashlib.sha256(text.encode()).digest()[:16],
        "author": author.kid,
        "recipients": recipients,
    }
    header = core(nation, **(fields | changes))
    known = {n.sealing.kid: n.sealing.public for n in (nation, other)}
    publics = {each.kid: known[each.kid] for each in header.recipients}
    made = envelope.seal(header, text.encode(), publics)
    return envelope.sign(made, [("author", author)])


def _ordinary(nation: Nation, other: Nation) -> list[pb.Envelope]:
    """Return bulletins of the first officer: some short-lived, some for home only."""
    made = []
    for number in range(ORDINARY):
        changes: dict[str, object] = {}
        if number % 4 == 1:
            changes["expires"] = FILED + HOUR
        if number in HOME_ONLY:
            mine = nation.sealing.kid
            everyone = worlds.recipients(nation, other)
            changes["recipients"] = [each for each in everyone if each.kid == mine]
        if number % 3 == 2:
            changes["precedence"] = pb.PRECEDENCE_FLASH
            changes["mode"] = pb.MODE_ACTUAL
        text = f"{nation.node} {number}"
        made.append(sealed(nation, other, text, nation.author, **changes))
    return made


def second_officer(nation: Nation) -> Signer:
    return ed(f"{nation.domain} second author")


def _by_second(nation: Nation, other: Nation) -> list[pb.Envelope]:
    texts = [f"{nation.node} second {number}" for number in range(SECOND)]
    author = second_officer(nation)
    return [sealed(nation, other, text, author) for text in texts]


def _answers(nation: Nation, theirs: Sequence[pb.Envelope]) -> list[pb.Envelope]:
    read = [name_of(one) for one in theirs[:ANSWERS]]
    return [receipt(nation, name, pb.RELATION_OPENED) for name in read]


def _orders(nation: Nation) -> tuple[pb.Envelope, ...]:
    """Return a second officer, a retention of no day, the first officer revoked."""
    officer = f"duty-2@{nation.desk}"
    second = key(officer, "author", second_officer(nation), until=NOW + YEAR)
    policy = policies.retention(0)
    shorter = statements.policy_statement(nation.domain, policy, 1)
    kid = nation.author.kid
    revoked = revocation(nation.officer, kid, NOW)
    return (
        *worlds.beginning(nation),
        directory(nation, second, [("issuer", nation.issuer)]),
        directory(nation, shorter, [("root", root) for root in nation.roots]),
        directory(nation, revoked, [("issuer", nation.issuer)]),
    )


class Died(BaseException):
    """The process was killed in the middle of a step of its disk."""


@dataclass
class Medium(Disk):
    """A disk that also can end the process that uses it, instead of failing it."""

    way: str = ""
    _planned: tuple[str, int, str] | None = None
    away: bool = True  # who only looks on is not failed

    def step(self, what: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401  a cursor
        return do() if self.away else super().step(what, do)

    def fail(self, at: int, way: str, work: str = "") -> None:
        """Fail the `at`-th step from that work on, in one of WAYS."""
        self._planned = (work, at, way)
        self.works("")

    def works(self, work: str) -> None:
        """Hear what is begun now."""
        if self._planned is not None and self._planned[0] == work:
            _, at, self.way = self._planned
            self._planned = None
            self.arm(at, KILLS.get(self.way, self.way))

    def heal(self) -> list[str]:
        self.failed = ""
        return super().heal()

    @contextmanager
    def aside(self, *, away: bool = True) -> Iterator[None]:
        """Let the model look at what is stored, or the product work on it."""
        before, self.away = self.away, away
        try:
            yield
        finally:
            self.away = before

    def _error(self) -> BaseException:
        return Died() if self.way in KILLS else super()._error()


@dataclass(frozen=True)
class Image:
    """All that a disk holds of one database, between two transactions."""

    file: bytes = field(repr=False)
    wal: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, path: Path) -> "Image":
        wal = _wal(path)
        return cls(path.read_bytes(), wal.read_bytes() if wal.exists() else b"")

    def put(self, path: Path) -> None:
        """Make the disk hold this and nothing else."""
        # A new file each time: of a killed process a connection may still be about.
        for old in (path, _wal(path), path.with_name(f"{path.name}-shm")):
            old.unlink(missing_ok=True)
        digest_path(path).unlink(missing_ok=True)
        path.write_bytes(self.file)
        if self.wal:
            _wal(path).write_bytes(self.wal)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@cache
def nothing() -> Image:
    """Return the database of a node that has nothing but its keys."""
    with folder_in_memory() as folder:
        path = folder / "empty.db"
        Store(path).close()
        return Image.of(path)


@cache
def begun() -> dict[str, Image]:
    """Return the databases of two nodes that have met, with their officers' keys."""
    with folder_in_memory() as folder:
        with worlds.world(folder) as made:
            made.meet()
        return {name: Image.of(folder / f"{name}.db") for name in (PK, CN)}


@contextmanager
def bounded(**bounds: int) -> Iterator[None]:
    """Set bounds of a node, by their names in limits, in whatever modules use them."""
    with ExitStack() as stack:
        modules = [m for name, m in sys.modules.items() if name.startswith(OF_A_NODE)]
        for bound, value in bounds.items():
            users = [module for module in modules if hasattr(module, bound)]
            assert users, bound
            for module in users:
                stack.enter_context(patch.object(module, bound, value))
        yield


@contextmanager
def small_and_fast() -> Iterator[Path]:
    """Make frames small and disks fast, and lend a folder to put these on.

    What is committed need not survive a power cut here, only the process.
    """
    fast = [p for p in sqlite_database.WRITING if p[0] != "synchronous"]
    with ExitStack() as stack:
        stack.enter_context(bounded(BATCH_ENTRIES_MAX=BATCH))
        pragmas = (*fast, ("synchronous", 0))
        stack.enter_context(patch.object(sqlite_database, "WRITING", pragmas))
        yield stack.enter_context(folder_in_memory())
