"""The base of screens in which something is written: they save its draft.

Every change is saved at the desk within a second: SAVE_AFTER ms after the first one
that is not saved yet, in a worker thread, so that no key press waits for a disk.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from exchange.bulletin.punctuation import COLON
from exchange.errors import FusionError
from tui.desk import DeskProtocol
from tui.drafts import EditorDraft, Slot
from tui.typed_keys import hold
from tui.widgets.bar import Bar, BarPart
from tui.words import join_words, lang, say
from tui.workers import call_if_open, error_line

SAVE_AFTER = 0.4  # s after a change; a second must do for the save, too
TRY_AGAIN = 2.0  # s after a save that was refused


@runtime_checkable
class MessageTaker(Protocol):
    """An application that takes a message away before its time."""

    def take_away(self, message: str) -> None:
        """Take it away, if it is still shown."""


class Editor(Screen[None]):
    """A screen with a draft. It calls `changed` after each change of what it holds.

    It must show a Bar `#unsaved`, which says why the draft could not be saved, and
    leave by `leave`.
    """

    DEFAULT_CSS = """
    Editor #unsaved { display: none; }
    Editor.unsaved #unsaved { display: block; }
    """

    class Opened(Message):
        """An editor was opened; what it holds counts until its slot is over."""

        def __init__(self, editor: "Editor") -> None:
            super().__init__()
            self.editor = editor

    class Discarded(Message):
        """The text of an editor was discarded; it may be brought back."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, desk: DeskProtocol, draft: EditorDraft | None = None) -> None:
        """Begin a draft, or go on with one."""
        super().__init__()
        self.desk = desk
        self.slot = Slot(desk, draft)
        self._due: Timer | None = None
        self._left = False
        self._reopened = ""  # as it was said, until a box opens

    def on_mount(self) -> None:
        """Tell the application."""
        self.post_message(self.Opened(self))

    def snapshot(self) -> Callable[[], str]:
        """Return a function that makes the draft's text; "" if nothing is unfinished.

        Called in the thread of the screen, and after the application has ended: it
        reads attributes, and queries no widget. What it returns is called in any
        thread, when the screen holds something else already.
        """
        raise NotImplementedError

    @property
    def unfinished(self) -> bool:
        """Whether something is begun here, and neither sent nor put in."""
        return bool(self.snapshot()())

    def save_soon(self) -> None:
        """Schedule a save of the draft."""
        if self._due is None and self.is_running:
            self._due = self.set_timer(SAVE_AFTER, self._save_now)

    def _save_now(self) -> None:
        self._due = None
        self.slot.put(self.snapshot())
        self._save()

    def save_then(self, then: Callable[[], object], *, opens: bool = False) -> None:
        """Save the draft, then go on; if the save is refused, stay.

        If `then` opens something, keys typed meanwhile wait for it.
        """
        self.slot.put(self.snapshot())
        self._save(then, opens=opens)

    def leave(self) -> None:
        """Leave for good, once no box is over it; what is to be saved is saved."""
        if not self._left:
            self.slot.over = self._left = True
            self._go()

    def tell_reopened(self) -> None:
        """Say that it goes on with what was begun earlier."""
        self._reopened = say("Draft reopened")
        self.notify(self._reopened, markup=False)

    def on_screen_suspend(self) -> None:
        """Take that notice away: it would cover the box that opens."""
        if self._reopened and isinstance(self.app, MessageTaker):
            self.app.take_away(self._reopened)
        self._reopened = ""

    def on_screen_resume(self) -> None:
        """Leave, if that waited for a box."""
        self._go()

    def _go(self) -> None:
        if self._left and self.is_active:
            self.dismiss()

    def _save(
        self, then: Callable[[], object] | None = None, *, opens: bool = False
    ) -> None:
        # By the application: a worker of the screen would end with it.
        work = partial(self._saving, then)
        saves = self.app.run_worker(work, thread=True, group="drafts")
        hold(self.app, saves, opens=opens)

    def _saving(self, then: Callable[[], object] | None) -> None:
        try:
            self.slot.save()
        except FusionError as error:
            call_if_open(self, self._not_saved, error, leaving=then is not None)
        else:
            call_if_open(self, self._saved, then)

    def _saved(self, then: Callable[[], object] | None) -> None:
        self.remove_class("unsaved")
        if then is not None:
            then()

    def _not_saved(self, error: FusionError, *, leaving: bool) -> None:
        """Say so above all boxes once, and in a line until it was saved; try again.

        Where it was asked for by a key it is said each time.
        """
        said = f"{say('Not saved yet')}{COLON[lang()]}{error_line(error)}"
        for bar in self.query("#unsaved").results(Bar):
            bar.put([BarPart(join_words(said), "bad")])
        if leaving or not self.has_class("unsaved"):
            self.add_class("unsaved")
            self.notify(said, severity="error", markup=False)
        self.set_timer(TRY_AGAIN, self.save_soon)
