"""One log as an export, a node or a database shows it; not trusted."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from exchange.audit.sources import records
from exchange.audit.sources.records import Chunk
from exchange.errors import Tampered
from exchange.limits import CHUNK_BYTES, CHUNK_ITEMS
from exchange.store import StoredFork
from exchange.store.row_checksums import Value

SIZE_DIGITS_MAX = 19

Progress = Callable[[str, int, int], None]
"""Called from time to time with origin, entries done, and the total."""


def silent(origin: str, done: int, size: int) -> None:
    """Show no progress."""


class PartnerRefusal(Struct, frozen=True):
    """`at` is ms UTC.

    `proof`: its signature on that; empty if only the log's reader says so.
    """

    index: int
    by: str
    reason: str
    at: int
    proof: bytes = b""


class Run(Struct, frozen=True):
    """`count` consecutive entries from `start` on, packed.

    They stay packed on the way from the file to the verifying process. `chunk` is the
    export's index row for them.
    """

    start: int
    count: int
    packed: bytes
    chunk: Chunk | None = None

    @classmethod
    def of(cls, start: int, entries: Sequence[bytes]) -> "Run":
        return cls(start, len(entries), records.pack(entries))

    def entries(self) -> list[bytes]:
        """Raise Refusal(INPUT) if an export packed them badly."""
        if self.chunk is not None:
            return records.items(self.chunk, self.packed)
        return records.split(self.packed)


class LogSource(ABC):
    """`size` is the number of entries it claims.

    Reading raises the source's Refusal, or Tampered for damage that ends the log;
    everything before is verified. `strict`: a head may have no line of a key outside
    trust files and policies. At `boundary` the log may end without a head: the entries
    are committed, and the node's next step or start signs them.
    """

    origin: str
    size: int
    strict = False
    boundary: Value = None

    @abstractmethod
    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) in order from `start` on; may be called again."""

    def runs(self) -> Iterator[Run]:
        """Yield at most 1,024 entries and some 512 KiB at a time."""
        run: list[bytes] = []
        start = size = 0
        try:
            for index, entry in self.entries():
                full = len(run) == CHUNK_ITEMS or size >= CHUNK_BYTES
                if run and (full or index != start + len(run)):
                    yield Run.of(start, run)
                    run, size = [], 0
                if not run:
                    start = index
                run.append(entry)
                size += len(entry)
        except Tampered:  # judge everything before the damage
            if run:
                yield Run.of(start, run)
            raise
        if run:
            yield Run.of(start, run)

    @abstractmethod
    def head_notes(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads, smallest first; the last ends the log."""

    def heads(self) -> Iterator[tuple[int, bytes]]:
        """Yield the size that each note claims; verifying compares them."""
        return ((claimed_size(note), note) for note in self.head_notes())

    def newest_note(self) -> bytes | None:
        """Return the newest note with newer lines, if there are any."""
        return None

    def fork(self) -> StoredFork | None:
        return None

    def directory_notes(self) -> Iterable[bytes]:
        """Yield the smallest first."""
        return ()

    def refusals(self) -> Iterable[PartnerRefusal]:
        """Yield them in order of index and partner."""
        return ()

    def policies(self) -> Iterable[bytes] | None:
        """Return None if it claims to know none."""
        return None


def claimed_size(note: bytes) -> int:
    """Return 0 if it is malformed."""
    _, _, rest = note.partition(b"\n")
    digits, _, _ = rest.partition(b"\n")
    right = digits.isdigit() and len(digits) <= SIZE_DIGITS_MAX
    return int(digits) if right else 0
