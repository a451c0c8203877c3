"""fusion send: sign and seal a bulletin, from a file or from options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desks, options
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.bulletin.check import CheckedDraft
    from exchange.bulletin.declare import Kind
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.outgoing.result import Sent

Text = Annotated[list[str] | None, typer.Option("--text", help="A paragraph. Repeat.")]
Names = list[str] | None
Object = dict[str, object]
"""A bulletin in the form of the samples."""


def _about(option: str, text: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(option, metavar="NAME", help=text)
    return found


def command(
    file: options.File = "",
    home: options.Home = options.HOME_DEFAULT,
    kind: Annotated[str, typer.Option("--kind", help="WARNING, INCIDENT, ...")] = "",
    precedence: Annotated[
        str, typer.Option("--precedence", help="FLASH to ROUTINE; else the kind's.")
    ] = "",
    mode: Annotated[str, typer.Option("--mode", help="EXERCISE, TEST.")] = "",
    to: desks.To = None,
    info: Annotated[
        Names, typer.Option("--info", metavar="DESK", help="For information. Repeat.")
    ] = None,
    subject: Annotated[str, typer.Option("--subject")] = "",
    text: Text = None,
    lang: Annotated[str, typer.Option("--lang", metavar="en|ur|zh")] = "en",
    tlp: desks.Tlp = "",
    rel: Annotated[
        Names, typer.Option("--rel", metavar="pk", help="Releasable to. Repeat.")
    ] = None,
    field: Annotated[
        Names,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="details.posture=NORMAL. Repeat."
        ),
    ] = None,
    answers: Annotated[Names, _about("--answers", "What this answers. Repeat.")] = None,
    updates: Annotated[Names, _about("--updates", "What this adds to. Repeat.")] = None,
    corrects: Annotated[
        Names, _about("--corrects", "What this corrects, of this desk. Repeat.")
    ] = None,
    supersedes: Annotated[
        Names, _about("--supersedes", "What this replaces, of this desk. Repeat.")
    ] = None,
    narrows: Annotated[
        Names,
        _about("--narrows", "What this says again under a stricter label. Repeat."),
    ] = None,
    corroborates: Annotated[
        Names, _about("--corroborates", "What another source bears out. Repeat.")
    ] = None,
    disputes: Annotated[
        Names, _about("--disputes", "What another source contradicts. Repeat.")
    ] = None,
    confirm: Annotated[
        Names,
        typer.Option(
            "--confirm",
            metavar="FINDING",
            help="What looks like personal data and is none:"
            " 'segments.0.text PHONE'. Recorded. Repeat.",
        ),
    ] = None,
    again: Annotated[
        str,
        typer.Option(
            "--again",
            metavar="NAME",
            help="Sign again what its node refused for what was signed, not for what it"
            " says: under a new name, to the newest keys. The old one is dropped.",
        ),
    ] = "",
    form: Annotated[
        bool, typer.Option("--form", help="Send nothing: print what --kind asks for.")
    ] = False,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Send a bulletin: FILE (- is stdin), or --kind, --to, --subject and the like.

    --to and --info replace what a FILE says; what it refers to is added. Without a FILE
    and a label, what refers to others has the strictest of their labels. A source that
    is named without its reliability is graded as the register says.
    """
    from exchange.bulletin.content import from_json
    from exchange.desk.outgoing.sources import fill, lacks_grade

    if form:
        return _form(kind, json=json)
    if again:
        if file or kind:
            why = Why("give one of them")
            raise Refusal(Reason.INPUT, "--again, FILE, --kind", why)
        return _again(again, home, officer, passphrase_fd, json=json)
    given = {"to": to or [], "info": info or []}
    about = {
        "ANSWERS": answers or [],
        "UPDATES": updates or [],
        "CORRECTS": corrects or [],
        "SUPERSEDES": supersedes or [],
        "NARROWS": narrows or [],
        "CORROBORATES": corroborates or [],
        "DISPUTES": disputes or [],
    }
    if file:
        said = _from_file(file, given)
    else:
        values = {
            "precedence": [precedence],
            "mode": [mode or "ACTUAL"],
            "subject": [subject],
            "segments": text or [],
            "label.tlp": [tlp],
            "label.releasable_to": rel or [],
            **given,
        }
        said = _from_options(kind, lang, values, field or [])
    said = _added(said, "confirmed", confirm or [])
    draft: CheckedDraft | None = None
    if not any(about.values()) and not lacks_grade(said):
        draft = from_json(said)  # what is wrong with it is told before it is unlocked
    with desks.refreshed(home, officer, passphrase_fd) as desk:
        if draft is None:
            found = _references(desk.mailbox, about)
            if not file:
                said = _label(desk.mailbox, found) | said
            said = _added(said, "references", found)
            draft = from_json(fill(desk.mailbox, said))
        sent = desk.send(draft)
    return _tell(sent, desk, json=json)


