"""Rows by their place in a list, a page at a time."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from exchange.desk.fold_records import Fold, FoldedAnswer
from exchange.desk.records import Row
from tui.desk import Desk
from tui.widgets.row_order import (
    Arrival,
    Folded,
    Order,
    Picked,
    PickedUrgentFirst,
    UrgentFirst,
)

OPENED_MAX = 16  # threads with their lines shown
PAGE, KEEP = 64, 16  # rows read at once, such pages kept
ReadPage = tuple[Sequence[Row], Mapping[int, Fold]]
"""Rows of a page, and the folds of the heads among them."""
LineKey = tuple[int, bytes]
"""A line: the number of its row, and the name of the translation or receipt, or b""."""


class Window:
    """The last few pages of a list that may have a million rows.

    Without a filter, place 0 is the newest number, or the most urgent one, and the
    pages of the rest go by number. With a filter, places go over its array of numbers.
    """

    def __init__(self, rows: Desk) -> None:
        self.source = rows
        self.ids: array[int] | None = None
        self._first: array[int] = array("q")
        self._order: Order = Arrival(0)
        self.folding = False
        """Whether threads are folded, if rows are in order of arrival."""
        self._opened: set[int] = set()  # heads of the threads on display
        self.folds: dict[int, Fold] = {}
        """Those of the heads on the pages kept."""
        self._newest = 0
        self.edits = 0
        """Number of changes: a window built before the last one may be out of date."""
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self.refresh()

    @property
    def count(self) -> int:
        return self._order.count

    @property
    def total(self) -> int:
        return self._newest if self.folds_threads else self.count

    def show(self, ids: "array[int] | None") -> None:
        self.ids = ids
        self.refresh()

    def put_first(self, numbers: "array[int]") -> None:
        self._first = numbers
        self.refresh()

    def builder(
        self, near: Sequence[LineKey], lines: int
    ) -> "Callable[[array[int] | None, array[int] | None], Window]":
        """Return a function that builds a window like this from the rows at that time.

        Call it in a worker. It reads the pages around each line of `near` (number 0:
        the first line), `lines` before and after. It takes the numbers to show, and
        those to put first; None keeps those of this window.
        """
        ids, first, edits = self.ids, self._first, self.edits
        folding, opened = self.folding, set(self._opened)

        def build(shown: "array[int] | None", before: "array[int] | None") -> "Window":
            made = Window(self.source)
            made.ids = ids if shown is None else shown
            made._first = first if before is None else before  # its own
            made.folding, made._opened = folding, opened  # its own
            made.refresh()
            made.edits = edits
            for number, answer in near:
                place = made.place(number, answer) if number else 0
                for at in range(place - lines, place + lines + PAGE, PAGE):
                    made.row(min(max(at, 0), made.count - 1))
            return made

        return build

    def refresh(self) -> None:
        self.edits += 1
        self._newest = self.source.count()
        self._order = self._make_order()
        self.folds.clear()
        self._pages.clear()

    def _make_order(self) -> Order:
        if self.ids is not None and self._first:
            return PickedUrgentFirst(self.ids, self._first)
        if self.ids is not None:
            return Picked(self.ids)
        if self._first:
            return UrgentFirst(self._newest, self._first)
        if self.folding:
            return Folded(self._newest, self.source.folded_threads, self._opened)
        return Arrival(self._newest)

    @property
    def folds_threads(self) -> bool:
        return isinstance(self._order, Folded)

    def fold_all(self, *, folding: bool) -> None:
        self.folding = folding
        self._opened.clear()
        self.refresh()

    def toggle_thread(self, head: int) -> None:
        """Show or hide the lines under a head.

        It takes effect at the next `refresh`, or in a window built from now on. At most
        OPENED_MAX threads are open at once.
        """
        if head not in self._opened and len(self._opened) >= OPENED_MAX:
            self._opened.clear()
        self._opened ^= {head}
        self.edits += 1

    def head(self, place: int) -> int:
        while place > 0 and self.depth(place):
            place -= 1
        return self.number(place)

    def is_opened(self, number: int) -> bool:
        return number in self._opened

    def depth(self, place: int) -> int:
        return self._order.depth(place) if isinstance(self._order, Folded) else 0

    def answer(self, place: int) -> FoldedAnswer | None:
        return self._order.answer(place) if isinstance(self._order, Folded) else None

    def key(self, place: int) -> LineKey:
        """Return (0, b"") if there is no such line."""
        if not 0 <= place < self.count:
            return 0, b""
        answer = self.answer(place)
        return self.number(place), answer.name if answer else b""

    def number(self, place: int) -> int:
        return self._order.number(place)

    def place(self, number: int, answer: bytes = b"") -> int:
        """Return the place of `number` or its answer, or the place it would have."""
        if isinstance(self._order, Folded):
            return self._order.place(number, answer)
        return self._order.place(number)

    def holds(self, number: int) -> bool:
        place = self.place(number)
        return 0 <= place < self.count and self.number(place) == number

    def row(self, place: int) -> Row | None:
        if not 0 <= place < self.count:
            return None
        at = self._at(place)
        page = self._page(at // PAGE)
        return page[at % PAGE] if at % PAGE < len(page) else None

    def lacking(self, first: int, last: int) -> list[int]:
        ends = (min(max(place, 0), self.count - 1) for place in (first, last))
        low, high = sorted(self._at(place) // PAGE for place in ends)
        return [at for at in range(max(low, 0), high + 1) if at not in self._pages]

    def read(self, at: int) -> ReadPage:
        """Read a page; from any thread."""
        first = at * PAGE
        if isinstance(self._order, Arrival):
            return self.source.page(first + 1, PAGE), {}
        last = min(first + PAGE, self.count)
        numbers = [self.number(n) for n in range(first, last)]
        page = self.source.rows(numbers)
        threads = self.source.folded_threads
        return page, threads.folds(numbers) if self.folds_threads else {}

    def keep(self, at: int, read: ReadPage) -> None:
        self._pages[at], folds = read
        self.folds |= folds
        if len(self._pages) > KEEP:
            self._pages.popitem(last=False)

    def _at(self, place: int) -> int:
        """Return the index of a place over all pages; by number if by arrival."""
        by_number = isinstance(self._order, Arrival)
        return self.number(place) - 1 if by_number else place

    def _page(self, at: int) -> Sequence[Row]:
        if at not in self._pages:
            self.keep(at, self.read(at))
        self._pages.move_to_end(at)
        return self._pages[at]
