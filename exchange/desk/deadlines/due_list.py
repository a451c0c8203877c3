"""The list of a desk's due items, and which are late.

Reads only.

    for one in due(desk, now): one.kind, one.row.name, one.by, one.late, one.desks, ...
    handover(desk, now)["due"]                 # for a change of shift

A desk passes the two times of its `moment`: its clock may be wrong.

One acknowledgement by a desk that is asked stills the alarm of the others. An exercise
counts among exercises only: it comes after real items of the same urgency, and is
counted apart (`counts`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from exchange import words
from exchange.bulletin.codes import DRILLS
from exchange.bulletin.prose import language
from exchange.desk import ladder
from exchange.desk.client import Desk
from exchange.desk.deadlines import duty_roles
from exchange.desk.erasure import ordered_erasure
from exchange.desk.incoming.threads import find_standings
from exchange.desk.ladder import Step
from exchange.desk.mailbox import Row
from exchange.desk.mailbox.obligations import Owed
from exchange.desk.records import PRECEDENCES, Decline, PendingAnswer
from exchange.limits import TRANSLATE_WITHIN
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord

T = TypeVar("T")
REAL = "ACTUAL"
_NEVER = 2**62  # ms: after every deadline
GONE = frozenset({"RECALLED", "SUPERSEDED"})  # the newer one has a deadline of its own


class DueKind(StrEnum):
    ESCALATED = "ESCALATED"  # a FLASH not acknowledged in time
    OVERDUE_MOVEMENT = "OVERDUE_MOVEMENT"
    DECLINED = "DECLINED"  # a desk declined, and no officer here has taken note
    UNACKNOWLEDGED = "UNACKNOWLEDGED"  # its deadline has passed
    NOT_COUNTERSIGNED = "NOT_COUNTERSIGNED"  # an EMERGENCY, after a day
    TO_ERASE = "TO_ERASE"  # a recall that asks to destroy a text, until that is done
    RECALLED = "RECALLED"  # a recall not acknowledged
    TO_COUNTERSIGN = "TO_COUNTERSIGN"  # at its author's desk, within that day
    TO_ACKNOWLEDGE = "TO_ACKNOWLEDGE"  # its deadline is still to come
    UNDER_WAY = "UNDER_WAY"  # acknowledged, on its way, being translated
    STALE = "STALE"  # a translation of another text
    TO_TRANSLATE = "TO_TRANSLATE"


class Due(SecretRecord, frozen=True):
    kind: DueKind
    row: Row
    by: int = 0
    """The deadline, ms UTC; 0 if there is none."""
    late: int = 0
    """ms since the deadline; 0 before it."""
    desks: tuple[str, ...] = ()
    """The desks that have not done it."""
    role: str = ""
    """The role to which it is escalated now (`duty_roles.describe_role`)."""
    lang: str = ""
    """The language of the wanted translation."""
    officer: str = ""
    """The officer who works on it."""
    text: bytes = b""
    """The name of the bulletin whose text this desk is to erase."""
    declined: tuple[Decline, ...] = ()
    """The desks that declined, not yet noted by an officer."""
    answer: PendingAnswer | None = None
    """The answer of this desk that no log has."""


def counts(modes: Iterable[str]) -> dict[str, int]:
    """Return the number of real ones (ACTUAL, even if 0), then of each drill.

    A mode that is no drill's counts as real.
    """
    found = Counter(mode if mode in DRILLS else REAL for mode in modes)
    drills = {mode: found[mode] for mode in DRILLS if found[mode]}
    return {REAL: found[REAL]} | drills


def due(desk: Desk, now: int, past: int | None = None) -> list[Due]:
    """Return the items at `now` (ms UTC): most urgent first, drills last.

    Leaves out acknowledgements due later, and messages expired before `past`.
    """
    every = matters(desk, now, past)
    return [one for one in every if one.kind is not DueKind.TO_ACKNOWLEDGE]


def handover(
    desk: Desk, now: int, past: int | None = None
) -> Mapping[str, Sequence[Sequence[Due]]]:
    """Return the sections in order; each may be empty.

    Each message is in exactly one, with all its due items, the most urgent first.
    """
    found: dict[str, list[Sequence[Due]]] = {name: [] for name in SECTIONS}
    for about in together(matters(desk, now, past), attrgetter("row.name")):
        late = any(one.late for one in about)
        found[section_of(about[0].kind, late=late)].append(about)
    return found


def together(items: Iterable[T], name_of: Callable[[T], object]) -> list[list[T]]:
    found: dict[object, list[T]] = defaultdict(list)
    for one in items:
        found[name_of(one)].append(one)
    return list(found.values())


SECTIONS = (
    *("escalated", "declined", "due", "unacknowledged", "under_way"),
    *("countersign", "to_erase", "recalled", "stale", "to_translate"),
)
_FIRST = {DueKind.ESCALATED: "escalated", DueKind.DECLINED: "declined"}
"""The sections shown before all late ones."""
_SECTION_OF = {
    DueKind.UNDER_WAY: "under_way",
    DueKind.TO_COUNTERSIGN: "countersign",
    DueKind.TO_ERASE: "to_erase",
    DueKind.RECALLED: "recalled",
    DueKind.STALE: "stale",
    DueKind.TO_TRANSLATE: "to_translate",
}


def section_of(kind: DueKind, *, late: bool) -> str:
    """Return a message's section by its first item; `late`: if any is late."""
    if kind in _FIRST:
        return _FIRST[kind]
    return "due" if late else _SECTION_OF.get(kind, "unacknowledged")


