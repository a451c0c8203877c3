"""A translation in progress: the steps of each officer and their results.

Each step returns a new translation, or raises Refusal. Two rules underlie the rest: the
officer who puts a text answers as translator for all of it, and may not review or judge
his own translation. He signs his claims at once (`exchange.bulletin.attestations`).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from exchange.bulletin.prose import ID, nfc, too_long, writable
from exchange.bulletin.translations import (
    BY_PERSONS,
    NOT_REVIEWER,
    STATES,
    check_translation,
    current_segments,
    segments_of,
    source_hash,
    stale,
    sum_up,
    text_hash,
)
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX
from exchange.translation.checks import Finding
from exchange.v1 import bulletin_pb2 as pb

INITIAL, TRANSLATED, REVIEWED, FINAL = STATES
IN_TURN = Why("go step by step: translated, reviewed, final")
_NOT_TRANSLATOR = Why(
    "only its translator can; take it over to become translator of all of it"
)
_NOT_FOUND = Why(
    "no finding of that name is open; list the findings with fusion translate check"
)


class Put(NamedTuple):
    """A text for a segment: its origin, and the memory's match in percent."""

    text: str
    origin: str = "HUMAN"
    match: int = 0


def begin(
    content: pb.Content, lang: str, earlier: pb.Translation | None
) -> pb.Translation:
    """Return one to work on, with the segments of an earlier one.

    Of a corrected source only unchanged segments are kept, for a new review.
    """
    translation = pb.Translation(lang=lang)
    if earlier is not None and not stale(content, earlier):
        translation.CopyFrom(earlier)
    elif earlier is not None and (kept := current_segments(content, earlier)):
        translation.translator = earlier.translator
        translation.segments.extend(kept)
        ids = {segment.id for segment in kept}
        translation.confirmed.extend(
            c for c in earlier.confirmed if c.split()[0] in ids
        )
        translation.attestations.extend(
            a for a in earlier.attestations if a.segment in ids
        )
        fall(translation.segments, TRANSLATED)
    return sum_up(content, translation)


def put(
    content: pb.Content, work: pb.Translation, officer: str, texts: Mapping[str, Put]
) -> pb.Translation:
    """Put texts, by the source's ids; an empty one removes the segment.

    1. Every id is one of the source (FIELD_UNKNOWN), every text within TOO_LONG.
    2. A changed text is INITIAL. A person's change keeps the earlier origin: a
       machine's text that a person corrects stays the machine's.
    3. The officer becomes the translator. If another was, all segments fall back to
       INITIAL, reviewed ones too: the new one answers for all.
    4. Confirmations and back-translations of changed texts are void, and so is a review
       based on their judgement.
    """
    translation = copy_translation(work)
    segments = {segment.id: segment for segment in work.segments}
    source = segments_of(content)
    # 1
    for i, each in texts.items():
        _check_put(source, i, each)
    # 2
    changed = {
        i for i, each in texts.items() if nfc(each.text) != _text(segments.get(i))
    }
    del translation.segments[:]
    for i, segment in source.items():
        if i in changed:
            if texts[i].text.strip():
                translation.segments.append(
                    _written(segment, texts[i], segments.get(i))
                )
        elif i in segments:
            translation.segments.append(segments[i])
    # 3
    if texts and translation.translator != officer:
        fall(translation.segments, INITIAL)
        changed = source.keys() | changed
        translation.translator = officer
    # 4
    _void(translation, changed)
    return sum_up(content, without_reviewer(translation))


def _check_put(source: Collection[str], i: str, each: Put) -> None:
    if i not in source:
        raise Refusal(Reason.FIELD_UNKNOWN, f"segments.{i if ID.fullmatch(i) else '?'}")
    writable(each.text, f"segments.{i}")
    if len(each.text) > SEGMENT_MAX:
        longest = too_long(each.text, SEGMENT_MAX)
        raise Refusal(Reason.TOO_LONG, f"segments.{i}", longest)
    if each.origin not in {"HUMAN", "MEMORY", "MACHINE"}:
        raise Refusal(Reason.CODE_UNKNOWN, f"segments.{i}.origin")
    if not 0 <= each.match <= (100 if each.origin == "MEMORY" else 0):
        raise Refusal(Reason.FIELD_VALUE, f"segments.{i}.match")


def _text(segment: pb.TranslatedSegment | None) -> str:
    return segment.text if segment else ""


def _written(
    source: pb.Segment, each: Put, segment: pb.TranslatedSegment | None
) -> pb.TranslatedSegment:
    kept = segment if segment is not None and each.origin == "HUMAN" else None
    return pb.TranslatedSegment(
        id=source.id,
        text=nfc(each.text),
        source=source_hash(source),
        state=INITIAL,
        origin=kept.origin if kept else each.origin,
        match=kept.match if kept else each.match,
    )


def fall(segments: Iterable[pb.TranslatedSegment], state: str) -> None:
    """Move segments in a later state back to `state`."""
    for segment in segments:
        if STATES.index(segment.state) > STATES.index(state):
            segment.state = state


