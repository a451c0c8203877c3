"""Rows by their place in a list, a page at a time."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence

from exchange.desk.records import Row
from tui.desk import Rows
from tui.widgets.row_order import Arrival, Order, Picked, UrgentFirst

PAGE, KEEP = 64, 16  # rows read at once, such pages kept


class Window:
    """The last few pages of a list that may have a million rows.

    Without a filter, place 0 is the newest number, or the most urgent one, and the
    pages of the rest go by number. With a filter, places go over its array of numbers.
    """

    def __init__(self, rows: Rows) -> None:
        self.source = rows
        self.ids: array[int] | None = None
        self._first: array[int] = array("q")
        self._order: Order = Arrival(0)
        self._newest = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self.refresh()

    @property
    def count(self) -> int:
        """The number of places."""
        return self._order.count

    def show(self, ids: "array[int] | None") -> None:
        """Show only these numbers (newest first), or all."""
        self.ids = ids
        self.refresh()

    def put_first(self, numbers: "array[int]") -> None:
        """Let these stand before all others, where all are shown; none by an empty."""
        self._first = numbers
        self.refresh()

    def refresh(self) -> None:
        """Ask again how many there are, and forget the pages."""
        self._newest = self.source.count()
        self._order = self._make_order()
        self._pages.clear()

    def _make_order(self) -> Order:
        if self.ids is not None:
            return Picked(self.ids)
        if self._first:
            return UrgentFirst(self._newest, self._first)
        return Arrival(self._newest)

    def number(self, place: int) -> int:
        """Return the number of the row at `place` (0 to count - 1)."""
        return self._order.number(place)

    def place(self, number: int) -> int:
        """Return where `number` stands, or where it would stand."""
        return self._order.place(number)

    def holds(self, number: int) -> bool:
        """Say whether `number` is among what is shown."""
        place = self.place(number)
        return 0 <= place < self.count and self.number(place) == number

    def row(self, place: int) -> Row | None:
        """Return the row at `place`; None where the source has none (any more)."""
        if not 0 <= place < self.count:
            return None
        by_number = isinstance(self._order, Arrival)
        at = self.number(place) - 1 if by_number else place
        page = self._page(at // PAGE)
        return page[at % PAGE] if at % PAGE < len(page) else None

    def _page(self, at: int) -> Sequence[Row]:
        if at in self._pages:
            self._pages.move_to_end(at)
            return self._pages[at]
        first = at * PAGE
        if isinstance(self._order, Arrival):
            page = self.source.page(first + 1, PAGE)
        else:
            last = min(first + PAGE, self.count)
            page = self.source.rows([self.number(n) for n in range(first, last)])
        self._pages[at] = page
        if len(self._pages) > KEEP:
            self._pages.popitem(last=False)
        return page
