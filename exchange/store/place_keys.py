"""The keys of names and ids, and the two structures kept in memory: newest and filter.

A key is the first 64 bits of a name, which keeps the order of names, or of the hash of
an id, because its author chooses an id. A match by key is then compared in full, so two
values with one key cost two reads. Many values with one key are as hard to make as
collisions in 64 bits of SHA-256.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence

from exchange.limits import FILTER_BITS

KEY_SIZE = 8  # bytes
KEY_BITS = 8 * KEY_SIZE
KEY_MIN = -(1 << KEY_BITS - 1)  # a column holds signed numbers
SLICES = 256
SLICE_BITS = 56  # of a key below those that say its slice
LOG_BITS = 32
LOG_MASK = (1 << LOG_BITS) - 1

NAME, ID = "name", "id"  # columns of entry

Place = tuple[int, int]
"""The number of a log, and an index in it."""


def key_of(column: str, value: bytes) -> int:
    if column == ID:
        value = hashlib.sha256(value).digest()
    return KEY_MIN + int.from_bytes(value[:KEY_SIZE].ljust(KEY_SIZE, b"\0"))


def keys_of(column: str, values: Iterable[bytes]) -> list[int]:
    """Return keys in order; faster than `key_of` each."""
    if column == ID:
        values = [hashlib.sha256(value).digest() for value in values]
    first = [value[:KEY_SIZE].ljust(KEY_SIZE, b"\0") for value in values]
    numbers = struct.unpack(f">{len(first)}Q", b"".join(first))
    return [KEY_MIN + number for number in numbers]


def slice_of(key: int) -> int:
    return (key - KEY_MIN) >> SLICE_BITS


class RecentKeys:
    def __init__(self) -> None:
        # A tuple for several places: two logs that hold one name, or one key by chance.
        self._slices: list[dict[int, int | tuple[int, ...]]] = [
            {} for _ in range(SLICES)
        ]

    def add(self, key: int, log: int, index: int) -> None:
        found, place = self._slices[slice_of(key)], index << LOG_BITS | log
        held = found.setdefault(key, place)
        if held != place:
            found[key] = tuple({*_each(held), place})

    def find(self, keys: Iterable[int]) -> list[Place]:
        slices, low = self._slices, KEY_MIN
        held = [slices[key - low >> SLICE_BITS].get(key) for key in keys]
        return [_place(one) for some in held if some is not None for one in _each(some)]

    def between(self, first: int, last: int) -> Iterator[tuple[int, Place]]:
        """Yield them in any order."""
        for number in range(slice_of(first), slice_of(last) + 1):
            for key, held in self._slices[number].items():
                if first <= key <= last:
                    yield from ((key, _place(one)) for one in _each(held))

    def rows(self, number: int) -> list[tuple[int, int, int]]:
        """Return (key, log, index), sorted."""
        return sorted(
            (key, one & LOG_MASK, one >> LOG_BITS)
            for key, held in self._slices[number].items()
            for one in (held if isinstance(held, tuple) else (held,))
        )

    def drop(self, number: int, rows: Sequence[tuple[int, int, int]]) -> None:
        before, self._slices[number] = self._slices[number], {}
        if len(before) == len(rows):  # no key was added since
            return
        gone = set(rows)
        for key, held in before.items():
            for log, index in map(_place, _each(held)):
                if (key, log, index) not in gone:
                    self.add(key, log, index)


def _each(held: int | tuple[int, ...]) -> tuple[int, ...]:
    return held if isinstance(held, tuple) else (held,)


def _place(held: int) -> Place:
    return held & LOG_MASK, held >> LOG_BITS


class KeyFilter:
    """A bit for each of 1 << FILTER_BITS spans of keys.

    A clear bit means that the table has no such key. A slice of the keys is a part of
    the bytes, and kept as a row.
    """

    def __init__(self) -> None:
        self._bytes = bytearray(1 << FILTER_BITS - 3)
        self._empty = True

    def may_have(self, keys: Iterable[int]) -> list[int]:
        if self._empty:  # no slice was merged yet
            return []
        held, shift, low = self._bytes, KEY_BITS - FILTER_BITS, KEY_MIN
        return [
            key
            for key in keys
            if held[(bit := key - low >> shift) >> 3] >> (bit & 7) & 1
        ]

    def part(self, number: int, keys: Iterable[int] = ()) -> bytes:
        start, size = number * self.part_size, self.part_size
        made = bytearray(self._bytes[start : start + size])
        for key in keys:
            bit = (key - KEY_MIN >> KEY_BITS - FILTER_BITS) - 8 * start
            made[bit >> 3] |= 1 << (bit & 7)
        return bytes(made)

    def put(self, number: int, part: object) -> None:
        """Put a part; damaged bytes count as full."""
        if not isinstance(part, bytes) or len(part) != self.part_size:
            part = b"\xff" * self.part_size
        self._empty = self._empty and not any(part)
        self._bytes[number * self.part_size : (number + 1) * self.part_size] = part

    @property
    def part_size(self) -> int:
        return len(self._bytes) // SLICES
