"""Rows that belong to no log, or to no entry, as they stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.store.asking import Asking
from exchange.store.raw_rows import RawHead
from exchange.store.sums import Value

STRAYS_MAX = 1_000  # entries out of place that are looked at
KEYS = {
    "entry": ("log", "index"),
    "payload": ("log", "index"),
    "hash": ("log", "level", "index"),
    "head": ("log", "size"),
}
OF_A_LOG = (
    "entry",
    "hash",
    "payload",
    "head",
    "arrival",
    "refusal",
    "lacking",
    "undelivered",
    "pulse",
    "fork",
    "boundary",
)


@dataclass(frozen=True, slots=True)
class Strays(Asking):
    """What stands out of place in one view of a database."""

    def strays(self) -> dict[str, int]:
        """Return how many rows of which tables belong to no log."""
        asked = 'SELECT count(*) FROM "{}" WHERE log NOT IN (SELECT number FROM log)'
        found = {table: self._one(asked.format(table)) for table in OF_A_LOG}
        return {table: count for table, count in found.items() if count}

    def numbers(self) -> list[Value]:
        """Return the numbers of logs under which entries or heads stand."""
        asked = "SELECT log FROM entry UNION SELECT log FROM head ORDER BY log"
        return [number for (number,) in self._rows(asked)]

    def stray_keys(self, table: str) -> Iterator[dict[str, Value]]:
        """Yield the keys of a table's rows that belong to no log."""
        keys = KEYS[table]
        columns = ", ".join(f'"{key}"' for key in keys)
        asked = (
            f'SELECT {columns} FROM "{table}"'  # noqa: S608  our own names
            " WHERE log NOT IN (SELECT number FROM log)"
        )
        return (dict(zip(keys, row, strict=True)) for row in self._rows(asked))

    def stray_entries(self, log: Value, end: Value) -> Iterator[Value]:
        """Yield entries that belong to no log, or to this one at no place below `end`.

        Not more than a damaged log may have.
        """
        return (
            entry
            for (entry,) in self._rows(
                "SELECT entry FROM entry WHERE log NOT IN (SELECT number FROM log)"
                ' OR (log = ? AND ("index" >= ? OR "index" < 0)) LIMIT ?',
                log,
                end,
                STRAYS_MAX,
            )
        )

    def stray_heads(self) -> Iterator[tuple[Value, RawHead]]:
        """Yield (log, head) of the heads that belong to no log."""
        asked = (
            'SELECT log, "size", root, note, at, "sum" FROM head'
            " WHERE log NOT IN (SELECT number FROM log)"
        )
        return ((row[0], RawHead(*row[1:])) for row in self._rows(asked))

    def orphans(self) -> Iterator[tuple[Value, ...]]:
        """Yield (log, index, wraps, body) of payloads where no entry stands."""
        return self._rows(
            'SELECT log, "index", wraps, body FROM payload p WHERE NOT EXISTS'
            ' (SELECT 1 FROM entry e WHERE e.log = p.log AND e."index" = p."index")'
        )
