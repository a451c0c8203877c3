"""Check the tables beside the logs: arrivals, refusals, partners; and the file.

None of it is signed. It is compared with what is, where that says it, and for the
rest each row's sum finds damage. A partner's state (up, since, failures, ...) is
telemetry of this node: its sum says that it is as the node wrote it, not that it
is true.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.audit.judge.chunk import ChunkState, read_note
from exchange.audit.result import Fault, shown
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.store import ENTRY, HEAD, LACKING_TEXT, REFUSAL, TEXT, UNDELIVERED
from exchange.store.raw import (
    SUMMED,
    Raw,
    RawArrival,
    RawFork,
    RawLacking,
    RawLog,
    RawPeer,
    RawPulse,
    RawRefusal,
    RawWaiting,
)
from exchange.store.schema import fresh_schema
from exchange.store.sums import Value, row_sum
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class VerifiedLogs:
    """The logs of a database, once they were verified.

    `origins` are by the number of each, and so are the `states` of those whose keys
    are pinned; `peers` the other nodes; `cosigned` how far each cosigned the own log.
    """

    origins: Mapping[Value, str]
    states: Mapping[Value, ChunkState]
    peers: Collection[str]
    cosigned: Mapping[str, int]


def tables(raw: Raw, logs: VerifiedLogs) -> Iterator[Fault]:
    """Yield what is wrong in the tables beside the logs."""
    refusals = 0
    for refused in raw.refusals():
        refusals += 1
        if not refusal_stands(refused, logs.peers):
            yield _of_entry(refused, logs.origins, "refusal")
    for one in raw.lacking():
        if not lacking_stands(one, logs.peers):
            yield _of_entry(one, logs.origins, "lacking")
    yield from ArrivalOrder(logs.origins).check(raw, refusals)
    for row in raw.peers():
        size = logs.cosigned.get(checkpoint.cosigner_name(str(row.name)), 0)
        if not peer_stands(row, logs.peers, size):
            yield _of_file("peer")
    for waits in raw.waiting():
        if not waiting_stands(waits):
            yield _of_file(f"waiting {shown(waits.number)}")
    for table, values in summed(raw):
        yield _of_file(f"{table} {shown(next(iter(values.values())))}")
    yield from _notes_and_proofs(raw, logs)


def _notes_and_proofs(raw: Raw, logs: VerifiedLogs) -> Iterator[Fault]:
    """Yield what is wrong with newest notes, and proofs of forks, of pinned logs."""
    for pulse in raw.pulses():
        state, origin = logs.states.get(pulse.log), logs.origins.get(pulse.log, "")
        if state and (reason := wrong_pulse(pulse, origin, state)):
            yield Fault(origin, None, reason, "pulse")
    for proof in raw.forks():
        state, origin = logs.states.get(proof.log), logs.origins.get(proof.log, "")
        if state and (reason := _wrong_fork(proof, state)):
            yield Fault(origin, None, reason, "fork")


def file(raw: Raw, logs: Sequence[RawLog]) -> Iterator[Fault]:
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
    for row in sorted(raw.schema() ^ fresh_schema(), key=str):
        yield _of_file(f"schema: {shown(row[1])}")
    # 3
    if [log.number for log in logs] != list(range(1, len(logs) + 1)):
        yield _of_file("log.number")
    # 4
    for table, count in raw.strays().items():
        yield _of_file(f"{table}: {count} rows of no log")


def _of_file(what: str) -> Fault:
    return Fault(None, None, Reason.DATABASE, what)


@dataclass(slots=True)
class _Told:
    """How far the arrivals of one log have told of it."""

    entries: int = 0
    head: int = 0
    heads: int = 0


@dataclass(slots=True)
class ArrivalOrder:
    """Checks that arrivals tell what happened, each thing once, in its order."""

    origins: Mapping[Value, str]
    _told: dict[Value, _Told] = field(default_factory=dict)
    _number: int = 0
    _refusals: int = 0
    _open: Value = None  # the log whose entries came last, until their head comes

    def check(self, raw: Raw, refusals: int) -> Iterator[Fault]:
        """Yield what is wrong.

        1. Each arrival is numbered behind the last, and as it was written.
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
        told = self._told.setdefault(row.log, _Told())
        if row.kind == ENTRY:
            return self._entry(row, told)
        if row.kind == HEAD:
            return self._head(row, told)
        if row.kind == REFUSAL:
            self._refusals += 1
            return row.refusal == row.reason and bool(row.reason)
        return tells_of_text(row.kind, row.index, row.by, row.reason, told.entries)

    def _entry(self, row: RawArrival, told: _Told) -> bool:
        follows = row.index == told.entries and self._open in {None, row.log}
        told.entries += 1
        self._open = row.log
        return follows and (row.by, row.reason) == ("", row.verdict)

    def _head(self, row: RawArrival, told: _Told) -> bool:
        """Count a new head that is kept still; one told already has gained a line."""
        blank = (row.by, row.reason) == ("", "")
        if self._open is None:
            return blank and isinstance(row.index, int) and 0 < row.index <= told.head
        new = self._open == row.log and row.index == told.entries
        self._open = None
        told.head = told.entries
        told.heads += row.head is not None
        return blank and new


