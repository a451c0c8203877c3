"""fusion translate send: sign a translation for all who have its source."""

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("send")(command)


def command(
    name: options.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Sign the translation as it stands, and send it to the readers of its source.

    Only its translator or its reviewer can. The source stays the authoritative text.
    """
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        sent = at.pending.send()
        state = at.desk.state_of(sent)
    if json:
        found = {"about": at.name.hex(), "lang": at.lang, "state": state}
        options.emit({"name": sent.hex(), **found})
    else:
        relation, far = (
            desk_session.code("relation", "TRANSLATES"),
            desk_session.describe_state(state),
        )
        print(f"{sent.hex()} {relation} {at.name.hex()[:16]} {at.lang} {far}")
