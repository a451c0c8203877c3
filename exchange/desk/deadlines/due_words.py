"""The due list in words of the language in use, for shells and terminals.

It may have names that a partner chose: show it through `tui.text` only.
"""

from collections.abc import Iterable, Iterator, Sequence

from exchange.bulletin.codes import DRILLS, label
from exchange.bulletin.punctuation import AMONG, ASIDE, COLON
from exchange.bulletin.values import iso
from exchange.desk.answer_words import describe_answer, describe_decline
from exchange.desk.deadlines import duty_roles
from exchange.desk.deadlines.due_list import REAL, Due, DueKind, counts
from exchange.limits import MINUTE
from exchange.words import lang, say, say_n, word
from exchange.words.ages import span

NONE = {
    "escalated": word("Escalated: none"),
    "declined": word("Cannot be done: none"),
    "due": word("Overdue: none"),
    "unacknowledged": word("Not acknowledged: none"),
    "under_way": word("Under way: none"),
    "countersign": word("Not countersigned: none"),
    "to_erase": word("Texts not erased: none"),
    "recalled": word("Recalls not acknowledged: none"),
    "stale": word("Translations to be renewed: none"),
    "to_translate": word("To be translated: none"),
    "unsent": word("Not sent: none"),
}


KINDS = {
    DueKind.ESCALATED: word("escalated"),
    DueKind.OVERDUE_MOVEMENT: word("movement overdue"),
    DueKind.DECLINED: word("cannot be done"),
    DueKind.UNACKNOWLEDGED: word("acknowledgement overdue"),
    DueKind.NOT_COUNTERSIGNED: word("countersignature overdue"),
    DueKind.TO_ERASE: word("text to be erased"),
    DueKind.RECALLED: word("recall to be acknowledged"),
    DueKind.TO_COUNTERSIGN: word("to be countersigned"),
    DueKind.TO_ACKNOWLEDGE: word("to be acknowledged"),
    DueKind.UNDER_WAY: word("under way"),
    DueKind.STALE: word("translation to be renewed"),
    DueKind.TO_TRANSLATE: word("to be translated"),
}
"""The names of due items, by kind."""
NOT_DONE = word("not done in time")
"""The name of an item under way whose deadline has passed."""


def heading(section: str, modes: Iterable[str]) -> str:
    drills = counts(modes)
    title = _heading(section, drills.pop(REAL))
    if not drills:
        return title
    apart = (prefix_mode(mode, str(n)) for mode, n in drills.items())
    return title + ASIDE[lang()].format(AMONG[lang()].join(apart))


def prefix_mode(mode: str, text: str) -> str:
    if mode not in DRILLS:
        return text
    return f"{label('mode', mode, lang())}{COLON[lang()]}{text}"


def _heading(section: str, n: int) -> str:
    titles = {
        "escalated": lambda: say_n(
            "Escalated: {n} bulletin", "Escalated: {n} bulletins", n
        ),
        "declined": lambda: say_n(
            "Cannot be done: {n} bulletin", "Cannot be done: {n} bulletins", n
        ),
        "due": lambda: say_n("Overdue: {n} bulletin", "Overdue: {n} bulletins", n),
        "unacknowledged": lambda: say_n(
            "Not acknowledged: {n} bulletin", "Not acknowledged: {n} bulletins", n
        ),
        "under_way": lambda: say_n(
            "Under way: {n} bulletin", "Under way: {n} bulletins", n
        ),
        "countersign": lambda: say_n(
            "Not countersigned: {n} bulletin", "Not countersigned: {n} bulletins", n
        ),
        "to_erase": lambda: say_n(
            "Not erased everywhere: {n} text", "Not erased everywhere: {n} texts", n
        ),
        "recalled": lambda: say_n(
            "Not acknowledged: {n} recall", "Not acknowledged: {n} recalls", n
        ),
        "stale": lambda: say_n(
            "To be renewed: {n} translation", "To be renewed: {n} translations", n
        ),
        "unsent": lambda: say_n("Not sent: {n} bulletin", "Not sent: {n} bulletins", n),
        "to_translate": lambda: say_n(
            "To be translated: {n} bulletin", "To be translated: {n} bulletins", n
        ),
    }
    return titles[section]() if n else say(NONE[section])


def name_matter(kind: str, *, late: bool) -> str:
    """Return the words for a kind of item; an unknown kind is returned as it is."""
    if kind not in DueKind.__members__:
        return kind
    return say(NOT_DONE if late and kind == DueKind.UNDER_WAY else KINDS[DueKind(kind)])


def all_notes(about: Sequence[Due]) -> Iterator[str]:
    """Yield notes, first on a late item unless escalated."""
    first = about[0]
    if first.late and first.kind is not DueKind.ESCALATED:
        yield name_matter(first.kind, late=True)
    yield from notes(first)
    for one in about[1:]:
        named = name_matter(one.kind, late=bool(one.late))
        parts = named, AMONG[lang()].join(notes(one))
        yield COLON[lang()].join(filter(None, parts))


def notes(item: Due) -> Iterator[str]:
    """Yield how late it is, which desks are missing, whom to ask."""
    if item.late:
        yield say("late by {time}", time=span(item.late))
    elif item.by:
        yield say("by {when}", when=minute(item.by))
    yield from _answers(item)
    if item.desks:
        yield say("waiting for {desks}", desks=", ".join(item.desks))
    if item.text:
        command = f"fusion desk erase {item.text.hex()[:8]}"
        yield say("its author asks to destroy it: {command}", command=command)
    if item.role:
        told = say("call: {role}", role=duty_roles.describe_role(item.role, lang()))
        yield prefix_mode(item.row.mode, told)
    if item.lang:
        yield say("into: {language}", language=label("language", item.lang, lang()))
    if item.officer:
        yield say("in progress by {officer}", officer=item.officer)


def _answers(item: Due) -> Iterator[str]:
    for one in item.declined:
        yield describe_decline(one)
    if item.declined:
        command = f"fusion desk note {item.row.name.hex()[:8]}"
        yield say("take note of it: {command}", command=command)
    if item.answer:
        yield describe_answer(item.answer)


def minute(ms: int) -> str:
    """Return 2026-11-25 06:00Z."""
    return iso(ms // MINUTE * MINUTE).replace("T", " ").replace(":00Z", "Z")
