"""The first run as an application of its own: there is no desk yet."""

from typing import ClassVar

from textual.binding import BindingType

from exchange.desk.home_records import Setup
from tui.guarded_app import GuardedApp
from tui.keys import bind
from tui.screens.first_run import FirstRunScreen
from tui.text.terminal import own_order


class FirstRunApp(GuardedApp):
    """Guides the setup; `passphrase` is "" if it was chosen in an earlier run.

    None until the setup is complete.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+q", "quit", "Leave", "^Q", over_boxes=True),
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.passphrase: str | None = None

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.push_screen(FirstRunScreen(self.setup), self._end)

    def _end(self, passphrase: str | None) -> None:
        self.passphrase = passphrase
        self.exit()


def lead(setup: Setup) -> str | None:
    """Guide a first run; return the passphrase, or None if the officer left.

    Keys typed before the first question are dropped: here they would answer an unread
    question.

    Raises FusionError(INTERNAL), naming a line of the program, after a fault, and
    SystemExit(128 + SIGHUP) if the terminal was closed.
    """
    app = FirstRunApp(setup)
    with own_order():
        app.run()
    app.raise_end()
    return app.passphrase
