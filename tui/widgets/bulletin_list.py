"""The list: a million rows, but only those on the screen are ever drawn."""

from array import array
from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.records import Row
from exchange.desk.status_records import LateClock
from tui.desk import Desk
from tui.keys import bind
from tui.typed_keys import lose
from tui.widgets import list_columns
from tui.widgets.cells import cursor_bar, field, plain, row
from tui.widgets.list_columns import Widths
from tui.widgets.list_line import HEAD_CELLS, ListLine, ListMoment, Paint, draw
from tui.widgets.row_source import RowReader
from tui.widgets.row_window import LineKey
from tui.words import lang, say

STRIPS_KEPT = 256  # lines


class BulletinList(RowReader, can_focus=True):
    """The desk's bulletins, newest or most urgent first; waits for a page at most."""

    DEFAULT_CSS = """
    BulletinList {
        height: 1fr;
        overflow-x: hidden; scrollbar-gutter: stable; scrollbar-size-vertical: 1;
    }
    BulletinList > .list--cursor {
        background: $row-cursor; text-style: $row-cursor-style;
    }
    BulletinList > .list--unread { text-style: bold; }
    BulletinList > .list--asked { color: $warning; text-style: bold; }
    BulletinList > .list--unsure { color: $warning; text-style: bold; }
    BulletinList > .list--bad { color: $error; text-style: bold; }
    BulletinList > .list--done { color: $foreground 60%; }
    BulletinList > .list--sent { color: $success; }
    BulletinList > .list--flash {
        color: $error; background: $background; text-style: bold reverse;
    }
    BulletinList > .list--loud {
        color: $error; background: $background; text-style: bold reverse;
    }
    BulletinList > .list--immediate { color: $error; text-style: bold; }
    BulletinList > .list--priority { color: $warning; }
    BulletinList > .list--routine { color: $foreground 60%; }
    BulletinList > .list--mode { color: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"list--{name}"
        for name in (
            *("cursor", "unread", "asked", "unsure", "loud", "bad", "done"),
            *("sent", "mode", "flash", "immediate", "priority", "routine"),
        )
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Next bulletin"),
        bind("up,k", "move(-1)", "Previous bulletin"),
        bind("pagedown", "leaf(1)", "A page on"),
        bind("pageup", "leaf(-1)", "A page back"),
        bind("home,g", "newest", "Newest bulletin"),
        bind("end,G", "oldest", "Oldest bulletin"),
        bind("enter", "open", "Open", "↵"),
    ]
    cursor = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor moved to another bulletin, or another line of it."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class OpenRequested(Message):
        """A request to read a bulletin or an answer; `back` returns to its line."""

        def __init__(
            self,
            number: int,
            answer: FoldedAnswer | None,
            back: Callable[[], None] | None = None,
        ) -> None:
            super().__init__()
            self.number, self.answer, self.back = number, answer, back

    def __init__(
        self,
        rows: Desk,
        now: Callable[[], int],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`now` is the desk's clock (ms UTC), for ages and deadlines."""
        super().__init__(rows, id)
        self._now = now
        self.late = LateClock()
        """By what deadlines pass: set by who knows more than this clock."""
        self.marked: set[int] = set()
        """The numbers of what is marked; arrivals change nothing of that."""
        self.columns = list_columns.USUAL
        """The columns that are shown where there is room; set by `choose_columns`."""
        self._only = _only_desk(rows)
        self._drawn: dict[int, ListLine] = {}  # by the line of the widget
        self._strips: dict[tuple[ListLine, Style], Strip] = {}  # of this width
        self._lit: LineKey = (0, b"")  # the line that was last drawn under the cursor
        self._styles: dict[str, Style] = {}
        self._drawing: ListMoment | None = None  # while lines are drawn

    def on_mount(self) -> None:
        self._measure()

    def on_resize(self, _: events.Resize) -> None:
        self._strips.clear()
        self._measure()
        self._reveal()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}
        self._strips.clear()

    def relabel(self) -> None:
        self._strips.clear()
        self.refresh()

    def choose_columns(self, codes: frozenset[str]) -> None:
        self.columns = codes
        self.tall = 2 if list_columns.TALL in codes else 1
        self.relabel()
        self._measure()
        self._reveal()

    def tick(self) -> None:
        self._refresh_changed()

    # The rows.

    def show(self, ids: "array[int] | None") -> None:
        """Show these numbers only (newest first), or all; the cursor stays near."""
        self.window.show(ids)
        self._settle()
        self._refresh_changed()

    def put_first(self, numbers: "array[int]") -> None:
        self.window.put_first(numbers)
        self._settle()
        self._refresh_changed()

    def fold_all(self, *, folding: bool) -> None:
        self.window.fold_all(folding=folding)
        self._settle()
        self._refresh_changed()

    def unfold(self, number: int) -> None:
        window = self.window
        if not window.folds_threads or window.holds(number):
            return
        head = window.number(window.place(number))
        if not window.is_opened(head):
            window.toggle_thread(head)
            window.refresh()
            self._settle()
            self._refresh_changed()

    def toggle_thread(self) -> bool:
        """Return False if there is no thread.

        A worker reads its lines; then they are shown.
        """
        if not self.window.count:
            return False
        head = self.window.head(self.cursor)
        if head not in self.window.folds:
            return False
        self.window.toggle_thread(head)
        self.renew(lambda: None)
        return True

    def _settle(self) -> None:
        if (only := _only_desk(self.window.source)) != self._only:
            self._only = only
            self._strips.clear()
        place = self.window.place(*self.key) if self.number else 0
        place = min(max(place, 0), max(self.window.count - 1, 0))
        self._measure()
        self.set_reactive(BulletinList.cursor, place)
        self._moved()
        self._reveal()

    def _refresh_changed(self) -> None:
        width, view = self.size.width, self._moment()
        for y in range(self.size.height):
            if self._drawn.get(y) != self._line(y, view):
                self.refresh(Region(0, y, width, 1))

    def _moment(self) -> ListMoment:
        now = self._now()
        width = self.scrollable_content_region.width
        room = (width + 1) // 2 if self.tall == 1 else width  # beside the subject
        widths = list_columns.widths(room - HEAD_CELLS, self.columns, self._only)
        return ListMoment(self.scroll_offset.y, now, self.late.late_at(now), widths)

    def _line(self, y: int, view: ListMoment) -> ListLine:
        place, part = divmod(y + view.top, self.tall)
        window = self.window
        chosen, shown = place == self.cursor, window.row(place)
        if shown is None:
            return ListLine(None, chosen)
        if answer := window.answer(place):
            when = list_columns.when(answer.filed, view.now, view.widths)
            depth = window.depth(place)
            line = ListLine(shown, chosen, when, depth=depth, answer=answer)
            return line._replace(part=part, of=self.tall)
        due, late = list_columns.deadline(shown, view.late_at)
        when = list_columns.when(shown.filed, view.now, view.widths)
        marked = shown.number in self.marked
        number = shown.number
        fold, opened = window.folds.get(number), window.is_opened(number)
        thread = fold, opened, window.depth(place)
        about = due, late, marked, *thread
        return ListLine(shown, chosen, when, *about, part=part, of=self.tall)

    def _moved(self) -> None:
        window = self.window
        number = window.number(self.cursor) if window.count else 0
        answer = window.answer(self.cursor) if number else None
        if (number, answer) != (self.number, self.answer):
            self.number, self.answer = number, answer
            self.post_message(self.Moved(number))

    # The cursor.

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint only two rows: every byte counts on a thin line."""
        top, tall = self.scroll_offset.y, self.tall
        for place in (old, new):
            self.refresh(Region(0, place * tall - top, self.size.width, tall))
        self._moved()
        self._reveal()
        self._fetch_ahead()

    def _reveal(self) -> None:
        """Scroll until the cursor is in view.

        A step over the edge scrolls half a screen: each scroll costs 9 KB.
        """
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        first, tall = self.cursor * self.tall, self.tall
        over, under = top - first, first + tall - (top + height)
        if over > 0:
            more = height // 2 if over <= tall else 0
            self.scroll_to(y=first - more, animate=False, force=True)
        elif height and under > 0:
            more = height // 2 if under <= tall else 0
            self.scroll_to(y=top + under + more, animate=False, force=True)
        self.keep_clear(first)

    def go(self, place: int) -> None:
        self.cursor = min(max(place, 0), max(self.window.count - 1, 0))

    def action_move(self, by: int) -> None:
        self.go(self.cursor + by)

    def action_leaf(self, by: int) -> None:
        self.go(self.cursor + by * max(1, self.page - 1))

    def action_newest(self) -> None:
        self.go(0)

    def action_oldest(self) -> None:
        self.go(self.window.count - 1)

    async def on_key(self, event: events.Key) -> None:
        """Act at once on a key of the list.

        If it bubbled through the parents it would wait for their work, as long as a
        paint.
        """
        if bound := self._bindings.key_to_bindings.get(event.key):
            event.stop()
            event.prevent_default()
            await self.run_action(bound[0].action)

    def open(self) -> None:
        """Read the bulletin or answer under the cursor, drawn or not."""
        if self.number:
            self.post_message(self.OpenRequested(self.number, self.answer))

    @property
    def seen_row(self) -> Row | None:
        row = self.window.row(self.cursor)
        return row if row is not None and self.key == self._lit else None

    def toggle_mark(self, number: int) -> None:
        self.marked ^= {number}
        self._refresh_changed()

    def clear_marks(self) -> None:
        self.marked.clear()
        self._refresh_changed()

    def action_open(self) -> None:
        """Read the bulletin that was drawn under the cursor at the key press.

        Opening sends the author a receipt: a row that came under the cursor since, and
        was not drawn there yet, is not opened.
        """
        if self.key == self._lit:
            self.open()
        else:
            lose(self)

    def on_click(self, event: events.Click) -> None:
        drawn = self._drawn.get(event.y)
        if drawn is None or drawn.row is None:
            return
        place = self.window.place(*drawn.key)
        if not 0 <= place < self.window.count:
            return
        self.go(place)
        if event.chain > 1 and self.key == drawn.key:
            self.open()

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, all at the same moment's time."""
        self._drawing = self._moment()
        try:
            return super().render_lines(crop)
        finally:
            self._drawing = None

    def render_line(self, y: int) -> Strip:
        """Reuse a row that only moved."""
        view = self._drawing or self._moment()
        self._drawn[y] = line = self._line(y, view)
        if line.row is None:
            return self._nothing(first=y == 0)
        if line.chosen and line.part == line.of - 1:
            self._lit = line.key
        key = line, self._style("")
        if key not in self._strips:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            self._strips[key] = self._draw(line, line.row, view.widths)
        return self._strips[key]

    def _nothing(self, *, first: bool) -> Strip:
        """Draw a line below the last row; the first line of an empty list says so."""
        width = self.scrollable_content_region.width
        text = say("No bulletin here.") if first and not self.window.count else ""
        return row([field(text, lang(), width, self.rich_style)], width, Style())

    def _draw(self, line: ListLine, shown: Row, widths: Widths) -> Strip:
        width, base = self.scrollable_content_region.width, self._style("")
        if line.chosen:
            base = base + self._style("cursor")
        bar = plain(cursor_bar() if line.chosen else " ", base)
        pieces = draw(shown, line, width - 1, widths, Paint(base, self._style))
        return row([bar, *pieces], width, base)

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = (
                self.get_component_rich_style(f"list--{name}", partial=True)
                if name
                else self.rich_style
            )
        return self._styles[name]


def _only_desk(rows: Desk) -> str:
    """Return the one desk that this one can write to; "" if there are more."""
    desks = rows.desks()
    return desks[0] if len(desks) == 1 else ""
