"""The part of the list screen for its view: columns, order, threads, marks."""

from array import array
from typing import ClassVar

from textual.binding import BindingType

from exchange.limits import MARKED_MAX
from exchange.words import word
from tui.keys import bind
from tui.screens.list_search import Searching
from tui.widgets.bar import BarPart
from tui.widgets.list_columns import COLUMNS, read_choice, write_choice
from tui.widgets.list_line import MARKED
from tui.widgets.row_window import PAGE, Window
from tui.words import join_words, label, say
from tui.workers import ask_desk, ask_to_open, notify_instead

COLUMNS_KEPT = "list:columns"
ORDER_KEPT = "list:order"
THREADS_KEPT = "list:threads"
ARRIVAL, URGENCY = "arrival", "urgency"
FOLDED, FLAT = "folded", "flat"


class ListView(Searching):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space", "mark", "Mark, to be acknowledged together; again: no longer"),
        bind("*", "mark_all", "Mark all that the search shows; again: none of them"),
        bind("tab", "urgent(1)", "Most urgent; again: the next one", "⇥"),
        bind("shift+tab", "urgent(-1)", "Back to the more urgent one"),
        bind("o", "order", "Order: by arrival or by urgency"),
        bind("z", "thread_fold", "Unfold the thread under the cursor, or fold it"),
        bind("Z", "threads", "Fold or unfold all threads"),
        bind("C", "columns", "Columns of the list"),
    ]

    _urgent_at = 0, 0
    """At the last ⇥: the most urgent number, and the number it led to."""

    def take_settings(self) -> None:
        """Warn about unreadable settings."""
        try:
            self.rows.choose_columns(read_choice(self.desk.setting(COLUMNS_KEPT)))
        except ValueError:
            said = say("The choice of columns cannot be read: all are shown. C: choose")
            self.notify(said, severity="warning", markup=False)
        kept = self.desk.setting(ORDER_KEPT)
        if kept not in {"", ARRIVAL, URGENCY}:
            said = say("The order of the list cannot be read: by arrival. o: change it")
            self.notify(said, severity="warning", markup=False)
        self.by_urgency = kept == URGENCY
        kept = self.desk.setting(THREADS_KEPT)
        if kept not in {"", FOLDED, FLAT}:
            said = say("Whether threads are folded cannot be read: they are. Z: change")
            self.notify(said, severity="warning", markup=False)
        self.rows.fold_all(folding=kept != FLAT)
        self.renew_order()

    def _keep(self, key: str, value: str) -> None:
        ask_desk(self, lambda: self.desk.set_setting(key, value), lambda _: None)

    def action_columns(self) -> None:
        from tui.screens.dialogs import Pick  # noqa: PLC0415 - start-up counts

        def chosen(codes: list[str] | None) -> None:
            if codes is not None:
                self.rows.choose_columns(frozenset(codes))
                self._keep(COLUMNS_KEPT, write_choice(codes))

        shown = [code for code in COLUMNS if code in self.rows.columns]
        title = word("Columns of the list")
        self.app.push_screen(Pick(title, COLUMNS, shown, many=True), chosen)

    # Threads.

    def action_thread_fold(self) -> None:
        if not self.rows.window.folds_threads:
            said = say("Threads are folded in the order of arrival only (Z, o).")
            self.notify(said, markup=False)
        elif not self.rows.toggle_thread():
            self.notify(say("No related bulletins yet."), markup=False)

    def action_threads(self) -> None:
        folding = not self.rows.window.folding
        self.rows.fold_all(folding=folding)
        self._keep(THREADS_KEPT, FOLDED if folding else FLAT)
        self.show_title()

    # Marks.

    def action_mark(self) -> None:
        rows = self.rows
        row = rows.seen_row
        if self.focused is not rows or row is None:
            self.app.bell()
        elif rows.answer is not None:
            said = say("Translations and receipts are not marked; mark the bulletin.")
            self.notify(said, markup=False)
        elif row.outgoing:
            said = say(
                "Your own bulletins cannot be acknowledged; choose one that came in."
            )
            self.notify(said, markup=False)
        elif row.number not in rows.marked and len(rows.marked) >= MARKED_MAX:
            said = say("No more than {n} are acknowledged together.")
            self.notify(said.format(n=MARKED_MAX), markup=False)
        else:
            rows.toggle_mark(row.number)
            rows.action_move(1)
            self.show_title()

    def action_mark_all(self) -> None:
        """Mark those that came in and that a search or a filter shows."""
        ids = self.rows.window.ids
        if ids is None:
            self.notify(say("Search or filter first: / or f."), markup=False)
            return

        def look() -> set[int]:
            found = set[int]()
            for at in range(0, len(ids), PAGE):
                rows = self.desk.rows(ids[at : at + PAGE])
                found |= {row.number for row in rows if not row.outgoing}
                if len(found) > MARKED_MAX:
                    break
            return found

        ask_desk(self, look, self._mark_all, newest_of="mark")

    def _mark_all(self, shown: set[int]) -> None:
        marked = self.rows.marked
        if not shown:
            self.notify(say("No bulletin here can be acknowledged."), markup=False)
        elif shown <= marked:
            self.put_marks(marked - shown)
        elif len(marked | shown) > MARKED_MAX:
            said = say("No more than {n} are acknowledged together.")
            self.notify(said.format(n=MARKED_MAX), markup=False)
        else:
            self.put_marks(marked | shown)

    def put_marks(self, left: "set[int] | None") -> None:
        """Replace the marks; None: no change."""
        if left is not None:
            self.rows.clear_marks()
            for number in left:
                self.rows.toggle_mark(number)
            self.show_title()

    # The order.

    def view_parts(self) -> list[BarPart]:
        parts = []
        if self.rows.marked:
            marked = say("{n} marked").format(n=len(self.rows.marked))
            parts.append(BarPart(join_words(f"{MARKED} {marked}"), "key"))
        if self.by_urgency:
            parts.append(BarPart(label("most urgent first")))
        return parts

    def action_order(self) -> None:
        self.by_urgency = not self.by_urgency
        self._keep(ORDER_KEPT, URGENCY if self.by_urgency else ARRIVAL)
        if not self.by_urgency:
            self.rows.put_first(array("q"))
            self.show_title()
        self.renew_order()

    def renew_order(self) -> None:
        if not self.by_urgency:
            return
        build = self.rows.builder()

        def look() -> "tuple[array[int], Window]":
            numbers = self.desk.urgent()
            return numbers, build(None, numbers)

        ask_desk(self, look, self._ordered, newest_of="order")

    def _ordered(self, found: "tuple[array[int], Window]") -> None:
        numbers, window = found
        if self.by_urgency and not self.rows.put(window):
            self.rows.put_first(numbers)
        self.show_title()

    def action_urgent(self, by: int) -> None:
        """Go to the most urgent bulletin; from there, to the next.

        It starts again at the first if the cursor was moved otherwise, or if a more
        urgent one arrived. A filter or search that does not contain the bulletin ends.
        """
        here = self.rows.number

        def go(numbers: "array[int]") -> None:
            if not numbers:
                said = say("No unread or overdue bulletins; d lists open actions.")
                notify_instead(self, said)
                return
            first = numbers[0]
            goes_on = by < 0 or here == first or self._urgent_at == (first, here)
            at = 0 if by > 0 else len(numbers) - 1
            if here in numbers and goes_on:
                at = (numbers.index(here) + by) % len(numbers)
            self._urgent_at = first, numbers[at]
            self.remove_class("reading")
            self.rows.focus()
            self.show_number(numbers[at])

        ask_to_open(self, self.desk.urgent, go)

    def show_number(self, number: int) -> None:
        if self.rows.window.ids is not None and not self.rows.window.holds(number):
            self.end_search()
        self.rows.unfold(number)
        self.rows.go(self.rows.window.place(number))
