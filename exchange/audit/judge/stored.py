"""One log as a node's database holds it, row by row."""

from collections.abc import Iterator

from exchange.audit.export.source import Source
from exchange.errors import Reason, Tampered
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.sums import Value


class StoredSource(Source):
    """One log of a database; raises Tampered(DATABASE) for a row that is none."""

    def __init__(self, raw: Raw, row: RawLog) -> None:
        if not isinstance(row.origin, str) or not isinstance(row.size, int):
            raise Tampered(Reason.DATABASE, "ledger.db")
        self._raw, self._row = raw, row
        self.origin, self.size = row.origin, row.size
        self._end: int | None = None  # below it are the entries that a head covers
        if raw.boundary(row.number) is not None:
            signed = raw.signed_size(row.number)
            self.size = self._end = signed if isinstance(signed, int) else 0

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) from `start` on."""
        for index, entry in self._raw.bare(self._row.number):
            if not isinstance(index, int):
                raise Tampered(Reason.DATABASE, self.origin)
            if self._end is not None and index >= self._end:
                return
            if index >= start:
                yield index, self._blob(entry, f"{self.origin}#{index}")

    def heads(self) -> Iterator[bytes]:
        """Yield the notes of the kept heads."""
        for head in self._raw.heads(self._row.number):
            yield self._blob(head.note, self.origin)

    def pulse(self) -> bytes | None:
        """Return the newest head's note with newer lines."""
        for pulse in self._raw.pulses():
            if (pulse.log, pulse.size) == (self._row.number, self.size):
                return self._blob(pulse.note, self.origin)
        return None

    def _blob(self, value: Value, where: str) -> bytes:
        if not isinstance(value, bytes):
            raise Tampered(Reason.DATABASE, where)
        return value
