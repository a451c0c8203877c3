"""The form: one row per field, with the value beside its label; sections fold."""

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from exchange.bulletin.punctuation import AMONG, COLON
from exchange.words import word
from exchange.words.text_width import cells
from tui.fields import Fields, FormRow
from tui.form import DRAWN, MORE, MORE_REFERENCES
from tui.keys import bind
from tui.text.safe_text import safe
from tui.widgets.cells import field, plain, row
from tui.words import lang, say, say_n

LABEL_COLUMNS = 36  # at most, of labels if values begin in the same column
MARKS = 5  # columns of the sign and of the blanks around it
_HEADING = "heading:"
"""A row of this path and a section's name is the heading of the section."""
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
        """The rows that are shown, with a heading over each section."""
        self.cursor = 0
        self.error = ("", "")
        self._open = set[str]()
        self._told = -1  # the last row with its filling-in explained

    def show(self, form: Fields, error: tuple[str, str] = ("", "")) -> None:
        """`error` is the path of a row and its fault."""
        here = self._path
        if self.form is not form:
            self._open.clear()
            here = ""
        self.form, self.error = form, error
        self._lay(error[0] or here)

    def go(self, path: str) -> None:
        """Open the section of a row, if it is folded."""
        self._lay(path)

    @property
    def _path(self) -> str:
        return self.rows[self.cursor].path if self.rows else ""

    def _lay(self, path: str) -> None:
        """Lay the rows out again, with the cursor on `path` if it is there."""
        if self.form is None:
            return
        every = self.form.rows()
        self._open |= {row.section for row in every if row.path == path}
        self.rows = list(self._folded(every))
        paths = [row.path for row in self.rows]
        last = len(paths) - 1
        self.cursor = paths.index(path) if path in paths else min(self.cursor, last)
        self.virtual_size = Size(self.size.width, len(paths))
        self._reveal()
        self.refresh()

    def _folded(self, every: list[FormRow]) -> Iterator[FormRow]:
        for section, group in groupby(every, lambda row: row.section):
            rows = list(group)
            if section:
                yield rows[0]._replace(path=_HEADING + section, label=section)
            if not section or section in self._open:
                yield from rows

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

    def missing(self) -> list[str]:
        """Return the paths of required rows that are empty, folded ones too."""
        return [] if self.form is None else _missing(self.form, self.form.rows())

    def is_missing(self, row: FormRow) -> bool:
        wrong = row.path == self.error[0] and row.required
        return wrong or row.path in self.missing()

    def action_missing(self) -> None:
        """Go to the next required row that is empty; after the last, the first."""
        found = self.missing()
        if self.form is None or not found:
            self.notify(say("Complete: ^S reviews it."), markup=False)
            return
        shown = {row.path for row in self.rows[: self.cursor + 1]}
        before = {row.section for row in self.rows[: self.cursor] if row.section}
        every = self.form.rows()
        passed = {row.path for row in every if row.section in before} | shown
        self.go(next((path for path in found if path not in passed), found[0]))

    def action_fill(self) -> None:
        """Fill in a row; fold or unfold a section on its heading."""
        if not self.rows:
            return
        row = self.rows[self.cursor]
        if row.path.startswith(_HEADING):
            self._open ^= {row.section}
            self._lay(row.path)
        else:
            self.post_message(self.Fill(row))

    def action_empty(self) -> None:
        if self.rows and not self._path.startswith(_HEADING):
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
        heads = one.path.startswith(_HEADING)
        drawn = self._heading if heads else self._value
        sign, text, tongue, style = drawn(self.form, one)
        label = say(_ADDS[one.path]) if one.path in _ADDS else _name(one)
        label_width = _label_columns(label, text, width)
        shade = base + self._style("label")
        refers = one.path.startswith("references.")  # to a bulletin, by its subject
        columns = width - label_width - MARKS
        value = field(text, tongue, columns, base + style, embeds=refers)
        mark = plain(f" {sign} ", base + style)
        pieces = [mark, field(label, lang(), label_width, shade), plain("  ", base)]
        return row([*pieces, value], width, base)

    def _heading(self, form: Fields, heading: FormRow) -> tuple[str, str, str, Style]:
        """Name what is missing below a heading, else show what is filled in."""
        section = heading.section
        rows = [row for row in form.rows() if row.section == section]
        missing = _missing(form, rows)
        sign = "▾" if section in self._open else "▸"
        if missing:
            names = [_name(row) for row in rows if row.path in missing]
            needed = COLON[lang()].join((say("needed"), AMONG[lang()].join(names)))
            return sign, needed, lang(), self._style("missing")
        texts = ((_name(row), form.display(row)[0]) for row in rows)
        filled = [f"{label} {text}" for label, text in texts if text]
        said = AMONG[lang()].join(filled)
        if section in self._open or not filled:
            said = say_n("{n} field", "{n} fields", len(rows))
        return sign, said, lang(), self._style("label")

    def _value(self, form: Fields, row: FormRow) -> tuple[str, str, str, Style]:
        text, tongue = form.display(row)
        if row.path == self.error[0]:
            said = COLON[lang()].join(filter(None, (self.error[1], text)))
            return "✘", said, lang(), self._style("bad")
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


def _name(row: FormRow) -> str:
    """Return the label without the name of the section over it."""
    return row.label.removeprefix(f"{row.section}{COLON[lang()]}")


def _missing(form: Fields, rows: list[FormRow]) -> list[str]:
    return [r.path for r in rows if r.required and not form.display(r)[0].strip()]


def _label_columns(label: str, value: str, width: int) -> int:
    """Give a long label the room that its value leaves."""
    usual = min(LABEL_COLUMNS, width * 2 // 5)
    return max(usual, min(cells(label), width - MARKS - cells(safe(value))))
