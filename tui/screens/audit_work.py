"""A long audit task: its progress in counts; Esc stops it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from exchange.browsed_logs import GivenUp, Progress
from exchange.bulletin.punctuation import COLON
from exchange.errors import FusionError
from exchange.words import word
from tui.keys import bind
from tui.screens.base import PageScreen
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import Item, Text
from tui.words import label, lang, say
from tui.workers import ask_desk

LOOK = 0.2  # s between two updates of the progress
Work = Callable[[Progress], Sequence[Item]]


def count_line(far: tuple[str, int, int]) -> str:
    """Return the progress on a log: beijing.cn.fusion/log/1: 1,024 of 5,000."""
    origin, done, size = far
    if not origin:
        return say("Starting…")
    told = say("{done} of {size} entries").format(done=f"{done:,}", size=f"{size:,}")
    return COLON[lang()].join((safe(origin), told))


class AuditWork(PageScreen):
    """Runs one task in a worker; shows counts, then the result.

    The task calls its `Progress` regularly. That call raises GivenUp once this screen
    is left, and the task leaves nothing behind.
    """

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("Esc", word("stop, back")),)
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "back", "Stop the work, and go back", "Esc")
    ]

    def __init__(self, title: str, work: Work) -> None:
        super().__init__()
        self.HEAD = title
        self._work, self._stop, self._over = work, False, False
        self._far = ("", 0, 0)

    def on_mount(self) -> None:
        super().on_mount()
        self._show_far()
        self.set_interval(LOOK, self._show_far)
        ask_desk(self, self._run, self._done, self._failed)

    def on_unmount(self) -> None:
        self._stop = True

    def _tell(self, origin: str, done: int, size: int) -> None:
        """Record the progress, in the worker; raise GivenUp if the screen was left."""
        self._far = origin, done, size
        if self._stop:
            raise GivenUp

    def _run(self) -> Sequence[Item]:
        try:
            return self._work(self._tell)
        except GivenUp:
            return ()

    def _show_far(self) -> None:
        if not self._over:
            self.page.put([Text(count_line(self._far), lang())])

    def _done(self, items: Sequence[Item]) -> None:
        self._end()
        head = [label(self.HEAD), label(word("done"))]
        self.query_one("#head", Bar).put([BarPart(one, "key") for one in head])
        self.page.put(items)

    def _failed(self, error: FusionError) -> None:
        self._end()
        self.fail(error)

    def _end(self) -> None:
        self._over = True
        self.query_one("#keys", KeyLine).keys(PageScreen.KEYS, self.MORE)
