"""Check the tables beside the logs: arrivals, refusals, partners; and the file.

None of it is signed. It is compared with what is, where that says it, and for the
rest each row's sum finds damage. A partner's state (up, since, failures, ...) is
telemetry of this node: its sum says that it is as the node wrote it, not that it
is true.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from google.protobuf.message import DecodeError
from msgspec import Struct, field
from msgspec.structs import astuple

from exchange import envelope
from exchange.audit.judge.chunk import ChunkState, read_note
from exchange.audit.result import Fault, shown
from exchange.envelope import Parsed
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.store import ENTRY, HEAD, LACKING_TEXT, REFUSAL, TEXT, UNDELIVERED
from exchange.store.drafts import EMERGENCY, WAITING
from exchange.store.raw_rows import RawArrival, RawLog, RawRows
from exchange.store.row_checksums import Row, Value, is_as_written, row_sum
from exchange.trust.statements import parse_statement
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb


class DatabaseLogs(Struct, frozen=True):
    """The logs of a database, once they were verified.

    `origins` are by the number of each, and so are the `states` of those whose keys
    are pinned; `peers` the other nodes; `cosigned` how far each cosigned the own log.
    """

    origins: Mapping[Value, str]
    states: Mapping[Value, ChunkState]
    peers: Collection[str]
    cosigned: Mapping[str, int]


Check = Callable[[RawRows, Row, DatabaseLogs], None]


def tables(raw: RawRows, logs: DatabaseLogs) -> Iterator[Fault]:
    """Yield what is wrong in the tables beside the logs.

    Each row is as it was written, and stands beside what is signed as CHECKS says.
    """
    counts: Counter[str] = Counter()
    for table, check in CHECKS.items():
        for row in raw.rows(table):
            counts[table] += 1
            try:
                _demand(is_as_written(table, row))
                check(raw, row, logs)
            except FusionError as error:
                yield from _fault_of(table, row, error.reason, logs)
    yield from ArrivalOrder(logs.origins).check(raw, counts["refusal"])


def _fault_of(
    table: str, row: Row, reason: Reason, logs: DatabaseLogs
) -> Iterator[Fault]:
    """Yield a row's fault where it is told: of an entry, a log, or the whole file."""
    log, index = row.get("log"), row.get("index")
    origin = logs.origins.get(log)
    if table in {"refusal", "lacking"}:
        known = index if origin and isinstance(index, int) else None
        yield Fault(origin, known, reason, table)
    elif table in {"pulse", "fork"}:
        if log in logs.states:  # of no other can it be told what is right
            yield Fault(origin or "", None, reason, table)
    elif table == "peer":
        yield _of_file(table)
    else:
        yield _of_file(f"{table} {shown(next(iter(row.values())))}")


def file(raw: RawRows, logs: Sequence[RawLog]) -> Iterator[Fault]:
    """Yield what is wrong with the database as a whole.

    1. SQLite finds its pages and indexes sound.
    2. Tables, indexes and triggers are those that the migrations make.
    3. The logs are numbered from 1; that no origin is there twice is an index of 2.
    4. No row belongs to a log that is not there.
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
    """How far the arrivals of one log have told of it."""

    entries: int = 0
    head: int = 0
    heads: int = 0


class ArrivalOrder(Struct):
    """Checks that arrivals tell what happened, each thing once, in its order."""

    origins: Mapping[Value, str]
    _told: dict[Value, _Told] = field(default_factory=dict)
    _number: int = 0
    _refusals: int = 0
    _open: Value = None  # the log whose entries came last, until their head comes

    def check(self, raw: RawRows, refusals: int) -> Iterator[Fault]:
        """Yield what is wrong.

        1. Each arrival has the next number, and is as it was written.
        2. Each tells what follows in its log, or a line more under a head.
        3. Each log is told to its end, each kept head and each refusal once.
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
        """Name the entry that an arrival tells of, or the last below its head."""
        index = row.index if isinstance(row.index, int) else None
        if row.kind == HEAD and index is not None:
            index = max(index - 1, 0)
        origin = self.origins.get(row.log)
        what = f"arrival {shown(row.number)}"
        return Fault(origin, index if origin else None, Reason.DATABASE, what)

    def _tells(self, row: RawArrival) -> bool:
        """Whether an arrival tells of something that is there and comes next."""
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
        """Count a new head that is kept still; one told already has gained a line."""
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
    """Whether an arrival may tell of a text of a log that has so many entries."""
    if not isinstance(index, int) or not 0 <= index < entries:
        return False
    if kind == TEXT:
        return (by, why) == ("", "")
    if kind == UNDELIVERED:
        return bool(by) and not why
    return kind == LACKING_TEXT and bool(by) and why in {"", Reason.MISSING}


# Checks of a row whose sum is right; each raises a Refusal for what is wrong.


