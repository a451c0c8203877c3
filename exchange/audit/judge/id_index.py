"""The place of each id accepted so far; in memory, then in a file.

A log has no bound, and every id counts. Above a limit they go to a temporary file;
SQLite keeps a bounded part of it in memory.
"""

import sqlite3
from collections.abc import Sequence

from exchange.errors import Reason, Refusal

IN_MEMORY_MAX = 1 << 18  # ids; about 50 MiB
ASKED_MAX = 500  # ids in one query; an old SQLite allows 999
BEGIN = (
    "PRAGMA journal_mode = OFF",  # a temporary file needs no recovery
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -32768",  # KiB
    "CREATE TABLE seen (id BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID",
)


class IdIndex:
    """Each id has the index of its entry."""

    def __init__(self) -> None:
        self._held: dict[bytes, int] = {}
        self._file: sqlite3.Connection | None = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def place(self, id_: bytes) -> int | None:
        if id_ in self._held or self._file is None:
            return self._held.get(id_)
        asked = "SELECT place FROM seen WHERE id = ?"
        found = self._file.execute(asked, (id_,)).fetchone()
        return None if found is None else int(found[0])

    def any(self, ids: Sequence[bytes]) -> bool:
        """Return whether an id is known already, or occurs twice."""
        if len(set(ids)) != len(ids) or not self._held.keys().isdisjoint(ids):
            return True
        return self._file is not None and _any(self._file, ids)

    def add(self, id_: bytes, place: int) -> None:
        self._held[id_] = place
        self._spill()

    def add_run(self, ids: Sequence[bytes], start: int) -> None:
        """Add consecutive entries, the first at `start`."""
        self._held.update(zip(ids, range(start, start + len(ids)), strict=True))
        self._spill()

    def _spill(self) -> None:
        if len(self._held) < IN_MEMORY_MAX:
            return
        try:
            if self._file is None:
                self._file = sqlite3.connect("", isolation_level=None)
                for statement in BEGIN:
                    self._file.execute(statement)
            rows = sorted(self._held.items())
            self._file.execute("BEGIN")
            self._file.executemany("INSERT INTO seen VALUES (?, ?)", rows)
            self._file.execute("COMMIT")
        except sqlite3.Error:
            raise Refusal(Reason.DISK, "temporary files") from None
        self._held.clear()


def _any(file: sqlite3.Connection, ids: Sequence[bytes]) -> bool:
    for at in range(0, len(ids), ASKED_MAX):
        some = ids[at : at + ASKED_MAX]
        marks = ", ".join("?" * len(some))
        asked = f"SELECT 1 FROM seen WHERE id IN ({marks}) LIMIT 1"  # noqa: S608  marks
        if file.execute(asked, some).fetchone():
            return True
    return False
