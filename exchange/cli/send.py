"""fusion send: sign and seal a bulletin, from a file or from options."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, about_sent, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import lang, say

with lazy_imports():
    from exchange import config
    from exchange.bulletin import kinds
    from exchange.bulletin.codes import learn_nations
    from exchange.bulletin.combined_label import label_json, merge
    from exchange.bulletin.content import from_json
    from exchange.bulletin.form import build
    from exchange.bulletin.prose import language
    from exchange.bulletin.schema import Kind
    from exchange.bulletin.suggest import not_among, suggest_nearest
    from exchange.cli import kind_form
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.outgoing.address_groups import address_book, names_group
    from exchange.desk.outgoing.sources import fill, lacks_grade
    from exchange.desk.release.redraft import send_instead
    from exchange.trust.bundle import load_all
    from exchange.v1 import envelope_pb2 as pb

Names = list[str] | None
Object = dict[str, object]
"""A bulletin in the form of the samples."""
Again = Annotated[
    str,
    option(
        "--again",
        "Sign again a bulletin that the node refused because of its time or key,"
        " or that a releaser gave back: under a new name, to the newest keys. With"
        " FILE, send that in its place. The old one is dropped.",
        "NAME",
    ),
]
Answers = Annotated[
    Names,
    option(
        "--answers", "Bulletin that this answers and acknowledges. Repeatable.", "NAME"
    ),
]
Confirm = Annotated[
    Names,
    option(
        "--confirm",
        "Finding that is not personal data: 'segments.0.text PHONE'."
        " Recorded. Repeatable.",
        "FINDING",
    ),
]
Corrects = Annotated[
    Names,
    option(
        "--corrects", "Bulletin of this desk that this corrects. Repeatable.", "NAME"
    ),
]
Corroborates = Annotated[
    Names,
    option(
        "--corroborates", "Bulletin that another source confirms. Repeatable.", "NAME"
    ),
]
Disputes = Annotated[
    Names,
    option(
        "--disputes", "Bulletin that another source contradicts. Repeatable.", "NAME"
    ),
]
Field = Annotated[
    Names,
    option("--set", "Set a field: details.posture=NORMAL. Repeatable.", "PATH=VALUE"),
]
Form = Annotated[bool, option("--form", "List the fields of --kind without sending.")]
Info = Annotated[
    Names,
    option("--info", "Desk, or @GROUP, addressed for information. Repeatable.", "DESK"),
]
KindCode = Annotated[str, option("--kind", "Kind of bulletin: WARNING, INCIDENT, ...")]
Lang = Annotated[str, option("--lang", "Language of subject and text.", "en|ur|zh")]
Mode = Annotated[
    str,
    option(
        "--mode",
        "ACTUAL, EXERCISE or TEST; by default that of the bulletin it refers to.",
    ),
]
Narrows = Annotated[
    Names,
    option(
        "--narrows",
        "Bulletin that this repeats under a stricter label. Repeatable.",
        "NAME",
    ),
]
Precedence = Annotated[
    str,
    option(
        "--precedence",
        "FLASH, IMMEDIATE, PRIORITY or ROUTINE; else as usual for the kind.",
    ),
]
Rel = Annotated[Names, option("--rel", "Nation it is releasable to. Repeatable.", "pk")]
Subject = Annotated[str, option("--subject", "Subject, one line.")]
Supersedes = Annotated[
    Names,
    option(
        "--supersedes", "Bulletin of this desk that this replaces. Repeatable.", "NAME"
    ),
]
Updates = Annotated[
    Names, option("--updates", "Bulletin that this updates. Repeatable.", "NAME")
]


@framed
def command(
    at: AtDesk,
    file: options.File = "",
    kind: KindCode = "",
    precedence: Precedence = "",
    mode: Mode = "",
    to: desk_session.To = None,
    info: Info = None,
    subject: Subject = "",
    text: Annotated[Names, option("--text", "A paragraph of text. Repeatable.")] = None,
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
) -> Reply:
    """Send a bulletin: FILE (- is stdin), or --kind, --to, --subject and the like.

    --to and --info replace those in FILE; bulletins it refers to are added. Without
    FILE, --mode and a label, a bulletin that refers to others gets their mode and the
    strictest of their labels. A source named without its reliability is graded as in
    the register.
    """
    if form:
        return _form(kind, at.home)
    if again and (kind or not file):
        if kind:
            why = Why("give one of them")
            raise Refusal(Reason.INPUT, "--again, FILE, --kind", why)
        with at.open_refreshed() as desk:
            return about_sent(desk, desk.sign_again(_find_again(desk, again)))
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
        "mode": [mode],
        "subject": [subject],
        "segments": text or [],
        "label.tlp": [tlp],
        "label.releasable_to": rel or [],
    }
    given = {"to": to or [], "info": info or []}
    if file:
        changed = {key: desks for key, desks in given.items() if desks}
        said = options.read_object(file) | changed
    else:
        said = _from_options(kind, lang, values | given, field or [])
    found = _added(said, "confirmed", confirm or [])
    return _send(at, found, about, from_options=not file, again=again)


def _send(
    at: AtDesk,
    bulletin: Object,
    about: dict[str, list[str]],
    *,
    from_options: bool,
    again: str,
) -> Reply:
    """Send a bulletin; it replaces message `again` if given."""
    draft = None
    grouped = names_group([*_named(bulletin, "to"), *_named(bulletin, "info")])
    asks = any(about.values()) or grouped
    if not asks and not lacks_grade(bulletin):
        draft = from_json(bulletin)  # report faults before asking for the passphrase
    with at.open_refreshed() as desk:
        if draft is None:
            found = _references(desk.mailbox, about)
            if from_options:
                bulletin = _handling(desk.mailbox, found) | bulletin
            bulletin = _added(bulletin, "references", found)
            if grouped:
                bulletin = _expand(desk, bulletin)
            draft = from_json(fill(desk.mailbox, bulletin))
        if again:
            old = _find_again(desk, again)
            return about_sent(desk, send_instead(desk, old, draft))
        return about_sent(desk, desk.send(draft))


def _named(bulletin: Object, key: str) -> list[str]:
    """Return the list at a key; empty if its type is wrong: later checks refuse it."""
    named = bulletin.get(key)
    every = named if isinstance(named, list) else []
    return every if all(isinstance(one, str) for one in every) else []


def _expand(desk: "Desk", bulletin: Object) -> Object:
    book = address_book(desk.mailbox, desk.pinned, desk.officer.desk)
    to, info = book.expand_both(_named(bulletin, "to"), _named(bulletin, "info"))
    return bulletin | ({"to": to} if to else {}) | ({"info": info} if info else {})


def _find_again(desk: "Desk", name: str) -> bytes:
    found = desk.mailbox.outbox.resigning(name.strip().lower())
    if len(found) > 1:
        raise Refusal(Reason.AMBIGUOUS, "--again")
    return found[0] if found else desk.mailbox.search.resolve(name)


def _form(code: str, home: Path) -> Reply:
    """Return the fields and accepted values; needs no home.

    If the home has a desk, the nations with a bundle there are offered.
    """
    kind = _kind(code)
    learn_nations(load_all(config.DeskHome(home.expanduser() / "desk").trust))
    return Reply(kind_form.form_json(kind), kind_form.lines(kind, lang()))


def _kind(code: str) -> "Kind":
    if not code:
        raise Refusal(Reason.FIELD_MISSING, say("FILE or --kind"), ONE_OF_THEM)
    if code not in kinds.KINDS:
        raise Refusal(
            Reason.CODE_UNKNOWN,
            "kind",
            not_among(suggest_nearest(code, kinds.KINDS), kinds.KINDS),
        )
    return kinds.KINDS[code]


def _from_options(
    kind: str, lang: str, values: dict[str, list[str]], fields: list[str]
) -> Object:
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
    return [
        {"relation": relation, "name": mailbox.search.resolve(name).hex()}
        for relation, names in about.items()
        for name in names
    ]


def _handling(mailbox: "Mailbox", about: list[dict[str, str]]) -> Object:
    """Return the mode and the least label that these references require."""
    held = [
        mailbox.references.handling_of(bytes.fromhex(each["name"])) for each in about
    ]
    if not held:
        return {}
    mode = pb.Mode.Name(held[0].mode).removeprefix("MODE_")
    return {"mode": mode, "label": label_json(merge(each.label for each in held))}


def _added(bulletin: Object, member: str, more: "Sequence[object]") -> Object:
    """Return the bulletin with more items in a list; a wrong type is kept as it is."""
    there = bulletin.get(member, [])
    if not more or not isinstance(there, list):
        return bulletin
    return bulletin | {member: [*there, *more]}
