"""Where a log is read from that is to be verified: an export, a node, a database."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from exchange.audit.bundle import Export, ExportedRefusal


class Source(ABC):
    """One log as somebody shows it; `size` is how many entries that one claims.

    Reading raises the Refusal of whoever is read.
    """

    origin: str
    size: int

    @abstractmethod
    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) in order from `start` on; it may be asked again."""

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
