"""fusion translate take, done, review, final, reject, drop: who answers for what."""

from pathlib import Path

import typer

from exchange.cli import desks, options
from exchange.cli.translate import common


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, call in (
        ("take", take),
        ("done", done),
        ("review", review),
        ("final", final),
        ("reject", reject),
        ("drop", drop),
    ):
        app.command(name)(call)


def take(
    name: common.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Answer as the translator of texts that another officer, or a partner, began."""
    with common.opened(name, to, home, officer, passphrase_fd) as at:
        at.translating.take(at.name, at.lang)
        common.tell(at, json=json)


def done(
    name: common.Name,
    to: common.To,
    segment: common.Segments = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Say that the texts are translated. Only their translator can."""
    _advance(name, to, "TRANSLATED", segment, (home, officer, passphrase_fd), json=json)


def review(
    name: common.Name,
    to: common.To,
    segment: common.Segments = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Say that the texts are reviewed. Only another officer than the translator can.

    A FLASH must have been translated back and judged before.
    """
    _advance(name, to, "REVIEWED", segment, (home, officer, passphrase_fd), json=json)


def final(
    name: common.Name,
    to: common.To,
    segment: common.Segments = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Say that the reviewed texts are final."""
    _advance(name, to, "FINAL", segment, (home, officer, passphrase_fd), json=json)


def reject(
    name: common.Name,
    to: common.To,
    segment: common.Segments = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Give the texts back to their translator."""
    _advance(name, to, "INITIAL", segment, (home, officer, passphrase_fd), json=json)


def drop(
    name: common.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
) -> None:
    """Give up a translation under way; what was sent stays."""
    from exchange.words import say

    with common.opened(name, to, home, officer, passphrase_fd) as at:
        options.confirm(say("Forget this translation? yes/no:"), yes=yes)
        at.translating.drop(at.name, at.lang)


def _advance(
    name: str,
    to: str,
    state: str,
    segments: list[str] | None,
    who: tuple[Path, str, int | None],
    *,
    json: bool,
) -> None:
    with common.opened(name, to, *who) as at:
        at.translating.advance(at.name, at.lang, state, segments)
        common.tell(at, json=json)
