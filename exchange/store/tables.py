"""The tables of a node: the columns, the check of each row, and how rows move.

One class per table. No other module knows a table as a whole: creating and upgrading a
database (schema.py), `fsck` (exchange.audit), its repair (exchange.rebuild) and the
copy to another database (equal_rows.py) are loops over RECORDS. A running node uses SQL
and never loads this module, because SQLModel takes 28 MiB of a process.

To add a table, add its class here and its version in migrations/versions.

No column may be NULL. The columns of the primary key come first. Times are ms UTC; 0 is
never. `log` is a number of the table log, `desks` are separated by spaces, `by` is a
node, and `reason` is empty for ACCEPTED. Signed bytes are kept as verified.
"""

from collections.abc import Iterator
from typing import ClassVar

import sqlalchemy as sa
from google.protobuf.message import DecodeError
from sqlmodel import SQLModel

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.ledger import fork
from exchange.ledger.directory_head import lacks_log, verify_directory_head
from exchange.store import values
from exchange.store.record import (
    Record,
    Repair,
    Trigger,
    VerifiedLogs,
    blob,
    entry_index,
    flag,
    int32,
    int64,
    log_number,
    partial_index,
    row_checksum,
    stored_at,
    text,
)
from exchange.store.row_checksums import Row, Value
from exchange.trust.statements import parse_statement
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb


def _demand(right: bool, reason: Reason = Reason.DATABASE) -> None:  # noqa: FBT001  it is what it says
    if not right:
        raise Refusal(reason)


def _bytes(value: Value, reason: Reason = Reason.DATABASE) -> bytes:
    if not isinstance(value, bytes):
        raise Refusal(reason)
    return value


def _parsed(sent: Value, *, whole: bool = False) -> Parsed:
    try:
        found = pb.Envelope.FromString(_bytes(sent))
        parsed = envelope.split(found.entry)
        if whole:
            envelope.check_payload(parsed, tuple(found.wraps), found.body)
    except (DecodeError, Refusal):
        raise Refusal(Reason.DATABASE) from None
    return parsed


# The logs, own and replicas.


class LogRow(Record, table=True):
    """A log's position, which an append compares and swaps."""

    __tablename__ = "log"
    triggers = (
        Trigger("log_no_delete", "DELETE"),
        Trigger(
            "log_no_return",
            "UPDATE",
            'NEW."size" < OLD."size" OR NEW.number <> OLD.number'
            " OR NEW.origin <> OLD.origin",
        ),
    )

    number: int = int32("from 1, in the order in which logs came", key=True)
    origin: str = text("the name of the log", unique=True)
    size: int = int64("how many entries it has")
    root: bytes = blob("the root of its tree at that size")


_SAME = " AND ".join(
    f'NEW."{name}" = OLD."{name}"'
    for name in ("log", "index", "name", "id", "kind", "desks", "reason")
)
_TO_A_FILE = (
    "length(NEW.entry) = 0 AND EXISTS (SELECT 1 FROM cold"
    ' WHERE cold.log = OLD.log AND cold.tile = OLD."index" / 256)'
)
_FROM_A_FILE = "length(OLD.entry) = 0 AND OLD.reason = ''"


class EntryRow(Record, table=True):
    """An entry, kept for ever with the columns that queries need."""

    __tablename__ = "entry"
    __table_args__ = (
        partial_index("entry_refused", "name", where=values.IS_REFUSED),
        partial_index("entry_refusal", "log", "index", where=values.IS_REFUSED),
        partial_index("entry_directory", "log", "index", where=values.IS_STATEMENT),
    )
    triggers = (
        Trigger(
            "entry_no_update",
            "UPDATE",
            f"NOT ({_SAME} AND ({_TO_A_FILE} OR {_FROM_A_FILE}))",
            looks=True,
        ),
        Trigger("entry_no_delete", "DELETE"),
    )

    log: int = log_number()
    index: int = entry_index()
    entry: bytes = blob("the leaf; empty if it lies in a file (cold_rows.py)")
    name: bytes = blob("the name of the envelope")
    id: bytes = blob("its id")
    kind: int = int32("its kind")
    desks: str = text("which desks may read it; `*` for all")
    reason: str = text("why it is REFUSED")


