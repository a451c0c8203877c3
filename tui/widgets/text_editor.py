"""An editor for one segment in any of the three languages.

Textual's own editors show Urdu unjoined, in logical order. In a paragraph from right to
left ← goes forward.
"""

import unicodedata
from typing import ClassVar, NamedTuple

from rich.cells import get_character_cell_size
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.keys import bind
from tui.text.layout import DisplayLine, Range, direction_of, lay_out
from tui.text.paint import paint
from tui.text.safe_text import ZWNJ, is_mark, safe

STEPS_KEPT = 200
HARD_SPACE = "\u00a0"  # replaces trailing spaces, which a line would drop


def _clean(text: str) -> str:
    """Return `text` fit to show, place by place; ZWNJ may wait for its neighbour."""
    return "".join(char if char == ZWNJ else safe(char) or char for char in text)


def _runs_on(left: str, right: str) -> bool:
    """Whether two adjacent characters would be read as one word or number.

    Not a Chinese sign beside a Latin one, nor two that are no letter or digit.
    """
    both = bool(left and right) and left.isalnum() and right.isalnum()
    return both and not any(
        unicodedata.east_asian_width(c) == "W" for c in left + right
    )


class _Step(NamedTuple):
    text: str
    at: int


class Edit(ScrollView, can_focus=True):
    DEFAULT_CSS = """
    Edit { height: 1; background: $panel; scrollbar-size: 0 0; }
    Edit:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "submit", "Take"),
        bind("left", "arrow(-1)", "Left"),
        bind("right", "arrow(1)", "Right"),
        bind("ctrl+left", "word(-1)", "A word left"),
        bind("ctrl+right", "word(1)", "A word right"),
        bind("shift+left", "choose(-1)", "Choose to the left"),
        bind("shift+right", "choose(1)", "Choose to the right"),
        bind("up", "line(-1)", "A line up"),
        bind("down", "line(1)", "A line down"),
        bind("home,ctrl+a", "to(0)", "Begin"),
        bind("end,ctrl+e", "to(-1)", "End"),
        bind("backspace", "erase(-1)", "Erase before"),
        bind("delete", "erase(1)", "Erase after"),
        bind("ctrl+u", "clear", "Erase all"),
        bind("ctrl+z", "undo", "Undo"),
    ]

    class Changed(Message):
        """The text has changed."""

        def __init__(self, edit: "Edit", text: str) -> None:
            super().__init__()
            self.edit, self.text = edit, text

        @property
        def control(self) -> "Edit":
            return self.edit

    class Submitted(Changed):
        """Enter was pressed."""

    class Full(Message):
        """An insertion was cut or refused: the text is full."""

    def __init__(
        self,
        text: str = "",
        language: str = "",
        *,
        longest: int = 4_000,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.language, self.longest = language, longest
        self.text = text
        self.at = len(text)
        self._anchor = -1  # begin of the selection; -1: none
        self._undo: list[_Step] = []

    @property
    def rtl(self) -> bool:
        base = direction_of(self.language)
        if base is None:
            kinds = (unicodedata.bidirectional(char) for char in self.text)
            strong = (kind for kind in kinds if kind in ("L", "R", "AL"))
            return next(strong, "L") != "L"
        return bool(base)

    # The lines.

    def _lines(self) -> tuple[DisplayLine, ...]:
        columns = max(4, self.scrollable_content_region.width)
        shown = self.text.rstrip(" ")
        tail = HARD_SPACE * (len(self.text) - len(shown) + 1)  # one for the caret
        return lay_out(_clean(shown) + tail, self.language, columns)

    def _cell(self, at: int) -> Offset:
        best, where = -1, Offset(0, 0)
        for y, line in enumerate(self._lines()):
            x = 0
            for char, place in zip(line.shown, line.places, strict=True):
                if best < place <= at:
                    best, where = place, Offset(x, y)
                x += get_character_cell_size(char)
        return where

    def _place(self, cell: Offset) -> int:
        """Return the place of the character drawn at or nearest to a cell of a line."""
        lines = self._lines()
        line = lines[min(max(cell.y, 0), len(lines) - 1)]
        best, nearest, x = self.at, 1 << 30, 0
        for char, place in zip(line.shown, line.places, strict=True):
            if place >= 0 and abs(x - cell.x) < nearest:
                best, nearest = place, abs(x - cell.x)
            x += get_character_cell_size(char)
        return min(best, len(self.text))

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        lines, base = self._lines(), self.rich_style
        width = self.scrollable_content_region.width
        if y >= len(lines):
            return Strip.blank(width, base)
        marks: tuple[tuple[Range, Style], ...] = ()
        if self._anchor >= 0:
            marks = ((self.chosen(), Style(underline=True, bold=True)),)
        if self.has_focus and self._cell(self.at).y == y:
            place = self._drawn(lines[y])
            marks = (*marks, ((place, place + 1), Style(reverse=True)))
        return paint(lines[y], base, marks).adjust_cell_length(width, base)

    def _drawn(self, line: DisplayLine) -> int:
        return max((p for p in line.places if p <= self.at), default=self.at)

    def on_mount(self) -> None:
        self._settle()

    def on_focus(self) -> None:
        """Move the terminal's cursor, where input methods open, to the caret."""
        self._settle()

    def on_resize(self, _: events.Resize) -> None:
        self._settle()

    def _settle(self) -> None:
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, len(self._lines()))
        cell = self._cell(self.at)
        height = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        if not top <= cell.y < top + height:
            to = cell.y if cell.y < top else cell.y - height + 1
            self.scroll_to(y=to, animate=False, force=True)
        if self.has_focus:
            inside = Offset(cell.x, cell.y - self.scroll_offset.y)
            self.app.cursor_position = self.content_region.offset + inside
        self.refresh()

    # Changes.

    def load(self, text: str, language: str | None = None) -> None:
        if language is not None:
            self.language = language
        self.text, self.at, self._anchor = text, len(text), -1
        self._undo.clear()
        self._settle()

    def write_in(self, language: str) -> None:
        """Keep the caret and the undo history."""
        self.language = language
        self._settle()

    def insert(self, text: str) -> None:
        room = self.longest - len(self.text)
        whole = text.replace("\r", "").replace("\n", " ")
        clean = _clean(whole[:room])
        if clean:
            self._change(self.text[: self.at] + clean + self.text[self.at :])
            self.at += len(clean)
            self._settle()
        if len(whole) > room:  # after Changed, which carries the new text
            self.post_message(self.Full())

    def insert_word(self, text: str) -> None:
        """Insert a word or number at the caret, apart from its neighbours.

        A space is added if two letters or digits of scripts with spaces, or a sign like
        Z, would otherwise join.
        """
        before, after = self.text[: self.at][-1:], self.text[self.at :][:1]
        left = " " if _runs_on(before, text[:1]) else ""
        right = " " if _runs_on(text[-1:], after) else ""
        self.insert(f"{left}{text}{right}")

    def replace(self, text: str) -> None:
        """Insert as far as there is room; it can be undone."""
        whole = _clean(text.replace("\r", "").replace("\n", " "))
        self._change(whole[: self.longest])
        self.at = len(self.text)
        self._settle()
        if len(whole) > self.longest:  # after Changed, which carries the new text
            self.post_message(self.Full())

    def _change(self, text: str) -> None:
        self._undo.append(_Step(self.text, self.at))
        del self._undo[:-STEPS_KEPT]
        self.text, self._anchor = text, -1
        self.post_message(self.Changed(self, text))

    async def on_key(self, event: events.Key) -> None:
        """Insert the typed text, or run this widget's key binding at once.

        Textual looks for bindings later: text typed after ^U would be erased by it.
        """
        bound = self._bindings.key_to_bindings.get(event.key, ())
        if event.character and event.is_printable:
            self.insert(event.character)
        elif not (bound and await self.app.run_action(bound[0].action, self)):
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        self.insert(event.text)
        event.stop()

    async def on_click(self, event: events.Click) -> None:
        self.at = self._place(Offset(event.x, event.y + self.scroll_offset.y))
        self._anchor = -1
        self._settle()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Report to Textual that letters are text here, not commands."""
        return character is not None and character.isprintable() and len(key) > 0

    # The caret.

    def _step(self, at: int, by: int) -> int:
        at = min(max(at + by, 0), len(self.text))
        while 0 < at < len(self.text) and is_mark(self.text[at]):
            at += by
        return at

    def _forward(self, by: int) -> int:
        return -by if self.rtl else by

    def action_arrow(self, by: int) -> None:
        """Move by a letter, left (-1) or right (1) on the screen."""
        self.at, self._anchor = self._step(self.at, self._forward(by)), -1
        self._settle()

    def action_choose(self, by: int) -> None:
        anchor = self.at if self._anchor < 0 else self._anchor
        self.at, self._anchor = self._step(self.at, self._forward(by)), anchor
        self._settle()

    def chosen(self) -> Range:
        """Return the selection, or else the word at the caret, without its spaces."""
        text = self.text
        start, end = sorted((self.at, self.at if self._anchor < 0 else self._anchor))
        if self._anchor < 0:
            start = text.rfind(" ", 0, start) + 1
            end = next((n for n in range(end, len(text)) if text[n] == " "), len(text))
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        return start, start + len(piece.strip())

    def action_word(self, by: int) -> None:
        forward = self._forward(by)
        at = self._step(self.at, forward)
        while 0 < at < len(self.text) and self.text[at - 1] != " ":
            at = self._step(at, forward)
        self.at = at
        self._anchor = -1
        self._settle()

    def action_line(self, by: int) -> None:
        cell = self._cell(self.at)
        if not 0 <= cell.y + by < len(self._lines()):
            if by < 0:
                self.screen.focus_previous()
            else:
                self.screen.focus_next()
            return
        self.at = self._place(Offset(cell.x, cell.y + by))
        self._anchor = -1
        self._settle()

    def action_to(self, at: int) -> None:
        """Move to the begin (0) or the end (-1)."""
        self.at = len(self.text) if at < 0 else at
        self._anchor = -1
        self._settle()

    def action_erase(self, by: int) -> None:
        """Erase the letter before (-1) or at (1) the caret, marks one by one."""
        first = self.at + min(by, 0)
        if 0 <= first < len(self.text):
            self._change(self.text[:first] + self.text[first + 1 :])
            self.at = first
            self._settle()

    def action_clear(self) -> None:
        if self.text:
            self._change("")
            self.at = 0
            self._settle()

    def action_undo(self) -> None:
        if self._undo:
            (self.text, self.at), self._anchor = self._undo.pop(), -1
            self.post_message(self.Changed(self, self.text))
            self._settle()

    def action_submit(self) -> None:
        self.post_message(self.Submitted(self, self.text))
