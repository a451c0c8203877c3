"""fusion translate check, confirm: what the checks find, and what a person answers."""

from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common
from exchange.errors import Reason, Refusal, Why


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("check")(check)
    app.command("confirm")(confirm)


def check(
    name: options.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """List what the checks find: ! must be corrected, ? may be confirmed.

    Exit code 1 if anything was found.
    """
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        found = at.pending.findings()
        common.tell(at, json=json)
    return options.CHECK_FAILED if found else 0


def confirm(
    name: options.Name,
    keys: Annotated[
        list[str],
        typer.Argument(metavar="ID:CHECK...", help="Finding to confirm: s1:NEGATION."),
    ],
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Confirm what the checks cannot judge, such as the sense of "not".

    It is signed with the translation.
    """
    asked = [_key(each) for each in keys]
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        at.pending.confirm(asked)
        common.tell(at, json=json)


def _key(text: str) -> str:
    segment, colon, check_ = text.partition(":")
    if not colon:
        why = Why("expected a finding as the checks list it: s1:NEGATION")
        raise Refusal(Reason.FIELD_VALUE, "ID:CHECK", why)
    return f"{segment} {check_.upper()}"