class PlaceRow(Record):
    """The place of an ACCEPTED entry, by a key of its name or id (places.py)."""

    __table_args__: ClassVar = {"sqlite_with_rowid": False}

    key: int = int64("of the name or the id", key=True)
    log: int = log_number()
    index: int = entry_index()


class NamePlaceRow(PlaceRow, table=True):
    __tablename__ = "name_place"


class IdPlaceRow(PlaceRow, table=True):
    __tablename__ = "id_place"


class PlaceSliceRow(Record, table=True):
    """The size up to which a slice of the keys has a log's places."""

    __tablename__ = "place_slice"
    __table_args__: ClassVar = {"sqlite_with_rowid": False}

    slice: int = int32("of the keys", key=True)
    log: int = log_number()
    size: int = int64("the size of the log")
    sum: int = row_checksum()


class PlaceFilterRow(Record, table=True):
    """The filter of the keys in a slice."""

    __tablename__ = "place_filter"

    slice: int = int32("of the keys", key=True)
    name: bytes = blob("the filter of names")
    id: bytes = blob("the filter of ids")


class HashRow(Record, table=True):
    __tablename__ = "hash"
    __table_args__: ClassVar = {"sqlite_with_rowid": False}
    triggers = (
        Trigger("hash_no_update", "UPDATE"),
        Trigger("hash_no_delete", "DELETE"),
    )

    log: int = log_number()
    level: int = int32("0 for leaf hashes", key=True)
    index: int = int64("from the left", key=True)
    hash: bytes = blob("SHA-256")


class PayloadRow(Record, table=True):
    """The text of an ACCEPTED entry, or why it is not here."""

    __tablename__ = "payload"
    __table_args__ = (
        partial_index("payload_lacking", "log", "index", where=values.IS_LACKING),
    )
    triggers = (Trigger("payload_no_update", "UPDATE"),)
    with_log = True
    unsummed = frozenset({"wraps", "body"})

    log: int = log_number()
    index: int = entry_index()
    wraps: bytes = blob("end to end; empty but for HELD")
    body: bytes = blob("empty but for HELD")
    state: int = int32("HELD, LACKING, ERASED or NEVER (values.py)")
    reason: str = text("why it is LACKING or ERASED")
    at: int = stored_at("since when it is so")
    sum: int = int64("as elsewhere; 0 for HELD, where the entry's digests vouch")


class HeadRow(Record, table=True):
    """The signed head of a batch; its note gains lines.

    The first line of each key stays, so that no proven time moves.
    """

    __tablename__ = "head"
    triggers = (Trigger("head_no_update", 'UPDATE OF log, "size", root, at'),)
    with_log = True
    unsummed = frozenset({"root", "note"})

    log: int = log_number()
    size: int = int64("of the log", key=True)
    root: bytes = blob("of the tree")
    note: bytes = blob("the head with its lines")
    at: int = stored_at()
    sum: int = row_checksum()


class PulseRow(Record, table=True):
    """Newer lines under the newest head of a log."""

    __tablename__ = "pulse"
    repair = Repair.CARRIED
    unsummed = frozenset({"note"})

    log: int = log_number()
    size: int = int64("of the newest head")
    note: bytes = blob("the head with its newest lines")
    at: int = stored_at()
    sum: int = row_checksum()

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:
        """Keep the row, unless its head was not kept."""
        head = {"log": row["log"], "size": row["size"]}
        return row if any(logs.rows("head", **head)) else None

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        if logs.log_keys(row["log"]) is None:
            return
        kept = next(logs.rows("head", log=row["log"], size=row["size"]), {})
        root = _bytes(kept.get("root"), Reason.NOTE)
        head = logs.verify_note(row["log"], _bytes(row["note"], Reason.NOTE))
        origin = logs.origins.get(row["log"])
        _demand((head.origin, head.root) == (origin, root), Reason.ROOT)
        _demand(head.size == row["size"], Reason.HEAD)


