"""The directory trees of logs, and the directory heads that were signed over them.

Kept are each log's newest head, the first one over each DIRECTORY entry, and, as
evidence, the first note of each node that signed another root.
"""

from itertools import islice

from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import directory_origin, lacks_log
from exchange.ledger.merkle import SIZE_MAX, Edge
from exchange.ledger.note import parse_note
from exchange.store import directory_rows
from exchange.store.cursor import Cursor
from exchange.store.database import Database
from exchange.store.head_rows import NUMBER, log_number
from exchange.store.row_checksums import row_sum
from exchange.store.values import DirectoryFault, StoredHead

HEADS = (
    f'SELECT "size", root, note, at FROM directory_head WHERE log = {NUMBER}'  # noqa: S608  our own names
    ' AND "size" <= ? ORDER BY "size" DESC LIMIT 2'
)
RISING = (
    f"SELECT note FROM directory_head WHERE log = {NUMBER}"  # noqa: S608  our own names
    ' AND "size" > ? AND "size" <= ? ORDER BY "size" LIMIT ?'
)
DROP = 'DELETE FROM directory_head WHERE log = ? AND "size" = ?'
NOTES = 'SELECT "size", note FROM directory_head WHERE log = ?'


class Directories:
    def __init__(self, database: Database) -> None:
        self._database = database

    def edge(self, origin: str) -> Edge:
        with self._database.read_cursor() as cursor:
            stands = position_of(cursor, origin)
            if stands is None:
                return Edge.empty()
            return directory_rows.read_edge(cursor, *stands)

    def root_at(self, origin: str, size: int) -> bytes:
        """Return the directory root at a size that the log has reached."""
        with self._database.read_cursor() as cursor:
            number = log_number(cursor, origin)
            if position_of(cursor, origin) == (number, size):
                return directory_rows.read_edge(cursor, number, size).root()
            return directory_rows.edge_at(cursor, number, size).root()

    def entries(self, origin: str, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Return them below the newest head; REFUSED ones too."""
        if start > SIZE_MAX:  # asked from outside; no column holds it
            return []
        with self._database.read_cursor() as cursor:
            log = log_number(cursor, origin)
            newest = 'SELECT coalesce(max("size"), 0) FROM head WHERE log = ?'
            (end,) = cursor.execute(newest, (log,)).fetchone()
            found = directory_rows.entries_between(cursor, log, start, end)
            return list(islice(found, limit))

    # Heads.

    def newest(self, origin: str) -> StoredHead | None:
        """Return the newest head with its lines."""
        with self._database.read_cursor() as cursor:
            return next(iter(_heads(cursor, origin)), None)

    def note(self, origin: str, size: int) -> bytes:
        """Return the note, empty if none is kept."""
        with self._database.read_cursor() as cursor:
            return _note(cursor, origin, size)

    def add_line(self, origin: str, line: bytes) -> bool:
        """Add a mirror's line; return whether it is kept.

        `line` is a note with verified lines of the mirror alone. It is dropped if a
        newer head has replaced the one that the mirror saw.
        """
        text = parse_note(line).text
        size = checkpoint.parse_head(text).size
        with self._database.write_cursor() as cursor:
            kept = next(iter(_heads(cursor, origin, size)), None)
            if kept is None or parse_note(kept.note).text != text:
                return False
            _write(cursor, origin, kept, checkpoint.merge(kept.note, line))
            return True

    def drop_unsigned(self, origin: str) -> int:
        """Return how many.

        A node left them when it wrote a mirror's line after the head was replaced.
        """
        with self._database.read_cursor() as cursor:
            log = log_number(cursor, origin)
            rows = cursor.execute(NOTES, (log,)).fetchall()
        gone = [(log, size) for size, note in rows if lacks_log(note, origin)]
        if gone:
            with self._database.write_cursor() as cursor:
                cursor.executemany(DROP, gone)
        return len(gone)

    def rising(self, origin: str, above: int, up_to: int, limit: int) -> list[bytes]:
        """Return those with above < size <= up_to."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(RISING, (origin, above, up_to, limit))
            return [note for (note,) in rows]

    def put(self, origin: str, new: StoredHead) -> None:
        """Keep it, or merge newer lines into the one of its size.

        The previous one stays if it is the first over a DIRECTORY entry. The note must
        have only verified lines of known keys, the log's among them. Refusal(HEAD) for
        another root at a size.
        """
        size = new.head.size
        with self._database.write_cursor() as cursor:
            log = log_number(cursor, origin)
            before = _heads(cursor, origin, size)
            note = new.note
            if before and before[0].head.size == size:
                note = checkpoint.merge(before[0].note, note)
            elif before:
                start = before[1].head.size if before[1:] else 0
                end = before[0].head.size
                if not directory_rows.has_entry(cursor, log, start, end):
                    cursor.execute(DROP, (log, end))
            _write(cursor, origin, new, note)

    # Disagreements.

    def note_fault(self, origin: str, fault: DirectoryFault) -> bool:
        """Return whether it is that node's first."""
        with self._database.write_cursor() as cursor:
            log = log_number(cursor, origin)
            known = "SELECT 1 FROM directory_fault WHERE log = ? AND by = ?"
            if cursor.execute(known, (log, fault.by)).fetchone() is not None:
                return False
            total = row_sum(log, fault.by, fault.size, fault.note, fault.at)
            row = log, fault.by, fault.size, fault.note, fault.at, total
            cursor.insert("directory_fault", [row])
            return True

    def faults(self) -> list[tuple[str, DirectoryFault]]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(
                'SELECT l.origin, f.by, f."size", f.note, f.at FROM directory_fault f'
                " JOIN log l ON l.number = f.log ORDER BY f.log, f.by"
            )
            return [(origin, DirectoryFault(*row)) for origin, *row in rows]


def position_of(cursor: Cursor, origin: str) -> tuple[int, int] | None:
    asked = 'SELECT number, "size" FROM log WHERE origin = ?'
    row = cursor.execute(asked, (origin,)).fetchone()
    return None if row is None else (row[0], row[1])


def _note(cursor: Cursor, origin: str, size: int) -> bytes:
    held = next(iter(_heads(cursor, origin, size)), None)
    return held.note if held is not None and held.head.size == size else b""


def _write(cursor: Cursor, origin: str, kept: StoredHead, note: bytes) -> None:
    """Take the lines of `note`; replace any head of that size."""
    log, size = log_number(cursor, origin), kept.head.size
    cursor.execute(DROP, (log, size))
    total = row_sum(log, size, note, kept.at)
    cursor.insert("directory_head", [(log, size, kept.head.root, note, kept.at, total)])


def _heads(cursor: Cursor, origin: str, limit: int = SIZE_MAX) -> list[StoredHead]:
    """Return two heads, newest first."""
    signed = directory_origin(origin)
    return [
        StoredHead(Head(signed, size, root), note, at)
        for size, root, note, at in cursor.execute(HEADS, (origin, limit))
    ]
