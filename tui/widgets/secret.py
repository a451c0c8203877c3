"""A line for a passphrase: shown as dots, and never saved."""

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.keys import bind

DOT = "•"
LONGEST = 1_024  # characters of a passphrase


class Secret(Widget, can_focus=True):
    DEFAULT_CSS = """
    Secret { height: 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "submit", "Take"),
        bind("backspace", "erase", "Erase before"),
        bind("ctrl+u", "clear", "Erase all"),
    ]

    class Entered(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._text = ""

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        if y:
            return Strip.blank(width, base)
        dots = DOT * min(len(self._text), max(width - 1, 0))
        caret = Segment(" ", base.chain(base, type(base)(reverse=True)))
        return Strip([Segment(dots, base), caret]).adjust_cell_length(width, base)

    def on_key(self, event: events.Key) -> None:
        """Insert a letter, even one that is a key of the screen elsewhere."""
        letter = event.character if event.is_printable else None
        if letter:
            event.stop()
            event.prevent_default()
            self._put(self._text + letter)

    def on_paste(self, event: events.Paste) -> None:
        """Take it up to the end of its line."""
        event.stop()
        self._put(self._text + "".join(event.text.splitlines()[:1]))

    def _put(self, text: str) -> None:
        self._text = text[:LONGEST]
        self.refresh()

    def action_erase(self) -> None:
        self._put(self._text[:-1])

    def action_clear(self) -> None:
        self._put("")

    def action_submit(self) -> None:
        text, self._text = self._text, ""
        self.refresh()
        self.post_message(self.Entered(text))
