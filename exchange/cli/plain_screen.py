"""One screen of the terminal as plain lines: `fusion tui --plain SCREEN`."""

from typing import TYPE_CHECKING

from exchange.errors import Reason, Refusal, Why

if TYPE_CHECKING:
    from exchange.desk.client import Desk

OPTION = "--plain"


def check(screen: str, name: str) -> None:
    """Raise Refusal(INPUT) for a screen that there is not, or that cannot be read.

    `name` is the bulletin that was named, "" for none.
    """
    from tui.plain_screens import SCREENS

    found = SCREENS.get(screen)
    if found is None:
        listed = ", ".join(one for one, at in SCREENS.items() if not at.command)
        why = Why("no such screen; one of {names}", names=listed)
        raise Refusal(Reason.INPUT, OPTION, why)
    if found.command:
        why = Why(
            "this screen acts, and has nothing to read; {command} does the same",
            command=found.command,
        )
        raise Refusal(Reason.INPUT, f"{OPTION} {screen}", why)
    if found.about and not name:
        why = Why("this screen is about one bulletin; name it with --of NAME")
        raise Refusal(Reason.INPUT, f"{OPTION} {screen}", why)


def show(desk: "Desk", language: str, screen: str, name: str) -> None:
    """Print a screen that `check` let pass, about the bulletin of that name or ""."""
    from exchange.desk.terminal.desk import TerminalDesk
    from tui import plain_screens

    number = 0
    if name:
        found = desk.mailbox.search.resolve(name)
        number = desk.mailbox.messages.row(found).number
    view = TerminalDesk(desk, language)
    view.ask_node()  # else every screen says that it is down
    print("\n".join(plain_screens.read(view, screen, number)))