def matters(desk: Desk, now: int, past: int | None = None) -> list[Due]:
    """Return all items, deadline passed or not, ordered as `due`."""
    past = now if past is None else past
    found = [*_owed(desk, now, past), *_journeys(desk, now, past), *_texts(desk, past)]
    found += [*_unreleased(desk, now, past), *_declined(desk)]
    marks = find_standings(desk.mailbox, [one.row.name for one in found])
    left = (one for one in found if not _gone(one.kind, marks.get(one.row.name, "")))
    return sorted(left, key=_urgency)


def _gone(kind: DueKind, standing: str) -> bool:
    """Return whether an item is moot for a message of this standing.

    A corrected message needs no translation, nor could one be sent.
    """
    return standing in GONE or (
        kind is DueKind.TO_TRANSLATE and standing == "CORRECTED"
    )


def _urgency(item: Due) -> tuple[bool, int, int, int, int]:
    drill = item.row.mode in DRILLS
    kind = list(DueKind).index(item.kind)
    known = item.row.precedence in PRECEDENCES
    rank = PRECEDENCES.index(item.row.precedence) if known else 0
    return drill, kind, rank, -item.late or item.by or _NEVER, -item.row.number


def _owed(desk: Desk, now: int, past: int) -> Iterator[Due]:
    """Yield what desks owe: this one, or for its own messages every desk."""
    debts: dict[int, list[Owed]] = defaultdict(list)
    for debt in desk.mailbox.obligations.list_owed(past):
        debts[debt.number].append(debt)
    answers = desk.mailbox.answers.pending(debts)
    for row in desk.mailbox.messages.rows(list(debts)):
        mine = row.direction == "out"
        asked = [d for d in debts[row.number] if mine or d.desk == desk.officer.desk]
        for one in _of(desk, row, asked, now):
            yield replace(one, answer=answers.get(row.number))


def _of(desk: Desk, row: Row, debts: Sequence[Owed], now: int) -> Iterator[Due]:
    """Yield a message's items: to be acknowledged, then to be acted on.

    1. A text to be destroyed is due until each desk has done it, acknowledged or not.
    2. A desk is at work on it, if asked to act, once it has acknowledged, or another
       desk's acknowledgement stills its alarm.
    3. A recall is its own section. An unanswered FLASH is escalated.
    """
    # 1
    if debts and row.envelope == pb.KIND_RECALL:
        text = ordered_erasure(desk.mailbox, row.name)
        if text is not None:
            own = b"" if row.outgoing else text
            yield replace(_due(DueKind.TO_ERASE, row, debts, now), text=own)
            return
    goal = ladder.goal(row.acknowledge)
    least = min(goal, Step.ACKNOWLEDGED)
    mine = row.direction == "out"
    stilled = bool(row.acknowledged) and not mine
    silent = [d for d in debts if d.reached < least and not stilled]
    # 2
    busy = [d for d in debts if d not in silent]
    if busy and goal is Step.DONE:
        yield _due(DueKind.UNDER_WAY, row, busy, now)
    # 3
    if not silent:
        return
    late = 0 < silent[0].by <= now
    raised = late and row.precedence == "FLASH" and not row.acknowledged
    kind = DueKind.UNACKNOWLEDGED if late else DueKind.TO_ACKNOWLEDGE
    if row.envelope == pb.KIND_RECALL:
        kind = DueKind.RECALLED
    elif raised:
        kind = DueKind.ESCALATED
    role = ""
    if raised:
        among = duty_roles.roles(desk, silent[0].desk, row.mode, now)
        role = duty_roles.escalate(among, row.filed, silent[0].by, now)
    yield _due(kind, row, silent, now, role)