def _void(translation: pb.Translation, changed: Collection[str]) -> None:
    confirmed = [c for c in translation.confirmed if c.split()[0] not in changed]
    del translation.confirmed[:]
    translation.confirmed.extend(confirmed)
    if not translation.HasField("back"):
        return
    texts = {segment.id: text_hash(segment.text) for segment in translation.segments}
    kept = [s for s in translation.back.segments if texts.get(s.id) == s.source]
    if len(kept) < len(translation.back.segments):
        translation.back.ClearField("judge")
        fall(translation.segments, TRANSLATED)
    del translation.back.segments[:]
    translation.back.segments.extend(kept)
    if not kept or translation.translator in {
        translation.back.translator,
        translation.back.judge,
    }:
        translation.ClearField("back")


def advance(  # noqa: PLR0913  # who does what to which of it, by which rules
    content: pb.Content,
    work: pb.Translation,
    officer: str,
    state: str,
    findings: Collection[Finding],
    *,
    precedence: int,
    segments: Collection[str] | None = None,
) -> pb.Translation:
    """Bring segments (all, unless named) to `state`; those further on stay.

    1. The state is one of STATES; every segment is one of the source, and exists.
    2. One state after the other; INITIAL is always allowed: it gives segments back.
    3. No finding blocks it (TRANSLATION, "s1 SPAN").
    4. Its translator sets TRANSLATED; another officer sets REVIEWED and FINAL, and
       answers for all reviewed segments: he must repeat another reviewer's steps.
    5. The whole meets the rules of its source: a FLASH has its back-translation.
    """
    translation = copy_translation(work)
    # 1
    there = {segment.id: segment for segment in translation.segments}
    ids = _asked(segments_of(content), there, state, segments)
    if state == INITIAL:
        fall((there[i] for i in ids), INITIAL)
        return sum_up(content, without_reviewer(translation))
    # 2
    again = state in BY_PERSONS and translation.reviewer not in {"", officer}
    moved = _moved((there[i] for i in ids), state, again=again)
    # 3
    moving = {segment.id for segment in moved}
    for finding in findings:
        if finding.segment in moving and finding.blocks(state):
            raise finding.refusal()
    # 4
    _answer(translation, officer, state, moving)
    for segment in moved:
        segment.state = state
    sum_up(content, translation)
    # 5
    return check_translation(content, translation, "translation", precedence)


def _moved(
    segments: Iterable[pb.TranslatedSegment], state: str, *, again: bool
) -> list[pb.TranslatedSegment]:
    """Return those that are not yet in this state, or all to do `again`."""
    rank = STATES.index(state)
    moved = [one for one in segments if STATES.index(one.state) < rank + again]
    for segment in moved:
        if STATES.index(segment.state) < rank - 1:
            raise Refusal(Reason.TRANSLATION, f"segments.{segment.id}.state", IN_TURN)
    return moved


def _asked(
    source: Mapping[str, object],
    there: Collection[str],
    state: str,
    segments: Collection[str] | None,
) -> list[str]:
    if state not in STATES:
        raise Refusal(Reason.CODE_UNKNOWN, "state")
    ids = list(source) if segments is None else list(segments)
    if segments is None and state == INITIAL:
        ids = [i for i in ids if i in there]
        if not ids:
            raise Refusal(Reason.FIELD_MISSING, "segments")
    for i in ids:
        if i not in source:
            raise Refusal(
                Reason.FIELD_UNKNOWN, f"segments.{i if ID.fullmatch(i) else '?'}"
            )
        if i not in there:
            raise Refusal(Reason.FIELD_MISSING, f"segments.{i}")
    return ids


def without_reviewer(translation: pb.Translation) -> pb.Translation:
    if not any(segment.state in BY_PERSONS for segment in translation.segments):
        translation.ClearField("reviewer")
    return translation


def _answer(
    translation: pb.Translation, officer: str, state: str, moving: Collection[str]
) -> None:
    """Set the officer who answers; Refusal(TRANSLATION, translator | reviewer)."""
    if state == TRANSLATED:
        if translation.translator not in {"", officer}:
            raise Refusal(Reason.TRANSLATION, "translator", _NOT_TRANSLATOR)
        translation.translator = officer
        return
    if officer == translation.translator:
        raise Refusal(Reason.TRANSLATION, "reviewer", NOT_REVIEWER)
    if translation.reviewer != officer:
        fall((s for s in translation.segments if s.id not in moving), TRANSLATED)
        translation.reviewer = officer


def confirm(
    work: pb.Translation, keys: Iterable[str], findings: Collection[Finding]
) -> pb.Translation:
    """Record findings, "s1 NEGATION", as confirmed by a person; idempotent.

    Refusal(FIELD_VALUE) for an unknown finding, or one that must be corrected.
    """
    translation = copy_translation(work)
    answerable = {finding.key for finding in findings if finding.answerable}
    known = answerable | set(work.confirmed)
    for key in keys:
        if key not in known:
            raise Refusal(Reason.FIELD_VALUE, "translation.confirmed", _NOT_FOUND)
    confirmed = sorted({*work.confirmed, *keys})
    del translation.confirmed[:]
    translation.confirmed.extend(confirmed)
    return translation


def copy_translation(work: pb.Translation) -> pb.Translation:
    """Copy, so a refused step changes nothing."""
    made = pb.Translation()
    made.CopyFrom(work)
    return made
