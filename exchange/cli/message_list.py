"""Lists of bulletins, and the pending actions of a desk, as lines and as JSON."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from exchange.cli import desk_session, options, terminal
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.limits import MINUTE, SECOND
from exchange.words import DEFAULT, lang, say, say_n, word
from exchange.words.local_time import local_clock, with_local
from exchange.words.text_width import cells, cut

with lazy_imports():
    from exchange import envelope
    from exchange.bulletin import punctuation
    from exchange.bulletin.codes import label
    from exchange.bulletin.values import iso
    from exchange.desk.deadlines.due_list import Due, DueKind
    from exchange.desk.deadlines.due_words import all_notes, heading
    from exchange.desk.incoming.threads import find_standings
    from exchange.desk.link.way_words import why_words
    from exchange.desk.mailbox import AwaitedRelease, Held, Mailbox, Queued, Row
    from exchange.desk.records import Decline, PendingAnswer
    from exchange.desk.remarks import subject
    from exchange.desk.remarks import subject as subject_of
    from exchange.desk.spoken_name import spoken_name
    from exchange.desk.terminal.list_rows import add_answers
    from exchange.v1 import envelope_pb2 as pb
    from tui.text.safe_text import safe

NEAR = 12 * 60 * MINUTE
"""ms from now within which the hour alone is clear."""


class ListColumn(NamedTuple):
    heading: str
    least: int
    """Minimum width in columns of the terminal."""
    rank: int
    """The highest rank is left out first; 0 is never left out."""
    most: int = 0
    """Maximum width in columns if space is short; 0: no maximum."""


COLUMNS = {
    "name": ListColumn(word("NAME"), 8, 5),
    "place": ListColumn(word("PLACE"), 14, 0, 22),
    "filed": ListColumn(word("FILED"), 6, 0),
    "who": ListColumn(word("FROM, >TO"), 12, 2, 14),
    "precedence": ListColumn(word("URGENCY"), 9, 0, 12),
    "kind": ListColumn(word("KIND"), 8, 1, 12),
    "state": ListColumn(word("STATE"), 9, 4, 16),
}
SUBJECT = word("SUBJECT")
SUBJECT_LEAST = 17  # columns; below this, other columns are left out
COLOURS = {"FLASH": "loud", "IMMEDIATE": "urgent"}


def rows_json(mailbox: "Mailbox", rows: "Sequence[Row]") -> list[dict[str, object]]:
    read_by = mailbox.list_facts.addressees([row.number for row in rows])
    return [
        row_json(row)
        | sender_json(row, read_by[row.number])
        | answers_json(row.declined, row.pending)
        for row in _shown(mailbox, rows)
    ]


def _shown(mailbox: "Mailbox", rows: "Sequence[Row]") -> "list[Row]":
    stands = find_standings(mailbox, [row.name for row in rows])
    marked = [row._replace(standing=stands.get(row.name, "")) for row in rows]
    return add_answers(mailbox, marked, options.now())


def answers_json(
    declined: "Sequence[Decline]", answer: "PendingAnswer | None"
) -> dict[str, object]:
    """Return the declines, and the own answer that is in no log yet."""
    found = {"relation": answer.relation, "state": answer.state} if answer else None
    return {"declined": list(map(decline_json, declined)), "answer": found}


def decline_json(one: "Decline") -> dict[str, object]:
    """Return the JSON, with the officer that took note."""
    return {
        "desk": one.desk,
        "reason": one.reason,
        "at": iso(one.at),
        "noted_by": one.officer or None,
    }


def row_json(row: "Row") -> dict[str, object]:
    return {
        "name": row.name.hex(),
        "origin": desk_session.node_of(row),
        "index": row.index,
        "kind": desk_session.kind_of(row),
        "precedence": row.precedence,
        "mode": row.mode,
        "subject": row.subject,
        "lang": row.lang,
        "state": row.state,
        "read": bool(row.read),
        "standing": row.standing,
    }


def sender_json(row: "Row", read_by: Sequence[str]) -> dict[str, object]:
    """Return the JSON, with readers and log.

    `log` is the origin of the log, "" before a node recorded it; `direction` is `in` or
    `out`; `filed` is the author's own time.
    """
    return {
        "author": row.author,
        "desk": row.desk,
        "recipients": list(read_by),
        "direction": row.direction,
        "filed": iso(row.filed),
        "received": iso(row.received) if row.received else None,
        "log": row.origin,
    }


def found(mailbox: "Mailbox", rows: "Sequence[Row]", *, json: bool) -> Reply:
    """Return bulletins, one per line under headings, or as one JSON object.

    On a terminal a line fits its width: the least important columns are left out, then
    the subject is cut. Other output is complete.
    """
    if json:
        return Reply({"bulletins": rows_json(mailbox, rows)})
    return Reply({}, _lines(mailbox, rows) if rows else [], nothing=not rows)


def _lines(mailbox: "Mailbox", rows: "Sequence[Row]") -> list[str]:
    sent = [row.number for row in rows if row.outgoing]
    read_by = mailbox.list_facts.addressees(sent)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    now = options.now()
    said = [_values(row, mailbox, read_by.get(row.number, ()), now) for row in rows]
    widths = _fit(said, width)
    lines: list[str] = [terminal.paint(_heading(widths), "heading")]
    for row, values in zip(_shown(mailbox, rows), said, strict=True):
        lines.append(_line(row, values, widths, width))
    return lines


def _values(
    row: "Row", mailbox: "Mailbox", read_by: Sequence[str], now: int
) -> dict[str, str]:
    """Return the codes in English, for searching."""
    kind = desk_session.kind_of(row)
    if lang() != DEFAULT:
        kind = desk_session.describe_kind(row)
    values = {
        "name": row.name.hex()[:8],
        "place": desk_session.place_of(row, mailbox),
        "filed": _filed(row.filed, now),
        "who": _who(row, read_by),
        "precedence": desk_session.code("precedence", row.precedence),
        "kind": kind,
        "state": desk_session.describe_state(row.state),
    }
    return {key: safe(text) for key, text in values.items()}


def _who(row: "Row", read_by: Sequence[str]) -> str:
    """Return the author; for our own messages, the readers."""
    if not row.outgoing:
        return row.desk
    more = f" +{len(read_by) - 1}" if len(read_by) > 1 else ""
    return f">{read_by[0]}{more}" if read_by else ">"


def _filed(filed: int, now: int) -> str:
    """Return the hour alone if within 12 hours, on a terminal.

    Other output has it in full, like JSON.
    """
    if not sys.stdout.isatty():
        return with_local(iso(filed - filed % SECOND))
    moment = datetime.fromtimestamp(filed / SECOND, UTC)
    near = abs(now - filed) < NEAR
    said = f"{moment:%H:%MZ}" if near else f"{moment:%Y-%m-%d %H:%MZ}"
    return f"{said} {local_clock(filed)}".rstrip()


def _fit(said: "Sequence[dict[str, str]]", width: int) -> dict[str, int]:
    """Return the columns with their widths; `width` 0: no limit."""
    widths = {
        key: max(column.least, *(cells(values[key]) for values in said))
        for key, column in COLUMNS.items()
    }
    widths = {
        key: max(n, cells(say(COLUMNS[key].heading))) for key, n in widths.items()
    }
    droppable = sorted(COLUMNS, key=lambda key: -COLUMNS[key].rank)
    while width and _room(widths, width) < SUBJECT_LEAST:
        long = [key for key in widths if widths[key] > COLUMNS[key].most > 0]
        if long:
            widths |= {key: COLUMNS[key].most for key in long}
        elif droppable and COLUMNS[droppable[0]].rank:
            widths.pop(droppable.pop(0))
        else:
            break
    return widths


def _room(widths: dict[str, int], width: int) -> int:
    return width - 2 - sum(n + 1 for n in widths.values())


def _heading(widths: dict[str, int]) -> str:
    names = (_column(say(COLUMNS[key].heading), n) for key, n in widths.items())
    return "  " + " ".join([*names, say(SUBJECT)])


def _column(text: str, width: int) -> str:
    return desk_session.column(cut(text, width), width)


def _line(
    row: "Row", values: dict[str, str], widths: dict[str, int], width: int
) -> terminal.Painted:
    marks = "".join(f"[{mark}] " for mark in _marks(row))
    subject = subject_of(row, lang()) or row.verdict
    told = safe(f"{desk_session.drill(row)}{marks}{subject}")
    if width:
        told = cut(told, max(_room(widths, width), 1))
    parts = {key: _column(values[key], n) for key, n in widths.items()}
    if row.mode == "ACTUAL":
        style = COLOURS.get(row.precedence, "")
        parts["precedence"] = terminal.paint(parts["precedence"], style)
    mark = " " if row.read else "*"
    told = terminal.paint(told, "" if row.read else "unread")
    return terminal.Painted(" ".join([mark, *parts.values(), told]))


def _marks(row: "Row") -> Iterator[str]:
    if row.standing:
        yield desk_session.code("standing", row.standing)
    for one in row.declined:
        why = desk_session.code("decline_reason", one.reason) if one.reason else ""
        said = desk_session.code("relation", "CANNOT_COMPLY")
        yield " ".join(filter(None, (one.desk, said, why)))
    if row.pending:
        said = desk_session.code("relation", row.pending.relation)
        yield f"{said} {desk_session.describe_state(row.pending.state)}"


SHOWN = 50  # lines of each kind; the rest is counted
PRESSING = ("RESIGN", "REFUSED", "EXPIRED")
"""The states that need an officer's action, the most urgent first."""
DRAFT_STATES = {
    "DRAFTED": word("signed by its author; not at the node yet"),
    "WAITING": word("waits for release"),
    "SIGNED": word("released; not at the node yet"),
    "RETURNED": word("given back"),
}
"""The words for a draft's states until it is over."""
_AWAITED = ("DRAFTED", "WAITING", "SIGNED")


