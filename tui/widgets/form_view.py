"""The form: one row per field, with the value beside its label."""

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from exchange.words import word
from exchange.words.text_width import cells
from tui.fields import Fields, FormRow
from tui.form import DRAWN, MORE, MORE_REFERENCES
from tui.keys import bind
from tui.text.safe_text import safe
from tui.widgets.cells import field, plain, row
from tui.words import lang, say

LABEL_COLUMNS = 36  # at most, of labels if values begin in the same column
MARKS = 5  # columns of the sign and of the blanks around it
_ADDS = {
    MORE: word("Add a paragraph"),
    MORE_REFERENCES: word("Refer to a bulletin"),
}


class FormView(ScrollView, can_focus=True):
    DEFAULT_CSS = """
    FormView {
        height: 1fr;
        overflow-x: hidden; scrollbar-gutter: stable; scrollbar-size-vertical: 1;
    }
    FormView > .form--cursor { background: $row-cursor; text-style: $row-cursor-style; }
    FormView > .form--label { color: $foreground 60%; }
    FormView > .form--missing { color: $warning; }
    FormView > .form--bad { color: $error; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "form--cursor",
        "form--label",
        "form--missing",
        "form--bad",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j,tab", "move(1)", "Next field"),
        bind("up,k,shift+tab", "move(-1)", "Previous field"),
        bind("pagedown", "move(10)", "Ten fields on"),
        bind("pageup", "move(-10)", "Ten fields back"),
        bind("home", "move(-1000)", "First field"),
        bind("end", "move(1000)", "Last field"),
        bind("ctrl+g,f2", "missing", "Next field that is needed", "^G"),
        bind("enter", "fill", "Fill in", "↵"),
        bind("delete,backspace", "empty", "Empty the field"),
    ]

    class Fill(Message):
        """A request to fill in a row."""

        def __init__(self, row: FormRow) -> None:
            super().__init__()
            self.row = row

    class Empty(Message):  # no Fill: a handler of that would get it too
        """A request to empty a row."""

        def __init__(self, row: FormRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.form: Fields | None = None
        self.rows: list[FormRow] = []
        self.cursor = 0
        self.error = (-1, "")
        self._told = -1  # the last row with its filling-in explained

    def show(self, form: Fields, error: tuple[int, str] = (-1, "")) -> None:
        """`error` is the row and its fault."""
        self.form, self.rows, self.error = form, form.rows(), error
        if error[0] >= 0:
            self.cursor = error[0]
        self.cursor = min(self.cursor, len(self.rows) - 1)
        self.virtual_size = Size(self.size.width, len(self.rows))
        self._reveal()
        self.refresh()

    def go(self, path: str) -> None:
        paths = [row.path for row in self.rows]
        self.cursor = paths.index(path)
        self._reveal()
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        self._reveal()

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def action_move(self, by: int) -> None:
        self.cursor = min(max(self.cursor + by, 0), max(len(self.rows) - 1, 0))
        self._reveal()
        self.refresh()

    def missing(self) -> list[int]:
        form = self.form
        return [
            at
            for at, row in enumerate(self.rows)
            if form is not None and row.required and not form.display(row)[0].strip()
        ]

    def lacks(self, at: int) -> bool:
        wrong = at == self.error[0] and self.rows[at].required
        return wrong or at in self.missing()

    def action_missing(self) -> None:
        """Go to the next required row that is empty; after the last, the first."""
        if found := self.missing():
            later = (at for at in found if at > self.cursor)
            self.action_move(next(later, found[0]) - self.cursor)
        else:
            self.notify(say("Complete: ^S reviews it."), markup=False)

    def action_fill(self) -> None:
        if self.rows:
            self.post_message(self.Fill(self.rows[self.cursor]))

    def action_empty(self) -> None:
        if self.rows:
            self.post_message(self.Empty(self.rows[self.cursor]))

    def on_key(self, event: events.Key) -> None:
        """Explain, once per row, how to fill it in, if letters are typed on it."""
        typed = event.is_printable and event.key not in self.screen.active_bindings
        if typed and self._told != self.cursor:
            self._told = self.cursor
            said = say("Press ↵ first: it opens this field to type in.")
            self.notify(said, markup=False)

    def on_click(self, event: events.Click) -> None:
        self.action_move(self.scroll_offset.y + event.y - self.cursor)
        if event.chain > 1:
            self.action_fill()

    def render_line(self, y: int) -> Strip:
        at, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        base = self.rich_style
        if self.form is None or at >= len(self.rows):
            return Strip.blank(width, base)
        if at == self.cursor:
            base = base + self._style("cursor")
        one = self.rows[at]
        sign, text, tongue, style = self._value(self.form, one, at)
        label = say(_ADDS[one.path]) if one.path in _ADDS else one.label
        label_width = _label_columns(label, text, width)
        shade = base + self._style("label")
        refers = one.path.startswith("references.")  # to a bulletin, by its subject
        columns = width - label_width - MARKS
        value = field(text, tongue, columns, base + style, embeds=refers)
        mark = plain(f" {sign} ", base + style)
        pieces = [mark, field(label, lang(), label_width, shade), plain("  ", base)]
        return row([*pieces, value], width, base)

    def _value(
        self, form: Fields, row: FormRow, at: int
    ) -> tuple[str, str, str, Style]:
        text, tongue = form.display(row)
        if at == self.error[0]:
            return "✘", f"{text}  ← {self.error[1]}", lang(), self._style("bad")
        if row.path in _ADDS:
            return "+", "", lang(), Style()
        if row.path == DRAWN and not text:
            return "·", say("drawn when it is signed"), lang(), self._style("label")
        if text and (note := form.note(row)):
            return "=", f"{text}  ({note})", tongue, self._style("label")
        if row.required and not text:
            return "*", say("needed"), lang(), self._style("missing")
        return (" " if text else "·"), text, tongue, Style()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"form--{name}", partial=True)


def _label_columns(label: str, value: str, width: int) -> int:
    """Give a long label the room that its value leaves."""
    usual = min(LABEL_COLUMNS, width * 2 // 5)
    return max(usual, min(cells(label), width - MARKS - cells(safe(value))))
