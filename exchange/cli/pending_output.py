"""What is pending at a desk: in its outbox, and due; for people and programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exchange.cli import desk_session, message_list
from exchange.cli.lazy import lazy_imports
from exchange.limits import SECOND
from exchange.words import lang, say, say_n, word

with lazy_imports():
    from exchange import envelope
    from exchange.bulletin import punctuation
    from exchange.bulletin.codes import label
    from exchange.bulletin.values import iso
    from exchange.desk.deadlines.due_list import Due, DueKind
    from exchange.desk.deadlines.due_words import heading, notes
    from exchange.desk.link.way_words import why_words
    from exchange.desk.mailbox import AwaitedRelease, Held, Mailbox, Queued
    from exchange.desk.remarks import subject
    from exchange.v1 import envelope_pb2 as pb
    from tui.text.safe_text import safe

SHOWN = 50  # lines of each sort; the rest is counted
PRESSING = ("RESIGN", "REFUSED", "EXPIRED")
"""The states that an officer must act upon, the most pressing first."""
DRAFT_STATES = {
    "DRAFTED": word("signed by its author; not at the node yet"),
    "WAITING": word("waits for release"),
    "SIGNED": word("released; not at the node yet"),
    "RETURNED": word("given back"),
}
"""The words for the states of a draft that is not over."""
_AWAITED = ("DRAFTED", "WAITING", "SIGNED")


def outbox_json(mailbox: "Mailbox") -> dict[str, Any]:
    """Return what the outbox holds back, as one JSON object, and what waits."""
    result: dict[str, Any] = {key.lower(): [] for key in PRESSING}
    for kept, held in mailbox.outbox.list_held(SHOWN * len(PRESSING)):
        if held.hold_reason in PRESSING:
            result[held.hold_reason.lower()].append(_outbox_item(mailbox, kept, held))
    result["release"] = [
        _draft(mailbox, one) for one in mailbox.releases.list_state(*_AWAITED)
    ]
    passed = (*PRESSING, "RELEASE")
    rows = [row for row in mailbox.outbox.tally() if row[0] not in passed]
    result["queued"] = [
        {"count": count, "reason": reason or None, "since": iso(since)}
        for _, reason, count, since in rows
    ]
    return result


def _outbox_item(mailbox: "Mailbox", kept: "Queued", item: "Held") -> dict[str, Any]:
    core = envelope.split(kept.envelope.entry).core
    row = mailbox.messages.row(kept.name) if mailbox.messages.knows(kept.name) else None
    return {
        "name": kept.name.hex(),
        "kind": pb.Kind.Name(core.kind).removeprefix("KIND_"),
        "subject": row.subject if row else "",
        "about": core.references[0].name.hex() if core.references else None,
        "reason": item.reason or None,
        "where": item.where,
        "at": iso(item.at) if item.at else None,
    }


def _draft(mailbox: "Mailbox", draft: "AwaitedRelease") -> dict[str, Any]:
    """Return what waits for a second officer's signature, of this desk or shown it."""
    known = mailbox.messages.knows(draft.name)
    return {
        "name": draft.name.hex(),
        "subject": mailbox.messages.row(draft.name).subject if known else "",
        "author": draft.author,
        "state": draft.state,
        "since": iso(draft.since),
    }


def outbox_lines(outbox: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of an outbox, the most pressing first. Not yet `safe`."""
    for group in outbox["resign"]:
        if group["reason"] == "RELEASE":
            yield say(
                "given back: {what}: {code}; fusion send --again {name}",
                what=_what(group),
                code=desk_session.code("return_code", group["where"]),
                name=group["name"][:16],
            )
            continue
        yield say(
            "sign again: {what}: {why}; fusion send --again {name}",
            what=_what(group),
            why=why_words(group["reason"], group["where"]),
            name=group["name"][:16],
        )
    yield from refused_lines(outbox["refused"])
    for group in outbox["expired"]:
        yield say("expired, not sent: {what}", what=_what(group))
    for group in outbox["release"]:
        parts = say(DRAFT_STATES[group["state"]]), _what(group)
        told = f"fusion release show {group['name'][:16]}"
        yield punctuation.COLON[lang()].join((*parts, told))
    for group in outbox["queued"]:
        yield say_n(
            "{n} waiting since {when}: {why}",
            "{n} waiting since {when}: {why}",
            group["count"],
            when=group["since"],
            why=why_words(group["reason"] or "", ""),
        )


def refused_lines(every: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what was refused for good, a line each."""
    for one in every[:SHOWN]:
        yield say(
            "refused: {what}: {why}",
            what=_what(one),
            why=why_words(one["reason"], one["where"]),
        )
    more = len(every) - SHOWN
    if more > 0:
        yield "    " + say_n("{n} more", "{n} more", more)


def _what(item: Mapping[str, Any]) -> str:
    """Return by what an officer knows it: its subject, else its sort; and its name."""
    words = item.get("subject") or item.get("kind", "")
    return " ".join(filter(None, (item["name"][:8], words)))


def due_json(item: "Due") -> dict[str, object]:
    """Return a due item for --json: the bulletin as in `list`, and what is due."""
    return message_list.row_json(item.row, "") | {
        "due": item.kind,
        "by": iso(item.by) if item.by else None,
        "late_s": item.late // SECOND,
        "desks": list(item.desks),
        "role": item.role,
        "into": item.lang,
        "officer": item.officer,
    }


def hand_over(
    sections: "Mapping[str, Sequence[Due]]", mailbox: "Mailbox"
) -> Iterator[str]:
    """Yield the lines of a hand-over list; every section, also where it is empty."""
    for name, found in sections.items():
        yield heading(name, found)
        for one in found:
            yield f"  {due_line(one, mailbox)}"


def due_line(item: "Due", mailbox: "Mailbox") -> str:
    """Return a due item in words of the language in use, fit for a terminal."""
    row = item.row
    mode = "" if row.mode == "ACTUAL" else f" {label('mode', row.mode, lang())}"
    urgent = label("precedence", row.precedence, lang())
    head = (
        f"{row.name.hex()[:8]} {desk_session.place_of(row, mailbox)} {urgent}"
        f"{mode} {desk_session.describe_kind(row)} {subject(row, lang())}"
    )
    return safe(punctuation.BETWEEN[lang()].join([head, *_notes(item)]))


def _notes(item: "Due") -> Iterator[str]:
    if item.kind is DueKind.OVERDUE_MOVEMENT:
        name = item.row.name.hex()[:8]
        yield say("no arrival reported: fusion list --proposal {name}", name=name)
    if item.kind in {DueKind.NOT_COUNTERSIGNED, DueKind.TO_COUNTERSIGN}:
        yield say("went on one signature as an EMERGENCY; not countersigned")
    yield from notes(item)
