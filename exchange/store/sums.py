"""A sum for each row that nothing else vouches for.

What a signature or the tree covers is proven by it. The rest, when a head came,
what a partner said of an entry, how it stands with it, has a CRC-32 of its own: it
finds damage, any one byte of it for certain, and is no proof against a forger.
"""

import zlib

Value = int | float | str | bytes | None


def row_sum(*values: Value) -> int:
    """Return the CRC-32 of a row's other values, as SQLite holds them."""
    return zlib.crc32(ascii([_plain(value) for value in values]).encode())


def _plain(value: Value) -> Value:
    """Return a bool as its int and a word of a StrEnum as its str."""
    if isinstance(value, int):
        return int(value)
    return str(value) if isinstance(value, str) else value
