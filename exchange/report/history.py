"""The clear headers of an export, in a working table, and who they are from.

A temporary SQLite database, which SQLite itself keeps on disk beyond a small cache
and removes with the connection: memory does not grow with the ledger. Only ACCEPTED
entries become messages; of a REFUSED one nothing is believed but its place.

Names of officers are those of the KEY statements that stand below in the same log.
Where nobody verified (`Judged.verified`), they are claims, and so is all else.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from exchange import envelope
from exchange.audit.bundle import Export
from exchange.audit.report import Fault
from exchange.core import SIGNED_MAX, TIME_MAX
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger import note as notes
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
    log INTEGER, idx INTEGER, subject TEXT, since INTEGER, signer INTEGER
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
NOBODY = 0  # the signer that no statement below names


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verification found of one log.

    `refused` are the entries that every member REFUSES, each with its reason; `faults`
    the first of the `wrong` things that are not as they were signed. `keys` are those
    under which lines of heads verified, `bad_heads` the sizes of heads that did not.
    """

    verified: bool = False
    signatures: int = 0
    wrong: int = 0
    faults: Sequence[Fault] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    keys: frozenset[tuple[str, bytes]] = frozenset()
    bad_heads: frozenset[int] = frozenset()
    forked: bool = False


UNVERIFIED = Judged()


@contextmanager
def gathered(
    export: Export, judged: Mapping[str, Judged]
) -> Iterator[sqlite3.Connection]:
    """Give the working table of an export; what `judged` lacks is not verified."""
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        db.execute(f"PRAGMA cache_size = {CACHE}")
        db.execute("PRAGMA journal_mode = OFF")
        db.executescript(SCHEMA)
        db.execute("BEGIN")
        db.execute("INSERT INTO signer VALUES (?, NULL, NULL, NULL)", (NOBODY,))
        for number, log in enumerate(export.logs, 1):
            node = node_of(log.origin)
            db.execute(
                "INSERT INTO log VALUES (?, ?, ?, ?)",
                (number, log.origin, node, log.size),
            )
            found = judged.get(log.origin, UNVERIFIED)
            _Gatherer(db, number, found).run(export, log.origin)
        db.execute("COMMIT")
        db.executescript(INDEXES)
        yield db


def node_of(origin: str) -> str:
    """Return the node whose log it is; of a malformed origin all of it."""
    return origin.partition(".fusion/")[0]


def _addressed(core: pb.Core) -> dict[str, int]:
    """Return each addressed desk once, with the class that asks most of it."""
    found: dict[str, int] = {}
    for one in core.recipients:
        asked = found.get(one.desk, one.recipient_class)
        found[one.desk] = min(asked, one.recipient_class)
    return found


class _Gatherer:
    """Puts one log into the table."""

    def __init__(self, db: sqlite3.Connection, log: int, judged: Judged) -> None:
        self._db, self._log, self._judged = db, log, judged
        self._signers: dict[bytes, int] = {}

    def run(self, export: Export, origin: str) -> None:
        """Keep entries, heads, what partners refused, and a proof of a fork."""
        for index, entry in export.entries(origin):
            self.entry(index, entry)
        for note in export.heads(origin):
            self.head(note)
        if (pulse := export.pulse(origin)) is not None:
            self.head(pulse)
        for told in export.refusals(origin):
            if max(told.index, told.at) > SIGNED_MAX:
                raise Refusal(Reason.INPUT, f"export: a refusal of {origin}")
            self._insert("told", self._log, told.index, told.by, told.reason, told.at)
        if (fork := export.fork(origin)) is not None:
            self._insert("fork", self._log, min(fork.at, TIME_MAX))

    def entry(self, index: int, entry: bytes) -> None:
        """Keep one entry: as a message, or as refused by its place alone."""
        reason = self._judged.refused.get(index)
        try:
            if reason is None:
                self._message(index, envelope.split(entry))
        except Refusal as refusal:
            reason = refusal.reason
        if reason is not None:
            self._insert("refused", self._log, index, reason)

    def _message(self, index: int, parsed: Parsed) -> None:
        """Keep what the header says.

        1. Take it apart, before anything is written.
        2. The message itself. 3. Whom it is for, and of what it speaks.
        4. What a statement says of signers.
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
        """Return the signer beside the author, if there is one."""
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
        elif statement.type == pb.STATEMENT_TYPE_REVOCATION:
            signer, since = self._signer(statement.revokes), statement.compromised_since
            self._insert("revoked", self._log, index, subject, since, signer)

    def head(self, note: bytes) -> None:
        """Keep who signed a head when: of pinned keys, if any were pinned."""
        try:
            parsed = notes.parse_note(note)
            size = checkpoint.parse_head(parsed.text).size
        except Refusal:
            return  # which is a fault that the verification tells
        if size in self._judged.bad_heads:
            return
        for line in parsed.lines:
            known = not self._judged.verified or line.key in self._judged.keys
            at = int.from_bytes(line.signature[: checkpoint.TIME_SIZE])
            timed = len(line.signature) in checkpoint.TIMED_SIZES
            if known and timed and 0 < at <= TIME_MAX // 1_000:
                self._insert("line", self._log, size, line.name, at)

    def _insert(self, table: str, *values: str | bytes | int | None) -> int:
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - our own names
        return self._db.execute(sql, values).lastrowid or 0