class BoundaryRow(Record, table=True):
    """The end of an append whose head is not stored yet; readers end below it."""

    __tablename__ = "boundary"
    unsummed = frozenset({"root", "note"})

    log: int = log_number()
    size: int = int64("of the log", key=True)
    root: bytes = blob("of the tree")
    note: bytes = blob("the lines of a partner's batch; empty under the own log")
    at: int = stored_at()
    sum: int = row_checksum()


class SightingRow(Record, table=True):
    """A head ahead of the store that was shown here."""

    __tablename__ = "sighting"
    repair = Repair.CARRIED
    unsummed = frozenset({"root", "note"})

    origin: str = text("the log", key=True)
    size: int = int64("of the log", key=True)
    root: bytes = blob("of the tree", key=True)
    note: bytes = blob("the head")
    promised: bool = flag("only its own node has shown it, so it holds nobody back")
    at: int = stored_at()
    sum: int = row_checksum()


class ForkRow(Record, table=True):
    """The first proof that a log is forked, which freezes it."""

    __tablename__ = "fork"
    triggers = (
        Trigger("fork_no_update", "UPDATE"),
        Trigger("fork_no_delete", "DELETE"),
    )
    repair = Repair.CARRIED
    unsummed = frozenset({"proof"})

    log: int = log_number()
    proof: bytes = blob("two signed heads (ledger/fork.py)")
    at: int = stored_at()
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        if keys := logs.log_keys(row["log"]):
            origin = fork.verify(_bytes(row["proof"]), keys).origin
            _demand(origin == logs.origins.get(row["log"]))


class StatementRow(Record, table=True):
    """An ACCEPTED statement, with its search keys (statements.py)."""

    __tablename__ = "statement"
    __table_args__ = (
        sa.Index("statement_kid", "kid", "log", "index"),
        sa.Index("statement_subject", "subject", "role", "log", "index"),
        sa.Index("statement_desk", "desk", "role", "log", "index"),
    )

    log: int = log_number()
    index: int = entry_index()
    type: int = int32("KEY, REVOCATION, POLICY or ROOTS")
    subject: str = text("the node or officer")
    role: str = text("of the key; `root` of what the roots revoke")
    desk: str = text("the officer's")
    kid: bytes = blob("of the key that is stated or revoked")
    since: int = int64("when the revoked key was compromised")


class DirectoryRow(Record, table=True):
    """The edge of the tree, at the size of the log."""

    __tablename__ = "directory"

    log: int = log_number()
    size: int = int64("of the log")
    edge: bytes = blob("hashes, end to end")
    sum: int = row_checksum()


class DirectoryHeadRow(Record, table=True):
    """A signed head over a directory tree."""

    __tablename__ = "directory_head"
    repair = Repair.CARRIED
    unsummed = frozenset({"root"})

    log: int = log_number()
    size: int = int64("of the log", key=True)
    root: bytes = blob("of the directory tree")
    note: bytes = blob("the head with its lines")
    at: int = stored_at()
    sum: int = row_checksum()

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:
        """Drop the row if its log was cut below it, or did not sign it.

        It is signed again soon.
        """
        log = next(logs.rows("log", number=row["log"]), {})
        size, end = row["size"], log.get("size")
        below = isinstance(size, int) and isinstance(end, int) and size <= end
        unsigned = lacks_log(_bytes(row["note"]), logs.origins.get(row["log"], ""))
        return row if below and not unsigned else None

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        """Check that its log signed it; fsck compares the root with the tree."""
        if keys := logs.log_keys(row["log"]):
            note, origin = _bytes(row["note"]), logs.origins[row["log"]]
            head = verify_directory_head(note, origin, keys).head
            _demand((head.size, head.root) == (row["size"], row["root"]))


class DirectoryFaultRow(Record, table=True):
    """The first directory head on which this node and another disagree."""

    __tablename__ = "directory_fault"
    repair = Repair.CARRIED

    log: int = log_number()
    by: str = text("the node with the other head", key=True)
    size: int = int64("of the log")
    note: bytes = blob("its head")
    at: int = stored_at()
    sum: int = row_checksum()


