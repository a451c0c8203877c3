"""What a damaged value was, if its row's sum bears it out.

A CRC-32 is no proof. But of the few thousand values that differ in one byte, or are
possible at all, one that has the sum is the one that was written, but for a chance
of one in a million.
"""

from collections.abc import Collection, Iterator, Mapping

from exchange.store.sums import Value, row_sum

INT_BYTES = 8


def changed(value: Value) -> Iterator[Value]:
    """Yield the values that differ from this one in one byte."""
    if isinstance(value, int):
        yield from _ints(value)
    elif isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        if len(raw) == 1:
            yield ""
        for other in _bytes(raw):
            try:
                yield other.decode()
            except UnicodeDecodeError:
                continue
    elif isinstance(value, bytes):
        yield from _bytes(value)


def _ints(value: int) -> Iterator[int]:
    raw = value.to_bytes(INT_BYTES, "big", signed=True)
    for other in _bytes(raw):
        yield int.from_bytes(other, "big", signed=True)


def _bytes(raw: bytes) -> Iterator[bytes]:
    for place in range(len(raw)):
        for byte in range(256):
            if byte != raw[place]:
                yield raw[:place] + bytes([byte]) + raw[place + 1 :]


def guessed(
    row: Mapping[str, Value], but: Collection[str] = ()
) -> Iterator[dict[str, Value]]:
    """Yield rows that are as their sum says, and differ from `row` in one byte at most.

    The columns in `but` are taken as they are; `sum` comes last in a row.
    """
    values = {name: value for name, value in row.items() if name != "sum"}
    for name, value in values.items():
        for other in (value, *changed(value)) if name not in but else (value,):
            found = {**values, name: other}
            if row_sum(*found.values()) == row["sum"]:
                yield found | {"sum": row["sum"]}
    total = row_sum(*values.values())
    if any(other == total for other in changed(row["sum"])):
        yield values | {"sum": total}
