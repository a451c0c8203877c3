"""The statements of logs, found by kid and by subject, without a directory in memory.

A row of `statement` has a statement's place and search keys; an audit derives it again
from the entry. A key is read from the entry itself.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, cast

from msgspec import Struct

from exchange import envelope
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger.policy import Policy
from exchange.limits import DIRECTORY_ANSWERS
from exchange.store.database import Database
from exchange.trust import policies
from exchange.trust.earlier_statements import StatedRoots
from exchange.trust.policies import RulesVersion
from exchange.trust.registered_keys import Registered, registered_key
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import pair_of
from exchange.trust.statements import (
    AUTHOR,
    ISSUER,
    READER,
    RELEASER,
    ROOT,
    SEALING,
    SEALING_ROLES,
    parse_statement,
)
from exchange.v1 import envelope_pb2 as pb

T = TypeVar("T")
LogPart = tuple[int, int]
"""The number of a log, and the index below which its statements count."""
Value = int | str | bytes

PAGE = 16  # statements that are read at once

# Conditions, each with an index (tables.py).
KEY = f"kid = ? AND type = {pb.STATEMENT_TYPE_KEY}"
REVOKED = (
    f"kid = ? AND type = {pb.STATEMENT_TYPE_REVOCATION}"
    f" AND (role = '{ROOT}' OR subject = ?)"
)
IN_ROLE = "subject = ? AND role = ?"
OF_TYPE = "subject = ? AND role = '' AND type = ?"
ABOUT = (  # roles are named, so that the index is used
    f"subject = ? AND role IN ('', '{ROOT}', '{ISSUER}', '{AUTHOR}', '{RELEASER}',"
    f" '{SEALING}', '{READER}')"
)
OF_OFFICERS = f"desk = ? AND role IN ('{AUTHOR}', '{RELEASER}')"


class Stated(Struct, frozen=True):
    index: int
    core: pb.Core
    statement: pb.Statement
    entry: bytes

    @property
    def key(self) -> Registered:
        return registered_key(self.statement, self.index, self.core.author)


class Statements:
    """Remembers DIRECTORY_ANSWERS answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._answers: OrderedDict[object, object] = OrderedDict()

    def up_to_now(self, logs: Sequence[str], domain: str) -> "StoredStatements":
        """Return statements of a node's logs, which continue each other.

        Later statements do not change the result. `domain` is its nation.
        """
        asked = 'SELECT number, "size" FROM log WHERE origin = ?'
        with self._database.read_cursor() as cursor:
            rows = [cursor.execute(asked, (origin,)).fetchone() for origin in logs]
        parts = tuple((row[0], row[1]) for row in rows if row is not None)
        return StoredStatements(self, parts, domain)

    def nation_wide(self, origin: str, domain: str, below: int) -> Iterator[Stated]:
        """Yield policies and new roots below an index, newest first."""
        asked = "SELECT number FROM log WHERE origin = ?"
        with self._database.read_cursor() as cursor:
            row = cursor.execute(asked, (origin,)).fetchone()
        if row is not None:
            yield from self.falling((row[0], below), IN_ROLE, domain, "")

    def falling(self, part: LogPart, where: str, *asked: Value) -> Iterator[Stated]:
        """Yield the newest first, under a condition."""
        log, below = part
        query = (
            'SELECT s."index", e.entry FROM statement s JOIN entry e'  # noqa: S608  our own words
            ' ON e.log = s.log AND e."index" = s."index"'
            f' WHERE s.log = ? AND s."index" < ? AND {where}'
            f' ORDER BY s."index" DESC LIMIT {PAGE}'
        )
        while True:
            with self._database.read_cursor() as cursor:
                rows = cursor.execute(query, (log, below, *asked)).fetchall()
            for index, entry in rows:
                yield _stated(index, entry)
            if len(rows) < PAGE:
                return
            below = rows[-1][0]

    def first(self, part: LogPart) -> bytes | None:
        query = (
            "SELECT e.entry FROM statement s JOIN entry e"
            ' ON e.log = s.log AND e."index" = s."index"'
            ' WHERE s.log = ? AND s."index" < ? ORDER BY s."index" LIMIT 1'
        )
        with self._database.read_cursor() as cursor:
            row = cursor.execute(query, part).fetchone()
        return None if row is None else bytes(row[0])

    def sums(
        self, parts: Sequence[LogPart], what: str, where: str, *asked: Value
    ) -> list[tuple[int, ...]]:
        query = (
            f"SELECT {what} FROM statement"  # noqa: S608  our own words
            f' WHERE log = ? AND "index" < ? AND {where}'
        )
        with self._database.read_cursor() as cursor:
            return [cursor.execute(query, (*part, *asked)).fetchone() for part in parts]

    def desks(self, parts: Sequence[LogPart]) -> list[str]:
        """Return the desks with a sealing key."""
        query = (
            "SELECT DISTINCT subject FROM statement"
            ' WHERE log = ? AND "index" < ? AND role IN (?, ?)'
        )
        with self._database.read_cursor() as cursor:
            found = {
                row[0]
                for part in parts
                for row in cursor.execute(query, (*part, *SEALING_ROLES))
            }
        return sorted(found)

    def remember(self, asked: object, find: Callable[[], T]) -> T:
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                return cast("T", self._answers[asked])
        found = find()
        with self._lock:
            self._answers[asked] = found
            if len(self._answers) > DIRECTORY_ANSWERS:
                self._answers.popitem(last=False)
        return found


