"""The order in which a list shows its rows: places from 0, numbers from the newest.

None of them loads rows, or grows with the mailbox.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import Struct

from exchange.desk.fold_records import FoldedAnswer, ThreadLine

if TYPE_CHECKING:  # only named here: start-up counts
    from exchange.desk.mailbox.folded_threads import FoldedThreads

BLOCK = 1_024  # size of a block of numbers: folded rows are counted per block


class Arrival(Struct, frozen=True):
    """All rows, the newest first; `count` is the number of the newest."""

    count: int

    def number(self, place: int) -> int:
        return self.count - place

    def place(self, number: int) -> int:
        return self.count - number


class Picked(Struct, frozen=True):
    """Some rows only, the newest first."""

    ids: "array[int]"

    @property
    def count(self) -> int:
        return len(self.ids)

    def number(self, place: int) -> int:
        return self.ids[place]

    def place(self, number: int) -> int:
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
        places = {number: at for at, number in enumerate(self.first)}
        ordered = sorted(places, reverse=True)
        above = [self.newest - number - at for at, number in enumerate(ordered)]
        for name, value in (("places", places), ("sorted", ordered), ("above", above)):
            object.__setattr__(self, f"_{name}", value)

    @property
    def count(self) -> int:
        return self.newest

    def number(self, place: int) -> int:
        if place < len(self.first):
            return self.first[place]
        rank = place - len(self.first)
        return self.newest - rank - bisect_right(self._above, rank)

    def place(self, number: int) -> int:
        if number in self._places:
            return self._places[number]
        newer = bisect_left(self._sorted, -number, key=lambda other: -other)
        return len(self.first) + self.newest - number - newer


class PickedUrgentFirst:
    """Some rows only: those of `first` among them in that order, then the others."""

    def __init__(self, ids: "array[int]", first: "array[int]") -> None:
        shown = set(ids)
        self._first = [number for number in first if number in shown]
        self._places = {number: at for at, number in enumerate(self._first)}
        rest = (number for number in ids if number not in self._places)
        self._rest = Picked(array("q", rest))

    @property
    def count(self) -> int:
        return len(self._first) + self._rest.count

    def number(self, place: int) -> int:
        at = place - len(self._first)
        return self._first[place] if at < 0 else self._rest.number(at)

    def place(self, number: int) -> int:
        if number in self._places:
            return self._places[number]
        return len(self._first) + self._rest.place(number)


class _Opened(NamedTuple):
    place: int
    """The place of its head if every thread were folded."""
    head: int
    lines: Sequence[ThreadLine]

    def below(self, key: tuple[int, bytes]) -> int:
        keys = [line.key for line in self.lines]
        return keys.index(key) + 1 if key in keys else 0


class _Below(NamedTuple):
    line: ThreadLine
    head: int


class Folded:
    """All rows, grouped by thread: a thread is at the place of its newest row.

    A thread is one line, unless its head is in `opened`: then each message, translation
    and receipt has a line. Numbers are counted per block; only blocks on display are
    read.
    """

    def __init__(
        self, newest: int, threads: "FoldedThreads", opened: Collection[int]
    ) -> None:
        self._newest, self._threads = newest, threads
        folded = dict(threads.blocks())
        last = newest // BLOCK
        shown = [
            self._size(block) - folded.get(block, 0) for block in range(last, -1, -1)
        ]
        self._below = list(accumulate(shown))  # lines down to the end of each block
        self._lines: dict[
            int, list[int]
        ] = {}  # numbers that a block shows, newest first
        self._heads: dict[int, int] = {}  # by the newest of a thread
        self._asked: dict[int, int] = {}  # newest of a thread, by the desk
        self._opened = sorted(
            _Opened(self._line_of(threads.newest(head)), head, lines)
            for head in opened
            if (lines := threads.lines(head))
        )

    def _size(self, block: int) -> int:
        """Return the size of a block; number 0 is never used."""
        first = max(block * BLOCK, 1)
        return max(0, min(self._newest, (block + 1) * BLOCK - 1) - first + 1)

    @property
    def count(self) -> int:
        lines = self._below[-1] if self._below else 0
        return lines + sum(len(one.lines) for one in self._opened)

    def number(self, place: int) -> int:
        """Return the number of the row at `place`; for a thread, that of its head.

        For a translation or receipt, that of its message.
        """
        below, place = self._below_head(place)
        if below is not None:
            return below.line.number
        at = bisect_right(self._below, place)
        above = self._below[at - 1] if at else 0
        lines = self._block(len(self._below) - 1 - at)
        if not lines:
            return 0  # folded since the count: the next refresh counts again
        newest = lines[min(place - above, len(lines) - 1)]
        return self._heads.get(newest, newest)

    def _below_head(self, place: int) -> tuple[_Below | None, int]:
        """Return the line below a head at `place`; without one, the folded place."""
        for one in self._opened:
            if place <= one.place:
                break
            if place - one.place <= len(one.lines):
                return _Below(one.lines[place - one.place - 1], one.head), place
            place -= len(one.lines)
        return None, place

    def place(self, number: int, answer: bytes = b"") -> int:
        """Return the place of a row; that of its head if the row is folded away.

        With the name of a translation or receipt of the row, the place of that.
        """
        if number not in self._asked:
            self._asked[number] = self._threads.newest(number)
        line = self._line_of(self._asked[number])
        more = sum(len(one.lines) for one in self._opened if one.place < line)
        for one in self._opened:
            if one.place == line:
                more += one.below((number, answer)) or one.below((number, b""))
        return line + more

    def answer(self, place: int) -> FoldedAnswer | None:
        below, _ = self._below_head(place)
        return below.line.answer if below is not None else None

    def depth(self, place: int) -> int:
        """Return 0 for a head, 1 below it, 2 for an answer to that."""
        below, _ = self._below_head(place)
        if below is None:
            return 0
        return 1 + (below.line.answer is not None and below.line.number != below.head)

    def _line_of(self, newest: int) -> int:
        block = newest // BLOCK
        at = len(self._below) - 1 - block
        if at < 0:
            return 0
        above = self._below[at - 1] if at else 0
        return above + sum(number > newest for number in self._block(block))

    def _block(self, block: int) -> list[int]:
        if block not in self._lines:
            first = max(block * BLOCK, 1)
            last = first + self._size(block) - 1 if block else self._size(block)
            found = self._threads.between(first, last)
            away = {one.number for one in found if one.folded}
            self._heads |= {one.number: one.head for one in found if not one.folded}
            numbers = range(last, first - 1, -1)
            self._lines[block] = [number for number in numbers if number not in away]
        return self._lines[block]


Order: TypeAlias = Arrival | Picked | UrgentFirst | PickedUrgentFirst | Folded
"""`number` takes a place (0 to count - 1); `place` a number, also one not shown."""
