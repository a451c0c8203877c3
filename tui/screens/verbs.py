"""The verbs of the first screen: each opens a box or a screen."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from exchange.browsed_logs import LogShelf
from exchange.desk.home_records import KeyCabinet, Pairing
from exchange.desk.records import OpenedBulletin, SavedDraft
from exchange.words import word
from tui.desk import Desk
from tui.screens.list_view import ListView
from tui.text.safe_text import safe
from tui.typed_keys import lose
from tui.widgets.reader import Reader
from tui.words import say
from tui.workers import ask_desk, ask_to_open

if TYPE_CHECKING:  # only named here: start-up counts
    from tui.screens.board import BoardView


REPEATED = frozenset(
    {
        *("acknowledge", "note", "verify", "translate", "copy", "raw", "answer"),
        *("thread", "recall", "reveal", "again"),
    }
)
"""The verbs that `.` calls again: each acts on the bulletin under the cursor."""


class Verbs(ListView):
    way_back: Callable[[], None] | None = None
    """Called by Esc in the reader; None: back to the list."""

    _last = ""
    """The last verb of REPEATED."""

    def __init__(
        self, desk: Desk, now: Callable[[], int], setting: Callable[[str], str]
    ) -> None:
        """Take a desk and its clock; `setting` returns the value in force of one."""
        super().__init__(desk, now)
        self.setting = setting
        self._letters: dict[str, int] = {}  # in this session: numbers of bulletins

    @property
    def reader(self) -> Reader:
        return self.query_one("#reader", Reader)

    @property
    def in_reader(self) -> bool:
        raise NotImplementedError

    @property
    def number(self) -> int:
        raise NotImplementedError

    @property
    def discarded(self) -> list[SavedDraft]:
        raise NotImplementedError

    def open(self, number: int | None, back: Callable[[], None] | None = None) -> None:
        """Open a bulletin, also one outside the current list; 0: none.

        Esc there calls `back`, which shows its origin again; without it, Esc leads to
        the list.
        """
        raise NotImplementedError

    def chosen(self) -> OpenedBulletin | None:
        """Return None, with a notice, if it is not the verb's."""
        opened = self.reader.opened
        if opened is None or opened.row.number != self.number:
            self.notify(say("Open a bulletin first."), markup=False)
            return None
        return opened

    def keep_verb(self, action: str) -> None:
        if action in REPEATED:
            self._last = action

    async def action_repeat(self) -> None:
        if self._last:
            await self.run_action(self._last)
        else:
            self.notify(say("No verb yet: a, r, t, v and others."), markup=False)

    def action_keep_letter(self) -> None:
        """Keep the bulletin under a letter, until the terminal ends."""
        number = self.number

        def kept(letter: str | None) -> None:
            if letter:
                self._letters[letter] = number

        if number:
            self._ask_letter(word("Keep the bulletin under a letter, a to z"), kept)

    def action_letter(self) -> None:
        def go(letter: str | None) -> None:
            if letter in self._letters:
                self.remove_class("reading")
                self.rows.focus()
                self.show_number(self._letters[letter])
            elif letter:
                self.app.bell()

        if self._letters:
            self._ask_letter(word("Back to the bulletin under a letter"), go)
        else:
            said = say("No letter is kept yet: M keeps the bulletin under one.")
            self.notify(said, markup=False)

    def _ask_letter(self, title: str, then: Callable[[str | None], None]) -> None:
        from tui.screens.letter_box import LetterBox  # noqa: PLC0415 - start-up counts

        letters, numbers = list(self._letters), list(self._letters.values())
        ask_to_open(
            self,
            lambda: dict(zip(letters, self.desk.rows(numbers), strict=True)),
            lambda taken: self.app.push_screen(LetterBox(title, taken), then),
        )

    def action_acknowledge(self) -> None:
        """Acknowledge the marked bulletins, or the shown one.

        In a list without a reader, the one under the cursor, as painted.
        """
        marked = sorted(self.rows.marked)
        opened, row = self.reader.opened, self.rows.seen_row
        if marked and not self.in_reader:
            ask_to_open(
                self, lambda: list(map(self.desk.read, marked)), self._acknowledge_many
            )
        elif opened is not None and opened.row.number == self.number:
            self._acknowledge(opened)
        elif row is not None and row.number == self.number:
            ask_to_open(self, lambda: self.desk.read(row.number), self._acknowledge)
        elif self.number:
            lose(self)

    def _acknowledge(self, opened: OpenedBulletin) -> None:
        from tui.screens.acknowledge import Acknowledge  # noqa: PLC0415 - start-up

        if self.app.screen is self:  # not over a screen opened meanwhile
            self.app.push_screen(Acknowledge(self.desk, opened))

    def _acknowledge_many(self, bulletins: Sequence[OpenedBulletin]) -> None:
        from tui.screens.acknowledge_many import (  # noqa: PLC0415 - start-up counts
            AcknowledgeMany,
        )

        if self.app.screen is self:
            self.app.push_screen(AcknowledgeMany(self.desk, bulletins), self.put_marks)

    def action_note(self) -> None:
        number = self.number

        def noted(said: Sequence[str]) -> None:
            for one in said:
                self.notify(safe(one), markup=False)

        if number:
            ask_desk(self, lambda: self.desk.take_note(number), noted)

    def action_verify(self) -> None:
        from tui.screens.verify import Verify  # noqa: PLC0415 - start-up counts

        if self.number:
            self.app.push_screen(Verify(self.desk, self.number))

    def show_receipt(self, number: int, name: bytes) -> None:
        from tui.screens.receipt import ReceiptPage  # noqa: PLC0415 - start-up counts

        self.app.push_screen(ReceiptPage(self.desk, number, name))

    def action_language(self, by: int) -> None:
        self.reader.language(by)

    def action_copy(self) -> None:
        self.reader.copy()

    def action_translate(self) -> None:
        from tui.screens.translate_menu import choose  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            choose(self.app, self.desk, opened)

    def action_translations(self) -> None:
        from tui.screens.translation_queue import (  # noqa: PLC0415 - start-up counts
            TranslationQueue,
        )

        self.app.push_screen(TranslationQueue(self.desk, self.now))

    def action_raw(self) -> None:
        from tui.screens.signed_bytes import RawScreen  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            self.app.push_screen(RawScreen(self.desk, opened))

    def action_compose(self) -> None:
        from tui.screens.compose import Compose  # noqa: PLC0415 - start-up counts

        self.app.push_screen(Compose(self.desk, now=self.now))

    def action_settings(self) -> None:
        from tui.screens.settings import (  # noqa: PLC0415 - start-up counts
            Further,
            SettingsScreen,
        )

        columns = Further(word("Columns of the list"), self.action_columns)
        self.app.push_screen(SettingsScreen(self.setting, [columns]))

    def action_drafts(self) -> None:
        from tui.screens.drafts import DraftsScreen  # noqa: PLC0415 - start-up counts

        self.app.push_screen(DraftsScreen(self.desk, self.now, self.discarded))

    def action_answer(self) -> None:
        from tui.screens.answer import choose  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            choose(self.app, self.desk, opened)

    def action_thread(self) -> None:
        number, before = self.number, self.way_back

        def reopen() -> None:
            self.open(number, before)

        if number:
            self._show_thread(number, number, reopen if self.in_reader else None)

    def _show_thread(
        self, number: int, at: int, reopen: Callable[[], None] | None
    ) -> None:
        """Show the thread of a bulletin, the cursor on `at`.

        `reopen` restores the bulletin that the reader showed before.
        """
        from tui.screens.thread import ThreadScreen  # noqa: PLC0415 - start-up counts

        def opened(chosen: int | None) -> None:
            def back() -> None:
                if reopen is not None:
                    reopen()
                self._show_thread(number, chosen or 0, reopen)

            self.open(chosen, back)

        self.app.push_screen(ThreadScreen(self.desk, number, at), opened)

    def action_again(self) -> None:
        from tui.screens.sign_again import review  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            if opened.row.state in {"resign", "lost"}:
                review(self.app, self.desk, opened)
            else:
                said = say("This bulletin does not wait to be signed again.")
                self.notify(said, markup=False)

    def action_reveal(self) -> None:
        from tui.screens.reveal import ask  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            ask(self.app, self.desk, opened)

    def action_recall(self) -> None:
        from tui.screens.recall import Recall  # noqa: PLC0415 - start-up counts

        if opened := self.chosen():
            if opened.row.outgoing and opened.content is not None:
                self.app.push_screen(Recall(self.desk, opened))
            else:
                said = say("Only a bulletin of this desk can be recalled here.")
                self.notify(said, markup=False)

    def action_release(self) -> None:
        from tui.screens.release_queue import Queue  # noqa: PLC0415 - start-up counts

        self.app.push_screen(Queue(self.desk, self.now))

    def action_link(self) -> None:
        from tui.screens.link import LinkScreen  # noqa: PLC0415 - start-up counts

        self.app.push_screen(LinkScreen(self.desk))

    def action_directory(self) -> None:
        self._show_directory(0)

    def _show_directory(self, at: int) -> None:
        from tui.screens.directory import (  # noqa: PLC0415 - start-up counts
            DirectoryScreen,
        )

        def opened(number: int | None) -> None:
            self.open(number, lambda: self._show_directory(number or 0))

        self.app.push_screen(DirectoryScreen(self.desk, self.now, at), opened)

    def action_board(self) -> None:
        self._show_board(None)

    def _show_board(self, view: "BoardView | None") -> None:
        from tui.screens.board import BoardScreen  # noqa: PLC0415 - start-up counts

        board = BoardScreen(self.desk, self.now, view)

        def opened(number: int | None) -> None:
            self.open(number, lambda: self._show_board(board.view))

        self.app.push_screen(board, opened)

    def action_sent(self) -> None:
        self._show_sent(0, 0)

    def _show_sent(self, at: int, limit: int) -> None:
        from tui.screens.sent import SentScreen  # noqa: PLC0415 - start-up counts

        sent = SentScreen(self.desk, at, limit)

        def opened(number: int | None) -> None:
            self.open(number, lambda: self._show_sent(number or 0, sent.limit))

        self.app.push_screen(sent, opened)

    def action_duty(self) -> None:
        self._show_duty(0)

    def _show_duty(self, at: int) -> None:
        from tui.screens.handover import Duty  # noqa: PLC0415 - start-up counts

        def opened(number: int | None) -> None:
            self.open(number, lambda: self._show_duty(number or 0))

        self.app.push_screen(Duty(self.desk, at), opened)

    def action_audit(self) -> None:
        if (open_logs := self.desk.home.logs) is None:
            self.notify(say("This desk was opened without its home."), markup=False)
            return

        def show(shelf: LogShelf) -> None:
            from tui.screens.audit import AuditScreen  # noqa: PLC0415 - start-up counts

            self.app.push_screen(AuditScreen(shelf))

        ask_to_open(self, open_logs, show)

    def action_pair(self) -> None:
        if (open_pairing := self.desk.home.pairing) is None:
            self.notify(say("This desk was opened without its home."), markup=False)
            return

        def show(pairing: Pairing) -> None:
            from tui.screens.pairing import PairingScreen  # noqa: PLC0415 - start-up

            self.app.push_screen(PairingScreen(pairing))

        ask_to_open(self, open_pairing, show)

    def action_keys(self) -> None:
        if (open_keys := self.desk.home.keys) is None:
            self.notify(say("This desk was opened without its home."), markup=False)
            return

        def show(cabinet: KeyCabinet) -> None:
            from tui.screens.keys import Keys  # noqa: PLC0415 - start-up counts

            officer = self.desk.link().officer.partition("@")[0]
            pairing = self.desk.home.pairing
            self.app.push_screen(Keys(cabinet, pairing, officer, self.now))

        ask_to_open(self, open_keys, show)
