"""A page of entries with a cursor on one: a thread, due items."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from exchange.desk.records import Row
from tui.keys import bind
from tui.state_signs import (
    MODE,
    pending_of,
    precedence_of,
    recall_of,
    standing_of,
    state_of,
)
from tui.typed_keys import lose
from tui.widgets.cells import Piece, cursor_bar, plain, row
from tui.widgets.page import Drawn, Item, Text, TextPage, draw
from tui.words import lang, say

BETWEEN = " · "


class Entry(NamedTuple):
    """Some lines; `number` is their bulletin's, 0 for a heading."""

    number: int
    items: Sequence[Item]
    kind: str = ""


def entry(row: Row, notes: Sequence[str], kind: str = "", style: str = "") -> Entry:
    precedence, state, standing = precedence_of(row), state_of(row), standing_of(row)
    recall, pending = recall_of(row), pending_of(row)
    words = [
        row.place,  # without a place, the state below names it
        f"{precedence.sign} {say(precedence.word)}".strip(),
        MODE.get(row.mode, "?"),
        f"{state.sign} {say(state.word)}",
        f"{standing.sign} {say(standing.word)}" if standing else "",
        f"{recall.sign} {say(recall.word)}" if recall else "",
        f"{pending.sign} {say(pending.word)}" if pending else "",
    ]
    head = BETWEEN.join((" ".join(filter(None, words)), *notes))
    bold = "" if row.read else "subject"
    return Entry(
        row.number,
        [Text(head, lang(), style), Text(row.subject, row.lang, bold, gutter=True)],
        kind,
    )


def heading(title: str, style: str = "heading") -> Entry:
    """`title` is translated already; the cursor skips it."""
    return Entry(0, [Text("", ""), Text(title, lang(), style)])


class Choices(TextPage):
    """Entries one under the other; the cursor visits those about a bulletin.

    A key applies to the entry that its presser saw under the cursor. An entry that came
    under it since, and was not drawn there yet, is `chosen` but not `seen`.
    """

    DEFAULT_CSS = """
    Choices > .page--cursor { background: $row-cursor; text-style: $row-cursor-style; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"page--cursor"}
    EDGE: ClassVar[int] = 1  # cells before each line
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "Next"),
        bind("up,k", "move(-1)", "Previous"),
        bind("pagedown,space", "leaf(1)", "A page on"),
        bind("pageup", "leaf(-1)", "A page back"),
        bind("home,g", "end(-1)", "Top"),
        bind("end,G", "end(1)", "End"),
        bind("enter", "choose", "Open", "↵"),
    ]

    class Chosen(Message):
        """Enter was pressed on an entry."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.entries: Sequence[Entry] = ()
        self.cursor = 0
        self._owners: list[int] = []  # the entry of each line
        self._lit: dict[int, Entry] = {}  # line of the widget: drawn under the cursor
        self._drawn: dict[int, Entry] = {}  # line of the widget: drawn, under it or not

    def choose_from(self, entries: Sequence[Entry], number: int = 0) -> None:
        self.entries = entries
        places = self._places()
        same = [at for at in places if entries[at].number == number]
        near = [at for at in places if at >= self.cursor]
        self.cursor = next(iter(same or near or places[-1:]), 0)
        self._columns = 0
        self._fill()
        self._reveal()

    def _places(self) -> list[int]:
        return [at for at, one in enumerate(self.entries) if one.number]

    @property
    def chosen(self) -> Entry | None:
        if self.cursor in self._places():
            return self.entries[self.cursor]
        return None

    @property
    def seen_entry(self) -> Entry | None:
        """The entry, once all of it was drawn under the cursor; else None."""
        chosen = self.chosen
        return chosen if chosen and self._is_drawn(self.cursor, self._lit) else None

    def _is_drawn(self, place: int, drawn: Mapping[int, Entry]) -> bool:
        """Return whether an entry is drawn from its first line on."""
        top, entry = self.scroll_offset.y, self.entries[place]
        lines = [y - top for y, at in enumerate(self._owners) if at == place]
        inside = [y for y in lines if 0 <= y < self.size.height]
        whole = bool(inside) and inside[0] == lines[0]
        return whole and all(drawn.get(y) == entry for y in inside)

    def _fill(self) -> None:
        if self._columns != self.columns and self.size.width:
            self._columns = self.columns
            drawn = [draw(one.items, self.columns - self.EDGE) for one in self.entries]
            self._lines = [line for lines in drawn for line in lines]
            self._owners = [at for at, lines in enumerate(drawn) for _ in lines]
            self.virtual_size = Size(self._columns, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at, base = y + self.scroll_offset.y, self.rich_style
        drawn: Drawn = self._lines[at] if at < len(self._lines) else []
        here = at < len(self._owners) and self._owners[at] == self.cursor
        lit = self.chosen if here and self.shows_cursor else None
        if at < len(self._owners):
            self._drawn[y] = self.entries[self._owners[at]]
        if lit:
            self._lit[y] = lit
            base = self._style("cursor", base)
        else:
            self._lit.pop(y, None)
        bar = self.bar(at, base, lit=lit is not None)
        line = [Segment(text, self._style(name, base)) for text, name in drawn]
        return row([bar, line], self.columns, base)

    @property
    def shows_cursor(self) -> bool:
        return True

    def bar(self, line: int, style: Style, *, lit: bool) -> Piece:  # noqa: ARG002 - a subclass looks at the line
        """Return the EDGE cells before a line."""
        return plain(cursor_bar() if lit else " ", style)

    def _reveal(self) -> None:
        lines = [y for y, at in enumerate(self._owners) if at == self.cursor]
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not lines or not height:
            return
        if self.cursor == (self._places() or [0])[0]:
            lines[0] = 0  # with the heading above it
        if lines[0] < top or len(lines) > height:
            self.scroll_to(y=lines[0], animate=False, force=True)
        elif lines[-1] >= top + height:
            self.scroll_to(y=lines[-1] - height + 1, animate=False, force=True)
        self.keep_clear(lines[0])

    def _go(self, place: int) -> None:
        places = self._places()
        if places:
            self.cursor = places[min(max(place, 0), len(places) - 1)]
            self._reveal()
            self.refresh()

    def action_move(self, by: int) -> None:
        places = self._places()
        if self.cursor in places:
            self._go(places.index(self.cursor) + by)

    def action_leaf(self, by: int) -> None:
        lines = max(1, len(self._lines) // max(1, len(self.entries)))
        self.action_move(by * max(1, self.size.height // lines - 1))

    def action_end(self, by: int) -> None:
        self._go(by * len(self.entries))

    def action_choose(self) -> None:
        if found := self.seen_entry:
            self.post_message(self.Chosen(found))
        elif self.chosen:
            lose(self)
        else:
            self.app.bell()

    def on_click(self, event: events.Click) -> None:
        y = self.scroll_offset.y + event.y
        if y < len(self._owners) and self.entries[self._owners[y]].number:
            self.cursor = self._owners[y]
            self.refresh()
            if event.chain > 1:
                self.action_choose()
