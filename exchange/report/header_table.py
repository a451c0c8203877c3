"""The working table of an export: its clear headers, with their authors.

A temporary SQLite database, on disk beyond a small cache and removed with the
connection: memory does not grow with the ledger. Only ACCEPTED entries become messages;
a REFUSED one is only a place.

Names of officers are from KEY statements below in the same log. All are mere claims if
the log was not verified (`LogVerification.verified`).
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from msgspec import Struct, field

from exchange import envelope
from exchange.audit.result import DOUBTED, Fault, Revoked
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import LogSource, claimed_size
from exchange.core import SIGNED_MAX, TIME_MAX
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger import note as notes
from exchange.ledger.note import Line, Vkey
from exchange.trust import names, statements
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid

SCHEMA = """
CREATE TABLE log (number INTEGER PRIMARY KEY, origin TEXT, node TEXT, size INTEGER);
CREATE TABLE signer (number INTEGER PRIMARY KEY, kid BLOB, subject TEXT, desk TEXT);
CREATE TABLE message (
    number INTEGER PRIMARY KEY, log INTEGER, idx INTEGER, name BLOB, kind INTEGER,
    mode INTEGER, precedence INTEGER, release INTEGER, filed INTEGER, signer INTEGER,
    releaser INTEGER
);
CREATE TABLE addressed (message INTEGER, desk TEXT, class INTEGER);
CREATE TABLE spoken (message INTEGER, relation INTEGER, name BLOB);
CREATE TABLE refused (log INTEGER, idx INTEGER, reason TEXT);
CREATE TABLE revoked (
    log INTEGER, idx INTEGER, subject TEXT, since INTEGER, signer INTEGER,
    unproven INTEGER
);
CREATE TABLE line (log INTEGER, size INTEGER, by TEXT, at INTEGER);
CREATE TABLE told (log INTEGER, idx INTEGER, by TEXT, reason TEXT, at INTEGER);
CREATE TABLE fork (log INTEGER, at INTEGER);
"""
INDEXES = """
CREATE INDEX message_name ON message (name);
CREATE INDEX addressed_message ON addressed (message, desk);
CREATE INDEX spoken_name ON spoken (name, relation);
CREATE INDEX line_size ON line (log, by, size);
"""
CACHE = -8 * 1024  # KiB, as SQLite counts them
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
NOBODY = 0  # a signer without a statement below

Key = tuple[str, bytes]
"""Name and key ID, as in a note's line."""


class LogVerification(Struct, frozen=True):
    """The result of verifying one log.

    `refused` are the entries that every member REFUSES, with reasons; `faults` has the
    first of the `wrong` faults. Lines under `keys` have verified; those under
    `witnesses` may be of another policy and are checked here. `revocations` are the
    log's; None: as its statements say.
    """

    verified: bool = False
    signatures: int = 0
    wrong: int = 0
    faults: Sequence[Fault] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    keys: frozenset[Key] = frozenset()
    witnesses: Mapping[Key, Vkey] = field(default_factory=dict)
    revocations: Sequence[Revoked] | None = None

    @property
    def forked(self) -> bool:
        return not self.verified or Reason.FORK in {f.reason for f in self.faults}

    @property
    def lines_known(self) -> bool:
        """Whether all faults are listed, so that all heads not in `bad` verified."""
        return self.wrong <= len(self.faults)

    @property
    def bad(self) -> frozenset[str]:
        """The places that do not verify: `head 12`, `newest note`."""
        return frozenset(fault.what for fault in self.faults)


UNVERIFIED = LogVerification()


@contextmanager
def gather_headers(
    export: Export, judged: Mapping[str, LogVerification]
) -> Iterator[sqlite3.Connection]:
    """Yield the working table of an export; a log not in `judged` is unverified.

    Raises Refusal(DISK) if there is no room for the temporary file, also in the block.
    """
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as db:
            _fill(db, export, judged)
            yield db
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in NO_ROOM:
            raise Refusal(Reason.DISK, "temporary files") from None
        raise


def _fill(
    db: sqlite3.Connection, export: Export, judged: Mapping[str, LogVerification]
) -> None:
    db.execute(f"PRAGMA cache_size = {CACHE}")
    db.execute("PRAGMA journal_mode = OFF")
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    db.execute("INSERT INTO signer VALUES (?, NULL, NULL, NULL)", (NOBODY,))
    for number, log in enumerate(export.logs, 1):
        row = number, log.origin, node_of(log.origin), log.size
        db.execute("INSERT INTO log VALUES (?, ?, ?, ?)", row)
        found = judged.get(log.origin, UNVERIFIED)
        _Gatherer(db, number, found).run(log)
    db.execute("COMMIT")
    db.executescript(INDEXES)


def node_of(origin: str) -> str:
    """Return a malformed origin unchanged."""
    return origin.partition(".fusion/")[0]


