"""A hand-over of a shift in words of the language in use, for shells and terminals.

Others wrote the subjects: show them through `tui.text` only.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from exchange.bulletin.codes import label
from exchange.bulletin.punctuation import BETWEEN, COLON, WITHIN
from exchange.desk.answer_words import describe_answer
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import SECTIONS, DueKind, section_of, together
from exchange.desk.deadlines.due_words import (
    heading,
    minute,
    name_matter,
    prefix_mode,
)
from exchange.desk.mailbox import Row
from exchange.desk.mailbox.handovers import WROTE
from exchange.desk.records import PendingAnswer
from exchange.desk.remarks import subject
from exchange.desk.shift_handover import NOT_SENT
from exchange.desk.spoken_name import DIGITS, spoken_name
from exchange.desk.state_words import STATES
from exchange.desk.status_records import HandoverLine, HandoverSection
from exchange.trust.shift_handover import DoneMatter, HandoverRecord, OpenMatter
from exchange.words import lang, say, say_n
from exchange.words.ages import span

_UNSENT = "unsent"  # the section of messages that no log has


class _Shift(NamedTuple):
    desk: Desk
    record: HandoverRecord
    rows: Mapping[str, Row]
    pending: Mapping[int, PendingAnswer]
    digits: int


def counts(record: HandoverRecord) -> str:
    n = len({one.name for one in record.open})
    open_ = say_n("{n} matter is open", "{n} matters are open", n)
    return f"{open_}{BETWEEN[lang()]}{_acts(record)}"


def _acts(record: HandoverRecord) -> str:
    return say_n("{n} act of this shift", "{n} acts of this shift", len(record.done))


def tell_newer(n: int) -> str:
    return say_n(
        "{n} matter has come since; it is not in this hand-over",
        "{n} matters have come since; they are not in this hand-over",
        n,
    )


def sections(
    desk: Desk, record: HandoverRecord, digits: int = DIGITS
) -> Iterator[HandoverSection]:
    """Yield the open matters, once per message, then the officers' acts.

    By the deadlines in the record, at its time; empty sections are left out. A message
    here that is in no log is named by so many digits: 0 where none can be typed.
    """
    named = {one.name for one in record.open} | {one.name for one in record.done}
    rows = desk.mailbox.messages.find_rows(list(map(bytes.fromhex, named)))
    pending = desk.mailbox.answers.pending([row.number for row in rows])
    told = _Shift(desk, record, {row.name.hex(): row for row in rows}, pending, digits)
    found: dict[str, list[Sequence[OpenMatter]]] = {}
    for about in together(record.open, attrgetter("name")):
        found.setdefault(_section(about, record.at), []).append(about)
    for name in (*SECTIONS[:3], _UNSENT, *SECTIONS[3:]):
        if matters := found.get(name):
            modes = [
                told.rows[x[0].name].mode if x[0].name in told.rows else ""
                for x in matters
            ]
            title = heading(name, modes)
            yield HandoverSection(title, [_open(told, about) for about in matters])
    if record.done:
        yield HandoverSection(_acts(record), [_done(told, one) for one in record.done])


def _section(about: Sequence[OpenMatter], at: int) -> str:
    late = any(0 < one.by <= at for one in about)
    if not late and any(one.kind == NOT_SENT for one in about):
        return _UNSENT
    known = about[0].kind in DueKind.__members__
    kind = DueKind(about[0].kind) if known else DueKind.TO_ACKNOWLEDGE
    return section_of(kind, late=late)


def _open(told: _Shift, about: Sequence[OpenMatter]) -> HandoverLine:
    name, at = about[0].name, told.record.at
    words = [_matter(one, at) for one in about if one.kind != NOT_SENT]
    words = [*_unsent(told, about[0]), *words]
    if row := told.rows.get(name):
        if answer := told.pending.get(row.number):
            words.append(describe_answer(answer))
        words.append(say("{time} old", time=span(max(at - row.filed, 0))))
    return _line(told, name, BETWEEN[lang()].join(words))


def _matter(one: OpenMatter, at: int) -> str:
    late = 0 < one.by <= at
    words = [name_matter(one.kind, late=late)]
    if late:
        words.append(say("late by {time}", time=span(at - one.by)))
    elif one.by:
        words.append(say("by {when}", when=minute(one.by)))
    return WITHIN[lang()].join(words)


def _done(told: _Shift, one: DoneMatter) -> HandoverLine:
    did = say("wrote") if one.did == WROTE else label("relation", one.did, lang())
    act = f"{minute(one.at)} {one.officer}{COLON[lang()]}{did}"
    return _line(told, one.name, BETWEEN[lang()].join((act, *_unsent(told, one))))


def _unsent(told: _Shift, one: OpenMatter | DoneMatter) -> Iterator[str]:
    row = told.rows.get(one.name)
    if row is None:
        return
    answer = told.pending.get(row.number)
    if isinstance(one, DoneMatter) and one.did != WROTE:
        if answer and answer.relation == one.did:
            yield say(STATES[answer.state])
    elif row.outgoing and row.index is None and row.state in STATES:
        yield say(STATES[row.state])


def _line(told: _Shift, name: str, said: str) -> HandoverLine:
    box, row = told.desk.mailbox, told.rows.get(name)
    if row is None:
        named = spoken_name(box, bytes.fromhex(name))
        return HandoverLine(f"{named}{WITHIN[lang()]}{said}", "", lang())
    named = spoken_name(box, row.name, told.digits)
    words = WITHIN[lang()].join(filter(None, (named, prefix_mode(row.mode, said))))
    return HandoverLine(words, subject(row, lang()), row.lang or lang())
