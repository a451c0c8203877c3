"""A new database from what can still be read of one whose file itself is damaged.

Where a page or a row's own header is damaged, SQLite can neither be trusted to read
on nor to write. What it reads from either end of each table goes into a new file;
what is lost between is for others to bring back (audit/mend). Nothing is written to
the damaged file.
"""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Tampered
from exchange.store import sqlite, tables, whole
from exchange.store.database import Database
from exchange.store.sums import Value

DAMAGED = ".damaged"
COMPANIONS = ("-wal", "-shm")
ROWS = 1_000  # in one statement
TABLES = (
    tables.log,
    tables.entry,
    tables.hashes,
    tables.payload,
    tables.head,
    tables.arrival,
    tables.refusal,
    tables.lacking,
    tables.peer,
    tables.waiting,
    tables.pulse,
    tables.fork,
    tables.refused,
    tables.undelivered,
    tables.desk,
    tables.clock,
    tables.writer,
    tables.boundary,
    tables.sighting,
)

Row = tuple[Value, ...]


def copy(path: Path, new: Path) -> None:
    """Make `new` of what can be read of a database that nobody has open.

    Raises Refusal(DISK), Tampered(DATABASE) where it does not even say which logs it
    holds: a new one would look sound, and hold nothing.
    """
    remove(new)
    database = Database(new)
    try:
        with closing(sqlite.connect(path, write=False)) as source:
            source.text_factory = _text
            if not any(_read(source, "log", ["number"], ["number"])):
                raise Tampered(Reason.DATABASE, path.name)
            for table in TABLES:
                held = _columns(source, table.name)
                names = [each.name for each in table.columns if each.name in held]
                keys = [column.name for column in table.primary_key]
                for rows in _pages(_read(source, table.name, names, keys)):
                    _insert(database, table.name, names, rows)
    finally:
        database.close()
        _tidy(path)


def _columns(source: sqlite.Connection, table: str) -> set[str]:
    """Return which columns a table has there: the file may be of an older schema."""
    with suppress(dbapi2.Error):
        rows = source.execute(f'PRAGMA table_info("{table}")')
        return {str(row[1]) for row in rows}
    return set()


def _tidy(path: Path) -> None:
    """Remove what readers leave beside a file that nobody writes: an empty log."""
    log = _beside(path, "-wal")
    if log.exists() and not log.stat().st_size:
        for suffix in COMPANIONS:
            _beside(path, suffix).unlink(missing_ok=True)


def _read(
    source: sqlite.Connection, table: str, names: list[str], keys: list[str]
) -> Iterator[Row]:
    """Yield a table's rows from its beginning as far as can be read, then from its end.

    Each row once or twice.
    """
    columns = ", ".join(f'"{name}"' for name in names)
    for way in ("ASC", "DESC"):
        order = ", ".join(f'"{key}" {way}' for key in keys)
        ordered = order if table == tables.hashes.name else f"rowid {way}"
        asked = f'SELECT {columns} FROM "{table}" NOT INDEXED ORDER BY {ordered}'  # noqa: S608  our own names
        with suppress(dbapi2.Error):
            yield from source.execute(asked)
            return


def _pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    page: list[Row] = []
    for row in rows:
        page.append(row)
        if len(page) == ROWS:
            yield page
            page = []
    yield page


def _insert(database: Database, table: str, names: list[str], rows: list[Row]) -> None:
    """Insert rows, but none where one of that key or name stands."""
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    sql = f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608  our own names
    with database.writing() as connection:
        connection.exec_driver_sql(sql, rows)


def _text(data: bytes) -> str:
    """Return a text; what is none of it any more is damaged anyway."""
    return data.decode(errors="replace")


def replace(path: Path, new: Path) -> Path:
    """Put `new` in the place of a damaged database; return where that is kept.

    Nobody has either open. The log beside the damaged file goes with it: it would be
    played into the new one.
    """
    kept = _free(path)
    os.link(path, kept)
    for suffix in COMPANIONS:
        with suppress(FileNotFoundError):
            _beside(path, suffix).replace(_beside(kept, suffix))
    whole.opened(path)
    whole.opened(new)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def remove(path: Path) -> None:
    """Remove a database, and what stands beside it."""
    for one in (path, *(_beside(path, suffix) for suffix in COMPANIONS)):
        one.unlink(missing_ok=True)
    whole.opened(path)


def _free(path: Path) -> Path:
    number = 1
    while (kept := _beside(path, f"{DAMAGED}{number}")).exists():
        number += 1
    return kept


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