class ColdRow(Record, table=True):
    """A bundle of 256 entries in a file (cold_rows.py)."""

    __tablename__ = "cold"
    with_log = True

    log: int = log_number()
    tile: int = int64("the number of the bundle", key=True)
    root: bytes = blob("over the leaf hashes")
    bytes: int = int64("of the file")
    at: int = stored_at("when it was moved")
    sum: int = row_checksum()


# Events here and with partners.


class ArrivalRow(Record, table=True):
    """An event, numbered from 1 without gaps: the cursor of desks."""

    __tablename__ = "arrival"
    triggers = (
        Trigger("arrival_no_update", "UPDATE"),
        Trigger("arrival_no_delete", "DELETE"),
    )
    with_log = True

    number: int = int64("from 1", key=True)
    kind: int = int32("ENTRY, HEAD, REFUSAL, ... (values.py)")
    log: int = int32("the number of the log")
    index: int = int64("the index of an entry, or the size of a head")
    by: str = text("the partner whose word it is")
    reason: str = text("why it is REFUSED, or why a text is missing")
    sum: int = row_checksum()


class SaidRow(Record):
    """The base of partners' reports about entries."""

    repair = Repair.CARRIED

    log: int = log_number()
    index: int = entry_index()
    by: str = text("the partner", key=True)

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        _demand(row["by"] in logs.peers)

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:
        """Drop the row if its entry was not kept; the partner reports it again."""
        place = {"log": row["log"], "index": row["index"]}
        return row if any(logs.rows("entry", **place)) else None


class RefusalRow(SaidRow, table=True):
    """An entry of the own log that a partner refused."""

    __tablename__ = "refusal"
    news = values.REFUSAL

    reason: str = text("why")
    at: int = stored_at()
    proof: bytes = blob("that the partner signed it (trust/signed_refusals.py)")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        super().check(row, logs)
        _demand(row["reason"] in set(Reason))


class LackingRow(SaidRow, table=True):
    """An entry of the own log with its text missing at a partner."""

    __tablename__ = "lacking"
    news = values.LACKING_TEXT

    at: int = stored_at()
    sum: int = row_checksum()


class UndeliveredRow(SaidRow, table=True):
    """An entry whose text a node erased before its desks took it."""

    __tablename__ = "undelivered"
    news = values.UNDELIVERED

    desks: str = text("which desks have not taken it")
    at: int = stored_at()
    sum: int = row_checksum()

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row:  # noqa: ARG003  of any entry
        """Keep the row; it is not reported again."""
        return row

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        """Check that its entry is here; this node erases texts of others' logs, too."""
        place = {"log": row["log"], "index": row["index"]}
        _demand(any(logs.rows("entry", **place)))


class PeerRow(Record, table=True):
    """The state of the link with a partner: telemetry of this node."""

    __tablename__ = "peer"
    repair = Repair.CARRIED

    name: str = text("the partner", key=True)
    up: bool = flag("whether the link is up")
    since: int = int64("since when it is so")
    cosigned_size: int = int64("the size of the own log that it has cosigned")
    cosigned_at: int = int64("when")
    failures: int = int32("how often in a row a call failed")
    next_try_at: int = int64("when the next call is due")
    reason: str = text("why the last call failed")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        """Take at most the size cosigned by lines under the own log.

        It may be less: the line is stored first.
        """
        size, name = row["cosigned_size"], row["name"]
        right = isinstance(size, int) and 0 <= size <= logs.cosigned(str(name))
        _demand(right and name in logs.peers)

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row:
        """Limit a peer's size to that cosigned by remaining lines."""
        size = row["cosigned_size"]
        most = logs.cosigned(str(row["name"]))
        return row | {"cosigned_size": min(size, most) if isinstance(size, int) else 0}


class BudgetRow(Record, table=True):
    """The rest of a budget of a partner or an own desk (node/quota.py)."""

    __tablename__ = "budget"
    repair = Repair.CARRIED

    name: str = text("the partner or the desk", key=True)
    what: str = text("texts, entries, refused, refusals or desk", key=True)
    left: int = int64("bytes, or how many; negative where one batch overdrew it")
    sum: int = row_checksum()


