"""The owner of a server's database: its node, and whether that may write to it.

A file belongs to its home, but any home can name a database on a server. So the
database names its node, in a table of one row that is never copied with the ledger. The
row holds the node, and one of

    in use  the node's ledger is here
    coming  a move into it has begun (exchange/home/ledger_move.py)
    proven  it is equal to the old database, and not in use yet
    left    the node's ledger was moved elsewhere: nothing may be written any more
"""

import re

from msgspec import Struct

from exchange.errors import Reason, Refusal, Why
from exchange.store.cursor import Cursor
from exchange.store.database import Database

IN_USE, COMING, PROVEN, LEFT = "in use", "coming", "proven", "left"
MOVING = {COMING, PROVEN}
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")  # fit to be shown
_ANOTHER = Why(
    "the database belongs to {node}; name this node's own as database in"
    " node/config.toml"
)
_COMING = Why(
    "a move into this database is not finished; give the same fusion store migrate"
    " again"
)
_LEFT = Why(
    "the ledger was moved to another database by fusion store migrate; name that"
    " database in node/config.toml"
)
_NOT_EMPTY = Why("the database is not empty; create a new one for the ledger")


class Owner(Struct, frozen=True):
    node: str
    state: str


def read(cursor: Cursor) -> Owner | None:
    """Return None if the database names no node."""
    if cursor.execute("SELECT to_regclass('owner') IS NULL").fetchone()[0]:
        return None
    row = cursor.execute("SELECT node, state FROM owner").fetchone()
    return None if row is None else Owner(*row)


def note(cursor: Cursor, owner: Owner) -> None:
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS owner"
        " (number integer PRIMARY KEY, node text NOT NULL, state text NOT NULL)"
    )
    cursor.execute("DELETE FROM owner")
    cursor.execute("INSERT INTO owner VALUES (1, ?, ?)", (owner.node, owner.state))


def check(database: Database, node: str) -> None:
    """Raise Refusal(DATABASE) unless it is `node`'s and in use, or names none."""
    with database.read_cursor() as cursor:
        owner = read(cursor)
    if owner is not None:
        _check_node(owner, node, database)
        _check_state(owner, database)


def check_node(database: Database, node: str) -> None:
    """Raise Refusal(DATABASE) if it is another node's.

    Any schema will do: another node's database must not be changed.
    """
    with database.read_cursor() as cursor:
        owner = read(cursor)
    if owner is not None:
        _check_node(owner, node, database)


def take(database: Database, node: str) -> None:
    """Take one without an owner; else as `check`."""
    with database.read_cursor() as cursor:
        found = read(cursor)
    if found is None:
        with database.write_cursor() as cursor:
            if read(cursor) is None:
                note(cursor, Owner(node, IN_USE))
    check(database, node)


def begin_move(database: Database, node: str) -> None:
    """Take one that is empty, or that a move of this node began to fill.

    It must be opened `as_it_is`. Refusal: DATABASE if it is another node's, HOME_EXISTS
    if anything else is in it.
    """
    with database.write_cursor() as cursor:
        owner = read(cursor)
        if owner is not None:
            _check_node(owner, node, database)
        if owner is None and _count_tables(cursor) == 0:
            note(cursor, Owner(node, COMING))
        elif owner is not None and owner.state in MOVING:
            note(cursor, Owner(node, COMING))  # the old one may have been used since
        else:
            raise Refusal(Reason.HOME_EXISTS, database.name, _NOT_EMPTY)


def _check_node(owner: Owner, node: str, database: Database) -> None:
    if owner.node != node:
        shown = owner.node if _NAME.fullmatch(owner.node) else "?"
        raise Refusal(Reason.DATABASE, database.name, Why(_ANOTHER.text, node=shown))


def _check_state(owner: Owner, database: Database) -> None:
    if owner.state in MOVING:
        raise Refusal(Reason.DATABASE, database.name, _COMING)
    if owner.state != IN_USE:
        raise Refusal(Reason.DATABASE, database.name, _LEFT)


def _count_tables(cursor: Cursor) -> int:
    query = (
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND relnamespace = current_schema()::regnamespace"
    )
    return int(cursor.execute(query).fetchone()[0])
