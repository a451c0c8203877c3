"""The order in which a list shows its rows: places from 0, numbers from the newest.

None of them loads rows, or grows with the mailbox.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Protocol


class Order(Protocol):
    """Which row stands at which place."""

    @property
    def count(self) -> int:
        """The number of places."""

    def number(self, place: int) -> int:
        """Return the number of the row at `place` (0 to count - 1)."""

    def place(self, number: int) -> int:
        """Return where a row stands, or where it would stand."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """All rows, the newest first; `count` is the number of the newest."""

    count: int

    def number(self, place: int) -> int:
        """Return the number of the row at `place`."""
        return self.count - place

    def place(self, number: int) -> int:
        """Return where a row stands."""
        return self.count - number


@dataclass(frozen=True, slots=True)
class Picked:
    """Some rows only, the newest first."""

    ids: "array[int]"

    @property
    def count(self) -> int:
        """The number of them."""
        return len(self.ids)

    def number(self, place: int) -> int:
        """Return the number of the row at `place`."""
        return self.ids[place]

    def place(self, number: int) -> int:
        """Return where a row stands, or where it would stand."""
        return bisect_left(self.ids, -number, key=lambda other: -other)


@dataclass(frozen=True, slots=True)
class UrgentFirst:
    """All rows: those of `first` in that order, then the others, the newest first."""

    newest: int
    first: "array[int]"
    _places: dict[int, int] = field(init=False)
    _sorted: list[int] = field(init=False)
    _above: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Know where each of the first stands, and how many others stand above it."""
        places = {number: at for at, number in enumerate(self.first)}
        ordered = sorted(places, reverse=True)
        above = [self.newest - number - at for at, number in enumerate(ordered)]
        for name, value in (("places", places), ("sorted", ordered), ("above", above)):
            object.__setattr__(self, f"_{name}", value)

    @property
    def count(self) -> int:
        """The number of all rows."""
        return self.newest

    def number(self, place: int) -> int:
        """Return the number of the row at `place`."""
        if place < len(self.first):
            return self.first[place]
        rank = place - len(self.first)
        return self.newest - rank - bisect_right(self._above, rank)

    def place(self, number: int) -> int:
        """Return where a row stands."""
        if number in self._places:
            return self._places[number]
        newer = bisect_left(self._sorted, -number, key=lambda other: -other)
        return len(self.first) + self.newest - number - newer