def outbox_json(mailbox: "Mailbox") -> dict[str, Any]:
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
    """Return a draft of this desk, or one shown to it."""
    known = mailbox.messages.knows(draft.name)
    return {
        "name": draft.name.hex(),
        "subject": mailbox.messages.row(draft.name).subject if known else "",
        "author": draft.author,
        "state": draft.state,
        "since": iso(draft.since),
    }


def outbox_lines(outbox: Mapping[str, Any]) -> Iterator[str]:
    """Yield the most urgent first, not yet `safe`."""
    for group in outbox["resign"]:
        if group["reason"] == "RELEASE":
            yield say(
                "given back: {message}: {code}; fusion send --again {name}",
                message=_what(group),
                code=desk_session.code("return_code", group["where"]),
                name=group["name"][:16],
            )
            continue
        yield say(
            "sign again: {message}: {why}; fusion send --again {name}",
            message=_what(group),
            why=why_words(group["reason"], group["where"]),
            name=group["name"][:16],
        )
    yield from refused_lines(outbox["refused"])
    for group in outbox["expired"]:
        yield say("expired, not sent: {message}", message=_what(group))
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
    for one in every[:SHOWN]:
        yield say(
            "refused: {message}: {why}",
            message=_what(one),
            why=why_words(one["reason"], one["where"]),
        )
    more = len(every) - SHOWN
    if more > 0:
        yield "    " + say_n("{n} more", "{n} more", more)


