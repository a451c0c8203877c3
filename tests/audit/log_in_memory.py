"""A log in memory as somebody shows it: entries, heads, and what is said beside."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from exchange.audit.judge import chunk
from exchange.audit.judge.chunk import ChunkVerdict, LogChunk
from exchange.audit.judge.pool import Pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.resume import Resumption
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.result import LogAudit
from exchange.audit.sources.log_source import LogSource, PartnerRefusal, Run
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import leaf_hash, root_hash
from exchange.store import StoredFork
from exchange.trust.bundle import Bundle
from tests.node.world import FILED, keys_of
from tests.trust.nation import Nation

PK = Nation().enrol()
CN = Nation("cn", "beijing").enrol()
PINNED: dict[str, Bundle] = {n.domain: n.bundle for n in (PK, CN)}
ORIGIN = checkpoint.log_origin(PK.node)
TIME = FILED // 1000  # s


def head(entries: Sequence[bytes], size: int | None = None) -> Head:
    count = len(entries) if size is None else size
    return Head(ORIGIN, count, root_hash([leaf_hash(e) for e in entries[:count]]))


def signed(head: Head, time_s: int = TIME) -> bytes:
    keys = keys_of(PK.node)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, time_s)


def cosigned(note: bytes, time_s: int = TIME, by: Nation = CN) -> bytes:
    name = checkpoint.cosigner_name(by.node)
    return checkpoint.cosign(note, name, keys_of(by.node).mirror, time_s)


def note(
    entries: Sequence[bytes], size: int | None = None, time_s: int = TIME
) -> bytes:
    """Return the cosigned note of these entries, or of the first of them."""
    return cosigned(signed(head(entries, size), time_s), time_s)


@dataclass
class Shown(LogSource):
    """Shows Islamabad's log."""

    listed: Sequence[bytes]
    notes: Sequence[bytes]
    newest: bytes | None = None
    proof: bytes | None = None
    refused: Sequence[PartnerRefusal] = ()
    stated: list[bytes] | None = None
    skipped: int | None = None  # the index that is left out
    cut: int = 1_024  # entries a run
    origin: str = ORIGIN
    size: int = field(default=-1)

    def __post_init__(self) -> None:
        if self.size < 0:
            self.size = len(self.listed)

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        for index, entry in enumerate(self.listed):
            if index >= start and index != self.skipped:
                yield index, entry

    def runs(self) -> Iterator[Run]:
        if self.cut == 1_024:
            yield from super().runs()
            return
        for start in range(0, len(self.listed), self.cut):
            yield Run.of(start, self.listed[start : start + self.cut])

    def head_notes(self) -> Iterator[bytes]:
        return iter(self.notes)

    def newest_note(self) -> bytes | None:
        return self.newest

    def fork(self) -> StoredFork | None:
        return StoredFork(self.proof, 0) if self.proof else None

    def refusals(self) -> Iterable[PartnerRefusal]:
        return self.refused

    def policies(self) -> list[bytes] | None:
        return self.stated


class Late(Pool[LogChunk, ChunkVerdict]):
    """Does each piece only when it is asked for, as if others were busy."""

    def __init__(self, ahead: int) -> None:
        super().__init__(chunk.judge, None)
        self.ahead = ahead
        self.pieces: list[LogChunk] = []
        self.under = self.most = 0  # pieces under way now, and at most

    def submit(self, given: LogChunk) -> "Future[ChunkVerdict]":
        self.pieces.append(given)
        self.under += 1
        self.most = max(self.most, self.under)
        return _Asked(lambda: self._do(given))

    def _do(self, given: LogChunk) -> ChunkVerdict:
        self.under -= 1
        return chunk.judge(given)


class _Asked(Future[ChunkVerdict]):
    def __init__(self, work: Callable[[], ChunkVerdict]) -> None:
        super().__init__()
        self._work = work

    def result(self, timeout: float | None = None) -> ChunkVerdict:  # noqa: ARG002
        return self._work()


def audit(
    source: LogSource,
    pool: Pool[LogChunk, ChunkVerdict] | None = None,
    claims: Resumption | None = None,
) -> LogAudit:
    return verify_log(
        source, Means(PINNED, pool or Pool(chunk.judge, None), claims or Resumption())
    )