def _tell(sent: "Sent", desk: "Desk", *, json: bool) -> int:
    if json:
        options.emit({"name": sent.name.hex(), "state": sent.state})
    else:
        print(f"{sent.name.hex()} {desks.far(sent.state)}")
    return desks.outcome(sent, desk.node, desk.trouble)


def _again(
    name: str, home: Path, officer: str, passphrase_fd: int | None, *, json: bool
) -> int:
    """Sign anew what waits for that; NAME may be the beginning of its name."""
    with desks.refreshed(home, officer, passphrase_fd) as desk:
        found = desk.mailbox.outbox.resigning(name.strip().lower())
        if len(found) > 1:
            raise Refusal(Reason.AMBIGUOUS, "--again")
        old = found[0] if found else desk.mailbox.search.resolve(name)
        sent = desk.sign_again(old)
    return _tell(sent, desk, json=json)


def _form(code: str, *, json: bool) -> int:
    """Print every field of a kind, and what it takes."""
    from exchange.cli import forms
    from exchange.words import lang

    kind = _kind(code)
    if json:
        options.emit(forms.told(kind))
    else:
        print("\n".join(forms.lines(kind, lang())))
    return 0


def _kind(code: str) -> "Kind":
    from exchange.bulletin.kinds import KINDS
    from exchange.bulletin.nearest import near, not_among

    if not code:
        raise Refusal(Reason.FIELD_MISSING, say("FILE or --kind"), ONE_OF_THEM)
    if code not in KINDS:
        raise Refusal(Reason.CODE_UNKNOWN, "kind", not_among(near(code, KINDS), KINDS))
    return KINDS[code]


def _from_file(file: str, given: dict[str, list[str]]) -> Object:
    changed = {key: desks_ for key, desks_ in given.items() if desks_}
    return options.read_object(file) | changed


def _from_options(
    kind: str, lang: str, values: dict[str, list[str]], fields: list[str]
) -> Object:
    from exchange.bulletin.form import build
    from exchange.bulletin.prose import language

    declared = _kind(kind)
    for field in fields:
        path, equals, value = field.partition("=")
        if not equals:
            why = Why("it is written PATH=VALUE; --form shows the paths")
            raise Refusal(Reason.FIELD_VALUE, "--set", why)
        values.setdefault(path, []).append(value)
    return build(declared, values, language(lang))


def _references(
    mailbox: "Mailbox", about: dict[str, list[str]]
) -> list[dict[str, str]]:
    """Return the JSON of what a bulletin refers to, its names in full."""
    return [
        {"relation": relation, "name": mailbox.search.resolve(name).hex()}
        for relation, names in about.items()
        for name in names
    ]


def _label(mailbox: "Mailbox", found: list[dict[str, str]]) -> Object:
    """Return the label that what refers to these must have at least, if to any."""
    from exchange.bulletin.handling import label_json, merge

    held = [mailbox.references.handled(bytes.fromhex(each["name"])) for each in found]
    return {"label": label_json(merge(each.label for each in held))} if held else {}


def _added(said: Object, member: str, more: "Sequence[object]") -> Object:
    """Return a bulletin with more in one of its lists; what is no list stays."""
    there = said.get(member, [])
    if not more or not isinstance(there, list):
        return said
    return said | {member: [*there, *more]}
