"""fusion tui: the officer's terminal."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

from exchange.cli import desk_session, options
from exchange.cli.language import asked
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Why
from exchange.limits import MINUTE
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.bulletin.error_text import refusal
    from exchange.cli import wipe as output
    from exchange.cli.program import spare_what_stays
    from exchange.config.wipe import wipe
    from exchange.desk.client import Desk
    from exchange.desk.terminal.desk import TerminalDesk
    from exchange.desk.terminal.releases import OfficersHere
    from exchange.home.first_run import FirstRun
    from exchange.home.first_run_files import is_needed
    from exchange.home.terminal_home import home_here
    from tui import plain_screens
    from tui.app import End, run
    from tui.first_run import lead

FD_OPTION = "--passphrase-fd"
TRIES = 3  # of typing the passphrase
CLEAR = "\x1b[H\x1b[2J"  # also on a terminal with a single screen

PlainScreen = Annotated[
    str,
    option(
        "--plain",
        "Print a screen as plain lines, for a screen reader: bulletins, ...",
        "SCREEN",
    ),
]


def command(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    plain: PlainScreen = "",
    of: Annotated[str, option("--of", "Bulletin that --plain is about.", "NAME")] = "",
) -> None:
    """Read, acknowledge, search and write bulletins in the terminal.

    After 10 minutes without a key (`lock_after` in desk/config.toml) it locks: keys and
    texts leave the memory, and the passphrase is asked for again. Drafts are kept.
    """
    secret = ""
    if not plain and options.at_terminal():
        given = _make_home(home)
        if given is None:
            return
        secret = given
    language = desk_session.language(home, "")
    if plain:
        check_screen(plain, of)
        with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
            _show_screen(desk, language, plain, of)
        return
    with ExitStack() as opened:
        desk = unlock(opened, home, officer, passphrase_fd, secret)
        locked = _run(home, desk, language)
    if locked:
        told = say("Locked: no key was pressed for a while.")
        print(f"{CLEAR}{told}", flush=True)
        _start_again()


def unlock(
    opened: ExitStack,
    home: Path,
    officer: str,
    passphrase_fd: int | None = None,
    secret: str = "",
) -> "Desk":
    """Open the desk of a home until the end of `opened`.

    It asks again after a mistyped passphrase: else the officer would type the next one
    into the shell, which shows and stores it.
    """
    asks = passphrase_fd is None and options.at_terminal() and options.has_terminal()
    tries = TRIES if asks else 1
    for left in reversed(range(tries)):
        desk = desk_session.open_desk(home, officer, passphrase_fd, secret, _load)
        try:
            return opened.enter_context(desk)
        except Refusal as error:
            mistyped = (Reason.KEYSTORE, ""), (Reason.INPUT, say("passphrase"))
            where = "" if error.reason is Reason.KEYSTORE else error.where
            if not left or (error.reason, where) not in mistyped:
                raise
            print(refusal(error), file=sys.stderr)
            secret = ""
    raise AssertionError  # the last try returns or raises


def _load() -> None:
    import exchange.desk.terminal.desk  # noqa: F401 - used by _run
    import tui.app  # noqa: F401 - used by _run


def _run(home: Path, desk: "Desk", language: str) -> bool:
    """Return whether it locked itself; erase the home if the officer requested that."""
    here = OfficersHere(config.desk_home(home), desk.officer.desk)
    at_home = home_here(home, desk)
    view = TerminalDesk(desk, language, here, at_home, asked(sys.argv[1:]))
    spare_what_stays()
    view.start()
    try:
        how = run(view, lock_after=round(desk.settings.lock_after * MINUTE))
        if how is End.LOCKED:
            os.environ[desk_session.LOCKED] = view.setting("alarm")
        if how is End.ERASE:
            desk.let_go()
            for line in output.lines(wipe(home)):  # keys first
                print(line)
    finally:
        view.stop()
    return how is End.LOCKED


def _make_home(home: Path) -> str | None:
    """Lead through the first run if there is no home.

    Return the passphrase chosen there, "" if none; None if the officer left before the
    end. The language chosen there is used from then on.
    """
    if not is_needed(home):
        return ""
    return lead(FirstRun(home, options.now))


def _start_again() -> NoReturn:
    """Replace this process: none of its memory stays.

    The new run asks for a passphrase that came from a descriptor.
    """
    words = iter(sys.orig_argv[1:])
    kept = []
    for one in words:
        if one == FD_OPTION:
            next(words, "")
        elif not one.startswith(f"{FD_OPTION}="):
            kept.append(one)
    os.execv(sys.executable, [sys.executable, *kept])  # noqa: S606 - itself


OPTION = "--plain"


def check_screen(screen: str, name: str) -> None:
    """Raise Refusal(INPUT) for one unknown or unreadable; `name` "" is none."""
    found = plain_screens.SCREENS.get(screen)
    if found is None:
        listed = ", ".join(
            one for one, at in plain_screens.SCREENS.items() if not at.command
        )
        why = Why("no such screen; one of {names}", names=listed)
        raise Refusal(Reason.INPUT, OPTION, why)
    if found.command:
        why = Why(
            "this screen has no text to print; run {command} instead",
            command=found.command,
        )
        raise Refusal(Reason.INPUT, f"{OPTION} {screen}", why)
    if found.about and not name:
        why = Why("this screen is about one bulletin; name it with --of NAME")
        raise Refusal(Reason.INPUT, f"{OPTION} {screen}", why)


def _show_screen(desk: "Desk", language: str, screen: str, name: str) -> None:
    """Print a screen that passed `check_screen`."""
    number = 0
    if name:
        found = desk.mailbox.search.resolve(name)
        number = desk.mailbox.messages.row(found).number
    view = TerminalDesk(desk, language)
    view.ask_node()  # else every screen shows the node as down
    print("\n".join(plain_screens.read(view, screen, number)))
