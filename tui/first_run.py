"""The first run as an application of its own: there is no desk yet."""

from typing import ClassVar

from textual.binding import BindingType

from exchange.desk.home_records import Setup
from tui.guarded_app import GuardedApp
from tui.keys import bind
from tui.screens.first_run import FirstRunScreen
from tui.text.terminal import own_order


class FirstRunApp(GuardedApp):
    """Leads through the making of a home; `passphrase` is None until it is whole.

    It is "" where the passphrase was chosen in an earlier run.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+q", "quit", "Leave", "^Q", over_boxes=True),
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.passphrase: str | None = None

    def on_mount(self) -> None:
        """Begin where it stands."""
        self.animation_level = "none"
        self.push_screen(FirstRunScreen(self.setup), self._end)

    def _end(self, passphrase: str | None) -> None:
        self.passphrase = passphrase
        self.exit()


def lead(setup: Setup) -> str | None:
    """Lead through a first run; return the passphrase, None where it was left.

    What was typed before its first question stands is not kept, as it is before the
    list of every day, whose keys an officer knows by heart: here it would answer what
    nobody has read, and choose the language, or a nation where a desk was to join one.

    Raises FusionError(INTERNAL), which names a line of the program, after a fault, and
    SystemExit(128 + SIGHUP) where the terminal was closed.
    """
    app = FirstRunApp(setup)
    with own_order():
        app.run()
    app.raise_end()
    return app.passphrase