def tells_of_text(kind: Value, index: Value, by: Value, why: Value, told: int) -> bool:
    """Whether an arrival may tell of the text of one of the `told` entries of a log."""
    if not isinstance(index, int) or not 0 <= index < told:
        return False
    if kind == TEXT:
        return (by, why) == ("", "")
    if kind == UNDELIVERED:
        return bool(by) and not why
    return kind == LACKING_TEXT and bool(by) and why in {"", Reason.MISSING}


def as_written(row: RawRefusal | RawLacking | RawPeer | RawWaiting) -> bool:
    """Whether a row has the sum with which it was written."""
    *values, total = astuple(row)
    return bool(total == row_sum(*values))


def _of_entry(
    row: RawRefusal | RawLacking, origins: Mapping[Value, str], what: str
) -> Fault:
    origin = origins.get(row.log)
    index = row.index if origin and isinstance(row.index, int) else None
    return Fault(origin, index, Reason.DATABASE, what)


def refusal_stands(row: RawRefusal, peers: Collection[str]) -> bool:
    """Whether a refusal is as it was written, by a partner, with a reason we know."""
    return as_written(row) and row.by in peers and row.reason in set(Reason)


def lacking_stands(row: RawLacking, peers: Collection[str]) -> bool:
    """Whether a row of missing texts is undamaged and names a partner."""
    return as_written(row) and row.by in peers


def peer_stands(row: RawPeer, peers: Collection[str], cosigned: int) -> bool:
    """Whether a partner's state is as it was written, and of a partner.

    It says no more than the partner's newest line under the own log, at size
    `cosigned`. It may say less: the line is stored first.
    """
    size = row.cosigned_size
    known = as_written(row) and row.name in peers
    return known and isinstance(size, int) and 0 <= size <= cosigned


def summed(raw: Raw) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield table and row of times, cursors and texts that are not as written."""
    for table in SUMMED:
        for row in raw.summed(table):
            *values, total = row.values()
            if total != row_sum(*values):
                yield table, row


def waiting_stands(row: RawWaiting) -> bool:
    """Whether an envelope that waits is as it was written, and has its own name."""
    if not as_written(row) or not isinstance(row.envelope, bytes):
        return False
    try:
        sent = pb.Envelope.FromString(row.envelope)
        return envelope.split(sent.entry).name == row.name
    except (DecodeError, Refusal):
        return False


def wrong_pulse(row: RawPulse, origin: str, state: ChunkState) -> Reason | None:
    """Return what is wrong with the newest note of a log, None for nothing.

    1. It is as it was written. 2. Each of its lines verifies. 3. It is of a head that
    is kept.
    """
    try:
        # 1
        if row.sum != row_sum(row.log, row.size, row.at):
            raise Refusal(Reason.DATABASE)
        if not isinstance(row.note, bytes) or not isinstance(row.root, bytes):
            raise Refusal(Reason.NOTE)
        # 2
        head = read_note(row.note, state).head
        # 3
        if (head.origin, head.root) != (origin, row.root):
            raise Refusal(Reason.ROOT)
        if head.size != row.size:
            raise Refusal(Reason.HEAD)
    except FusionError as error:
        return error.reason
    return None


def _wrong_fork(row: RawFork, state: ChunkState) -> Reason | None:
    """Return what is wrong with a proof of a fork: it is as written, and proves it."""
    try:
        if row.sum != row_sum(row.log, row.at) or not isinstance(row.proof, bytes):
            raise Refusal(Reason.DATABASE)
        fork.verify(row.proof, state.log)
    except FusionError as error:
        return error.reason
    return None
