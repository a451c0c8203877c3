"""Where a log is read from that is to be verified: an export, a node, a database."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exchange.audit.export import records
from exchange.audit.export.bundle import Export, ExportedRefusal
from exchange.audit.export.records import Chunk
from exchange.limits import CHUNK_BYTES, CHUNK_ITEMS


@dataclass(frozen=True, slots=True)
class Run:
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


class Source(ABC):
    """One log as somebody shows it; `size` is how many entries that one claims.

    Reading raises the Refusal of whoever is read.
    """

    origin: str
    size: int

    @abstractmethod
    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) in order from `start` on; it may be asked again."""

    def runs(self) -> Iterator[Run]:
        """Yield the entries in order, in runs of at most 1,024 and some 512 KiB."""
        run: list[bytes] = []
        start = size = 0
        for index, entry in self.entries():
            full = len(run) == CHUNK_ITEMS or size >= CHUNK_BYTES
            if run and (full or index != start + len(run)):
                yield Run.of(start, run)
                run, size = [], 0
            if not run:
                start = index
            run.append(entry)
            size += len(entry)
        if run:
            yield Run.of(start, run)

    @abstractmethod
    def heads(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads, smallest first; the last ends the log."""

    def pulse(self) -> bytes | None:
        """Return the newest head's note with newer lines, where there is one."""
        return None

    def fork(self) -> bytes | None:
        """Return the proof that the log is forked, where there is one."""
        return None

    def refusals(self) -> Iterable[ExportedRefusal]:
        """Yield what partners refused of it."""
        return ()

    def policies(self) -> list[bytes] | None:
        """Return the texts of its POLICY statements; None where nobody claims any."""
        return None


class ExportedSource(Source):
    """One log of an export."""

    def __init__(self, export: Export, origin: str) -> None:
        self._export = export
        self.origin = origin
        self.size = export.log(origin).size

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) from `start` on."""
        return self._export.entries(self.origin, start)

    def runs(self) -> Iterator[Run]:
        """Yield the export's own chunks."""
        for chunk in self._export.log(self.origin).of(records.ENTRIES):
            yield Run(chunk.first, chunk.items, self._export.payload(chunk), chunk)

    def heads(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads."""
        return self._export.heads(self.origin)

    def pulse(self) -> bytes | None:
        """Return the newest note of the newest head."""
        return self._export.pulse(self.origin)

    def fork(self) -> bytes | None:
        """Return the proof of a fork."""
        found = self._export.fork(self.origin)
        return found.proof if found else None

    def refusals(self) -> Iterable[ExportedRefusal]:
        """Yield what partners refused."""
        return self._export.refusals(self.origin)

    def policies(self) -> list[bytes] | None:
        """Return the texts that the export says the log states."""
        return list(self._export.policies(self.origin))
