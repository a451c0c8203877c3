"""fusion send: sign and seal a bulletin, from a file or from options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from exchange.cli import desk_session, options
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.bulletin.schema import Kind
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.outgoing.result import Sent

Names = list[str] | None
Object = dict[str, object]
"""A bulletin in the form of the samples."""
Again = Annotated[
    str,
    typer.Option(
        "--again",
        metavar="NAME",
        help=(
            "Sign again a bulletin that the node refused because of its time or key,"
            " or that a releaser gave back: under a new name, to the newest keys. With"
            " FILE, send that in its place. The old one is dropped."
        ),
    ),
]
Answers = Annotated[
    Names,
    typer.Option(
        "--answers", metavar="NAME", help=("Bulletin that this answers. Repeatable.")
    ),
]
Confirm = Annotated[
    Names,
    typer.Option(
        "--confirm",
        metavar="FINDING",
        help=(
            "Finding that is not personal data: 'segments.0.text PHONE'."
            " Recorded. Repeatable."
        ),
    ),
]
Corrects = Annotated[
    Names,
    typer.Option(
        "--corrects",
        metavar="NAME",
        help=("Bulletin of this desk that this corrects. Repeatable."),
    ),
]
Corroborates = Annotated[
    Names,
    typer.Option(
        "--corroborates",
        metavar="NAME",
        help="Bulletin that another source confirms. Repeatable.",
    ),
]
Disputes = Annotated[
    Names,
    typer.Option(
        "--disputes",
        metavar="NAME",
        help=("Bulletin that another source contradicts. Repeatable."),
    ),
]
Field = Annotated[
    Names,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help=("Set a field: details.posture=NORMAL. Repeatable."),
    ),
]
Form = Annotated[
    bool, typer.Option("--form", help="Send nothing; list the fields of --kind.")
]
Info = Annotated[
    Names,
    typer.Option(
        "--info",
        metavar="DESK",
        help=("Desk, or @GROUP, addressed for information. Repeatable."),
    ),
]
KindCode = Annotated[
    str, typer.Option("--kind", help=("Kind of bulletin: WARNING, INCIDENT, ..."))
]
Lang = Annotated[
    str,
    typer.Option("--lang", metavar="en|ur|zh", help="Language of subject and text."),
]
Mode = Annotated[str, typer.Option("--mode", help="EXERCISE or TEST; else ACTUAL.")]
Narrows = Annotated[
    Names,
    typer.Option(
        "--narrows",
        metavar="NAME",
        help="Bulletin that this repeats under a stricter label. Repeatable.",
    ),
]
Precedence = Annotated[
    str,
    typer.Option(
        "--precedence",
        help=("FLASH, IMMEDIATE, PRIORITY or ROUTINE; else as usual for the kind."),
    ),
]
Rel = Annotated[
    Names,
    typer.Option(
        "--rel", metavar="pk", help=("Nation it is releasable to. Repeatable.")
    ),
]
Subject = Annotated[str, typer.Option("--subject", help="Subject, one line.")]
Supersedes = Annotated[
    Names,
    typer.Option(
        "--supersedes",
        metavar="NAME",
        help="Bulletin of this desk that this replaces. Repeatable.",
    ),
]
Text = Annotated[Names, typer.Option("--text", help="A paragraph of text. Repeatable.")]
Updates = Annotated[
    Names,
    typer.Option(
        "--updates", metavar="NAME", help=("Bulletin that this updates. Repeatable.")
    ),
]


class SendRequest(Struct, frozen=True):
    """The bulletin to send, in the samples' form, and its references.

    `from_options` is whether it is made of options, not of a file; `again` names what
    it is sent in the place of, if anything.
    """

    bulletin: "Object"
    about: dict[str, list[str]]
    from_options: bool
    again: str = ""


def command(
    file: options.File = "",
    home: options.Home = options.HOME_DEFAULT,
    kind: KindCode = "",
    precedence: Precedence = "",
    mode: Mode = "",
    to: desk_session.To = None,
    info: Info = None,
    subject: Subject = "",
    text: Text = None,
    lang: Lang = "en",
    tlp: desk_session.Tlp = "",
    rel: Rel = None,
    field: Field = None,
    answers: Answers = None,
    updates: Updates = None,
    corrects: Corrects = None,
    supersedes: Supersedes = None,
    narrows: Narrows = None,
    corroborates: Corroborates = None,
    disputes: Disputes = None,
    confirm: Confirm = None,
    again: Again = "",
    form: Form = False,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Send a bulletin: FILE (- is stdin), or --kind, --to, --subject and the like.

    --to and --info replace those in FILE; bulletins it refers to are added. Without
    FILE and a label, a bulletin that refers to others gets the strictest of their
    labels. A source named without its reliability is graded as in the register.
    """
    if form:
        return _form(kind, home, json=json)
    if again and (kind or not file):
        _check_alone(kind)
        return _again(again, home, officer, passphrase_fd, json=json)
    about = {
        "ANSWERS": answers or [],
        "UPDATES": updates or [],
        "CORRECTS": corrects or [],
        "SUPERSEDES": supersedes or [],
        "NARROWS": narrows or [],
        "CORROBORATES": corroborates or [],
        "DISPUTES": disputes or [],
    }
    values = {
        "precedence": [precedence],
        "mode": [mode or "ACTUAL"],
        "subject": [subject],
        "segments": text or [],
        "label.tlp": [tlp],
        "label.releasable_to": rel or [],
    }
    given = {"to": to or [], "info": info or []}
    if file:
        said = _from_file(file, given)
    else:
        said = _from_options(kind, lang, values | given, field or [])
    found = _added(said, "confirmed", confirm or [])
    asked = SendRequest(found, about, not file, again)
    return _send(asked, home, officer, passphrase_fd, json=json)


