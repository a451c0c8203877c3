"""A checksum for each row that is covered by no signature and no tree.

Signatures and trees prove the rows that they cover. Each other row, such as when a head
came, a partner's answer about an entry or a partner's state, has its own CRC-32. It
finds damage, any change of one byte for certain, but is no proof against a forger.
"""

import zlib

Value = int | float | str | bytes | None
Row = dict[str, Value]
"""A row by its columns, in their order."""

PLAIN = frozenset({int, float, str, bytes, type(None)})
"""Types whose values SQLite holds as they are."""


def row_sum(*values: Value) -> int:
    """Return the CRC-32 of a row's other values, as SQLite holds them."""
    if not PLAIN.issuperset(map(type, values)):
        values = tuple(map(_plain, values))
    return zlib.crc32(ascii(list(values)).encode())


def arrival_sum(  # noqa: PLR0913, PLR0917  the columns of an arrival
    number: int, kind: int, log: int, index: int, by: str, reason: str
) -> int:
    """Return the `row_sum` of an arrival, faster, because each entry has one."""
    line = f"[{number}, {kind}, {log}, {index}, {by!a}, {reason!a}]"
    return zlib.crc32(line.encode())


def _plain(value: Value) -> Value:
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else value
