"""The queue of a desk's translations: the step each waits for. Reads only.

for one in translation_queue(desk, now, past): one.step, one.row, one.lang, one.officer
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.content import decode_translation
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import Due, DueKind, matters
from exchange.desk.mailbox import Row
from exchange.desk.records import PRECEDENCES
from exchange.translation.back_translation import is_wanted
from exchange.translation.steps import INITIAL, TRANSLATED
from exchange.v1 import bulletin_pb2 as pb


class TranslationStep(StrEnum):
    """The next step of a translation, in the order in which they are taken."""

    TRANSLATE = "TRANSLATE"
    READ_BACK = "READ_BACK"  # of a FLASH, by an officer unaware of the original
    COMPARE = "COMPARE"  # by a third officer
    REVIEW = "REVIEW"  # by another officer than the translator
    SEND = "SEND"


class QueuedTranslation(Struct, frozen=True):
    """One translation. `officer` took the last step, "" before the first."""

    row: Row
    lang: str
    step: TranslationStep
    officer: str
    since: int
    """When that step was taken, else when the bulletin was filed; ms UTC."""
    stale: bool
    """Whether an older text of the bulletin was translated."""
    for_others: bool = False
    """Whether the officer at the desk may not take the step: another one must."""


def next_step(work: pb.Translation, precedence: str) -> TranslationStep:
    if work.state in {"", INITIAL}:
        return TranslationStep.TRANSLATE
    if work.HasField("back") and not work.back.judge:
        return TranslationStep.COMPARE
    if is_wanted(work, precedence):
        return TranslationStep.READ_BACK
    if work.state == TRANSLATED:
        return TranslationStep.REVIEW
    return TranslationStep.SEND


def translation_queue(desk: Desk, now: int, past: int) -> list[QueuedTranslation]:
    """Return the most urgent first; times as in `due_list.due`."""
    found = [one for one in matters(desk, now, past) if one.lang]
    return sorted(_queued(desk, found), key=_urgency)


def _queued(desk: Desk, found: list[Due]) -> Iterator[QueuedTranslation]:
    works = desk.mailbox.pending_translations
    for one in found:
        row, stale = one.row, one.kind is DueKind.STALE
        kept, at = works.get(row.name, one.lang), works.left_at(row.name, one.lang)
        if kept is None and one.officer:
            kept, at = _sent(desk, one)
        if kept is None:
            step = TranslationStep.TRANSLATE
            yield QueuedTranslation(row, one.lang, step, "", row.filed, stale)
            continue
        step = next_step(kept, row.precedence)
        others = _is_for_others(kept, step, desk.officer.name, row.author)
        yield QueuedTranslation(row, one.lang, step, one.officer, at, stale, others)


def _is_for_others(
    work: pb.Translation, step: TranslationStep, officer: str, author: str
) -> bool:
    """Return whether an officer's earlier steps exclude him from this one."""
    match step:
        case TranslationStep.TRANSLATE:
            return False
        case TranslationStep.READ_BACK:
            return officer in {work.translator, work.reviewer, work.back.judge, author}
        case TranslationStep.COMPARE:
            return officer in {work.translator, work.back.translator}
        case TranslationStep.REVIEW:
            return officer == work.translator
        case TranslationStep.SEND:
            return officer not in {work.translator, work.reviewer}


def _sent(desk: Desk, one: Due) -> tuple[pb.Translation | None, int]:
    """Return the one that is continued, and when it was sent.

    If there are several: the furthest, then the newest.
    """
    for sent in desk.mailbox.translations.of(one.row.name):
        if sent.lang == one.lang:
            return decode_translation(sent.content), sent.filed
    return None, 0


def _urgency(one: QueuedTranslation) -> tuple[bool, int, int, str]:
    known = one.row.precedence in PRECEDENCES
    rank = PRECEDENCES.index(one.row.precedence) if known else 0
    return one.row.mode in DRILLS, rank, one.row.number, one.lang
