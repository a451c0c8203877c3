"""The list as the terminal sees it: rows, filters, what is sought, what is due."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.desk.client import Desk
from exchange.desk.mailbox import FOUND_MAX, Filter
from exchange.desk.terminal.shown_row import RowView
from exchange.desk.terminal.shown_thread import rows_view
from exchange.errors import Refusal

if TYPE_CHECKING:
    from exchange.desk.terminal.shown_due import SectionView

FILTERS: Mapping[str, Filter] = {
    "ALL": Filter(),
    "UNREAD": Filter(unread=True),
    "TO_ACKNOWLEDGE": Filter(unacknowledged=True, direction="in"),
    "FLASH": Filter(precedence=frozenset({"FLASH"})),
    "SENT": Filter(direction="out"),
    "RECALLED": Filter(recalled=True),
    "REFUSED": Filter(states=frozenset({"refused", "resign", "expired"})),
}
DUE = frozenset({"DUE", "TO_TRANSLATE"})  # asked of what is due, not of the list


@dataclass(frozen=True, slots=True)
class FoundView:
    """What a line finds; `unknown` is a condition that there is not, or ""."""

    numbers: "array[int]"
    unknown: str


class Listing:
    """Numbers are those of the mailbox."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._mailbox = desk.mailbox
        self._unread: array[int] | None = None

    def count(self) -> int:
        """Return how many rows there are."""
        return self._mailbox.count()

    def page(self, first: int, n: int) -> Sequence[RowView]:
        """Return rows by number, ascending."""
        return rows_view(
            self._mailbox, self._mailbox.page(first, n), self._desk.clock()
        )

    def rows(self, numbers: Sequence[int]) -> Sequence[RowView]:
        """Return the rows of these numbers, in that order."""
        return rows_view(self._mailbox, self._mailbox.rows(numbers), self._desk.clock())

    def ids(self, which: str) -> "array[int]":
        """Return the numbers that pass the filter, newest first."""
        if which not in DUE:
            return self._mailbox.ids(FILTERS[which])
        from exchange.desk.terminal import shown_due  # noqa: PLC0415  # start-up counts

        return array("q", sorted(shown_due.numbers(self._desk, which), reverse=True))

    def find(self, line: str) -> FoundView:
        """Return the rows that hold the words of a line and meet its conditions.

        A line is read while it is typed: a condition that there is not is a word to
        look for, and is named. At most FOUND_MAX, so that it is there at once.
        """
        unknown, now = "", self._desk.clock()
        try:
            wanted = Filter.read(line, now)
        except Refusal as refusal:
            wanted, unknown = Filter.parse(line, now), refusal.where
        try:
            return FoundView(self._mailbox.ids(wanted, FOUND_MAX), unknown)
        except Refusal:  # half of the name of a thread
            return FoundView(array("q"), unknown or "thread:")

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return the searches that are kept: name and line."""
        return self._mailbox.searches()

    def save_search(self, name: str, line: str) -> None:
        """Keep a line under a name. Raises Refusal(FIELD_VALUE | TOO_LONG)."""
        self._mailbox.save_search(name, line)

    def forget_search(self, name: str) -> None:
        """Keep it no longer. Raises Refusal(FIELD_VALUE) for an unknown one."""
        self._mailbox.drop_search(name)

    def unread_beside(self, number: int, step: int) -> int:
        """Return the next unread number: older with step -1, newer with 1; or 0."""
        if (unread := self._unread) is None:
            unread = array("q", reversed(self._mailbox.ids(FILTERS["UNREAD"])))
            self._unread = unread
        if step < 0:
            place = bisect_left(unread, number) - 1
        else:
            place = bisect_right(unread, number)
        return unread[place] if 0 <= place < len(unread) else 0

    def handover(self) -> "Sequence[SectionView]":
        """Return what the next shift must know, in words of the language in use."""
        from exchange.desk.terminal import shown_due  # noqa: PLC0415  # start-up counts

        return shown_due.sections(self._desk)