class ExpressRow(Record, table=True):
    """An urgent envelope of a partner that came ahead of its log (express.py)."""

    __tablename__ = "express"
    repair = Repair.CARRIED
    unsummed = values.EXPRESS_UNSUMMED

    name: bytes = blob("the name of the envelope", key=True)
    peer: str = text("the node that sent it")
    origin: str = text("its log")
    id: bytes = blob("its id")
    envelope: bytes = blob("a serialized Envelope")
    statements: bytes = blob("a serialized Express of the statements it needs")
    below: int = int64("the size of its log with it; 0 if it had no place yet")
    urgency: int = int32("its urgency (trust/urgency.py)")
    author: str = text("the desk of its author")
    desks: str = text("which desks may read it")
    at: int = stored_at("when it came")
    linked: int = int64("for how many ms the link has been up since")
    state: int = int32("OPEN, REFUSED or NOT_LOGGED (express.py)")
    reason: str = text("why its log has it REFUSED")
    index: int = int64("its place in the log; -1 for none")
    closed_at: int = int64("when its state became known")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        _demand(row["peer"] in logs.peers)
        _demand(_parsed(row["envelope"]).name == row["name"])

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:
        """Keep the row, unless its log has the envelope by now."""
        numbers = [log for log, one in logs.origins.items() if one == row["origin"]]
        there = {"name": row["name"], "reason": ""}
        stored = any(any(logs.rows("entry", log=log, **there)) for log in numbers)
        return None if stored else row


class UrgentRow(Record, table=True):
    """The place of an entry that may travel ahead of its log."""

    __tablename__ = "urgent"
    __table_args__ = (sa.Index("urgent_arrival", "arrival"),)

    log: int = log_number()
    index: int = entry_index()
    urgency: int = int32("its urgency (trust/urgency.py)")
    arrival: int = int64("the number of its arrival; 0 before it is shown")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        place = {"log": row["log"], "index": row["index"]}
        entry = next(logs.rows("entry", **place), {})
        core = envelope.split(_bytes(entry.get("entry"))).core
        directory = core.kind == pb.KIND_DIRECTORY
        statement = parse_statement(core.clear) if directory else None
        _demand(entry.get("reason") == "")
        _demand(urgency_of(core, statement) == row["urgency"])
        shown = place | {"number": row["arrival"], "kind": values.ENTRY}
        _demand(row["arrival"] == 0 or any(logs.rows("arrival", **shown)))


# Own desks. In `waiting` and `refused` an empty desk is the operator.


class WaitingRow(Record, table=True):
    """A pending envelope: durable here, without a place in the log yet."""

    __tablename__ = "waiting"
    repair = Repair.CARRIED

    number: int = int64("in the order in which they came", key=True)
    name: bytes = blob("the name of the envelope", unique=True)
    envelope: bytes = blob("a serialized Envelope, as it came")
    desk: str = text("which desk sent it")
    at: int = stored_at("when it came")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:  # noqa: ARG003  its own bytes say it
        _demand(_parsed(row["envelope"]).name == row["name"])

    @classmethod
    def rescued(cls, row: Row, now: int) -> Row | None:
        """Keep the row as one of the operator's."""
        name = _parsed(row["envelope"], whole=True).name
        return row | {"name": name, "desk": "", "at": now}


class RefusedRow(Record, table=True):
    """An envelope that was refused while pending."""

    __tablename__ = "refused"
    repair = Repair.CARRIED

    name: bytes = blob("the name of the envelope", key=True)
    desk: str = text("which desk sent it")
    reason: str = text("why")
    where: str = text("what the reason is about")
    at: int = stored_at()
    sum: int = row_checksum()


class DeskRow(Record, table=True):
    """A desk's position: the largest `after` with which it began a Watch."""

    __tablename__ = "desk"
    repair = Repair.CARRIED

    name: str = text("the desk", key=True)
    after: int = int64("the number of an arrival")
    at: int = stored_at()
    sum: int = row_checksum()

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row:  # noqa: ARG003  of any logs
        """Restart at 0: a repair renumbers arrivals, and the desk reads them again.

        Until then its texts count as unread and are kept longer.
        """
        return row | {"after": 0}


