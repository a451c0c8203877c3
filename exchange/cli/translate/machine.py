"""fusion translate machine: have a machine translate what has no text yet."""

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("machine")(command)


def command(
    name: options.Name,
    to: common.To,
    segment: common.Segments = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Enter machine translations from the service that the desk's settings name.

    For the texts that are missing, or those named. It is off by default; the label must
    allow it, and fixed parts never leave. A machine translation is a draft: one person
    must correct it, and another review it.
    """
    from exchange.desk.translation import files_and_machine

    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        texts = common.ask_machine(at, home, segment)
        if texts:
            files_and_machine.take_machine(at.desk, at.name, at.lang, texts)
        common.tell(at, json=json)
