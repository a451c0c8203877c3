"""fusion tui: the officer's terminal."""

from pathlib import Path

import typer

from exchange.cli import desk_session, options


def command(
    context: typer.Context,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Read, acknowledge, search and write bulletins in the terminal."""
    language = desk_session.language(home, "")
    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        from exchange import config
        from exchange.cli.program import spare_what_stays
        from exchange.desk.terminal.desk import TerminalDesk
        from exchange.desk.terminal.releases import OfficersHere
        from tui.app import run

        here = OfficersHere(config.desk_home(home), desk.officer.desk)
        view = TerminalDesk(desk, language, here)
        if context.parent is not None and context.parent.params["lang"]:
            view.set_setting("language", language)
        spare_what_stays()
        view.start()
        try:
            if run(view):
                desk.let_go()
                _erase(home)
        finally:
            view.stop()


def _erase(home: Path) -> None:
    """Erase the home, while its mailbox is still open: the keys go first."""
    from exchange.cli import wipe as output
    from exchange.config.wipe import find_parts, wipe

    print("\n".join(output.lines(wipe(find_parts(home)))))
