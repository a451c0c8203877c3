"""The base of editors, which save their drafts.

A worker saves SAVE_AFTER s after the first unsaved change.
"""

from collections.abc import Callable
from functools import partial

from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from exchange.bulletin.punctuation import COLON
from exchange.errors import FusionError
from tui.desk import Desk
from tui.drafts import EditorDraft, Slot
from tui.typed_keys import hold
from tui.widgets.bar import Bar, BarPart
from tui.words import join_words, lang, say
from tui.workers import call_if_open, error_line

SAVE_AFTER = 0.4  # s after a change; a second must do for the save, too
TRY_AGAIN = 2.0  # s after a save that was refused


class Editor(Screen[None]):
    """A screen with a draft. Subclasses call `save_soon` after each change.

    They must compose a Bar `#unsaved` for the reason of a failed save, and leave by
    `leave`.
    """

    DEFAULT_CSS = """
    Editor #unsaved { display: none; }
    Editor.unsaved #unsaved { display: block; }
    """

    class Opened(Message):
        """An editor was opened; its draft counts until its slot is over."""

        def __init__(self, editor: "Editor") -> None:
            super().__init__()
            self.editor = editor

    class Discarded(Message):
        """An editor's text was discarded; it can be restored."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Covered(Message):
        """A box opens over an editor: its notice would cover it."""

        def __init__(self, notice: str) -> None:
            super().__init__()
            self.notice = notice

    def __init__(self, desk: Desk, draft: EditorDraft | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.slot = Slot(desk, draft)
        self._due: Timer | None = None
        self._left = False
        self._reopened = ""  # the notice, until a box opens

    def on_mount(self) -> None:
        self.post_message(self.Opened(self))

    def snapshot(self) -> Callable[[], str]:
        """Return a maker of the draft's text; "" if nothing is unfinished.

        Called in the screen's thread, also after the application has ended: it must
        read attributes only and query no widget. The maker runs later, in any thread,
        when the screen may have changed.
        """
        raise NotImplementedError

    @property
    def unfinished(self) -> bool:
        return bool(self.snapshot()())

    def save_soon(self) -> None:
        if self._due is None and self.is_running:
            self._due = self.set_timer(SAVE_AFTER, self._save_now)

    def _save_now(self) -> None:
        self._due = None
        self.slot.put(self.snapshot())
        self._save()

    def save_then(self, then: Callable[[], object], *, opens: bool = False) -> None:
        """Save the draft, then call `then`; stay if the save is refused.

        If `then` opens something, keys typed meanwhile wait for it.
        """
        self.slot.put(self.snapshot())
        self._save(then, opens=opens)

    def leave(self) -> None:
        if not self._left:
            self.slot.over = self._left = True
            self._go()

    def tell_reopened(self) -> None:
        self._reopened = say("Draft reopened")
        self.notify(self._reopened, markup=False)

    def on_screen_suspend(self) -> None:
        if self._reopened:
            self.post_message(self.Covered(self._reopened))
        self._reopened = ""

    def on_screen_resume(self) -> None:
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
        """Show it once as a notice, and in a line until a save succeeds; retry.

        If a key requested the save, show the notice each time.
        """
        said = f"{say('Not saved yet')}{COLON[lang()]}{error_line(error)}"
        for bar in self.query("#unsaved").results(Bar):
            bar.put([BarPart(join_words(said), "bad")])
        if leaving or not self.has_class("unsaved"):
            self.add_class("unsaved")
            self.notify(said, severity="error", markup=False)
        self.set_timer(TRY_AGAIN, self.save_soon)
