"""The audit: view, verify and export logs; it changes none."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.browsed_logs import FSCK, BrowsedLog, LogShelf, Progress
from exchange.errors import FusionError
from exchange.words import word
from tui.keys import bind
from tui.screens.audit_log import AuditLog, log_items
from tui.screens.audit_work import AuditWork, Work
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Ask
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Item, Text
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, error_line

AUDIT = word("Audit")
CHECKING = {
    True: word("Verifying the whole database (fsck)"),
    False: word("Verifying the whole export"),
}
NOT_HERE = word("Only on the node's machine, or for an export.")


def report_lines(lines: Sequence[str]) -> Sequence[Item]:
    return [Text(line, lang()) for line in lines]


class AuditScreen(ChoiceScreen[None]):
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("↵", word("open")),
        ("f", word("verify all")),
        ("e", word("export")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f", "check", "Verify everything that is stored here (fsck)", "f"),
        bind("e", "export", "Write an audit export to a file", "e"),
    ]

    def __init__(self, shelf: LogShelf) -> None:
        super().__init__()
        self.shelf = shelf
        self.found: Sequence[BrowsedLog] = ()

    def on_mount(self) -> None:
        title = [BarPart(label(AUDIT), "key"), BarPart(join_words(self.shelf.title))]
        self.query_one("#head", Bar).put(title)
        self._say(Text(say("Reading…"), lang(), "dim"))

    def on_screen_resume(self) -> None:
        ask_desk(self, self.shelf.logs, self._show, self._refused, newest_of="logs")

    def _say(self, text: Text) -> None:
        self.choices.choose_from([Entry(0, [text])])

    def _refused(self, error: FusionError) -> None:
        self._say(Text(f"✘ {error_line(error)}", lang(), "bad"))

    def _show(self, found: Sequence[BrowsedLog]) -> None:
        self.found = found
        blank = Text("", "")
        rows = [
            Entry(number, [*log_items(log), blank])
            for number, log in enumerate(found, 1)
        ]
        if rows:
            self.choices.choose_from(rows)
        else:
            self._say(Text(say("No log is here yet."), lang(), "dim"))

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        log = self.found[event.entry.number - 1]
        self.app.push_screen(AuditLog(self.shelf, log))

    def action_check(self) -> None:
        if not self.shelf.checks:
            self.notify(say(NOT_HERE), markup=False)
            return

        def check(tell: Progress) -> Sequence[Item]:
            return report_lines(self.shelf.check(tell))

        self._work(CHECKING[self.shelf.checks == FSCK], check)

    def action_export(self) -> None:
        if not self.shelf.exports:
            self.notify(say(NOT_HERE), markup=False)
            return

        def named(path: str | None) -> None:
            if path:
                self._work(
                    word("Writing an audit export"),
                    lambda tell: report_lines(self.shelf.export(path, tell)),
                )

        hint = word("a new file; it holds no sealed text")
        self.app.push_screen(Ask(word("Audit export to"), "", hint), named)

    def _work(self, title: str, work: Work) -> None:
        self.app.push_screen(AuditWork(title, work))
