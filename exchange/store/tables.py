"""The tables of a node: what each column means, which rows are sound, how they move.

One class a table. It is the only place that knows a table as a whole: creating and
upgrading a database (schema.py), `fsck` (exchange.audit), its repair (exchange.rebuild)
and the copy to another database (equal_rows.py) are loops over RECORDS. A running node
speaks SQL and never loads this module, because SQLModel takes 18 MiB of a process.

To add a table, add its class here and its version in migrations/versions.

No column may be NULL. The columns of the primary key come first. Times are ms UTC; 0 is
never. `log` is a number of the table log, `desks` are separated by spaces, `by` is a
node, and `reason` is empty for ACCEPTED. Signed bytes are kept as they were verified.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol

import sqlalchemy as sa
from google.protobuf.message import DecodeError
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.ledger import fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import verify_directory_head
from exchange.ledger.note import Vkey
from exchange.store import drafts, express, values
from exchange.store.row_checksums import Row, Value, row_sum
from exchange.trust.statements import parse_statement
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""A server orders texts by their bytes too, whatever its locale."""
Kind = type[bool] | type[bytes] | type[str] | int
"""What a column holds; an int is how many bits of a signed number."""
KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (sa.Boolean, bool),
    (sa.LargeBinary, bytes),
    (sa.String, str),
    (sa.BigInteger, 64),
    (sa.Integer, 32),
)


class Repair(Enum):
    """How a repair fills a table of the new database."""

    REPLAYED = "by appending the entries again"
    CARRIED = "by each old row that is as it was written and passes its check"
    NONE = "not at all"


class Guard(NamedTuple):
    """A trigger that refuses a change which a table may never have.

    `when` is a condition on OLD and NEW; `looks` says that it reads another table.
    """

    name: str
    verb: str
    when: str = ""
    looks: bool = False


class Logs(Protocol):
    """The verified logs of a database, by which the rows beside them are checked."""

    @property
    def origins(self) -> Mapping[Value, str]:
        """The logs by their numbers."""

    @property
    def peers(self) -> Collection[str]:
        """The other nodes."""

    def cosigned(self, node: str) -> int:
        """Return the size up to which a node has cosigned the own log."""

    def log_keys(self, log: Value) -> Sequence[Vkey] | None:
        """Return the keys of a log; None if no bundle lists it."""

    def verify_note(self, log: Value, note: bytes) -> Head:
        """Return the head of a note; raise Refusal if one of its lines is wrong."""

    def rows(self, table: str, **equal: Value) -> Iterator[Row]:
        """Yield the rows of a table that have these values."""


