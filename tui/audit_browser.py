"""The audit as an application of its own: no desk, no officer's key."""

from typing import ClassVar

from textual.binding import BindingType

from exchange.browsed_logs import LogShelf
from tui.guarded_app import GuardedApp
from tui.keys import bind
from tui.screens.audit import AuditScreen
from tui.text.terminal import own_order


class AuditBrowser(GuardedApp):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+q", "quit", "Leave", "^Q", over_boxes=True),
    ]

    def __init__(self, shelf: LogShelf) -> None:
        super().__init__()
        self.shelf = shelf

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.push_screen(AuditScreen(self.shelf), lambda _: self.exit())


def browse(shelf: LogShelf) -> None:
    """Show the logs of a shelf until the officer leaves.

    Raises FusionError(INTERNAL), naming a line of the program, after a fault, and
    SystemExit(128 + SIGHUP) if the terminal was closed.
    """
    app = AuditBrowser(shelf)
    with own_order():
        app.run()
    app.raise_end()
