"""fusion tui: the officer's terminal."""

from exchange.cli import desks, options


def command(
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Read, acknowledge, search and write bulletins in the terminal."""
    language = desks.language(home, "")
    with desks.opened(home, officer, passphrase_fd) as desk:
        from exchange.desk.view import View
        from tui.app import run

        view = View(desk, language)
        view.start()
        try:
            run(view)
        finally:
            view.stop()
