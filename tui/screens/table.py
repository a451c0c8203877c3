"""A table of a bulletin: add, edit and delete its rows in a box."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.errors import FusionError, Refusal
from exchange.words import means, word
from tui.fields import Fields, FormRow, TableRow, display_value
from tui.keys import bind
from tui.screens.dialogs import BOX, columns_of, fit_line, rows_of
from tui.screens.field_editor import FieldScreen, fill, put
from tui.text.layout import lay_out
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart
from tui.widgets.form_view import FormView
from tui.words import join_words, label, lang, say
from tui.workers import notify_error

TABLE_KEYS = (
    ("↵", word("edit")),
    ("+", word("add a row")),
    ("⌫", word("delete")),
    ("Esc", word("done")),
)
LINE_KEYS = (("↵", word("fill in")), ("⌫", word("empty")), ("Esc", word("done")))
COLUMNS_SHOWN = 12  # columns of a row at once; more are scrolled to


def fill_table(screen: FieldScreen, fields: Fields, row: FormRow) -> None:
    def take(choice: list[str] | None) -> None:
        screen.note_typed(row, None)
        put(screen, fields, row, choice)

    def tell(texts: Sequence[str]) -> None:
        screen.note_typed(row, texts)

    texts = fields.values.get(row.path, [])
    screen.app.push_screen(Table(row, texts, tell, screen.now), take)


class Table(ModalScreen[list[str] | None]):
    """The rows of a table; Esc saves them, so that no input is lost."""

    DEFAULT_CSS = f"""
    Table {{ {BOX}
        OptionList {{ height: auto; }}
        OptionList, OptionList:focus {{ border: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,ctrl+s", "done", "Save the table"),
        bind("delete,backspace", "remove", "Delete the row"),
        bind("+,insert", "add", "Add a row", "+"),
    ]

    def __init__(
        self,
        row: FormRow,
        texts: Sequence[str],
        changed: Callable[[Sequence[str]], None],
        now: Callable[[], int],
    ) -> None:
        """Call `changed` with all rows at each change."""
        super().__init__()
        self.row, self.texts, self.now = row, list(texts), now
        self._changed = changed

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield OptionList(markup=False)
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(join_words(self.row.label), "key")])
        keys = "  ".join(f"{key} {label(words)}" for key, words in TABLE_KEYS)
        self.query_one("#hint", Bar).put([BarPart(keys, "dim")])
        self._list(0)
        self.options.focus()
        if not self.texts:
            self.action_add()

    @property
    def options(self) -> OptionList:
        return self.query_one(OptionList)

    def on_resize(self, event: events.Resize) -> None:
        self.options.styles.max_height = rows_of(event.size, others=2)
        self._list(self.options.highlighted or 0)

    def _list(self, at: int) -> None:
        columns = columns_of(self.app.size)
        self.options.clear_options()
        for n, text in enumerate(self.texts, 1):
            said = safe(f"{n}. {display_value(self.row.field, text, lang())}")
            lines = (line.shown for line in lay_out(said, lang(), columns))
            self.options.add_option(Option(Content("\n".join(lines))))
        self.options.add_option(Option(fit_line(f"+ {say('Add a row')}", columns)))
        self.options.highlighted = min(at, len(self.texts))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._edit(event.option_index)

    def action_add(self) -> None:
        self._edit(len(self.texts))

    def _edit(self, at: int) -> None:
        text = self.texts[at] if at < len(self.texts) else ""

        def rows(line: str) -> list[str]:
            return [*self.texts[:at], *filter(None, [line]), *self.texts[at + 1 :]]

        def tell(line: str) -> None:
            self._changed(rows(line))

        def take(text: str | None) -> None:
            if text is not None:
                self.texts = rows(text)
                self._list(at)
                self._changed(self.texts)

        box = LineBox(self.row, text, tell, self.now)
        self.app.push_screen(box, take)

    def action_remove(self) -> None:
        at = self.options.highlighted
        if at is not None and at < len(self.texts):
            del self.texts[at]
            self._list(at)
            self._changed(self.texts)

    def action_done(self) -> None:
        self.dismiss(self.texts)


class LineBox(ModalScreen[str | None], FieldScreen):
    DEFAULT_CSS = f"LineBox {{ {BOX} FormView {{ height: 12; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,ctrl+s", "done", "Save the row")
    ]

    def __init__(
        self,
        of: FormRow,
        text: str,
        changed: Callable[[str], None],
        now: Callable[[], int],
    ) -> None:
        """Call `changed` with the row's text form at each change."""
        super().__init__()
        self.heading, self.now = of.label, now
        self.line = TableRow.new(of.field, text, lang())
        self._changed = changed

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield FormView(id="columns")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self.query_one("#head", Bar).put([BarPart(join_words(self.heading), "key")])
        keys = "  ".join(f"{key} {label(words)}" for key, words in LINE_KEYS)
        self.query_one("#hint", Bar).put([BarPart(keys, "dim")])
        columns = len(self.line.rows())
        self.view.styles.height = min(columns, COLUMNS_SHOWN)
        self.view.focus()
        self.renew()

    @property
    def view(self) -> FormView:
        return self.query_one("#columns", FormView)

    @on(FormView.Fill)
    def _fill(self, event: FormView.Fill) -> None:
        event.stop()
        fill(self, self.line, event.row)

    @on(FormView.Empty)
    def _empty(self, event: FormView.Empty) -> None:
        event.stop()
        put(self, self.line, event.row, [])

    def renew(self) -> None:
        self.view.show(self.line)
        self._changed(self.line.text())

    def note_typed(self, row: FormRow, values: Sequence[str] | None) -> None:
        """Report the row with the unfinished input for a column."""
        line = replace(self.line, values=dict(self.line.values))
        if values is not None:
            with suppress(Refusal):  # kept, as far as a row can hold it
                line.set(row, values)
        self._changed(line.text())

    def complain(self, error: FusionError) -> None:
        where = error.where.partition(".")[0]
        self.view.show(self.line, (where, means(error)))
        notify_error(self, error)

    def action_done(self) -> None:
        """Save the row; refuse an incomplete one the first time only."""
        if self.line.values and not self._told:
            try:
                self.line.check_complete()
            except Refusal as error:
                self._told = True
                self.complain(error)
                return
        self.dismiss(self.line.text())

    _told = False
