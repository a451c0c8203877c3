"""fusion release countersign: sign afterwards what went as an EMERGENCY."""

import sys

import typer

from exchange.cli import desk_session, options
from exchange.cli.release import common
from exchange.words import say


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("countersign")(command)


def command(
    name: options.Name,
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Sign as a releaser what went as an EMERGENCY on its author's signature alone.

    Due within 24 hours. Another officer than its author, with a key in role releaser.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.release.countersignature import (
            check_countersign,
            countersign,
        )

        about = desk.mailbox.search.resolve(name)
        check_countersign(desk, about)
        if not yes:
            for line in common.signed_lines(desk.mailbox.messages.read(about)):
                print(line, file=sys.stderr)
        options.confirm(say("Countersign this? Type yes:"), yes=yes)
        receipt = countersign(desk, about)
        state = desk.state_of(receipt)
    if json:
        found = {"about": about.hex(), "relation": "COUNTERSIGNED", "state": state}
        options.emit({"name": receipt.hex(), **found})
    else:
        told = desk_session.code("relation", "COUNTERSIGNED")
        print(f"{told} {about.hex()[:16]} {desk_session.describe_state(state)}")
