"""A log in a node's database, row by row."""

from collections.abc import Iterable, Iterator

from exchange import envelope
from exchange.audit.sources.log_source import LogSource, PartnerRefusal
from exchange.errors import Reason, Refusal, Tampered
from exchange.store import StoredFork
from exchange.store.raw_rows import INDEX_MIN, RawLog, RawRows
from exchange.store.row_checksums import Value
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb


class DatabaseSource(LogSource):
    """Ends at the newest head.

    Raises Tampered(DATABASE), with log and index, for a value of a wrong type.
    """

    def __init__(self, raw: RawRows, row: RawLog) -> None:
        self._raw, self._log = raw, row.number
        self.origin = _text(row.origin)
        self.size = _number(row.size, self.origin)
        self._end: int | None = None  # no head covers the entries from here on
        if raw.boundary(row.number) is not None:
            self._end = _number(raw.signed_size(row.number), self.origin)
            self.size = self._end

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        for index, entry in self._raw.bare(self._log, start or INDEX_MIN):
            place = _number(index, self.origin)
            if self._end is not None and place >= self._end:
                return
            yield place, _blob(entry, f"{self.origin}#{place}")

    def head_notes(self) -> Iterator[bytes]:
        for row in self._raw.rows("head", log=self._log):
            yield _blob(row["note"], self.origin)

    def newest_note(self) -> bytes | None:
        for row in self._raw.rows("pulse", log=self._log, size=self.size):
            return _blob(row["note"], self.origin)
        return None

    def directory_notes(self) -> Iterable[bytes]:
        for row in self._raw.rows("directory_head", log=self._log):
            yield _blob(row["note"], self.origin)

    def fork(self) -> StoredFork | None:
        for row in self._raw.rows("fork", log=self._log):
            at = _number(row["at"], self.origin)
            return StoredFork(_blob(row["proof"], self.origin), at)
        return None

    def refusals(self) -> Iterator[PartnerRefusal]:
        for row in self._raw.rows("refusal", log=self._log):
            index = _number(row["index"], self.origin)
            at = _number(row["at"], self.origin)
            said = _text(row["by"]), _text(row["reason"]), at
            yield PartnerRefusal(index, *said, _blob(row["proof"], self.origin))

    def policies(self) -> Iterable[bytes] | None:
        """Yield the policies, as far as the rows can be read."""
        return (
            statement.policy
            for _, statement in stated(self._raw, self._log)
            if statement.type == pb.STATEMENT_TYPE_POLICY
        )


def stated(raw: RawRows, log: Value) -> Iterator[tuple[pb.Core, pb.Statement]]:
    """Yield statements stored as ACCEPTED, unverified.

    A row that cannot be read is skipped: verifying the log finds it.
    """
    for _, entry in raw.directory(log):
        try:
            core = envelope.parse_core(envelope.split(_blob(entry, "")).core_bytes)
            yield core, statements.parse_statement(core.clear)
        except (Refusal, Tampered):
            continue


def _blob(value: Value, where: str) -> bytes:
    if not isinstance(value, bytes):
        raise Tampered(Reason.DATABASE, where)
    return value


def _number(value: Value, where: str) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise Tampered(Reason.DATABASE, where)
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise Tampered(Reason.DATABASE, "ledger.db")
    return value