def _what(item: Mapping[str, Any]) -> str:
    """Return the subject, else the kind; and the name."""
    words = item.get("subject") or item.get("kind", "")
    return " ".join(filter(None, (item["name"][:8], words)))


def due_json(*about: "Due") -> dict[str, object]:
    """List further due actions in `also`."""
    first, *others = map(_matter_json, about)
    also = {"also": others} if others else {}
    return row_json(about[0].row) | first | also


def _matter_json(item: "Due") -> dict[str, object]:
    return {
        "due": item.kind,
        "by": iso(item.by) if item.by else None,
        "late_s": item.late // SECOND,
        "desks": list(item.desks),
        "role": item.role,
        "into": item.lang,
        "officer": item.officer,
        **answers_json(item.declined, item.answer),
    }


def hand_over(
    sections: "Mapping[str, Sequence[Sequence[Due]]]", mailbox: "Mailbox"
) -> Iterator[str]:
    """Yield every section, also empty ones."""
    for name, found in sections.items():
        yield heading(name, (about[0].row.mode for about in found))
        for about in found:
            yield f"  {due_line(about, mailbox)}"


def due_line(about: "Sequence[Due]", mailbox: "Mailbox") -> str:
    """Return a line that is safe for a terminal."""
    row = about[0].row
    mode = "" if row.mode == "ACTUAL" else f" {label('mode', row.mode, lang())}"
    urgent = label("precedence", row.precedence, lang())
    head = (
        f"{spoken_name(mailbox, row.name)} {urgent}{mode}"
        f" {desk_session.describe_kind(row)} {subject(row, lang())}"
    )
    return safe(punctuation.BETWEEN[lang()].join([head, *_notes(about)]))


def _notes(about: "Sequence[Due]") -> Iterator[str]:
    kinds = {one.kind for one in about}
    if DueKind.OVERDUE_MOVEMENT in kinds:
        name = about[0].row.name.hex()[:8]
        yield say("no arrival reported: fusion list --proposal {name}", name=name)
    if kinds & {DueKind.NOT_COUNTERSIGNED, DueKind.TO_COUNTERSIGN}:
        yield say("went on one signature as an EMERGENCY; not countersigned")
    yield from all_notes(about)
