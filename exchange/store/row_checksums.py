"""A checksum for each row that no signature and no tree covers.

The CRC-32 finds damage, any change of one byte for certain, but is no proof against a
forger.
"""

import zlib

Value = int | float | str | bytes | None
Row = dict[str, Value]
"""A row by its columns, in their order."""

PLAIN = frozenset({int, float, str, bytes, type(None)})
"""Types whose values SQLite holds as they are."""


def row_sum(*values: Value) -> int:
    """CRC-32 of the other values, as SQLite holds them."""
    if not PLAIN.issuperset(map(type, values)):
        values = tuple(map(_plain, values))
    return zlib.crc32(ascii(list(values)).encode())


def arrival_sum(  # noqa: PLR0913, PLR0917  the columns of an arrival
    number: int, kind: int, log: int, index: int, by: str, reason: str
) -> int:
    """Return the same as `row_sum`, but faster: each entry has an arrival."""
    line = f"[{number}, {kind}, {log}, {index}, {by!a}, {reason!a}]"
    return zlib.crc32(line.encode())


def _plain(value: Value) -> Value:
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else value
