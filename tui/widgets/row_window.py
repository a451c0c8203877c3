"""Rows by their place in a list, newest first, a page at a time."""

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence

from exchange.desk.records import Row
from tui.desk import Rows

PAGE, KEEP = 64, 16  # rows read at once, such pages kept


class Window:
    """The last few pages of a list that may have a million rows.

    Without a filter, place 0 is the newest number, and pages go by number. With
    one, places go over its array of numbers, newest first.
    """

    def __init__(self, rows: Rows) -> None:
        self.source = rows
        self.count = 0
        self.ids: array[int] | None = None
        self._newest = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self.refresh()

    def show(self, ids: "array[int] | None") -> None:
        """Show only these numbers (newest first), or all."""
        self.ids = ids
        self.refresh()

    def refresh(self) -> None:
        """Ask again how many there are, and forget the pages."""
        self._newest = self.source.count()
        self.count = self._newest if self.ids is None else len(self.ids)
        self._pages.clear()

    def number(self, place: int) -> int:
        """Return the number of the row at `place` (0 to count - 1)."""
        return self._newest - place if self.ids is None else self.ids[place]

    def place(self, number: int) -> int:
        """Return where `number` stands, or where it would stand."""
        if self.ids is None:
            return self._newest - number
        return bisect_left(self.ids, -number, key=lambda other: -other)

    def unread(self, place: int, by: int) -> int | None:
        """Return the place of the next unread row beside `place`, older with by 1."""
        if self.ids is None:
            found = self.source.next_unread(self.number(place), -by)
            return self.place(found) if found else None
        while 0 <= (place := place + by) < self.count:
            row = self.row(place)
            if row is not None and not row.read:
                return place
        return None

    def row(self, place: int) -> Row | None:
        """Return the row at `place`; None where the source has none (any more)."""
        if not 0 <= place < self.count:
            return None
        at = place if self.ids is not None else self.number(place) - 1
        page = self._page(at // PAGE)
        return page[at % PAGE] if at % PAGE < len(page) else None

    def _page(self, at: int) -> Sequence[Row]:
        if at in self._pages:
            self._pages.move_to_end(at)
            return self._pages[at]
        first = at * PAGE
        if self.ids is None:
            page = self.source.page(first + 1, PAGE)
        else:
            page = self.source.rows(self.ids[first : first + PAGE])
        self._pages[at] = page
        if len(self._pages) > KEEP:
            self._pages.popitem(last=False)
        return page
