"""Runs a command, and prints the reply that it returns.

    @subcommand(app, "list")
    def list_(at: AtDesk, lang: Lang = "") -> Reply: ...

A first parameter `at` adds --home, --officer and --passphrase-fd.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import Any, NamedTuple

import typer

from exchange.cli import desk_session, options
from exchange.cli.lazy import lazy_imports
from exchange.cli.terminal import Painted
from exchange.words import say

with lazy_imports():
    from exchange.desk.client import Desk
    from exchange.desk.outgoing.result import Sent
    from exchange.desk.spoken_name import spoken_name
    from tui.text.safe_text import safe

_DESK = {
    "home": (options.Home, options.HOME_DEFAULT),
    "officer": (desk_session.Officer, ""),
    "passphrase_fd": (options.PassphraseFd, None),
}
_JSON = {"json": (options.Json, False)}


class AtDesk(NamedTuple):
    home: Path
    officer: str
    passphrase_fd: int | None

    def open(self) -> "AbstractContextManager[Desk]":
        return desk_session.open_desk(*self)

    def open_refreshed(self) -> "AbstractContextManager[Desk]":
        return desk_session.open_refreshed(*self)


class Reply(NamedTuple):
    """A command's answer: one JSON object, or lines of text.

    Lines are made safe for a terminal, unless they are Painted.
    """

    data: Mapping[str, object]
    lines: Iterable[str] = ()
    ok: bool = True
    """If false, the exit code is 1."""
    nothing: bool = False
    """Print on stderr that nothing was found; not with --json."""
    outcome: Callable[[], int] | None = None
    """Called after printing; its result is the exit code."""


def framed(work: Callable[..., Reply], *, json: bool = True) -> Callable[..., int]:
    """Add the options of a frame to a command, --json if `json`."""

    def run(**given: Any) -> int:  # noqa: ANN401 - typer has checked the options
        as_json = given["json"] if passes_json else given.pop("json", False)
        at = [AtDesk(*(given.pop(key) for key in _DESK))] if at_desk else []
        return _print(work(*at, **given), as_json=as_json)

    own = dict(inspect.signature(work, eval_str=True).parameters)
    first = next(iter(own.values()), None)
    at_desk = first is not None and first.annotation is AtDesk
    if at_desk:
        del own["at"]
    passes_json = "json" in own
    added = (_DESK if at_desk else {}) | (_JSON if json and not passes_json else {})
    more = [
        Parameter(key, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for key, (kind, default) in added.items()
    ]
    vars(run)["__signature__"] = inspect.Signature([*own.values(), *more])
    run.__doc__ = work.__doc__
    return run


def subcommand(
    app: typer.Typer, name: str, *, text: str | None = None, json: bool = True
) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Add a subcommand; its help is by default the docstring."""

    def add(work: Callable[..., Reply]) -> Callable[..., Reply]:
        app.command(name, help=text)(framed(work, json=json))
        return work

    return add


def _print(reply: Reply, *, as_json: bool) -> int:
    if as_json:
        options.emit(reply.data)
    else:
        for line in reply.lines:
            print(line if isinstance(line, Painted) else safe(line))
        if reply.nothing:
            print(say("No match."), file=sys.stderr)
    if reply.outcome is not None:
        return reply.outcome()
    return 0 if reply.ok else options.CHECK_FAILED


def outcome(desk: "Desk", sent: "Sent") -> Callable[[], int]:
    """Print why the node refused the message, if it did."""
    return partial(desk_session.outcome, sent, desk.node, desk.trouble)


def about_sent(desk: "Desk", sent: "Sent", **more: object) -> Reply:
    """Return the reply after sending: the message's name and state."""
    found = {"name": sent.name.hex(), "state": sent.state, **more}
    line = f"{sent.name.hex()} {desk_session.describe_state(sent.state)}"
    return Reply(found, [line], outcome=outcome(desk, sent))


def signed(
    desk: "Desk", sent: "Sent", relation: str, about: bytes, **more: str
) -> Reply:
    """Return the reply after signing a message that refers to a bulletin.

    The line has the signer, the relation, `more` signed values, the bulletin and the
    state. Only the JSON object has the message's own name.
    """
    what = desk_session.code("relation", relation), *more.values()
    named = spoken_name(desk.mailbox, about)
    words = desk.officer.name, *what, named, desk_session.describe_state(sent.state)
    found = {"name": sent.name.hex(), "about": about.hex(), "relation": relation}
    found |= {**more, "state": sent.state}
    return Reply(found, [" ".join(words)], outcome=outcome(desk, sent))
