"""fusion release show: what the author of a draft signed, all of it."""

import typer

from exchange.cli import desk_session, options
from exchange.cli.release import common
from exchange.cli.release.list import draft_json, line


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(command)


def command(
    name: common.Draft,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show what its author signed: desks, label, precedence, and the text.

    It is judged as what comes in is; what fails is not shown.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.release.summary import text_json
        from exchange.desk.release.waiting_drafts import describe, find, read_draft

        draft = find(desk, name)
        entry = read_draft(desk, draft)
        shown = describe(desk, draft)
    if json:
        options.emit(draft_json(shown) | {"content": text_json(entry)})
        return
    print(line(shown))
    for one in common.draft_lines(entry):
        print(one)
