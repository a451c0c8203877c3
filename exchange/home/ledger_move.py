"""Move a node's ledger from one database to another, with proof of equality.

From the file in the home to a database on a server, back, or to another server. The
node does not run meanwhile. If a move is killed, the same command finishes it:

    1  The new database is empty, or left by an interrupted move.
    2  It is made equal to the old one, then proven so (store/equal_rows.py).
    3  The old one is given up: on a server, it is locked for good against writers.
    4  A new file gets the name of the database in the home.
    5  The settings name the new database.
    6  An old file gets another name, and becomes read-only.
    7  A new database on a server is marked as in use. Until then no node opens it.

So at most one database is writable at any time, and from step 3 on none, until the new
one, proven equal, is in use.
"""

import secrets
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from exchange import config
from exchange.audit.sources.log_source import Progress
from exchange.clock import elapsed_ms
from exchange.config import NodeHome
from exchange.config.database_url import DatabaseUrl
from exchange.config.settings import set_database
from exchange.errors import Reason, Refusal, Why
from exchange.home.only_writer import ELSEWHERE
from exchange.limits import LEASE, LEASE_LOOK, LEASE_RENEW, SECOND
from exchange.store import equal_rows, file_digest, owner, writer
from exchange.store.database import Database
from exchange.store.equal_rows import Equality
from exchange.store.lease import FOREVER, Leases
from exchange.store.open_database import open_database
from exchange.store.owner import IN_USE, LEFT, PROVEN, Owner
from exchange.store.writer import UNCLAIMED, Claim
from keys import files

COMING, MOVED = ".coming", ".moved"  # suffixes of the file in the home
MAKING, PROVING = "copy", "proof"
_RUNS = Why(
    "the node is running, or another command works on its database; stop it first"
)
_THERE = Why("node/config.toml names that database already; no migration needed")
_MOVE_AWAY = Why(
    "a database is there that the node does not use; move it away, or remove it"
)
_WRITTEN = Why(
    "another process of the node has written since; stop every fusion serve of it, and"
    " give the command again"
)


class Move(Struct, frozen=True):
    """A finished move; `equality` is None if only the last step was left."""

    node: str
    source: str
    target: str
    kept: str
    """The name in messages of the old database, which is kept."""
    equality: Equality | None


class _Place(Protocol):
    """A place for the node's database, with the steps of a move from or to it."""

    @property
    def name(self) -> str:
        """The name of the place in messages."""

    def open_old(self) -> Database:
        """Open it as the old database; others can no longer write."""

    def open_new(self, *, again: bool) -> Database:
        """Open it as the new one; `again`: the old one was already given up."""

    def keep(self, database: Database) -> None:
        """Extend the exclusion of other writers from the old one."""

    def leave(self, database: Database) -> None:
        """Lock the copied old one for good against writers."""

    def note_proof(self, database: Database) -> None:
        """Record that the new one is equal to the old one."""

    def arrive(self) -> None:
        """Rename the new, closed database to its final name."""

    def retire(self) -> str:
        """Put the old one aside after the settings changed; return its name."""

    def settle(self) -> None:
        """Mark the new one, now in the settings, as in use."""


class _File:
    """The file in the home; the node's lock excludes others."""

    def __init__(self, node: NodeHome) -> None:
        self._path = node.database
        self._draft = _beside(node.database, COMING)

    @property
    def name(self) -> str:
        return config.short(self._path)

    def open_old(self) -> Database:
        if not self._path.is_file():
            raise Refusal(Reason.DATABASE, self.name)
        return open_database(self._path)

    def open_new(self, *, again: bool) -> Database:
        if self._path.exists():
            if not again:
                raise Refusal(Reason.HOME_EXISTS, self.name, _MOVE_AWAY)
            return open_database(self._path)  # already renamed
        return open_database(self._draft)

    def keep(self, database: Database) -> None:
        pass

    def leave(self, database: Database) -> None:
        pass

    def note_proof(self, database: Database) -> None:
        pass

    def arrive(self) -> None:
        if self._draft.exists():
            file_digest.digest_path(self._draft).unlink(missing_ok=True)
            self._draft.rename(self._path)
            files.sync(self._path.parent)

    def retire(self) -> str:
        if not self._path.exists():
            return self.name
        kept = _free_name(self._path)
        file_digest.digest_path(self._path).unlink(missing_ok=True)
        self._path.chmod(0o400)
        self._path.rename(kept)
        files.sync(kept.parent)
        return config.short(kept)

    def settle(self) -> None:
        pass