def _check_alone(other: str) -> None:
    if other:
        raise Refusal(Reason.INPUT, "--again, FILE, --kind", Why("give one of them"))


def _send(
    request: SendRequest,
    home: Path,
    officer: str,
    passphrase_fd: int | None,
    *,
    json: bool,
) -> int:
    from exchange.bulletin.content import from_json
    from exchange.desk.outgoing.address_groups import names_group
    from exchange.desk.outgoing.sources import fill, lacks_grade

    bulletin, draft = request.bulletin, None
    grouped = names_group([*_named(bulletin, "to"), *_named(bulletin, "info")])
    asks = any(request.about.values()) or grouped
    if not asks and not lacks_grade(bulletin):
        draft = from_json(
            bulletin
        )  # what is wrong with it is told before it is unlocked
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        if draft is None:
            found = _references(desk.mailbox, request.about)
            if request.from_options:
                bulletin = _label(desk.mailbox, found) | bulletin
            bulletin = _added(bulletin, "references", found)
            if grouped:
                bulletin = _expand(desk, bulletin)
            draft = from_json(fill(desk.mailbox, bulletin))
        if request.again:
            from exchange.desk.release.redraft import send_instead

            sent = send_instead(desk, _find_again(desk, request.again), draft)
        else:
            sent = desk.send(draft)
    return _tell(sent, desk, json=json)


def _named(bulletin: Object, key: str) -> list[str]:
    """Return the desks that a bulletin names; what is no text is refused later."""
    named = bulletin.get(key)
    every = named if isinstance(named, list) else []
    return every if all(isinstance(one, str) for one in every) else []


def _expand(desk: "Desk", bulletin: Object) -> Object:
    """Put the desks of each group in its place: `@corridor` in --to or --info."""
    from exchange.desk.outgoing.address_groups import address_book

    book = address_book(desk.mailbox, desk.pinned, desk.officer.desk)
    to, info = book.expand_both(_named(bulletin, "to"), _named(bulletin, "info"))
    return bulletin | ({"to": to} if to else {}) | ({"info": info} if info else {})


def _tell(sent: "Sent", desk: "Desk", *, json: bool) -> int:
    if json:
        options.emit({"name": sent.name.hex(), "state": sent.state})
    else:
        print(f"{sent.name.hex()} {desk_session.describe_state(sent.state)}")
    return desk_session.outcome(sent, desk.node, desk.trouble)


def _again(
    name: str, home: Path, officer: str, passphrase_fd: int | None, *, json: bool
) -> int:
    """Sign again what waits for that; NAME may be the beginning of its name."""
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        sent = desk.sign_again(_find_again(desk, name))
    return _tell(sent, desk, json=json)


def _find_again(desk: "Desk", name: str) -> bytes:
    found = desk.mailbox.outbox.resigning(name.strip().lower())
    if len(found) > 1:
        raise Refusal(Reason.AMBIGUOUS, "--again")
    return found[0] if found else desk.mailbox.search.resolve(name)


def _form(code: str, home: Path, *, json: bool) -> int:
    """Print every field of a kind, and what it takes; needs no home.

    Where the home has a desk, the nations whose bundles are there are offered.
    """
    from exchange import config
    from exchange.bulletin.codes import learn_nations
    from exchange.cli import kind_form
    from exchange.trust.bundle import load_all
    from exchange.words import lang

    kind = _kind(code)
    learn_nations(load_all(config.DeskHome(home.expanduser() / "desk").trust))
    if json:
        options.emit(kind_form.form_json(kind))
    else:
        print("\n".join(kind_form.lines(kind, lang())))
    return 0


def _kind(code: str) -> "Kind":
    from exchange.bulletin.kinds import KINDS
    from exchange.bulletin.suggest import not_among, suggest_nearest

    if not code:
        raise Refusal(Reason.FIELD_MISSING, say("FILE or --kind"), ONE_OF_THEM)
    if code not in KINDS:
        raise Refusal(
            Reason.CODE_UNKNOWN, "kind", not_among(suggest_nearest(code, KINDS), KINDS)
        )
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
            why = Why("expected PATH=VALUE; --form lists the paths")
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


def _label(mailbox: "Mailbox", releases: list[dict[str, str]]) -> Object:
    """Return the label that what refers to these must have at least, if to any."""
    from exchange.bulletin.combined_label import label_json, merge

    held = [
        mailbox.references.handling_of(bytes.fromhex(each["name"])) for each in releases
    ]
    return {"label": label_json(merge(each.label for each in held))} if held else {}


def _added(bulletin: Object, member: str, more: "Sequence[object]") -> Object:
    """Return a bulletin with more in one of its lists; what is no list stays."""
    there = bulletin.get(member, [])
    if not more or not isinstance(there, list):
        return bulletin
    return bulletin | {member: [*there, *more]}