class Record(SQLModel):
    """The base of all tables: the rules of a table of which nothing else is said."""

    repair: ClassVar[Repair] = Repair.REPLAYED
    copied: ClassVar[bool] = True
    """Whether a move to another database and a backup carry its rows."""
    guards: ClassVar[tuple[Guard, ...]] = ()
    unsummed: ClassVar[frozenset[str]] = frozenset()
    """Columns that `sum` leaves out, because signatures or digests vouch for them."""
    news: ClassVar[int] = 0
    """The kind of arrival by which a repair announces a carried row; 0 for none."""

    with_log: ClassVar[bool] = False
    """Whether `fsck` reads the rows with their log, and not by themselves."""

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Raise a Refusal if a row whose sum is right is wrong beside the logs."""

    @classmethod
    def rescued(cls, row: Row, now: int) -> Row | None:  # noqa: ARG003  for others
        """Return what a row's own bytes vouch for although its sum is wrong."""
        return None

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row | None:  # noqa: ARG003  for others
        """Return the row that a repair keeps of an old one; None to leave it out."""
        return row

    @classmethod
    def table(cls) -> sa.Table:
        """Return the table as SQLAlchemy has it."""
        found: sa.Table = cls.__table__  # type: ignore[attr-defined]  # SQLModel's
        return found

    @classmethod
    def title(cls) -> str:
        """Return the name of the table."""
        return cls.table().name

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the columns, in their order."""
        return [one.name for one in cls.table().columns]

    @classmethod
    def key_names(cls) -> list[str]:
        """Return the names of the columns of the primary key, which come first."""
        return [one.name for one in cls.table().primary_key.columns]

    @classmethod
    @cache
    def kinds(cls) -> tuple[Kind, ...]:
        """Return the kind of each column."""
        return tuple(
            next(kind for type_, kind in KINDS if isinstance(one.type, type_))
            for one in cls.table().columns
        )

    @classmethod
    def summed(cls) -> bool:
        """Whether each row has a sum."""
        return "sum" in cls.table().columns

    @classmethod
    def is_as_written(cls, row: Row) -> bool:
        """Whether a row has the sum with which it was written."""
        return not cls.summed() or row["sum"] == cls.sum_of(row)

    @classmethod
    def typed(cls, row: Row) -> list[Any]:
        """Return the values of a row as a driver takes them: flags are bool."""
        pairs = zip(cls.kinds(), row.values(), strict=True)
        return [bool(value) if kind is bool else value for kind, value in pairs]

    @classmethod
    def sum_of(cls, row: Row) -> int:
        """Return the sum of a row's other values."""
        passed = cls.unsummed | {"sum"}
        return row_sum(*(value for name, value in row.items() if name not in passed))


def _column(
    type_: TypeEngine[Any], meaning: str, *, key: bool, unique: bool = False
) -> Any:  # noqa: ANN401  as SQLModel's Field
    return Field(
        primary_key=key,
        unique=unique,
        sa_type=type_,
        sa_column_kwargs={"autoincrement": False} if key else {},
        description=meaning,
    )