class StoredStatements:
    """Statements below some indexes: the `Earlier` of a Directory."""

    def __init__(
        self, table: Statements, parts: tuple[LogPart, ...], domain: str
    ) -> None:
        """`parts` of logs are oldest first."""
        self._table, self._parts, self._domain = table, parts, domain

    def key(self, key_id: bytes) -> Registered | None:
        """Return it even if revoked; the newest of its name."""
        return self._remember("key", key_id, lambda: self._key(key_id))

    def _key(self, key_id: bytes) -> Registered | None:
        stated = next(self._falling(KEY, key_id), None)
        if stated is None:
            return None
        found = stated.key
        if found.kid != key_id:
            raise _damage(stated.index)
        return found

    def revoked_since(self, key_id: bytes, subject: str) -> int | None:
        """Return the earliest time of a revocation of the key."""
        asked = key_id, subject
        return self._remember("revoked", asked, lambda: self._revoked_since(*asked))

    def _revoked_since(self, key_id: bytes, subject: str) -> int | None:
        earliest = "count(*), min(since)"
        sums = self._table.sums(self._parts, earliest, REVOKED, key_id, subject)
        return min((since for count, since in sums if count), default=None)

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]:
        """Yield the desk's keys that are not revoked, the newest first."""
        for role in SEALING_ROLES:  # a desk has keys in one of the two
            for stated in self._falling(IN_ROLE, desk, role):
                key = stated.key
                if self.revoked_since(key.kid, desk) is None:
                    yield key

    def newest_sealing_key(self, desk: str) -> Registered | None:
        return self._remember(
            "sealing", desk, lambda: next(self.iter_sealing_keys(desk), None)
        )

    def has_officer(self, desk: str) -> bool:
        return bool(
            self._remember("officers", desk, lambda: self._count(OF_OFFICERS, desk))
        )

    def only_reads(self, desk: str) -> bool:
        return bool(
            self._remember("reader", desk, lambda: self._count(IN_ROLE, desk, READER))
        )

    def _count(self, where: str, *asked: Value) -> int:
        sums = self._table.sums(self._parts, "count(*)", where, *asked)
        return sum(count for (count,) in sums)

    def desks(self) -> list[str]:
        return self._table.desks(self._parts)

    def serial(self, type_: int) -> int:
        """Return 0 before the first POLICY or ROOTS."""
        return self._remember("serial", type_, lambda: self._serial(type_))

    def _serial(self, type_: int) -> int:
        newest = next(self._falling(OF_TYPE, self._domain, type_), None)
        return newest.statement.serial if newest else 0

    def count_statements(self, subject: str) -> int:
        return self._count(ABOUT, subject)

    def quorum_text(self) -> bytes | None:
        """Return the newest policy of cosigners."""
        return self._remember("quorum", b"", lambda: next(self._quorums(), None))

    def _quorums(self) -> Iterator[bytes]:
        for stated, said in self._policies():
            if isinstance(said, Policy):
                yield stated.statement.policy

    def release_policy(self) -> ReleasePolicy | None:
        return self._remember("release", b"", lambda: next(self._releases(), None))

    def _releases(self) -> Iterator[ReleasePolicy]:
        for _, said in self._policies():
            if isinstance(said, ReleasePolicy):
                yield said

    def retention(self) -> int | None:
        newest = self._remember(
            "retention", b"", lambda: next(self._retentions(), None)
        )
        return None if newest is None else newest[1]

    def retentions(self) -> Sequence[tuple[int, int]]:
        return tuple(self._retentions())[::-1]

    def _retentions(self) -> Iterator[tuple[int, int]]:
        for stated, said in self._policies():
            if isinstance(said, int):
                yield stated.core.filed, said

    def rules(self) -> int | None:
        return self._remember("rules", b"", lambda: next(self._rules(), None))

    def _rules(self) -> Iterator[int]:
        for _, said in self._policies():
            if isinstance(said, RulesVersion):
                yield said.number

    def _policies(self) -> Iterator[tuple[Stated, policies.Stated]]:
        for stated in self._falling(OF_TYPE, self._domain, pb.STATEMENT_TYPE_POLICY):
            yield stated, _policy_of(stated)

    def roots(self) -> Sequence[StatedRoots]:
        return self._remember("roots", b"", lambda: tuple(self._roots())[::-1])

    def first_author(self) -> bytes:
        return self._remember("first", b"", self._first_author)

    def _first_author(self) -> bytes:
        for part in self._parts:
            if (entry := self._table.first(part)) is not None:
                return _author(entry)
        return b""

    def _roots(self) -> Iterator[StatedRoots]:
        for stated in self._falling(OF_TYPE, self._domain, pb.STATEMENT_TYPE_ROOTS):
            yield pair_of(stated.statement), stated.index

    def _falling(self, where: str, *asked: Value) -> Iterator[Stated]:
        for part in reversed(self._parts):
            yield from self._table.falling(part, where, *asked)

    def _remember(
        self, what: str, about: Value | tuple[Value, ...], find: Callable[[], T]
    ) -> T:
        return self._table.remember((self._parts, what, about), find)


# A stored statement was accepted. One that cannot be read is therefore damage, and
# never a verdict.


def _policy_of(stated: Stated) -> policies.Stated:
    try:
        return policies.read(stated.statement.policy)
    except Refusal as refusal:
        raise _damage(stated.index) from refusal


def _stated(index: int, entry: bytes) -> Stated:
    """Parse the statement of an entry; raise Tampered if it has none."""
    try:
        core = envelope.parse_core(envelope.split(entry).core_bytes)
        statement = parse_statement(core.clear)
    except Refusal as refusal:
        raise _damage(index) from refusal
    return Stated(index, core, statement, entry)


def _author(entry: bytes) -> bytes:
    """Return the author of an entry; raise Tampered if it cannot be parsed."""
    try:
        return envelope.split(entry).core.author
    except Refusal as refusal:
        raise _damage(0) from refusal


def _damage(index: int) -> Tampered:
    return Tampered(Reason.DATABASE, f"statement {index}")