def _addressed(core: pb.Core) -> dict[str, int]:
    """Return each desk once, with its most demanding class."""
    found: dict[str, int] = {}
    for one in core.recipients:
        asked = found.get(one.desk, one.recipient_class)
        found[one.desk] = min(asked, one.recipient_class)
    return found


class _Gatherer:
    def __init__(
        self, db: sqlite3.Connection, log: int, judged: LogVerification
    ) -> None:
        self._db, self._log, self._judged = db, log, judged
        self._signers: dict[bytes, int] = {}

    def run(self, source: LogSource) -> None:
        for index, entry in source.entries():
            self.entry(index, entry)
        for one in self._judged.revocations or ():
            signer = NOBODY if one.sort == DOUBTED else self._signer(one.revokes)
            place = self._log, one.index, one.subject, one.since
            self._insert("revoked", *place, signer, one.proven_below)
        if self._judged.lines_known:
            self._heads(source)
        for told in source.refusals():
            if max(told.index, told.at) > SIGNED_MAX:
                raise Refusal(Reason.INPUT, f"export: a refusal of {source.origin}")
            self._insert("told", self._log, told.index, told.by, told.reason, told.at)
        fork = source.fork()
        if fork is not None and self._judged.forked:
            self._insert("fork", self._log, min(fork.at, TIME_MAX))

    def entry(self, index: int, entry: bytes) -> None:
        """Insert an entry, only its place if refused."""
        reason = self._judged.refused.get(index)
        try:
            if reason is None:
                self._message(index, envelope.split(entry))
        except Refusal as refusal:
            reason = refusal.reason
        if reason is not None:
            self._insert("refused", self._log, index, reason)

    def _message(self, index: int, parsed: Parsed) -> None:
        """Insert the fields of the header.

        1. Parse it, before anything is written.
        2. The message itself.
        3. Its recipients and references.
        4. The signers that a statement names.
        """
        # 1
        core = parsed.core
        directory = core.kind == pb.KIND_DIRECTORY
        statement = statements.parse_statement(core.clear) if directory else None
        # 2
        number = self._insert(
            "message", None, self._log, index, parsed.name, core.kind, core.mode,
            core.precedence, core.release, core.filed, self._signer(core.author),
            self._releaser(parsed, core),
        )  # fmt: skip
        # 3
        for desk, class_ in _addressed(core).items():
            self._insert("addressed", number, desk, class_)
        for reference in core.references:
            self._insert("spoken", number, reference.relation, reference.name)
        # 4
        if statement is not None:
            self._statement(index, statement)

    def _releaser(self, parsed: Parsed, core: pb.Core) -> int | None:
        others = [s.kid for s in parsed.signatures if s.kid != core.author]
        return self._signer(others[0]) if others else None

    def _signer(self, key: bytes) -> int:
        return self._signers.get(key, NOBODY)

    def _statement(self, index: int, statement: pb.Statement) -> None:
        subject = statement.subject
        if statement.type == pb.STATEMENT_TYPE_KEY:
            key = kid(statement.algorithm, statement.public_key)
            desk = names.desk_of(subject)
            number = self._insert("signer", None, key, subject, desk)
            self._signers.setdefault(key, number)
        elif statement.type == pb.STATEMENT_TYPE_REVOCATION and (
            self._judged.revocations is None
        ):
            signer, since = self._signer(statement.revokes), statement.compromised_since
            self._insert("revoked", self._log, index, subject, since, signer, 0)

    def _heads(self, source: LogSource) -> None:
        """Insert the times of each head; one out of order is a fault."""
        last, end = 0, source.size
        bad = self._judged.bad
        for note in source.head_notes():
            size = claimed_size(note)
            if last < size <= end and f"head {size}" not in bad:
                self._lines(note, size)
            last = max(last, size)
        pulse = source.newest_note()
        if pulse is not None and "newest note" not in bad:
            self._lines(pulse, claimed_size(pulse))

    def _lines(self, note: bytes, size: int) -> None:
        """Insert only known keys, if any are known."""
        try:
            parsed = notes.parse_note(note)
        except Refusal:
            return  # the verification reports that fault
        for line in parsed.lines:
            at = checkpoint.claimed_time(line)
            if 0 < at <= TIME_MAX // 1_000 and self._known(parsed.text, line):
                self._insert("line", self._log, size, line.name, at)

    def _known(self, text: bytes, line: Line) -> bool:
        if not self._judged.verified or line.key in self._judged.keys:
            return True
        vkey = self._judged.witnesses.get(line.key)
        if vkey is None:
            return False
        try:
            checkpoint.verify_line(text, line, vkey, Reason.COSIGNATURE)
        except Refusal:
            return False
        return True

    def _insert(self, table: str, *values: str | bytes | int | None) -> int:
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - our own names
        return self._db.execute(sql, values).lastrowid or 0
