"""Check the rows beside the logs, the order of arrivals, and the file.

Each is checked as its class in exchange.store.tables says; its sum finds other damage.
A partner's state is telemetry of this node: the sum shows that the node wrote it, not
that it is true.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import astuple

from exchange.audit.judge.chunk import ChunkState, read_note
from exchange.audit.result import Fault, shown
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey
from exchange.store import ENTRY, HEAD, LACKING_TEXT, REFUSAL, TEXT, UNDELIVERED
from exchange.store.raw_rows import RawArrival, RawLog, RawRows
from exchange.store.row_checksums import Row, Value, row_sum
from exchange.store.tables import RECORDS


class DatabaseLogs(Struct, frozen=True):
    """The verified logs of a database, for the checks of rows.

    `origins` and `states` (pinned logs only) are by number of log; `peers` are the
    other nodes; `cosigned_by` has the size of the own log that each cosigned.
    """

    raw: RawRows
    origins: Mapping[Value, str]
    states: Mapping[Value, ChunkState]
    peers: Collection[str]
    cosigned_by: Mapping[str, int]

    def cosigned(self, node: str) -> int:
        return self.cosigned_by.get(checkpoint.cosigner_name(node), 0)

    def log_keys(self, log: Value) -> Sequence[Vkey] | None:
        state = self.states.get(log)
        return state.log if state else None

    def verify_note(self, log: Value, note: bytes) -> Head:
        return read_note(note, self.states[log]).head

    def rows(self, table: str, **equal: Value) -> Iterator[Row]:
        return self.raw.rows(table, **equal)


def check_rows(raw: RawRows, logs: DatabaseLogs) -> Iterator[Fault]:
    """Check all rows but those that the tree and the entries cover."""
    counts: Counter[str] = Counter()
    for record in RECORDS:
        if record.with_log or not record.summed():
            continue
        for row in raw.rows(record.title()):
            counts[record.title()] += 1
            try:
                if not record.is_as_written(row):
                    raise Refusal(Reason.DATABASE)
                record.check(row, logs)
            except FusionError as error:
                yield _fault_of(record.title(), row, error.reason, logs)
    yield from ArrivalOrder(logs.origins).check(raw, counts["refusal"])


def _fault_of(table: str, row: Row, reason: Reason, logs: DatabaseLogs) -> Fault:
    """Return a fault at its entry or log, or else at the whole file."""
    log, index = row.get("log"), row.get("index")
    origin = logs.origins.get(log)
    if "log" not in row or origin is None:
        return _of_file(f"{table} {shown(next(iter(row.values())))}")
    return Fault(origin, index if isinstance(index, int) else None, reason, table)


def file(raw: RawRows, logs: Sequence[RawLog]) -> Iterator[Fault]:
    """Check the database as a whole.

    1. SQLite finds its pages and indexes sound.
    2. Tables, indexes and triggers are those of the migrations.
    3. The logs are numbered from 1; an index of step 2 keeps origins unique.
    4. Each row belongs to an existing log.
    """
    # 1
    for line in raw.damage():
        yield _of_file(shown(line))
    # 2
    for row in raw.strange_schema():
        yield _of_file(f"schema: {shown(row[1])}")
    # 3
    if [log.number for log in logs] != list(range(1, len(logs) + 1)):
        yield _of_file("log.number")
    # 4
    for table, count in raw.strays().items():
        yield _of_file(f"{table}: {count} rows of no log")


def _of_file(what: str) -> Fault:
    return Fault(None, None, Reason.DATABASE, what)


class _Told(Struct):
    entries: int = 0
    head: int = 0
    heads: int = 0


class ArrivalOrder(Struct):
    """Each event once, in order."""

    origins: Mapping[Value, str]
    _told: dict[Value, _Told] = field(default_factory=dict)
    _number: int = 0
    _refusals: int = 0
    _open: Value = None  # the log of the newest entries, until their head comes

    def check(self, raw: RawRows, refusals: int) -> Iterator[Fault]:
        """Check all arrivals in order.

        1. Each arrival has the next number, and is as written.
        2. Each reports the next event of its log, or one more line under a head.
        3. Each log is reported to its end, each kept head and refusal once.
        """
        for row in raw.arrivals():
            # 1
            self._number += 1
            if row.number != self._number or row.sum != row_sum(*astuple(row)[:6]):
                yield self._fault(row)
                self._number = row.number if isinstance(row.number, int) else 0
            # 2
            if not self._tells(row):
                yield self._fault(row)
        # 3
        for log, origin in self.origins.items():
            told = self._told.get(log, _Told())
            if told.entries != raw.signed_size(log):
                yield Fault(origin, told.entries, Reason.DATABASE, "arrival")
            elif told.heads != raw.count("head", log):
                yield Fault(origin, None, Reason.DATABASE, "arrival")
        if self._refusals != refusals:
            yield _of_file("arrival: refusals")

    def _fault(self, row: RawArrival) -> Fault:
        """Return a fault at the arrival's entry, or the last below its head."""
        index = row.index if isinstance(row.index, int) else None
        if row.kind == HEAD and index is not None:
            index = max(index - 1, 0)
        origin = self.origins.get(row.log)
        what = f"arrival {shown(row.number)}"
        return Fault(origin, index if origin else None, Reason.DATABASE, what)

    def _tells(self, row: RawArrival) -> bool:
        so_far = self._told.setdefault(row.log, _Told())
        if row.kind == ENTRY:
            return self._entry(row, so_far)
        if row.kind == HEAD:
            return self._head(row, so_far)
        if row.kind == REFUSAL:
            self._refusals += 1
            return row.refusal == row.reason and bool(row.reason)
        return tells_of_text(row.kind, row.index, row.by, row.reason, so_far.entries)

    def _entry(self, row: RawArrival, so_far: _Told) -> bool:
        follows = row.index == so_far.entries and self._open in {None, row.log}
        so_far.entries += 1
        self._open = row.log
        return follows and (row.by, row.reason) == ("", row.verdict)

    def _head(self, row: RawArrival, so_far: _Told) -> bool:
        """Count a new head if it is kept; a repeated one has gained a line."""
        blank = (row.by, row.reason) == ("", "")
        if self._open is None:
            return blank and isinstance(row.index, int) and 0 < row.index <= so_far.head
        new = self._open == row.log and row.index == so_far.entries
        self._open = None
        so_far.head = so_far.entries
        so_far.heads += row.head is not None
        return blank and new


def tells_of_text(
    kind: Value, index: Value, by: Value, why: Value, entries: int
) -> bool:
    """Return whether such a row can be in a log with this many entries."""
    if not isinstance(index, int) or not 0 <= index < entries:
        return False
    if kind == TEXT:
        return (by, why) == ("", "")
    if kind == UNDELIVERED:
        return bool(by) and not why
    return kind == LACKING_TEXT and bool(by) and why in {"", Reason.MISSING}
