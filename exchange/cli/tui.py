"""fusion tui: the officer's terminal."""

import typer

from exchange.cli import desks, options


def command(
    context: typer.Context,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Read, acknowledge, search and write bulletins in the terminal."""
    language = desks.language(home, "")
    with desks.opened(home, officer, passphrase_fd) as desk:
        from exchange.desk.terminal.desk import TerminalDesk
        from tui.app import run

        view = TerminalDesk(desk, language)
        if context.parent is not None and context.parent.params["lang"]:
            view.set_setting("language", language)
        view.start()
        try:
            run(view)
        finally:
            view.stop()