def _due(
    kind: DueKind, row: Row, debts: Sequence[Owed], now: int, role: str = ""
) -> Due:
    by = debts[0].by
    desks = tuple(debt.desk for debt in debts)
    return Due(kind, row, by, _late(by, now), desks, role)


def _late(by: int, now: int) -> int:
    return max(now - by, 1) if 0 < by <= now else 0


def _journeys(desk: Desk, now: int, past: int) -> Iterator[Due]:
    movements = desk.mailbox.movements
    late = {journey.number: journey for journey in movements.late(now, past)}
    for row in desk.mailbox.messages.rows(list(late)):
        by = late[row.number].overdue_at
        yield Due(DueKind.OVERDUE_MOVEMENT, row, by, _late(by, now))
    moving = {journey.number: journey for journey in movements.moving(past)}
    for row in desk.mailbox.messages.rows([n for n in moving if n not in late]):
        yield Due(DueKind.UNDER_WAY, row, moving[row.number].overdue_at)


def _unreleased(desk: Desk, now: int, past: int) -> Iterator[Due]:
    """Yield messages sent before a second officer signed, not countersigned yet.

    Its author's desk sees them at once; an addressed desk once it is late.
    """
    lacking = dict(desk.mailbox.countersignatures.lacking(past))
    for row in desk.mailbox.messages.rows(list(lacking)):
        by = lacking[row.number]
        if by <= now:
            kind = DueKind.NOT_COUNTERSIGNED
        elif row.outgoing:
            kind = DueKind.TO_COUNTERSIGN
        else:
            continue
        yield Due(kind, row, by, _late(by, now), (row.desk,))


def _declined(desk: Desk) -> Iterator[Due]:
    """Yield declined items, also those that have expired since."""
    answers = desk.mailbox.answers
    numbers = answers.list_open()
    declined = answers.declined(numbers)
    for row in desk.mailbox.messages.rows(numbers):
        left = tuple(one for one in declined[row.number] if not one.officer)
        yield Due(DueKind.DECLINED, row, declined=left)


def _texts(desk: Desk, now: int) -> Iterator[Due]:
    box = desk.mailbox
    reading = language(desk.settings.language or words.lang())
    works = box.pending_translations.all(now)
    begun = {(number, lang) for number, lang, _ in works}
    stale = [each for each in box.pending_translations.stale() if each not in begun]
    wanted = box.pending_translations.list_untranslated(
        reading, now - TRANSLATE_WITHIN, now
    )
    rows = _by_number(
        box.messages.rows(sorted({*wanted, *(work[0] for work in works)}))
    )
    for number, lang, officer in works:
        yield Due(DueKind.UNDER_WAY, rows[number], lang=lang, officer=officer)
    for number in wanted:
        if (number, reading) not in {*begun, *stale}:
            yield Due(DueKind.TO_TRANSLATE, rows[number], lang=reading)
    rows = _by_number(box.messages.rows(sorted({each.number for each in stale})))
    for number, lang in stale:
        if rows[number].expires > now:
            yield Due(DueKind.STALE, rows[number], lang=lang)
    yield from _sent_unread(desk, begun, now)


def _sent_unread(desk: Desk, begun: set[tuple[int, str]], now: int) -> Iterator[Due]:
    """Yield the translations of FLASH sent unreviewed.

    Not those `begun` again, nor those of a corrected bulletin: the correction is
    translated instead.
    """
    box = desk.mailbox
    sent = box.pending_translations.list_sent_unread(
        desk.officer.desk, now - TRANSLATE_WITHIN, now
    )
    rows = _by_number(box.messages.rows(sorted({one.number for one in sent})))
    marks = find_standings(box, [row.name for row in rows.values()])
    for one in sent:
        row = rows[one.number]
        if one[:2] not in begun and marks.get(row.name) != "CORRECTED":
            yield Due(DueKind.UNDER_WAY, row, lang=one.lang, officer=one.officer)


def _by_number(rows: Iterable[Row]) -> dict[int, Row]:
    return {row.number: row for row in rows}
