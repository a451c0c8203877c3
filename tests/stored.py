"""Everything that a store keeps of one log, as it is kept, for tests."""

from collections.abc import Iterator

from exchange.ledger import merkle
from exchange.ledger.merkle import Node
from exchange.store import Store, StoredEntry, StoredHead

PAGE = 1_000


def all_entries(store: Store, origin: str) -> Iterator[StoredEntry]:
    """Yield every entry of a log in order, over holes."""
    start = 0
    while page := store.entries.page(origin, start, PAGE):
        yield from page
        start = page[-1].index + 1


def all_names(store: Store, origin: str) -> list[bytes]:
    """Return the names of all entries that are committed, signed or not, in order."""
    query = (
        "SELECT name FROM entry"
        " WHERE log = (SELECT number FROM log WHERE origin = :origin)"
        ' ORDER BY "index"'
    )
    with store._database.read_cursor() as connection:
        return [name for (name,) in connection.execute(query, {"origin": origin})]


def all_hashes(store: Store, origin: str) -> list[Node]:
    """Return every stored (level, index, hash), by level, then index."""
    query = (
        'SELECT level, "index", hash FROM hash'
        " WHERE log = (SELECT number FROM log WHERE origin = :origin)"
        ' ORDER BY level, "index"'
    )
    with store._database.read_cursor() as connection:
        rows = connection.execute(query, {"origin": origin})
        return [(level, index, hashed) for level, index, hashed in rows]


def all_heads(store: Store, origin: str) -> Iterator[StoredHead]:
    """Yield every kept head, newest first."""
    below = merkle.SIZE_MAX
    while page := store.heads.falling(origin, PAGE, below):
        yield from page
        below = page[-1].head.size - 1
