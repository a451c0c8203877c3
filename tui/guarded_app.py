"""The base of every application on a terminal: the last door for foreign text."""

import signal
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.command import CommandPalette, Provider
from textual.css.query import NoMatches
from textual.events import Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import SeverityLevel
from textual.worker import WorkerFailed

from exchange.errors import FusionError, Reason
from tui import words
from tui.keys import bind
from tui.screens.commands import Commands, palette
from tui.screens.signature import BoxLeft, SignScreen
from tui.terminal_driver import TerminalDriver, TerminalGone
from tui.text.output_filter import Guard
from tui.themes import OTHERWISE
from tui.typed_keys import LOST, TypedApp

WAITING_MAX = 8  # messages; the oldest are dropped
TOLD_MAX = 32  # messages that can be laid out again
NO = NoColor()
TOAST, TOAST_FRAME = 60, 4  # columns of a message, at most, and of them for its edge
BESIDE = 2  # columns left free; a message takes at most half of the rest


class HeldMessage(NamedTuple):
    """A message held back while a screen that signs is in front."""

    message: str
    title: str
    severity: SeverityLevel
    timeout: float | None
    markup: bool


class GuardedApp(TypedApp):
    TITLE = "fusion"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f1,?", "help", "Keys of this screen", "?"),
        bind("ctrl+p,:", "command_palette", "All commands", "^P"),
    ]
    CSS = """
    Screen { background: $background; }
    ModalScreen { align: center middle; background: $background 60%; }
    ToastRack.above { dock: top; align: right top; margin: 2 0 0 0; }
    Toast { background: $surface; padding: 0 1; }
    Toast.-information { border: round $success; }
    Toast.-warning { border: round $warning; }
    Toast.-error { border: round $error; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette CommandInput > .input--placeholder { color: $foreground 60%; }
    """

    def __init__(self) -> None:
        super().__init__(TerminalDriver)
        self.ended_by = 0
        """The signal that ended it, if any; SIGHUP if the terminal vanished."""
        self._guard = Guard()
        self._waiting: deque[HeldMessage] = deque(maxlen=WAITING_MAX)
        self._shown: deque[tuple[str, str]] = deque(maxlen=TOLD_MAX)
        """Messages as shown, in lines, and their texts."""

    @on(TerminalGone)
    def _end_without_terminal(self) -> None:
        self.ended_by = signal.SIGHUP
        self.exit()

    def tell_lost(self) -> None:
        self.bell()
        said = words.say(LOST)
        self.take_away(said)
        if self.screen_stack:  # else the application is ending
            self.screen.notify(said, severity="warning", markup=False)

    def get_line_filters(self) -> "list[LineFilter]":
        """Put the guard after all other filters.

        Textual's filter for grey reads the terminal's own colours (default on default)
        as black on black: with these themes, NO_COLOR removes all colours instead.
        """
        others = super().get_line_filters()
        if self.native_ansi_color:
            others = [NO if isinstance(one, Monochrome) else one for one in others]
        return [*others, self._guard]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(OTHERWISE)

    def _handle_exception(self, error: Exception) -> None:
        """Note a fault, and end; ignore faults of a screen closed half made."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without Textual's traceback: it prints locals, and with them content."""
        self._close_messages_no_wait()

    def raise_end(self) -> None:
        """Raise the cause of the end, unless the officer ended it.

        Raises FusionError(INTERNAL), naming a line of the program, after a fault, and
        SystemExit(128 + its number) after a signal.
        """
        if error := self.fault():
            raise error
        if self.ended_by:
            raise SystemExit(128 + self.ended_by)

    def fault(self) -> FusionError | None:
        raised = self._exception
        if raised is None:
            return None
        error = raised.error if isinstance(raised, WorkerFailed) else raised
        where = type(error).__name__
        for frame in traceback.extract_tb(error.__traceback__)[-1:]:
            where = f"{Path(frame.filename).name}:{frame.lineno} {where}"
        return FusionError(Reason.INTERNAL, where)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a message for a while; a toast draws its letters in the order given.

        No message covers a signature: unless a signing screen shows it itself, it
        appears after that screen closes.
        """
        front = next(reversed(self.screen_stack), None)
        if isinstance(front, SignScreen) and not front.speaks:
            self._waiting.append(HeldMessage(message, title, severity, timeout, markup))
            return
        shown = words.wrap_words(message, _columns(self.size.width))
        self._shown.append((shown, message))
        super().notify(
            shown,
            title=title,
            severity=severity,
            timeout=timeout,
            markup=markup,
        )

    def on_resize(self, event: Resize) -> None:
        said, columns = dict(self._shown), _columns(event.size.width)
        for one in self._notifications:
            if message := said.get(one.message):
                one.message = words.wrap_words(message, columns)
                self._shown.append((one.message, message))
        for screen in self.screen_stack:
            for toast in screen.query("Toast"):
                toast.refresh(layout=True)

    @on(BoxLeft)
    def _say_waiting(self) -> None:
        """Show the messages held back; hold them on if another screen signs."""
        waiting, self._waiting = list(self._waiting), deque(maxlen=WAITING_MAX)
        for one in waiting:
            self.notify(
                one.message,
                title=one.title,
                severity=one.severity,
                timeout=one.timeout,
                markup=one.markup,
            )

    def take_away(self, message: str) -> None:
        """Remove one early, by its text."""
        said = dict(self._shown)
        for one in list(self._notifications):
            if said.get(one.message) == message:
                self._unnotify(one)
                for screen in self.screen_stack:
                    screen.query(f"#--textual-toast-{one.identity}").remove()

    def clear_notifications(self) -> None:
        """Remove all messages, also from screens under others."""
        super().clear_notifications()
        for screen in self.screen_stack:
            screen.query("Toast").remove()

    def action_help(self) -> None:
        from tui.screens.help import Help  # noqa: PLC0415 - start-up counts

        if not isinstance(self.screen, Help):
            self.push_screen(Help(self.screen.active_bindings))

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(palette())


def _columns(width: int) -> int:
    return min(TOAST, (width - BESIDE) // 2) - TOAST_FRAME
