"""The rows of a list, read again in a worker, so that arrivals delay no key."""

from array import array
from collections.abc import Callable, Sequence

from exchange.desk.fold_records import FoldedAnswer
from exchange.errors import FusionError
from tui.desk import Desk
from tui.widgets.line_view import LineView
from tui.widgets.row_window import LineKey, ReadPage, Window
from tui.workers import ask_desk, notify_error


class RowReader(LineView):
    """The part of a list that reads its rows; the other part draws them."""

    def __init__(self, rows: Desk, id: str | None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.window = Window(rows)
        self.number = self.window.number(0) if self.window.count else 0
        """The number of the row under the cursor; 0 if the list is empty."""
        self.answer: FoldedAnswer | None = None
        """The translation or receipt under the cursor; None on the row itself."""
        self._renewing = self._again = self._fetching = False
        self.tall = 1
        """Lines on the screen of each row."""

    @property
    def top(self) -> int:
        """The place of the uppermost row in view."""
        return self.scroll_offset.y // self.tall

    @property
    def page(self) -> int:
        """How many rows are in view; at least 1."""
        return max(self.size.height // self.tall, 1)

    @property
    def key(self) -> LineKey:
        return self.number, self.answer.name if self.answer else b""

    def _measure(self, top: int | None = None) -> None:
        line = None if top is None else top * self.tall
        self.set_lines(self.size.width, self.window.count * self.tall, line)

    def _settle(self) -> None:
        raise NotImplementedError

    def _refresh_changed(self) -> None:
        raise NotImplementedError

    def renew(self, then: Callable[[], object]) -> None:
        """Read the rows again in a worker, after a change; then call `then`.

        The cursor stays on its bulletin. A change meanwhile is read afterwards.
        """
        if self._renewing:
            self._again = True
            return
        self._renewing, self._again = True, False
        build = self.builder()

        def renewed(made: Window | None) -> None:
            self._renewing = False
            if (made is not None and not self.put(made)) or self._again:
                self.renew(then)
            then()

        def refused(error: FusionError) -> None:
            notify_error(self, error)
            renewed(None)

        ask_desk(self, lambda: build(None, None), renewed, refused)

    def builder(self) -> "Callable[[array[int] | None, array[int] | None], Window]":
        """See `Window.builder`."""
        top = self.top
        shown = self.window.key(top) if top else (0, b"")
        return self.window.builder((shown, self.key), self.page)

    def put(self, made: Window) -> bool:
        """Show a window that was built; False if this one was changed meanwhile.

        Lines in view stay in place, even if the cursor is out of view.
        """
        if made.edits != self.window.edits:
            return False
        top = self.top
        away = not 0 <= self.window.place(*self.key) - top < self.page
        number, answer = self.window.key(top) if top > 0 else (0, b"")
        made.edits += 1
        self.window = made
        self._measure(made.place(number, answer) if number else None)
        line = self.scroll_offset.y
        self._settle()
        if away:
            self.scroll_to(y=line, animate=False, force=True)
        self._refresh_changed()
        return True

    def _fetch_ahead(self) -> None:
        """Read missing rows a screen above and below in a worker."""
        window, top, page = self.window, self.top, self.page
        edits = window.edits
        if self._fetching or not window.count:
            return
        pages = window.lacking(top - page, top + 2 * page)
        if not pages:
            return
        self._fetching = True

        def fetched(read: Sequence[ReadPage]) -> None:
            self._fetching = False
            if window.edits == edits:
                for at, page in zip(pages, read, strict=True):
                    window.keep(at, page)

        def refused(error: FusionError) -> None:
            self._fetching = False
            notify_error(self, error)

        ask_desk(self, lambda: [window.read(at) for at in pages], fetched, refused)
