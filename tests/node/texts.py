"""Texts of a node, lost, damaged and brought back past the rules of the store."""

from typing import Protocol

from exchange.node.node import Node
from exchange.store import Store, StoredEntry

WHERE = ' WHERE log = (SELECT number FROM log WHERE origin = ?) AND "index" = ?'


class Holder(Protocol):
    """Whoever has a node, and its store."""

    node: Node

    @property
    def store(self) -> Store: ...


def lose(site: Holder, origin: str, index: int) -> tuple[bytes, bytes]:
    """Take away what a node has of a text; return wraps and body.

    As a process finds it that begins afterwards: it remembers nothing.
    """
    site.node.recent.clear()
    with site.store._database.write_cursor() as connection:
        asked = f"SELECT wraps, body FROM payload{WHERE}"  # noqa: S608  our own words
        wraps, body = connection.execute(asked, (origin, index)).fetchone()
        connection.execute(f"DELETE FROM payload{WHERE}", (origin, index))  # noqa: S608
    return wraps, body


def bring_back(
    site: Holder, origin: str, index: int, text: tuple[bytes, bytes]
) -> None:
    with site.store._database.write_cursor() as connection:
        connection.execute(f"DELETE FROM payload{WHERE}", (origin, index))  # noqa: S608
        connection.execute(
            "INSERT INTO payload SELECT number, ?, ?, ?, 0, '', 0, 0 FROM log"
            " WHERE origin = ?",
            (index, *text, origin),
        )


def damage(site: Holder, origin: str, index: int) -> tuple[bytes, bytes]:
    """Change a byte of a body where it is stored; return what was there."""
    wraps, body = lose(site, origin, index)
    bring_back(site, origin, index, (wraps, body[:-1] + bytes([body[-1] ^ 1])))
    return wraps, body


def at(site: Holder, origin: str, index: int) -> StoredEntry:
    (stored,) = site.store.entries.page(origin, index, 1)
    return stored
