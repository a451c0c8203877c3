"""fusion release: drafts that need a second officer's signature, and countersigning."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, about_sent, signed, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.message_list import DRAFT_STATES
from exchange.cli.options import argument, option
from exchange.words import lang, say
from tui.text.safe_text import safe

with lazy_imports():
    from exchange import envelope
    from exchange.bulletin import content, kinds, punctuation, values
    from exchange.bulletin.codes import label
    from exchange.desk.client import Desk
    from exchange.desk.incoming import examine_entry, relations
    from exchange.desk.release import (
        countersignature,
        decision,
        summary,
        waiting_drafts,
    )
    from exchange.desk.spoken_name import spoken_name, spoken_title
    from exchange.desk.terminal import review
    from exchange.v1 import envelope_pb2 as pb
    from tui import signed_words

app = typer.Typer(help="Release bulletins as a second officer, or give them back.")
Draft = Annotated[str, argument("NAME", "Name of a draft, or how it begins.")]


@subcommand(app, "list")
def list_(at: AtDesk) -> Reply:
    """List drafts that wait for release, were given back or are not at the node yet.

    A star marks drafts that this officer may release. Drafts that fail verification are
    not listed.
    """
    with at.open_refreshed() as desk:
        found = waiting_drafts.list_awaited(desk)
    return Reply({"drafts": list(map(_json, found))}, map(_line, found))


@subcommand(app, "show")
def show(at: AtDesk, name: Draft) -> Reply:
    """Show the signed draft: desks, label, precedence and text.

    It is verified like an incoming bulletin; if that fails, it is not shown.
    """
    with at.open_refreshed() as desk:
        draft = waiting_drafts.find(desk, name)
        entry = waiting_drafts.read_draft(desk, draft)
        shown, text = waiting_drafts.describe(desk, draft), list(_text(desk, entry))
    found = _json(shown) | {"content": summary.text_json(entry)}
    name = say("name: {name}", name=draft.name.hex())
    return Reply(found, [_line(shown), name, *text])


@subcommand(app, "sign")
def sign(at: AtDesk, name: Draft, yes: options.Yes = False) -> Reply:
    """Release a draft: add a second officer's signature to the author's.

    Needs a key in role releaser. With the node stopped it waits in the outbox.
    """
    with at.open_refreshed() as desk:
        draft = waiting_drafts.find(desk, name)
        entry = decision.check_releaser(desk, draft, desk.officer)
        if not yes:
            shown, step = waiting_drafts.describe(desk, draft), say("release")
            _show(desk, entry, step, signed_words.About("", shown.subject))
        options.confirm(say("Release this? Type yes:"), yes=yes)
        decision.sign_draft(desk, draft)
        sent = desk.result_of(draft.name)
    return about_sent(desk, sent)


@subcommand(app, "return")
def give_back(
    at: AtDesk,
    name: Draft,
    code: Annotated[
        str, option("--code", "INCOMPLETE, LABEL, NOT_NOW or OTHER.", "CODE")
    ],
) -> Reply:
    """Give a draft back to its author, signed by you; it is then over.

    Its author signs another in its place: fusion send --again NAME, with FILE if he
    changes it.
    """
    with at.open_refreshed() as desk:
        draft = waiting_drafts.find(desk, name)
        decision.give_back(desk, draft, code.upper())
    returned = desk_session.describe_state("returned")
    why = desk_session.code("return_code", code.upper())
    found = {"name": draft.name.hex(), "state": "RETURNED"}
    return Reply(found, [f"{draft.name.hex()} {returned} {why}"])


@subcommand(app, "countersign")
def countersign(at: AtDesk, name: options.Name, yes: options.Yes = False) -> Reply:
    """Countersign, as a releaser, a bulletin sent as an EMERGENCY with one signature.

    Due within 24 hours. Another officer than its author, with a key in role releaser.
    """
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        countersignature.check_countersign(desk, about)
        message = desk.mailbox.messages.read(about)
        row, core = message.row, envelope.parse_core(message.core)
        by = row.author, row.verdict, message.content
        entry = examine_entry.ExaminedEntry(row.name, message.entry, core, *by)
        if not yes:
            step = label("relation", "COUNTERSIGNED", lang())
            place = spoken_name(desk.mailbox, about)
            _show(desk, entry, step, signed_words.About(place, row.subject))
        options.confirm(say("Countersign this? Type yes:"), yes=yes)
        made = countersignature.countersign(desk, about)
        return signed(desk, desk.result_of(made), "COUNTERSIGNED", about)


def _show(
    desk: "Desk",
    entry: "examine_entry.ExaminedEntry",
    step: str,
    about: "signed_words.About",
) -> None:
    """Print the text, then the lines shown before every signature."""
    core, here = entry.core, lang()
    act = punctuation.COLON[here].join((step, _kind(entry)))
    desks = sorted({(one.recipient_class, one.desk) for one in core.recipients})
    to = [name for class_, name in desks if class_ != pb.RECIPIENT_CLASS_COPY]
    others = signed_words.refer(review.referred(desk.mailbox, core.references))
    signing = signed_words.of_header(core, desk.officer.name, act, to, [about, *others])
    lines = signed_words.describe(signing)
    said = [f"> {one.text}" if one.gutter else one.text for one in lines]
    for line in (*_text(desk, entry), "", *said):
        print(safe(line), file=sys.stderr)


def _kind(entry: "examine_entry.ExaminedEntry") -> str:
    core, data = entry.core, entry.content or b""
    if core.kind == pb.KIND_TRANSLATION:
        made = content.decode_translation(data)
        return signed_words.translation_words(made.lang, made.state)
    if core.kind == pb.KIND_RECEIPT:
        code = relations.word(pb.Relation.Name(core.references[0].relation))
        return label("relation", code, lang())
    code = content.decode(data).kind
    return kinds.KINDS[code].labels[lang()] if code in kinds.KINDS else code


def _text(desk: "Desk", entry: "examine_entry.ExaminedEntry") -> Iterator[str]:
    """Yield all that the author signed, from its signed header.

    Facts are in the current language, prose as written.
    """
    named = partial(spoken_title, desk.mailbox, lang())
    for text in summary.text_lines(entry, named):
        yield from text.rstrip().split("\n")


def _json(draft: "waiting_drafts.AwaitedDraft") -> dict[str, object]:
    core = draft.core
    returned: dict[str, object] = {}
    if draft.code:
        at = values.iso(draft.returned_at)
        returned = {"code": draft.code, "by": draft.returned_by, "at": at}
    return {
        "name": draft.name.hex(),
        "state": draft.state,
        "since": values.iso(draft.since),
        "own": draft.own,
        "author": draft.author,
        "kind": draft.kind,
        "precedence": relations.word(pb.Precedence.Name(core.precedence)),
        "mode": relations.word(pb.Mode.Name(core.mode)),
        "subject": draft.subject,
        "expires": values.iso(core.expires),
        "may_sign": draft.may_sign,
        "returned": returned or None,
    }


def _line(draft: "waiting_drafts.AwaitedDraft") -> str:
    found, between = _json(draft), punctuation.AMONG[lang()]
    mark = "*" if draft.may_sign else " "
    urgent = desk_session.code("precedence", str(found["precedence"]))
    mode = str(found["mode"])
    drill = "" if mode == "ACTUAL" else desk_session.code("mode", mode)
    state = say(DRAFT_STATES[draft.state])
    if draft.code:
        why = desk_session.code("return_code", draft.code)
        state = f"{state}: {why} {draft.returned_by}"
    known = kinds.KINDS.get(draft.kind)
    kind = known.labels[lang()] if known else draft.kind
    words = (mark, draft.name.hex()[:8], urgent, kind, drill, draft.subject)
    told = between.join((state, values.iso(draft.since), draft.author))
    return f"{' '.join(filter(None, words))}  [{told}]"
