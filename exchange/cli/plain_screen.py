"""One screen of the terminal as plain lines: `fusion tui --plain SCREEN`."""

from exchange.cli.lazy import lazy_imports
from exchange.errors import Reason, Refusal, Why

with lazy_imports():
    from exchange.desk.client import Desk
    from exchange.desk.terminal.desk import TerminalDesk
    from tui import plain_screens


OPTION = "--plain"


def check(screen: str, name: str) -> None:
    """Raise Refusal(INPUT) for a screen that there is not, or that cannot be read.

    `name` is the bulletin that was named, "" for none.
    """
    found = plain_screens.SCREENS.get(screen)
    if found is None:
        listed = ", ".join(
            one for one, at in plain_screens.SCREENS.items() if not at.command
        )
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
    number = 0
    if name:
        found = desk.mailbox.search.resolve(name)
        number = desk.mailbox.messages.row(found).number
    view = TerminalDesk(desk, language)
    view.ask_node()  # else every screen says that it is down
    print("\n".join(plain_screens.read(view, screen, number)))
