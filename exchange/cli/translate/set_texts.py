"""fusion translate set: put texts, from a file or from options."""

from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

if TYPE_CHECKING:
    from exchange.bulletin.json_reader import JsonValue
    from exchange.desk.translation.pending_translation import Put

Given = Annotated[
    list[str] | None,
    typer.Option(
        "--segment", metavar="ID=TEXT", help=("The text of one segment. Repeatable.")
    ),
]


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("set")(command)


def command(
    name: options.Name,
    to: common.To,
    file: options.File = "",
    segment: Given = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Enter translated texts, and list what the checks find in them.

    FILE (- is stdin) is a translation as in the samples: {"segments": {"s1": "..."}}.
    An empty text removes a segment. Whoever enters a text answers as translator for all
    of them, and must check again what another officer translated.
    """
    texts = read(file, common.language(to)) if file else {}
    texts |= dict(parse_text(one) for one in segment or ())
    if not texts:
        raise Refusal(Reason.FIELD_MISSING, say("FILE or --segment"), ONE_OF_THEM)
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        at.pending.put(texts)
        common.tell(at, json=json)


def parse_text(option: str) -> "tuple[str, Put]":
    """Return segment and text of ID=TEXT; Refusal(FIELD_VALUE)."""
    from exchange.bulletin.prose import require_nfc
    from exchange.desk.translation.pending_translation import Put

    i, equals, text = option.partition("=")
    if not equals:
        raise Refusal(Reason.FIELD_VALUE, "--segment", Why("expected ID=TEXT"))
    return i, Put(require_nfc(text, "--segment"))


def read(file: str, lang: str) -> "dict[str, Put]":
    """Return the texts of a file in the samples' form; Refusal names the member."""
    from exchange.bulletin.json_reader import JsonValue, need

    known = "lang", "state", "origin", "translator", "reviewer", "segments"
    members = JsonValue(options.read_object(file)).members(*known)
    if "lang" in members and common.language(members["lang"].text()) != lang:
        why = Why("FILE is in another language than --to asks for")
        raise Refusal(Reason.LANGUAGE, "lang", why)
    origin = members["origin"].text() if "origin" in members else "HUMAN"
    segments = need(members, "segments").all_members()
    return {i: _put(each, origin) for i, each in segments.items()}


def _put(at: "JsonValue", origin: str) -> "Put":
    from exchange.bulletin.json_reader import need
    from exchange.bulletin.prose import require_nfc
    from exchange.desk.translation.pending_translation import Put

    if not isinstance(at.value, dict):
        return Put(require_nfc(at.text(), at.path), origin)
    members = at.members("text", "state", "origin", "match")
    text = need(members, "text", at.path)
    return Put(
        require_nfc(text.text(), text.path),
        members["origin"].text() if "origin" in members else origin,
        members["match"].integer(0, 100) if "match" in members else 0,
    )