class DraftRow(Record, table=True):
    """A draft that waits for its releaser, its outcome, or an emergency (drafts.py)."""

    __tablename__ = "draft"
    __table_args__ = (
        sa.Index("draft_desk", "desk", "state"),
        sa.Index("draft_review", "review", "state"),
        sa.Index("draft_state", "state"),
    )
    repair = Repair.CARRIED
    unsummed = values.DRAFT_UNSUMMED

    name: bytes = blob("the name of the envelope", key=True)
    author: str = text("an officer")
    desk: str = text("the author's")
    review: str = text("the desk in class REVIEW")
    state: int = int32("WAITING, RELEASED, ... (drafts.py)")
    since: int = stored_at("since when it is so")
    expires: int = int64("when the envelope does")
    index: int = int64("its place in the log; -1 for none")
    returned: bytes = blob("a serialized ReturnDraftRequest")
    envelope: bytes = blob("a serialized Envelope; empty for an emergency")
    sum: int = row_checksum()

    @classmethod
    def check(cls, row: Row, logs: VerifiedLogs) -> None:
        """Check that a draft has its own name, and that an emergency has its place."""
        if row["state"] != values.EMERGENCY:
            parsed = _parsed(row["envelope"], whole=row["state"] == values.WAITING)
            _demand(parsed.name == row["name"])
            return
        cores = (
            envelope.split(_bytes(entry["entry"])).core
            for log in logs.origins
            for entry in logs.rows("entry", log=log, index=row["index"])
            if entry["name"] == row["name"]
        )
        core = next(cores, None)
        _demand(core is not None and core.release == pb.RELEASE_EMERGENCY)

    @classmethod
    def carried(cls, row: Row, logs: VerifiedLogs) -> Row | None:
        """Drop rows that the own log gives again: an emergency, a released draft."""
        there = {"name": row["name"], "reason": ""}
        stored = any(any(logs.rows("entry", log=log, **there)) for log in logs.origins)
        emergency = row["state"] == values.EMERGENCY
        return None if emergency or (stored and row["state"] == values.WAITING) else row


# This node's processes; one row each but for `replica`.


class ClockRow(Record, table=True):
    """The newest times that were seen."""

    __tablename__ = "clock"
    repair = Repair.CARRIED

    number: int = int32("1", key=True)
    signed: int = int64("of a line of `by`")
    by: str = text("another nation or a witness")
    own: int = int64("the time by which this node's process went on")
    sum: int = row_checksum()


class WriterRow(Record, table=True):
    """The process that may append."""

    __tablename__ = "writer"
    repair = Repair.CARRIED

    number: int = int32("1", key=True)
    epoch: int = int64("it only grows")
    holder: bytes = blob("16 random bytes of a process")
    sum: int = row_checksum()


class LeaseRow(Record, table=True):
    """The time for which a process may write, in this database only."""

    __tablename__ = "lease"
    repair, copied = Repair.NONE, False

    number: int = int32("1", key=True)
    epoch: int = int64("of the writer")
    holder: bytes = blob("of the writer")
    until: int = int64("by the clock of the database")
    timeline: int = int64("of the database")
    restored: int = int32("1: no holder since a restored state has heard every member")


class ReplicaRow(Record, table=True):
    """A process that has this database open."""

    __tablename__ = "replica"
    repair, copied = Repair.NONE, False

    holder: bytes = blob("16 random bytes of a process", key=True)
    name: str = text("what its operator calls it")
    seen: int = int64("when it was last seen, by the clock of the database")


def _tables(base: type[Record]) -> Iterator[type[Record]]:
    for one in base.__subclasses__():
        if hasattr(one, "__table__"):
            yield one
        yield from _tables(one)


BY_NAME = {one.title(): one for one in _tables(Record)}
RECORDS = tuple(BY_NAME[name] for name in SQLModel.metadata.tables)
"""All tables, in the order in which they are defined."""