def _check_refusal(_raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that a refusal is a partner's, with a reason we know."""
    _demand(row["by"] in logs.peers and row["reason"] in set(Reason))


def _check_lacking(_raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that it is a partner who lacks a text."""
    _demand(row["by"] in logs.peers)


def _check_peer(_raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check a partner's state: no more than its newest line under the own log says.

    It may say less: the line is stored first.
    """
    size, name = row["cosigned_size"], row["name"]
    cosigned = logs.cosigned.get(checkpoint.cosigner_name(str(name)), 0)
    _demand(name in logs.peers and isinstance(size, int) and 0 <= size <= cosigned)


def _check_waiting(_raw: RawRows, row: Row, _logs: DatabaseLogs) -> None:
    """Check that an envelope that waits has its own name."""
    _demand(_parsed(row["envelope"]).name == row["name"])


def _parsed(sent: Value) -> Parsed:
    """Return the entry of a stored envelope; Refusal(DATABASE)."""
    try:
        return envelope.split(pb.Envelope.FromString(_blob(sent)).entry)
    except (DecodeError, Refusal):
        raise Refusal(Reason.DATABASE) from None


def _check_pulse(raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that a newest note's lines all verify, and that its head is kept."""
    if state := logs.states.get(row["log"]):
        kept = next(raw.rows("head", log=row["log"], size=row["size"]), {})
        root = _blob(kept.get("root"), Reason.NOTE)
        head = read_note(_blob(row["note"], Reason.NOTE), state).head
        origin = logs.origins.get(row["log"])
        _demand((head.origin, head.root) == (origin, root), Reason.ROOT)
        _demand(head.size == row["size"], Reason.HEAD)


def _check_fork(_raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that a proof of a fork proves it."""
    if state := logs.states.get(row["log"]):
        fork.verify(_blob(row["proof"]), state.log)


def _check_express(_raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that an envelope that came ahead is a partner's, and has its own name."""
    _demand(row["peer"] in logs.peers)
    _demand(_parsed(row["envelope"]).name == row["name"])


def _check_draft(raw: RawRows, row: Row, logs: DatabaseLogs) -> None:
    """Check that a draft has its own name, and that an emergency has its place."""
    if row["state"] != EMERGENCY:
        parsed = _parsed(row["envelope"])
        _demand(parsed.name == row["name"])
        if row["state"] == WAITING:
            sent = pb.Envelope.FromString(_blob(row["envelope"]))
            envelope.check_payload(parsed, tuple(sent.wraps), sent.body)
        return
    found = (
        envelope.split(_blob(entry["entry"]))
        for log in logs.origins
        for entry in raw.rows("entry", log=log, index=row["index"])
        if entry["name"] == row["name"]
    )
    entry = next(found, None)
    _demand(entry is not None and entry.core.release == pb.RELEASE_EMERGENCY)


def _check_urgent(raw: RawRows, row: Row, _logs: DatabaseLogs) -> None:
    """Check that an entry is as urgent as it says, and that its arrival tells of it."""
    place = {"log": row["log"], "index": row["index"]}
    entry = next(raw.rows("entry", **place), {})
    core = envelope.split(_blob(entry.get("entry"))).core
    directory = core.kind == pb.KIND_DIRECTORY
    statement = parse_statement(core.clear) if directory else None
    _demand(entry.get("reason") == "" and urgency_of(core, statement) == row["urgency"])
    shown = place | {"number": row["arrival"], "kind": ENTRY}
    _demand(row["arrival"] == 0 or any(raw.rows("arrival", **shown)))


def _check_sum_only(_raw: RawRows, _row: Row, _logs: DatabaseLogs) -> None:
    """Check nothing more: only its sum says of such a row that it is sound."""


def _demand(right: bool, reason: Reason = Reason.DATABASE) -> None:  # noqa: FBT001  it is what it says
    if not right:
        raise Refusal(reason)


def _blob(value: Value, reason: Reason = Reason.DATABASE) -> bytes:
    if not isinstance(value, bytes):
        raise Refusal(reason)
    return value


CHECKS: Mapping[str, Check] = {
    "refusal": _check_refusal,
    "lacking": _check_lacking,
    "peer": _check_peer,
    "waiting": _check_waiting,
    **dict.fromkeys(
        (
            "clock",
            "desk",
            "undelivered",
            "refused",
            "writer",
            "sighting",
            "boundary",
            "place_slice",
            "directory",
            "directory_head",
            "directory_fault",
        ),
        _check_sum_only,
    ),
    "express": _check_express,
    "urgent": _check_urgent,
    "draft": _check_draft,
    "pulse": _check_pulse,
    "fork": _check_fork,
}
"""The tables beside the logs, but for arrivals, and the check of a row of each."""
