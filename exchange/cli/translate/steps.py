"""fusion translate take, done, review, final, reject, drop: who answers for what."""

from collections.abc import Callable

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common

# The command, the state that it advances the texts to, and its help.
STEPS = (
    (
        "done",
        "TRANSLATED",
        "Mark the texts as translated. Only their translator can.",
    ),
    (
        "review",
        "REVIEWED",
        (
            "Mark the texts as reviewed. Only an officer other than the translator can."
            "\n\nA FLASH must be translated back and judged first."
        ),
    ),
    ("final", "FINAL", "Mark the reviewed texts as final."),
    ("reject", "INITIAL", "Return the texts to their translator."),
)


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("take")(take)
    for name, state, told in STEPS:
        app.command(name, help=told)(_step(state))
    app.command("drop")(drop)


def take(
    name: options.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Take over, as translator, texts that another officer or a partner began."""
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        at.pending.take()
        common.tell(at, json=json)


def _step(state: str) -> Callable[..., None]:
    """Return the command that advances all texts, or those named, to a state."""

    def command(
        name: options.Name,
        to: common.To,
        segment: common.Segments = None,
        home: options.Home = options.HOME_DEFAULT,
        officer: desk_session.Officer = "",
        passphrase_fd: options.PassphraseFd = None,
        json: options.Json = False,
    ) -> None:
        with common.open_translation(name, to, home, officer, passphrase_fd) as at:
            at.pending.advance(state, segment)
            common.tell(at, json=json)

    return command


def drop(
    name: options.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
) -> None:
    """Abandon a translation in progress; what was sent stays."""
    from exchange.words import say

    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        options.confirm(say("Forget this translation? yes/no:"), yes=yes)
        at.pending.drop()
