"""The readable rows of a damaged database file, and the hashes of a log."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from itertools import product
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.ledger.merkle import HASH_SIZE
from exchange.store import sqlite
from exchange.store.row_checksums import Value

Row = tuple[Value, ...]
FAILURES_MAX = 100_000  # failed queries, after which reading stops


def as_text(data: bytes) -> str:
    return data.decode(errors="replace")


def read_table(
    source: sqlite.Connection,
    table: str,
    names: Sequence[str],
    size: int,
    unread: set[str],
) -> Iterator[Row]:
    """Yield the readable rows; the table stays in `unread` if any may be missing.

    1. Find its columns. Each is queried as an expression, without the file's name or
       type for it: both may be damaged.
    2. Find the range of row numbers: at most as many as the file has bytes (`size`).
    3. Read all of them.
    """
    unread.add(table)
    with suppress(dbapi2.Error):
        # 1
        held = {row[1] for row in source.execute(f'PRAGMA table_info("{table}")')}
        if not held:
            return
        columns = ", ".join(
            f'+"{name}" AS "{name}"' if name in held else "NULL" for name in names
        )
        # 2
        first, last = _row_bounds(source, table, size)
        # 3
        query = (
            f'SELECT rowid AS "row", {columns} FROM "{table}" NOT INDEXED'  # noqa: S608  our own names
            " WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
        )
        failures = 0
        if first is not None and last is not None:
            failures = yield from _read_between(source, query, first, last)
        if not failures:
            unread.remove(table)


def _row_bounds(
    source: sqlite.Connection, table: str, size: int
) -> tuple[int | None, int | None]:
    """Return the first and last row number, None if the table is empty.

    If the file does not say: 0 and `size`, the file's bytes.
    """
    with suppress(dbapi2.Error):
        query = f'SELECT min(rowid), max(rowid) FROM "{table}" NOT INDEXED'  # noqa: S608  our own names
        first, last = source.execute(query).fetchone()
        return first, last
    return 0, size


def _read_between(
    source: sqlite.Connection, query: str, first: int, last: int
) -> Generator[Row, None, int]:
    """Yield the rows first..last; return the number of failed queries.

    On an error, the range behind the last row read is halved, and each half is queried.
    """
    ranges, failures = [(first, last)], 0
    while ranges and failures < FAILURES_MAX:
        first, last = ranges.pop()
        try:
            for row in source.execute(query, (first, last)):
                yield row[1:]
                first = max(first, row[0] + 1)
        except dbapi2.Error:
            failures += 1
            if first < last:
                middle = (first + last) // 2
                ranges += [(middle + 1, last), (first, middle)]
    return failures


def leaf_hashes(
    path: Path, numbers: Sequence[Value], start: int, end: int
) -> dict[int, bytes]:
    query = 'SELECT hash FROM hash WHERE log = ? AND level = 0 AND "index" = ?'
    leaves: dict[int, bytes] = {}
    with closing(sqlite.connect(path, write=False)) as source:
        for number, index in product(numbers, range(start, end)):
            with suppress(dbapi2.Error):
                row = source.execute(query, (number, index)).fetchone()
                if row and isinstance(row[0], bytes) and len(row[0]) == HASH_SIZE:
                    leaves[index] = row[0]
    return leaves
