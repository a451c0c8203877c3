"""One log as somebody shows it: an export, a node, a database.

Whoever verifies a log reads it through this and believes none of it.
"""

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
"""Called with origin, entries done, entries in all, every so often."""


def silent(origin: str, done: int, size: int) -> None:
    """Show no progress."""


class PartnerRefusal(Struct, frozen=True):
    """That partner `by` refused an entry, for which reason, and when (ms UTC).

    `proof` that it has signed that; empty where it is the word of the log's reader.
    """

    index: int
    by: str
    reason: str
    at: int
    proof: bytes = b""


class Run(Struct, frozen=True):
    """`count` entries that follow each other from `start` on, packed.

    So they go from the file to whoever verifies them, in another process, without
    being taken apart on the way. `chunk` is what an export's index says of them.
    """

    start: int
    count: int
    packed: bytes
    chunk: Chunk | None = None

    @classmethod
    def of(cls, start: int, entries: Sequence[bytes]) -> "Run":
        """Pack these entries."""
        return cls(start, len(entries), records.pack(entries))

    def entries(self) -> list[bytes]:
        """Return the entries; Refusal(INPUT) where an export's are not well packed."""
        if self.chunk is not None:
            return records.items(self.chunk, self.packed)
        return records.split(self.packed)


class LogSource(ABC):
    """One log as somebody shows it; `size` is how many entries that one claims.

    Reading raises the Refusal of whoever is read, and Tampered for damage at which
    the log ends; all before it is verified. `strict`: that a line of a key which
    neither a trust file nor a policy names may not stand under a head. At `boundary`
    the log may end without a head: committed, and to be signed by the node's next
    step, or start.
    """

    origin: str
    size: int
    strict = False
    boundary: Value = None

    @abstractmethod
    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) in order from `start` on; it may be asked again."""

    def runs(self) -> Iterator[Run]:
        """Yield the entries in order, in runs of at most 1,024 and some 512 KiB."""
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
        except Tampered:  # all before the damage is still to be judged
            if run:
                yield Run.of(start, run)
            raise
        if run:
            yield Run.of(start, run)

    @abstractmethod
    def head_notes(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads, smallest first; the last ends the log."""

    def heads(self) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each kept head; who verifies a note compares."""
        return ((claimed_size(note), note) for note in self.head_notes())

    def newest_note(self) -> bytes | None:
        """Return the newest head's note with newer lines, where there is one."""
        return None

    def fork(self) -> StoredFork | None:
        """Return the proof that the log is forked, where there is one."""
        return None

    def directory_notes(self) -> Iterable[bytes]:
        """Yield the notes of the kept directory heads, smallest first."""
        return ()

    def refusals(self) -> Iterable[PartnerRefusal]:
        """Yield what partners refused of it, in order of index and partner."""
        return ()

    def policies(self) -> Iterable[bytes] | None:
        """Yield the texts of its POLICY statements; None where nobody claims any."""
        return None


def claimed_size(note: bytes) -> int:
    """Return the size that a note's second line says, 0 where it says none."""
    _, _, rest = note.partition(b"\n")
    digits, _, _ = rest.partition(b"\n")
    right = digits.isdigit() and len(digits) <= SIZE_DIGITS_MAX
    return int(digits) if right else 0
