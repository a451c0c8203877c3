"""The lines of the hand-over list, also for the status."""

from collections.abc import Iterator, Mapping, Sequence

from exchange.cli import desk_session, message_list
from exchange.cli.lazy import lazy_imports
from exchange.limits import SECOND
from exchange.words import lang, say

with lazy_imports():
    from exchange.bulletin import punctuation
    from exchange.bulletin.codes import label
    from exchange.bulletin.values import iso
    from exchange.desk.deadlines.due_list import Due, DueKind
    from exchange.desk.deadlines.due_words import heading, notes
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.remarks import subject
    from tui.text.safe_text import safe


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
            yield f"  {line(one, mailbox)}"


def line(item: "Due", mailbox: "Mailbox") -> str:
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
