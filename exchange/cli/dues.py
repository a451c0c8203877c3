"""What is due, in words: for the hand-over list and the status."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exchange.cli import desks
from exchange.limits import DAY, MINUTE
from exchange.words import say, say_n, word

if TYPE_CHECKING:
    from exchange.desk.due import Due

HOUR = 60 * MINUTE
NONE = {
    "escalated": word("Taken further: nothing"),
    "due": word("Past its time: nothing"),
    "unacknowledged": word("Not acknowledged: nothing"),
    "under_way": word("Under way: nothing"),
    "recalled": word("Recalls not acknowledged: none"),
    "stale": word("Translations to be renewed: none"),
    "to_translate": word("To be translated: nothing"),
}


def told(one: "Due") -> dict[str, object]:
    """Return one as JSON has it: the bulletin as in `list`, and what is due."""
    from exchange.bulletin.values import iso
    from exchange.limits import SECOND

    return desks.listed(one.row, "") | {
        "due": one.kind,
        "by": iso(one.by) if one.by else None,
        "late_s": one.late // SECOND,
        "desks": list(one.desks),
        "role": one.role,
        "into": one.lang,
        "officer": one.officer,
    }


def hand_over(sections: "Mapping[str, Sequence[Due]]") -> Iterator[str]:
    """Yield the lines of a hand-over list; every section, also where it is empty."""
    for name, found in sections.items():
        yield _heading(name, len(found)) if found else say(NONE[name])
        for one in found:
            yield f"  {line(one)}"


def _heading(name: str, n: int) -> str:
    said = {
        "escalated": lambda: say_n(
            "Taken further: {n} bulletin", "Taken further: {n} bulletins", n
        ),
        "due": lambda: say_n(
            "Past its time: {n} bulletin", "Past their time: {n} bulletins", n
        ),
        "unacknowledged": lambda: say_n(
            "Not acknowledged: {n} bulletin", "Not acknowledged: {n} bulletins", n
        ),
        "under_way": lambda: say_n(
            "Under way: {n} bulletin", "Under way: {n} bulletins", n
        ),
        "recalled": lambda: say_n(
            "Not acknowledged: {n} recall", "Not acknowledged: {n} recalls", n
        ),
        "stale": lambda: say_n(
            "To be renewed: {n} translation", "To be renewed: {n} translations", n
        ),
        "to_translate": lambda: say_n(
            "To be translated: {n} bulletin", "To be translated: {n} bulletins", n
        ),
    }
    return said[name]()


def line(one: "Due") -> str:
    """Return one in words of the language in use, fit for a terminal."""
    from exchange.bulletin.codes import label
    from exchange.desk.remarks import subject
    from exchange.words import lang
    from tui.text.safe import safe

    row = one.row
    place = f"{desks.node_of(row)}#{'-' if row.index is None else row.index}"
    mode = "" if row.mode == "ACTUAL" else f" {label('mode', row.mode, lang())}"
    head = (
        f"{row.name.hex()[:8]} {place} {label('precedence', row.precedence, lang())}"
        f"{mode} {_kind(one)} {subject(row, lang())}"
    )
    return safe("; ".join([head, *_notes(one)]))


def _kind(one: "Due") -> str:
    from exchange.bulletin.kinds import KINDS
    from exchange.words import lang

    kind = KINDS.get(one.row.kind)
    return kind.labels[lang()] if kind else desks.kind_of(one.row)


def _notes(one: "Due") -> Iterator[str]:
    from exchange.bulletin.codes import label
    from exchange.desk.due import DueKind
    from exchange.desk.duty import said
    from exchange.words import lang

    if one.kind is DueKind.OVERDUE_MOVEMENT:
        name = one.row.name.hex()[:8]
        yield say("no arrival reported: fusion list --proposal {name}", name=name)
    if one.late:
        yield say("late by {time}", time=span(one.late))
    elif one.by:
        yield say("by {when}", when=_minute(one.by))
    if one.desks:
        yield say("not yet: {desks}", desks=", ".join(one.desks))
    if one.role:
        yield say("take it to: {role}", role=said(one.role, lang()))
    if one.lang:
        yield say("into: {language}", language=label("language", one.lang, lang()))
    if one.officer:
        yield say("at work on it: {officer}", officer=one.officer)


def _minute(ms: int) -> str:
    from exchange.bulletin.values import iso

    return iso(ms // MINUTE * MINUTE).replace("T", " ").replace(":00Z", "Z")


def span(ms: int) -> str:
    """Return a length of time in its largest whole unit that is more than one."""
    if ms >= 2 * DAY:
        return say_n("{n} day", "{n} days", ms // DAY)
    if ms >= 2 * HOUR:
        return say_n("{n} hour", "{n} hours", ms // HOUR)
    return say_n("{n} minute", "{n} minutes", max(ms // MINUTE, 1))