def _int(meaning: str, *, key: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(sa.Integer(), meaning, key=key)


def _long(meaning: str, *, key: bool = False) -> Any:  # noqa: ANN401  likewise
    """Return a column of 64 bits; SQLModel's columns of int have 32 on a server."""
    return _column(LONG, meaning, key=key)


def _text(meaning: str, *, key: bool = False, unique: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(TEXT, meaning, key=key, unique=unique)


def _blob(meaning: str, *, key: bool = False, unique: bool = False) -> Any:  # noqa: ANN401  likewise
    return _column(sa.LargeBinary(), meaning, key=key, unique=unique)


def _flag(meaning: str) -> Any:  # noqa: ANN401  likewise
    return _column(sa.Boolean(), meaning, key=False)


def _log() -> Any:  # noqa: ANN401  likewise
    return _int("the number of its log", key=True)


def _index() -> Any:  # noqa: ANN401  likewise
    return _long("the index of an entry", key=True)


def _at(meaning: str = "when it was stored") -> Any:  # noqa: ANN401  likewise
    return _long(meaning)


def _sum() -> Any:  # noqa: ANN401  likewise
    return _long("CRC-32 of the other values, but for `unsummed` (row_checksums.py)")


def _some(name: str, *columns: str, where: str) -> sa.Index:
    """Return an index over the rows for which `where` holds."""
    only = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=only, postgresql_where=only)


def _demand(right: bool, reason: Reason = Reason.DATABASE) -> None:  # noqa: FBT001  it is what it says
    if not right:
        raise Refusal(reason)


def _bytes(value: Value, reason: Reason = Reason.DATABASE) -> bytes:
    if not isinstance(value, bytes):
        raise Refusal(reason)
    return value


def _parsed(sent: Value, *, whole: bool = False) -> Parsed:
    """Return the entry of a stored envelope; if `whole`, of one with its text."""
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
    """A log and its position, which an append compares and swaps."""

    __tablename__ = "log"
    guards = (
        Guard("log_no_delete", "DELETE"),
        Guard(
            "log_no_return",
            "UPDATE",
            'NEW."size" < OLD."size" OR NEW.number <> OLD.number'
            " OR NEW.origin <> OLD.origin",
        ),
    )

    number: int = _int("from 1, in the order in which logs came", key=True)
    origin: str = _text("the name of the log", unique=True)
    size: int = _long("how many entries it has")
    root: bytes = _blob("the root of its tree at that size")


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
    """What a log records, for ever, and what queries need of it."""

    __tablename__ = "entry"
    __table_args__ = (
        _some("entry_refused", "name", where=values.IS_REFUSED),
        _some("entry_refusal", "log", "index", where=values.IS_REFUSED),
        _some("entry_directory", "log", "index", where=values.IS_STATEMENT),
    )
    guards = (
        Guard(
            "entry_no_update",
            "UPDATE",
            f"NOT ({_SAME} AND ({_TO_A_FILE} OR {_FROM_A_FILE}))",
            looks=True,
        ),
        Guard("entry_no_delete", "DELETE"),
    )

    log: int = _log()
    index: int = _index()
    entry: bytes = _blob("the leaf; empty if it lies in a file (cold_rows.py)")
    name: bytes = _blob("the name of the envelope")
    id: bytes = _blob("its id")
    kind: int = _int("its kind")
    desks: str = _text("which desks may read it; `*` for all")
    reason: str = _text("why it is REFUSED")


class PlaceRow(Record):
    """The place of an ACCEPTED entry by a key of its name or id (places.py)."""

    __table_args__ = {"sqlite_with_rowid": False}

    key: int = _long("of the name or the id", key=True)
    log: int = _log()
    index: int = _index()


class NamePlaceRow(PlaceRow, table=True):
    """Places by names."""

    __tablename__ = "name_place"


class IdPlaceRow(PlaceRow, table=True):
    """Places by ids."""

    __tablename__ = "id_place"


class PlaceSliceRow(Record, table=True):
    """The size up to which a slice of the keys has the places of a log."""

    __tablename__ = "place_slice"
    __table_args__ = {"sqlite_with_rowid": False}

    slice: int = _int("of the keys", key=True)
    log: int = _log()
    size: int = _long("the size of the log")
    sum: int = _sum()


class PlaceFilterRow(Record, table=True):
    """The keys that a slice cannot have."""

    __tablename__ = "place_filter"

    slice: int = _int("of the keys", key=True)
    name: bytes = _blob("the filter of names")
    id: bytes = _blob("the filter of ids")


class HashRow(Record, table=True):
    """A complete node of a log's tree."""

    __tablename__ = "hash"
    __table_args__ = {"sqlite_with_rowid": False}
    guards = (Guard("hash_no_update", "UPDATE"), Guard("hash_no_delete", "DELETE"))

    log: int = _log()
    level: int = _int("0 for leaf hashes", key=True)
    index: int = _long("from the left", key=True)
    hash: bytes = _blob("SHA-256")


class PayloadRow(Record, table=True):
    """The text of an ACCEPTED entry, or why it is not here."""

    __tablename__ = "payload"
    __table_args__ = (
        _some("payload_lacking", "log", "index", where=values.IS_LACKING),
    )
    guards = (Guard("payload_no_update", "UPDATE"),)
    with_log = True
    unsummed = frozenset({"wraps", "body"})

    log: int = _log()
    index: int = _index()
    wraps: bytes = _blob("end to end; empty but for HELD")
    body: bytes = _blob("empty but for HELD")
    state: int = _int("HELD, LACKING, ERASED or NEVER (values.py)")
    reason: str = _text("why it is LACKING or ERASED")
    at: int = _at("since when it is so")
    sum: int = _long("as elsewhere; 0 for HELD, where the entry's digests vouch")


class HeadRow(Record, table=True):
    """The signed head of a batch; its note gains lines.

    The first line of each key stays, so that no proven time ever moves.
    """

    __tablename__ = "head"
    guards = (Guard("head_no_update", 'UPDATE OF log, "size", root, at'),)
    with_log = True
    unsummed = frozenset({"root", "note"})

    log: int = _log()
    size: int = _long("of the log", key=True)
    root: bytes = _blob("of the tree")
    note: bytes = _blob("the head with its lines")
    at: int = _at()
    sum: int = _sum()


class PulseRow(Record, table=True):
    """Newer lines under the newest head of a log."""

    __tablename__ = "pulse"
    repair = Repair.CARRIED
    unsummed = frozenset({"note"})

    log: int = _log()
    size: int = _long("of the newest head")
    note: bytes = _blob("the head with its newest lines")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row | None:
        """Leave it out if its head was not kept."""
        head = {"log": row["log"], "size": row["size"]}
        return row if any(logs.rows("head", **head)) else None

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that each line verifies and that the head is kept."""
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

    log: int = _log()
    size: int = _long("of the log", key=True)
    root: bytes = _blob("of the tree")
    note: bytes = _blob("the lines of a partner's batch; empty under the own log")
    at: int = _at()
    sum: int = _sum()


class SightingRow(Record, table=True):
    """A head ahead of the store that somebody showed."""

    __tablename__ = "sighting"
    repair = Repair.CARRIED
    unsummed = frozenset({"root", "note"})

    origin: str = _text("the log", key=True)
    size: int = _long("of the log", key=True)
    root: bytes = _blob("of the tree", key=True)
    note: bytes = _blob("the head")
    promised: bool = _flag("only its own node has shown it, so it holds nobody back")
    at: int = _at()
    sum: int = _sum()


class ForkRow(Record, table=True):
    """The first proof that a log is forked, which freezes it."""

    __tablename__ = "fork"
    guards = (Guard("fork_no_update", "UPDATE"), Guard("fork_no_delete", "DELETE"))
    repair = Repair.CARRIED
    unsummed = frozenset({"proof"})

    log: int = _log()
    proof: bytes = _blob("two signed heads (ledger/fork.py)")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that the proof proves a fork of that log."""
        if keys := logs.log_keys(row["log"]):
            origin = fork.verify(_bytes(row["proof"]), keys).origin
            _demand(origin == logs.origins.get(row["log"]))


class StatementRow(Record, table=True):
    """An ACCEPTED statement, by what it is looked up (statements.py)."""

    __tablename__ = "statement"
    __table_args__ = (
        sa.Index("statement_kid", "kid", "log", "index"),
        sa.Index("statement_subject", "subject", "role", "log", "index"),
        sa.Index("statement_desk", "desk", "role", "log", "index"),
    )

    log: int = _log()
    index: int = _index()
    type: int = _int("KEY, REVOCATION, POLICY or ROOTS")
    subject: str = _text("the node or officer")
    role: str = _text("of the key")
    desk: str = _text("the officer's")
    kid: bytes = _blob("of the key that is stated or revoked")
    serial: int = _long("of the statement")
    since: int = _long("when the revoked key was compromised")


class DirectoryRow(Record, table=True):
    """The edge of a log's directory tree at the size of the log."""

    __tablename__ = "directory"

    log: int = _log()
    size: int = _long("of the log")
    edge: bytes = _blob("hashes, end to end")
    sum: int = _sum()


class DirectoryHeadRow(Record, table=True):
    """A signed head over a directory tree."""

    __tablename__ = "directory_head"
    repair = Repair.CARRIED
    unsummed = frozenset({"root", "note"})

    log: int = _log()
    size: int = _long("of the log", key=True)
    root: bytes = _blob("of the directory tree")
    note: bytes = _blob("the head with its lines")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row | None:
        """Leave it out if its log was cut below it: it is signed again soon."""
        log = next(logs.rows("log", number=row["log"]), {})
        size, end = row["size"], log.get("size")
        below = isinstance(size, int) and isinstance(end, int) and size <= end
        return row if below else None

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that its log signed it; fsck compares the root with the tree."""
        if keys := logs.log_keys(row["log"]):
            note, origin = _bytes(row["note"]), logs.origins[row["log"]]
            head = verify_directory_head(note, origin, keys).head
            _demand((head.size, head.root) == (row["size"], row["root"]))


class DirectoryFaultRow(Record, table=True):
    """The first directory head about which this node and another do not agree."""

    __tablename__ = "directory_fault"
    repair = Repair.CARRIED
    unsummed = frozenset({"note"})

    log: int = _log()
    by: str = _text("the node with the other head", key=True)
    size: int = _long("of the log")
    note: bytes = _blob("its head")
    at: int = _at()
    sum: int = _sum()


class ColdRow(Record, table=True):
    """A bundle of 256 entries that lies in a file (cold_rows.py)."""

    __tablename__ = "cold"
    with_log = True

    log: int = _log()
    tile: int = _long("the number of the bundle", key=True)
    root: bytes = _blob("over the leaf hashes")
    bytes: int = _long("of the file")
    at: int = _at("when it was moved")
    sum: int = _sum()


# What happened here and with partners.


class ArrivalRow(Record, table=True):
    """A thing that happened, numbered from 1 without a gap: the cursor of desks."""

    __tablename__ = "arrival"
    guards = (
        Guard("arrival_no_update", "UPDATE"),
        Guard("arrival_no_delete", "DELETE"),
    )
    with_log = True

    number: int = _long("from 1", key=True)
    kind: int = _int("ENTRY, HEAD, REFUSAL, ... (values.py)")
    log: int = _int("the number of the log")
    index: int = _long("the index of an entry, or the size of a head")
    by: str = _text("the partner whose word it is")
    reason: str = _text("why it is REFUSED, or why a text is missing")
    sum: int = _sum()


class SaidRow(Record):
    """The base of what a partner has said of an entry."""

    repair = Repair.CARRIED

    log: int = _log()
    index: int = _index()
    by: str = _text("the partner", key=True)

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that it is a partner's word."""
        _demand(row["by"] in logs.peers)

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row | None:
        """Leave it out if its entry was not kept: the partner says it again."""
        place = {"log": row["log"], "index": row["index"]}
        return row if any(logs.rows("entry", **place)) else None


class RefusalRow(SaidRow, table=True):
    """An entry of the own log that a partner refused."""

    __tablename__ = "refusal"
    news = values.REFUSAL

    reason: str = _text("why")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check the reason too."""
        super().check(row, logs)
        _demand(row["reason"] in set(Reason))


class LackingRow(SaidRow, table=True):
    """An entry of the own log whose text a partner has not got."""

    __tablename__ = "lacking"
    news = values.LACKING_TEXT

    at: int = _at()
    sum: int = _sum()


class UndeliveredRow(SaidRow, table=True):
    """An entry whose text a node erased before its desks took it."""

    __tablename__ = "undelivered"
    news = values.UNDELIVERED

    desks: str = _text("which desks have not taken it")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row:  # noqa: ARG003  of any entry
        """Keep it; nobody says it again."""
        return row

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that its entry is here; this node erases texts of others' logs, too."""
        place = {"log": row["log"], "index": row["index"]}
        _demand(any(logs.rows("entry", **place)))


class PeerRow(Record, table=True):
    """The state of the link with a partner: telemetry of this node."""

    __tablename__ = "peer"
    repair = Repair.CARRIED

    name: str = _text("the partner", key=True)
    up: bool = _flag("whether the link is up")
    since: int = _long("since when it is so")
    cosigned_size: int = _long("the size of the own log that it has cosigned")
    cosigned_at: int = _long("when")
    failures: int = _int("how often in a row a call failed")
    next_try_at: int = _long("when the next call is due")
    reason: str = _text("why the last call failed")
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that no more is cosigned than the lines under the own log say.

        It may be less: the line is stored first.
        """
        size, name = row["cosigned_size"], row["name"]
        right = isinstance(size, int) and 0 <= size <= logs.cosigned(str(name))
        _demand(right and name in logs.peers)

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row:
        """Keep no larger size than the lines that are left under the own log say."""
        size = row["cosigned_size"]
        most = logs.cosigned(str(row["name"]))
        return row | {"cosigned_size": min(size, most) if isinstance(size, int) else 0}


class ExpressRow(Record, table=True):
    """An urgent envelope of a partner that came ahead of its log (express.py)."""

    __tablename__ = "express"
    repair = Repair.CARRIED
    unsummed = express.UNSUMMED

    name: bytes = _blob("the name of the envelope", key=True)
    peer: str = _text("the node that sent it")
    origin: str = _text("its log")
    id: bytes = _blob("its id")
    envelope: bytes = _blob("a serialized Envelope")
    statements: bytes = _blob("a serialized Express of the statements it needs")
    below: int = _long("the size of its log with it; 0 if it had no place yet")
    urgency: int = _int("its urgency (trust/urgency.py)")
    author: str = _text("the desk of its author")
    desks: str = _text("which desks may read it")
    at: int = _at("when it came")
    linked: int = _long("for how many ms the link has been up since")
    state: int = _int("OPEN, REFUSED or NOT_LOGGED (express.py)")
    reason: str = _text("why its log has it REFUSED")
    index: int = _long("its place in the log; -1 for none")
    closed_at: int = _long("when its state became known")
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that it is a partner's and has its own name."""
        _demand(row["peer"] in logs.peers)
        _demand(_parsed(row["envelope"]).name == row["name"])

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row | None:
        """Leave it out if its log has it by now."""
        numbers = [log for log, one in logs.origins.items() if one == row["origin"]]
        there = {"name": row["name"], "reason": ""}
        stored = any(any(logs.rows("entry", log=log, **there)) for log in numbers)
        return None if stored else row


class UrgentRow(Record, table=True):
    """The place of an entry that may travel ahead of its log."""

    __tablename__ = "urgent"
    __table_args__ = (sa.Index("urgent_arrival", "arrival"),)

    log: int = _log()
    index: int = _index()
    urgency: int = _int("its urgency (trust/urgency.py)")
    arrival: int = _long("the number of its arrival; 0 before it is shown")
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that the entry is as urgent and that its arrival tells of it."""
        place = {"log": row["log"], "index": row["index"]}
        entry = next(logs.rows("entry", **place), {})
        core = envelope.split(_bytes(entry.get("entry"))).core
        directory = core.kind == pb.KIND_DIRECTORY
        statement = parse_statement(core.clear) if directory else None
        _demand(entry.get("reason") == "")
        _demand(urgency_of(core, statement) == row["urgency"])
        shown = place | {"number": row["arrival"], "kind": values.ENTRY}
        _demand(row["arrival"] == 0 or any(logs.rows("arrival", **shown)))


# Own desks. Of `waiting` and `refused` an empty desk is the operator.


class WaitingRow(Record, table=True):
    """An envelope that is durable here and has no place in the log yet."""

    __tablename__ = "waiting"
    repair = Repair.CARRIED

    number: int = _long("in the order in which they came", key=True)
    name: bytes = _blob("the name of the envelope", unique=True)
    envelope: bytes = _blob("a serialized Envelope, as it came")
    desk: str = _text("which desk sent it")
    at: int = _at("when it came")
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:  # noqa: ARG003  its own bytes say it
        """Check that it has its own name."""
        _demand(_parsed(row["envelope"]).name == row["name"])

    @classmethod
    def rescued(cls, row: Row, now: int) -> Row | None:
        """Return the envelope under its name, as one of the operator's."""
        name = _parsed(row["envelope"], whole=True).name
        return row | {"name": name, "desk": "", "at": now}


class RefusedRow(Record, table=True):
    """An envelope that waited and was refused."""

    __tablename__ = "refused"
    repair = Repair.CARRIED

    name: bytes = _blob("the name of the envelope", key=True)
    desk: str = _text("which desk sent it")
    reason: str = _text("why")
    where: str = _text("what the reason is about")
    at: int = _at()
    sum: int = _sum()


class DeskRow(Record, table=True):
    """How far a desk has read: the largest `after` with which it began a Watch."""

    __tablename__ = "desk"
    repair = Repair.CARRIED

    name: str = _text("the desk", key=True)
    after: int = _long("the number of an arrival")
    at: int = _at()
    sum: int = _sum()

    @classmethod
    def carried(cls, row: Row, logs: Logs) -> Row:  # noqa: ARG003  of any logs
        """Begin at 0: a repair numbers arrivals again, and the desk reads them again.

        Until then its texts count as unread and are kept the longer.
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
    unsummed = drafts.UNSUMMED

    name: bytes = _blob("the name of the envelope", key=True)
    author: str = _text("an officer")
    desk: str = _text("the author's")
    review: str = _text("the desk in class REVIEW")
    state: int = _int("WAITING, RELEASED, ... (drafts.py)")
    since: int = _at("since when it is so")
    expires: int = _long("when the envelope does")
    index: int = _long("its place in the log; -1 for none")
    returned: bytes = _blob("a serialized ReturnDraftRequest")
    envelope: bytes = _blob("a serialized Envelope; empty for an emergency")
    sum: int = _sum()

    @classmethod
    def check(cls, row: Row, logs: Logs) -> None:
        """Check that a draft has its own name, and that an emergency has its place."""
        if row["state"] != drafts.EMERGENCY:
            parsed = _parsed(row["envelope"], whole=row["state"] == drafts.WAITING)
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
    def carried(cls, row: Row, logs: Logs) -> Row | None:
        """Leave out what the own log says again: an emergency, a released draft."""
        there = {"name": row["name"], "reason": ""}
        stored = any(any(logs.rows("entry", log=log, **there)) for log in logs.origins)
        emergency = row["state"] == drafts.EMERGENCY
        return None if emergency or (stored and row["state"] == drafts.WAITING) else row


# This node's processes; one row each but for `replica`.


class ClockRow(Record, table=True):
    """The newest times that were seen."""

    __tablename__ = "clock"
    repair = Repair.CARRIED

    number: int = _int("1", key=True)
    signed: int = _long("of a line of `by`")
    by: str = _text("another nation or a witness")
    own: int = _long("the time by which this node's process went on")
    sum: int = _sum()


class WriterRow(Record, table=True):
    """The process that may append."""

    __tablename__ = "writer"
    repair = Repair.CARRIED

    number: int = _int("1", key=True)
    epoch: int = _long("it only grows")
    holder: bytes = _blob("16 random bytes of a process")
    sum: int = _sum()


class LeaseRow(Record, table=True):
    """How long that process may write: of no other database."""

    __tablename__ = "lease"
    repair, copied = Repair.NONE, False

    number: int = _int("1", key=True)
    epoch: int = _long("of the writer")
    holder: bytes = _blob("of the writer")
    until: int = _long("by the clock of the database")
    timeline: int = _long("of the database")
    restored: int = _int("1: no holder since a restored state has heard every member")


class ReplicaRow(Record, table=True):
    """A process that has the database open: of no other database."""

    __tablename__ = "replica"
    repair, copied = Repair.NONE, False

    holder: bytes = _blob("16 random bytes of a process", key=True)
    name: str = _text("what its operator calls it")
    seen: int = _long("when it was last seen, by the clock of the database")


def _tables(base: type[Record]) -> Iterator[type[Record]]:
    for one in base.__subclasses__():
        if hasattr(one, "__table__"):
            yield one
        yield from _tables(one)


BY_NAME = {one.title(): one for one in _tables(Record)}
RECORDS = tuple(BY_NAME[name] for name in SQLModel.metadata.tables)
"""All tables, in the order in which they are defined."""