class _Server:
    """A server, where other machines may have the database open too."""

    def __init__(self, url: DatabaseUrl, node: str) -> None:
        self._url, self._node = url, node
        self._claim = UNCLAIMED

    @property
    def name(self) -> str:
        return self._url.name

    @property
    def left(self) -> bool:
        with (
            closing(open_database(self._url, as_it_is=True)) as database,
            database.read_cursor() as cursor,
        ):
            return owner.read(cursor) == Owner(self._node, LEFT)

    def open_old(self) -> Database:
        database = open_database(self._url)
        try:
            if not self.left:
                owner.take(database, self._node)
                self._claim = self._take_lease(database)
        except BaseException:
            database.close()
            raise
        return database

    def _take_lease(self, database: Database) -> Claim:
        """Take the lease; waits until a killed process's, even an old one, ends."""
        holder, end = secrets.token_bytes(16), elapsed_ms() + 2 * LEASE
        while True:
            try:
                return Leases(database).take(holder).claim
            except Refusal as refusal:
                if refusal.reason is not Reason.NOT_WRITER:
                    raise
            if elapsed_ms() > end:
                raise Refusal(Reason.LOCKED, self.name, ELSEWHERE)
            time.sleep(LEASE_LOOK / SECOND)

    def keep(self, database: Database) -> None:
        if self._claim != UNCLAIMED:
            Leases(database).renew(self._claim)

    def open_new(self, *, again: bool) -> Database:  # noqa: ARG002  it says itself what it is
        with closing(open_database(self._url, as_it_is=True)) as database:
            owner.begin_move(database, self._node)
        return open_database(self._url)

    def leave(self, database: Database) -> None:
        if self._claim == UNCLAIMED:
            return  # done by an earlier run
        with database.write_cursor() as cursor:
            if writer.read(cursor) != self._claim:
                raise Refusal(Reason.CONFLICT, self.name, _WRITTEN)
            owner.note(cursor, Owner(self._node, LEFT))
            cursor.execute("UPDATE lease SET until = ?", (FOREVER,))

    def note_proof(self, database: Database) -> None:
        with database.write_cursor() as cursor:
            owner.note(cursor, Owner(self._node, PROVEN))

    def arrive(self) -> None:
        pass

    def retire(self) -> str:
        return self.name

    def settle(self) -> None:
        with (
            closing(open_database(self._url)) as database,
            database.write_cursor() as cursor,
        ):
            owner.note(cursor, Owner(self._node, IN_USE))


def move(node: NodeHome, to: DatabaseUrl | None, tell: Progress) -> Move:
    """Move it to a database on a server, or (None) to the file at home.

    `tell` gets the progress of copy and proof, in rows. Raises Refusal: LOCKED if the
    node runs, HOME_EXISTS if the new database is not empty, DATABASE, CONFLICT, DISK;
    Tampered if rows differ. Then the node still uses the old database, or asks at its
    start to repeat the command.
    """
    with config.hold_lock(node.folder, _RUNS):
        name = config.read_node(node).name
        now, goal = config.database_of(node), to or node.database
        there = getattr(now, "text", now) == getattr(goal, "text", goal)
        if there and to is not None and node.database.exists():
            now, there = node.database, False  # settings changed: step 6 is left
        new, old = _place(node, name, goal), _place(node, name, now)
        if there:
            return _end(name, new, to)
        equality = _copy(old, new, tell)
        new.arrive()
        set_database(node, *_lines(to))
        kept = old.retire()
        new.settle()
    return Move(name, old.name, new.name, kept, equality)


def _copy(old: _Place, new: _Place, tell: Progress) -> Equality:
    again = isinstance(old, _Server) and old.left
    with (
        closing(old.open_old()) as source,
        closing(new.open_new(again=again)) as target,
    ):
        due = elapsed_ms() + LEASE_RENEW

        def told(what: str, done: int, total: int) -> None:
            nonlocal due
            tell(what, done, total)
            if elapsed_ms() >= due:
                old.keep(source)
                due = elapsed_ms() + LEASE_RENEW

        with source.whole_cursor() as rows:
            ways = target.read_cursor, target.write_cursor
            equal_rows.level(rows, *ways, partial(told, MAKING))
            with target.whole_cursor() as there:
                equality = equal_rows.prove(rows, there, partial(told, PROVING))
        new.note_proof(target)
        old.leave(source)
    return equality


def _end(node: str, new: _Place, to: DatabaseUrl | None) -> Move:
    """Finish the last step of a move; else Refusal(HOME_EXISTS).

    The settings name the new database, and the old file was put aside.
    """
    if to is None:
        raise Refusal(Reason.HOME_EXISTS, new.name, _THERE)
    with (
        closing(open_database(to, as_it_is=True)) as database,
        database.read_cursor() as cursor,
    ):
        if owner.read(cursor) != Owner(node, PROVEN):
            raise Refusal(Reason.HOME_EXISTS, new.name, _THERE)
    new.settle()
    return Move(node, new.name, new.name, "", None)


def _place(node: NodeHome, name: str, place: Path | DatabaseUrl) -> _Place:
    return _Server(place, name) if isinstance(place, DatabaseUrl) else _File(node)


def _lines(to: DatabaseUrl | None) -> tuple[str | None, str | None]:
    if to is None:
        return None, None
    return to.text, to.password_file.name if to.password_file else None


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := _beside(path, f"{MOVED}{number}")).exists():
        number += 1
    return kept


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
