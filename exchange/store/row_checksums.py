"""A sum for each row that nothing else vouches for.

What a signature or the tree covers is proven by it. The rest, when a head came,
what a partner said of an entry, how it stands with it, has a CRC-32 of its own: it
finds damage, any one byte of it for certain, and is no proof against a forger.
"""

import zlib
from collections.abc import Mapping

from exchange.store.tables import Table

Value = int | float | str | bytes | None
Row = dict[str, Value]
"""A row by its columns, in their order."""

PLAIN = frozenset({int, float, str, bytes, type(None)})
"""Types whose values SQLite holds as they are."""

LEFT_OUT = {
    "payload": ("wraps", "body"),
    "head": ("root", "note"),
    "boundary": ("root", "note"),
    "sighting": ("root", "note"),
    "pulse": ("note",),
    "directory_head": ("root", "note"),
    "directory_fault": ("note",),
    "fork": ("proof",),
    "express": ("envelope", "statements"),
    "draft": ("envelope",),
}
"""Columns that the sum of a row leaves out: signatures or digests vouch for them."""


def row_sum(*values: Value) -> int:
    """Return the CRC-32 of a row's other values, as SQLite holds them."""
    if not PLAIN.issuperset(map(type, values)):
        values = tuple(map(_plain, values))
    return zlib.crc32(ascii(list(values)).encode())


def arrival_sum(  # noqa: PLR0913, PLR0917  the columns of an arrival
    number: int, kind: int, log: int, index: int, by: str, reason: str
) -> int:
    """Return the `row_sum` of an arrival, in less time: each entry has one."""
    line = f"[{number}, {kind}, {log}, {index}, {by!a}, {reason!a}]"
    return zlib.crc32(line.encode())


def with_sum(table: Table, *values: Value) -> Row:
    """Return a row of these values, in the order of its columns, and its sum."""
    names = [name for name in table.names if name != "sum"]
    row = dict(zip(names, values, strict=True))
    return row | {"sum": _sum_of(table.name, row)}


def is_as_written(table: str, row: Mapping[str, Value]) -> bool:
    """Whether a row of a table with sums has the one with which it was written."""
    return row["sum"] == _sum_of(table, row)


def _sum_of(table: str, row: Mapping[str, Value]) -> int:
    passed = ("sum", *LEFT_OUT.get(table, ()))
    return row_sum(*(value for name, value in row.items() if name not in passed))


def _plain(value: Value) -> Value:
    """Return a bool as its int and a word of a StrEnum as its str."""
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else value
