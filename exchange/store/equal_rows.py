"""Copies a node's database to another one, block by block, and proves them equal.

Where the other differs from a block of the source's rows, in key order, its rows in
that range of keys are replaced. So the same steps continue an interrupted copy and
update a stale one.

Both have the same schema; the engines may differ. Values are compared as stored, and
must have the type of their column: SQLite would accept others, but no node writes them.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct, field

from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store.cold_rows import in_a_file
from exchange.store.cursor import Cursor, Row
from exchange.store.record import Kind, Record
from exchange.store.tables import RECORDS, ColdRow, EntryRow, LogRow

BLOCK = 128  # rows that are read, compared and written together

Reading = Callable[[], AbstractContextManager[Cursor]]
Told = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""
_STRANGE = Why(
    "a value that no node writes; run fusion fsck, and repair the database first"
)
COPIED = sorted(
    (one for one in RECORDS if one.copied), key=lambda one: one is not ColdRow
)
"""The tables to copy; `cold` first, for by it the bytes of an entry may leave a row."""
ONLY_GROW = {
    one for one in COPIED if any(trigger.verb == "DELETE" for trigger in one.triggers)
}
"""Tables of which the schema forbids to delete rows.

Nor may rows change, but for a log's size and the place where an entry's bytes lie.
"""
_OTHERS = Why(
    "a row that the database to be moved never had; give a database that is empty"
)
_DIFFERS = Why("not the row of the other database; run the command again")


class EqualTable(Struct):
    """The number of rows, and their SHA-256."""

    name: str
    rows: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class EqualLog(Struct, frozen=True):
    """The root is computed from the entries."""

    origin: str
    size: int
    root: bytes


class Equality(Struct, frozen=True):
    tables: tuple[EqualTable, ...]
    logs: tuple[EqualLog, ...]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)


def level(source: Cursor, read: Reading, write: Reading, tell: Told) -> None:
    """Make all tables equal to those of `source`.

    `read` and `write` each begin a transaction of the other database, one per block.
    Tampered(DATABASE) for a row of `source` that no node writes, Refusal(CONFLICT) if
    the other has rows that `source` never had.
    """
    done, total = 0, count_rows(source)
    for table in COPIED:
        for after, last, rows in _blocks(source, table):
            with read() as cursor:
                found = _between(cursor, table, after, last)
            if found != rows:
                change = _Change.between(table, found, rows)
                with write() as cursor:
                    change.make(cursor)
            done += len(rows)
            tell(done, total)


def prove(one: Cursor, other: Cursor, tell: Told) -> Equality:
    """Raise Tampered if they differ.

    1. Each table has the same rows, and no more.
    2. Each log's entries in the second database give the root and size that the first
       keeps for it.

    Raises Tampered: DATABASE names a table and the key of a row, ROOT a log.
    """
    # 1
    done, total = 0, count_rows(one)
    found: list[EqualTable] = []
    for table in COPIED:
        equal = EqualTable(table.title())
        for after, last, rows in _blocks(one, table):
            _compare(table, rows, _between(other, table, after, last))
            equal.rows += len(rows)
            for row in rows:
                equal.digest.update(_encoded(row))
            done += len(rows)
            tell(done, total)
        found.append(equal)
    # 2
    logs = one.execute('SELECT number, origin, "size", root FROM log ORDER BY number')
    proven = [_rebuild(other, *row) for row in logs.fetchall()]
    return Equality(tuple(found), tuple(proven))


def count_rows(cursor: Cursor) -> int:
    total = 0
    for table in COPIED:
        query = f'SELECT count(*) FROM "{table.title()}"'  # noqa: S608  our own names
        total += int(cursor.execute(query).fetchone()[0])
    return total


def _blocks(
    cursor: Cursor, table: type[Record]
) -> Iterator[tuple[Row | None, Row | None, list[Row]]]:
    """Yield the key before each block, the key at its end, and its rows.

    The first and the last key are None, so that the other database's rows beyond this
    one's are compared too.
    """
    after: Row | None = None
    while True:
        rows = _between(cursor, table, after, None, BLOCK)
        last = _key(table, rows[-1]) if len(rows) == BLOCK else None
        yield after, last, rows
        if last is None:
            return
        after = last


def _between(
    cursor: Cursor,
    table: type[Record],
    after: Row | None,
    last: Row | None,
    most: int | None = None,
) -> list[Row]:
    """Return rows in order, after < key <= last."""
    where, values = _range(table, after, last)
    columns = ", ".join(f'"{name}"' for name in table.names())
    query = f'SELECT {columns} FROM "{table.title()}"{where} ORDER BY {_keys(table)}'  # noqa: S608  our own names
    if most is not None:
        query += f" LIMIT {most}"
    return [_checked(table, row) for row in cursor.execute(query, values)]


class _Change(Struct, frozen=True):
    table: type[Record]
    gone: list[Row]
    """Keys of rows that are not wanted as they stand."""
    new: list[Row]

    @classmethod
    def between(
        cls, table: type[Record], found: Sequence[Row], wanted: Sequence[Row]
    ) -> "_Change":
        """Raise Refusal(CONFLICT) if it breaks a table that only grows."""
        right, there = set(wanted), set(found)
        gone = [_key(table, row) for row in found if row not in right]
        new = [row for row in wanted if row not in there]
        grows = {_key(table, row) for row in new} if table is LogRow else set()
        changed = grows | _moved(table, found, new)
        if table in ONLY_GROW and not changed.issuperset(gone):
            raise Refusal(Reason.CONFLICT, _place(table, gone[0]), _OTHERS)
        return cls(table, gone, new)

    def make(self, cursor: Cursor) -> None:
        new = self.new
        if self.table is LogRow:
            moved = [row for row in new if row[:1] in self.gone]
            new = [row for row in new if row not in moved]
            for number, origin, size, root in moved:
                query = 'UPDATE log SET "size" = ?, root = ? WHERE number = ?'
                cursor.execute(f"{query} AND origin = ?", (size, root, number, origin))
        elif self.table is EntryRow:
            moved = [row for row in new if row[:2] in self.gone]
            new = [row for row in new if row not in moved]
            for log, index, entry, *_ in moved:
                query = 'UPDATE entry SET entry = ? WHERE log = ? AND "index" = ?'
                cursor.execute(query, (entry, log, index))
        elif self.gone:
            same = " AND ".join(f'"{name}" = ?' for name in self.table.key_names())
            query = f'DELETE FROM "{self.table.title()}" WHERE {same}'  # noqa: S608  our own names
            cursor.executemany(query, self.gone)
        flags = [n for n, one in enumerate(self.table.kinds()) if one is bool]
        rows = [_with_flags(row, flags) for row in new] if flags else new
        cursor.insert(self.table.title(), rows)


def _moved(
    table: type[Record], found: Sequence[Row], wanted: Sequence[Row]
) -> set[Row]:
    """Return the keys of entries in a row here and in a file there."""
    if table is not EntryRow:
        return set()
    there = {row[:2]: row for row in found}
    pairs = ((there.get(row[:2], ()), row) for row in wanted)
    return {
        new[:2]
        for old, new in pairs
        if old[3:] == new[3:]
        and (in_a_file(old[2], old[-1]) or in_a_file(new[2], new[-1]))
    }


def _with_flags(row: Row, flags: Sequence[int]) -> Row:
    return tuple(
        bool(value) if place in flags else value for place, value in enumerate(row)
    )


def _range(table: type[Record], after: Row | None, last: Row | None) -> tuple[str, Row]:
    keys, parts, values = _keys(table), list[str](), list[int | bytes | str]()
    for sign, key in ((">", after), ("<=", last)):
        if key is not None:
            parts.append(f"({keys}) {sign} ({', '.join('?' * len(key))})")
            values += key
    return f" WHERE {' AND '.join(parts)}" if parts else "", tuple(values)


def _keys(table: type[Record]) -> str:
    return ", ".join(f'"{name}"' for name in table.key_names())


def _key(table: type[Record], row: Row) -> Row:
    """Return the key columns, which come first in every table."""
    return row[: len(table.key_names())]


def _checked(table: type[Record], row: Sequence[object]) -> Row:
    """Return the row with flags as 0 or 1; Tampered for a wrong type."""
    checked = tuple(map(_value, table.kinds(), row))
    if len(checked) == len(row) and None not in checked:
        return checked  # type: ignore[return-value]  # none of it is None
    raise Tampered(Reason.DATABASE, _place(table, row), _STRANGE)


def _value(kind: Kind, value: object) -> int | bytes | str | None:
    if kind is bytes:
        return value if isinstance(value, bytes) else None
    if kind is str:
        storable = isinstance(value, str) and "\0" not in value
        return str(value) if storable else None
    if not isinstance(value, int):
        return None
    bits = kind if isinstance(kind, int) else 1
    least, end = (-1 << bits - 1, 1 << bits - 1) if bits > 1 else (0, 2)
    return int(value) if least <= value < end else None


def _compare(table: type[Record], rows: Sequence[Row], others: Sequence[Row]) -> None:
    if rows == others:
        return
    pairs = zip(rows, others, strict=False)
    beyond = [*rows[len(others) :], *others[len(rows) :]]
    row = next((min(one, two) for one, two in pairs if one != two), *beyond[:1])
    raise Tampered(Reason.DATABASE, _place(table, row), _DIFFERS)


def _place(table: type[Record], row: Sequence[object]) -> str:
    keys = row[: len(table.key_names())]
    shown = (one.hex() if isinstance(one, bytes) else ascii(one) for one in keys)
    return f"{table.title()} {' '.join(shown)[:80]}"


def _encoded(row: Row) -> bytes:
    """Encode each value's type, length and bytes: they are unique."""
    parts = []
    for value in row:
        data = value if isinstance(value, bytes) else str(value).encode()
        parts += [b"%c%d " % (type(value).__name__.encode()[0], len(data)), data]
    return b"".join(parts)


def _rebuild(
    cursor: Cursor, number: int, origin: str, size: int, root: bytes
) -> EqualLog:
    edge, start = Edge.empty(), 0
    while leaves := _leaves(cursor, number, start):
        edge, start = edge.extend(leaves).edge, start + len(leaves)
    if (edge.size, edge.root()) != (size, root):
        raise Tampered(Reason.ROOT, f"{origin}#{size}")
    return EqualLog(origin, size, root)


def _leaves(cursor: Cursor, number: int, start: int) -> list[bytes]:
    """Return leaf hashes; for an entry in a file, the stored one."""
    query = (
        "SELECT e.entry, e.reason, h.hash FROM entry e LEFT JOIN hash h"
        ' ON h.log = e.log AND h.level = 0 AND h."index" = e."index"'
        ' WHERE e.log = ? AND e."index" >= ? AND e."index" < ? ORDER BY e."index"'
    )
    rows = cursor.execute(query, (number, start, start + BLOCK)).fetchall()
    return [
        stored if in_a_file(entry, reason) and stored else leaf_hash(entry)
        for entry, reason, stored in rows
    ]
