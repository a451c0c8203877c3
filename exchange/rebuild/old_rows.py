"""The readable rows of a damaged database, copied into a scratch file.

Tables are read by row number, without indexes. Around an unreadable page the range is
halved until only the unreadable rows are missing. Rows are not verified; the scratch
file has no constraints.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger.checkpoint import head_of
from exchange.ledger.tiles import WIDTH
from exchange.rebuild.damaged_file import Row, as_text, read_table
from exchange.store import HEAD, migrations, sqlite
from exchange.store.cold_files import ColdFiles
from exchange.store.cold_rows import in_a_file
from exchange.store.record import Repair
from exchange.store.row_checksums import Value, row_sum
from exchange.store.sqlite_view import fresh_schema
from exchange.store.tables import BY_NAME, RECORDS

REPLAYED = {"log", "entry", "payload", "head", "boundary", "arrival"}
"""The tables that are replayed; the replay derives the other tables it fills."""
TABLES = [
    one for one in RECORDS if one.repair is Repair.CARRIED or one.title() in REPLAYED
]
SCRATCH = (("synchronous", 0), ("locking_mode", "exclusive"))
INDEXES = (
    'CREATE INDEX entries ON entry (log, "index")',
    'CREATE INDEX payloads ON payload (log, "index")',
    'CREATE INDEX arrivals ON arrival (log, "index")',
    'CREATE TABLE note (origin, "size", rank, log, note, at, told)',
    'CREATE INDEX notes ON note (origin, "size", rank)',
)
PULSE = 2  # the rank of a newest note, with newer lines
NOTES = {"head": 0, "boundary": 1, "pulse": PULSE}
"""The tables with notes of heads, and the rank of each."""
ROWS = 1_000  # in one statement


class OldNote(Struct, frozen=True):
    """A stored note, under its own size, or that of its row.

    `rank` identifies its table; `at` (ms UTC) is None if the row was altered; `told` is
    the number of the head's arrival, 0 for none.
    """

    size: int
    rank: int
    note: Value
    at: int | None
    told: int


class OldText(Struct, frozen=True):
    """`valid`: an unaltered record that there is no text."""

    wraps: bytes
    body: bytes
    state: int
    why: str
    at: int
    valid: bool


class OldRows:
    """`unread` names the tables that may have lost rows."""

    def __init__(
        self, path: Path, cold: ColdFiles, unread: Collection[str] = ()
    ) -> None:
        self.unread = unread
        self._cold = cold
        self._bundle: tuple[str, int, list[bytes]] = ("", -1, [])
        """The last bundle read: heads, often of one entry, are queried in order."""
        self._connection = sqlite.connect(path, SCRATCH, write=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield in key order."""
        columns = BY_NAME[table].names()
        asked = f'SELECT * FROM "{table}" ORDER BY 1, 2'  # noqa: S608  our own names
        for row in self._connection.execute(asked):
            yield dict(zip(columns, row, strict=True))

    def origins(self) -> dict[str, list[Value]]:
        """Return each log's numbers, in order of arrival.

        From its notes, then from its own row; its number may be damaged in some rows.
        """
        numbers: dict[str, list[Value]] = {}
        asked = "SELECT origin, log FROM note GROUP BY origin, log ORDER BY min(log)"
        named = self._connection.execute(asked).fetchall()
        named += [(row["origin"], row["number"]) for row in self.rows("log")]
        for origin, number in named:
            if isinstance(origin, str) and number not in numbers.setdefault(origin, []):
                numbers[origin].append(number)
        return numbers

    def notes(self, origin: str) -> Iterator[OldNote]:
        """Yield the smallest first."""
        asked = (
            'SELECT "size", rank, note, at, told FROM note WHERE origin = ?'
            ' ORDER BY "size", rank'
        )
        return (OldNote(*row) for row in self._connection.execute(asked, (origin,)))

    def entries(
        self, origin: str, numbers: Sequence[Value], start: int, end: int
    ) -> dict[int, bytes]:
        """Return the entries, also from files whose rows are lost."""
        entries: dict[int, bytes] = {}
        asked = (
            'SELECT "index", entry, reason FROM entry'
            ' WHERE log = ? AND "index" >= ? AND "index" < ?'
        )
        for number in numbers:
            for index, entry, reason in self._connection.execute(
                asked, (number, start, end)
            ):
                here = isinstance(entry, bytes) and not in_a_file(entry, reason)
                if isinstance(index, int) and here:
                    entries.setdefault(index, entry)
        for tile in range(start // WIDTH, -(-end // WIDTH)):
            first = tile * WIDTH
            wanted = range(max(start, first), min(end, first + WIDTH))
            lacking = set(wanted) - entries.keys()
            if lacking:
                with suppress(Tampered):
                    bundle = self._in_files(origin, tile)
                    entries |= {index: bundle[index - first] for index in lacking}
        return entries

    def _in_files(self, origin: str, tile: int) -> list[bytes]:
        if self._bundle[:2] != (origin, tile):
            self._bundle = origin, tile, self._cold.as_they_stand(origin, tile)
        return self._bundle[2]

    def ends(self, numbers: Sequence[Value]) -> tuple[int, int]:
        """Return the most and the fewest entries that it may have had.

        Any single row may be damaged: the fewest is the size that two rows confirm.
        """
        asked = 'SELECT max("index") + 1 FROM entry WHERE log = ?'
        found = [self._connection.execute(asked, (n,)).fetchone()[0] for n in numbers]
        last = max((end for end in found if isinstance(end, int)), default=0)
        sizes = [row["size"] for row in self.rows("log") if row["number"] in numbers]
        size = max((size for size in sizes if isinstance(size, int)), default=0)
        return max(last, size), min(last, size or last)

    def text(self, numbers: Sequence[Value], index: int) -> OldText | None:
        asked = 'SELECT * FROM payload WHERE log = ? AND "index" = ?'
        for number in numbers:
            row = self._connection.execute(asked, (number, index)).fetchone()
            if row is not None:
                return _text(row)
        return None

    def positions(self, numbers: Sequence[Value]) -> set[tuple[Value, Value]]:
        found: set[tuple[Value, Value]] = set()
        for table, key in (("log", "number"), ("head", "log"), ("boundary", "log")):
            asked = f'SELECT "size", root FROM {table} WHERE {key} = ?'  # noqa: S608  our own names
            for number in numbers:
                found.update(self._connection.execute(asked, (number,)))
        return found


def _text(row: Row) -> OldText:
    log, index, wraps, body, state, why, at, total = row
    kept = wraps if isinstance(wraps, bytes) else b""
    sealed = body if isinstance(body, bytes) else b""
    if not isinstance(state, int) or not isinstance(at, int):
        return OldText(kept, sealed, 0, "", 0, valid=False)
    summed = total == row_sum(log, index, state, why, at)
    valid = bool(state) and summed and not (kept or sealed)
    return OldText(kept, sealed, state, str(why), at, valid=valid)


def copy_rows(path: Path, scratch: Path) -> OldRows:
    """Copy the rows; no program may have the database open.

    The caller closes the result. Raises Tampered(DATABASE) if no log can be read,
    Refusal(DATABASE) for a file of another version, Refusal(DISK) if the disk is full.
    """
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        rows = _copied(path, scratch)
    except dbapi2.Error as error:  # of the scratch file: no other raises one
        full = sqlite.code_of(error) & sqlite.PRIMARY_CODE == dbapi2.SQLITE_FULL
        raise Refusal(Reason.DISK if full else Reason.DATABASE, scratch.name) from error
    if not rows.origins():
        rows.close()
        raise Tampered(Reason.DATABASE, path.name)
    return rows


def _copied(path: Path, scratch: Path) -> OldRows:
    with (
        closing(sqlite.connect(scratch, SCRATCH, write=True)) as copied,
        closing(sqlite.connect(path, write=False)) as source,
    ):
        source.text_factory = as_text
        with suppress(dbapi2.Error):
            source.execute("PRAGMA writable_schema = ON")  # keep reading past bad parts
        _check_version(source, path.name)
        unread: set[str] = set()
        copied.execute("BEGIN")
        for table in TABLES:
            title, names = table.title(), table.names()
            columns = ", ".join(f'"{name}"' for name in names)
            copied.execute(f'CREATE TABLE "{title}" ({columns})')
            marks = ", ".join("?" * len(names))
            insert = f'INSERT INTO "{title}" VALUES ({marks})'  # noqa: S608  our own names
            read = read_table(source, title, names, path.stat().st_size, unread)
            for page in _pages(read):
                copied.executemany(insert, page)
        for made in INDEXES:
            copied.execute(made)
        for page in _pages(_notes(copied)):
            copied.executemany("INSERT INTO note VALUES (?, ?, ?, ?, ?, ?, ?)", page)
        copied.execute("COMMIT")
    return OldRows(scratch, ColdFiles(path), unread)


def _check_version(source: sqlite.Connection, name: str) -> None:
    """Refuse (DATABASE) the complete schema of another version."""
    with suppress(dbapi2.Error):
        known = {row[:2] for row in fresh_schema() if row[0] != "pragma"}
        found = source.execute("SELECT type, name FROM sqlite_schema")
        if not known.issuperset(found):
            version = migrations.version(sqlite.new_cursor(source))
            migrations.check_version(version, name)


def _pages(rows: Iterable[Row]) -> Iterator[list[Row]]:
    page: list[Row] = []
    for row in rows:
        page.append(row)
        if len(page) == ROWS:
            yield page
            page = []
    yield page


def _notes(copied: sqlite.Connection) -> Iterator[Row]:
    """Yield a row for each note, under the origin that the note itself gives.

    An unreadable one goes under its row's log and size.
    """
    logs = "SELECT \"number\", origin FROM log WHERE typeof(origin) = 'text'"
    by_number = dict(copied.execute(logs).fetchall())
    numbers = {origin: number for number, origin in by_number.items()}
    unread: list[Row] = []
    for table, rank in NOTES.items():
        asked = f'SELECT log, "size", note, at, "sum" FROM {table}'  # noqa: S608  our own names
        for log, size, note, at, total in copied.execute(asked):
            when = at if total == row_sum(log, size, at) else None
            try:
                head = head_of(note)
            except (Refusal, Tampered, TypeError, AttributeError, ValueError):
                if rank == 0 and isinstance(size, int):
                    arrival = _arrival_of_head(copied, size, log)
                    unread.append((log, size, rank, note, when, arrival))
                continue
            by_number.setdefault(log, head.origin)
            number = numbers.get(head.origin, log)
            arrival = _arrival_of_head(copied, head.size, number, log)
            yield head.origin, head.size, rank, log, note, when, arrival
    for log, *others in unread:
        if log in by_number:
            size, kind, *rest = others
            yield by_number[log], size, kind, log, *rest


def _arrival_of_head(copied: sqlite.Connection, size: int, *logs: Value) -> int:
    """Return 0 if there is none.

    `logs` are the possible numbers of its log, likeliest first: by its origin, then
    from its own row; either may be damaged.
    """
    asked = 'SELECT min(number) FROM arrival WHERE log = ? AND "index" = ? AND kind = ?'
    for log in logs:
        (number,) = copied.execute(asked, (log, size, HEAD)).fetchone()
        if isinstance(number, int):
            return number
    return 0
