"""fusion release return: a releaser gives a draft back to its author."""

from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.release import common

Code = Annotated[
    str,
    typer.Option("--code", metavar="CODE", help="INCOMPLETE, LABEL, NOT_NOW or OTHER."),
]


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("return")(command)


def command(
    name: common.Draft,
    code: Code,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Give a draft back to its author, signed by you; it is then over.

    Its author signs another in its place: fusion send --again NAME, with FILE if he
    changes it.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.release.decision import give_back
        from exchange.desk.release.waiting_drafts import find

        draft = find(desk, name)
        give_back(desk, draft, code.upper())
    if json:
        options.emit({"name": draft.name.hex(), "state": "RETURNED"})
    else:
        returned = desk_session.describe_state("returned")
        why = desk_session.code("return_code", code.upper())
        print(f"{draft.name.hex()} {returned} {why}")
