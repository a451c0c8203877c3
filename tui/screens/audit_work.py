"""Long work of an audit: how far it is, in counts; Esc gives it up."""

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

LOOK = 0.2  # s between two looks at how far it is
Work = Callable[[Progress], Sequence[Item]]


def count_line(far: tuple[str, int, int]) -> str:
    """Return how far a log is, said: beijing.cn.fusion/log/1: 1,024 of 5,000."""
    origin, done, size = far
    if not origin:
        return say("Starting…")
    told = say("{done} of {size} entries").format(done=f"{done:,}", size=f"{size:,}")
    return COLON[lang()].join((safe(origin), told))


class AuditWork(PageScreen):
    """Runs one piece of work in a worker; shows counts, then what came of it.

    The work calls its `Progress` every so often: there it ends when this screen is
    left, and leaves nothing behind.
    """

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("Esc", word("stop, back")),)
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "back", "Stop the work, and go back", "Esc")
    ]

    def __init__(self, title: str, work: Work) -> None:
        """`title` is a text of the catalogues."""
        super().__init__()
        self.HEAD = title
        self._work, self._stop, self._over = work, False, False
        self._far = ("", 0, 0)

    def on_mount(self) -> None:
        """Begin, and look every so often how far it is."""
        super().on_mount()
        self._show_far()
        self.set_interval(LOOK, self._show_far)
        ask_desk(self, self._run, self._done, self._failed)

    def on_unmount(self) -> None:
        """End the work, however the screen was left."""
        self._stop = True

    def _tell(self, origin: str, done: int, size: int) -> None:
        """Note how far it is, in the worker; raise GivenUp once nobody waits."""
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
            self.put([Text(count_line(self._far), lang())])

    def _done(self, items: Sequence[Item]) -> None:
        self._end()
        head = [label(self.HEAD), label(word("done"))]
        self.query_one("#head", Bar).put([BarPart(one, "key") for one in head])
        self.put(items)

    def _failed(self, error: FusionError) -> None:
        self._end()
        self.fail(error)

    def _end(self) -> None:
        """Show no more counts; there is nothing to stop any more."""
        self._over = True
        self.query_one("#keys", KeyLine).keys(PageScreen.KEYS, self.MORE)
