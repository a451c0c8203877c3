"""A box for a time; shows the typed moment in full before taking it."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from exchange.bulletin.values import iso
from exchange.words import word
from tui import times
from tui.screens.dialogs import Ask
from tui.typed_time import Unread, echo, read_time
from tui.widgets.bar import Bar, BarPart
from tui.widgets.page import TextPage
from tui.widgets.text_editor import Edit
from tui.words import label

HOW = word("0600, 6:00, Nov 28 0600: Z, with L behind it local; +30m")


class TimeBox(Ask):
    """Ends with the text form of a time; "" for no time, None when left.

    An ambiguous or invalid text is not taken; the line below it explains the fix.
    """

    def __init__(
        self,
        title: str,
        text: str,
        now: Callable[[], int],
        changed: Callable[[str], None],
    ) -> None:
        """Call `changed` with text that is not taken yet."""
        super().__init__(title, text, HOW)
        self._now, self._tell = now, changed
        self._said = 0  # the moment shown under the text; 0: none

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield TextPage(id="about")
            yield Edit(self.text, "en", longest=80, id="text")
            yield Bar(id="echo")
            yield Bar(id="hint")

    def on_mount(self) -> None:
        self._say(self.text)

    @on(Edit.Changed)
    def _typed(self, event: Edit.Changed) -> None:
        if not isinstance(event, Edit.Submitted):
            self._say(event.text)
            self._tell(event.text)

    def _say(self, text: str) -> None:
        ms, part = 0, BarPart("")
        if text.strip():
            zone = times.zone()
            try:
                ms = read_time(text, self._now(), zone)
            except Unread as error:
                part = BarPart(label(str(error)), "unsure")
            else:
                part = BarPart(f"= {echo(ms, zone)}", "good")
        self._said = ms
        self.query_one("#echo", Bar).put([part])

    @on(Edit.Submitted)
    def _done(self, event: Edit.Submitted) -> None:
        event.prevent_default()  # a box for any text would take it
        if self._said or not event.text.strip():
            self.dismiss(iso(self._said) if self._said else "")
        else:
            self.app.bell()
