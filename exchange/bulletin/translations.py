"""The rules of translations that every receiver enforces.

Whether a translation is *good* is for `exchange.translation.checks` and persons.
"""

import re
from collections.abc import Set as AbstractSet

from exchange.bulletin import attestations
from exchange.bulletin.codes import CODES
from exchange.bulletin.prose import ID, check_text, too_long
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.translation_json import from_json, to_json
from exchange.bulletin.translation_model import (
    BY_PERSONS,
    STATES,
    bare,
    current_segments,
    least_state,
    origin_of,
    rank,
    segments_of,
    source_hash,
    stale,
    sum_up,
    text_hash,
    translate,
)
from exchange.errors import UNKNOWN_LANGUAGE, Reason, Refusal, Why
from exchange.limits import (
    ANSWERED_MAX,
    NAME_MAX,
    SEGMENT_MAX,
    SEGMENTS_MAX,
    SUBJECT_MAX,
)
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

__all__ = [
    "BY_PERSONS",
    "ITS_LANGUAGE",
    "NOT_REVIEWER",
    "NOT_SIGNER",
    "STATES",
    "bare",
    "check_form",
    "check_persons",
    "check_target",
    "check_translation",
    "current_segments",
    "from_json",
    "rank",
    "segments_of",
    "source_hash",
    "stale",
    "sum_up",
    "text_hash",
    "to_json",
    "translate",
]
_OFFICER = re.compile(rf"[a-z0-9.@-]{{0,{NAME_MAX}}}")
_CONFIRMED = re.compile(r"[A-Za-z0-9_-]{1,32} [A-Z_]{1,32}")
_Segments = list[pb.TranslatedSegment]
ITS_LANGUAGE = Why("the original is in that language; translate it into another")
NOT_REVIEWER = Why("you translated it; another officer must review it")
NOT_SIGNER = Why("its translator or its reviewer must send it")
_MACHINE = Why("a machine translation needs an officer as reviewer; name one")
_TO_PUT_BACK = Why("a FLASH must be translated back first")
_TO_JUDGE = Why("the back-translation of a FLASH must be judged first")


def check_form(translation: pb.Translation, where: str = "") -> None:
    """Refuse a translation that is not well formed, for any source.

    1. Language, state and origin are known; persons are officers by role.
    2. Segments have ids, texts, states and origins; only the memory's have a match.
    3. State and origin of the whole follow from the segments; the state may also be
       INITIAL, if segments are missing: only the source shows that.
    4. The reviewer is not the translator; a machine's text needs one.
    5. The back-translator is neither the translator nor the judge.
    6. Confirmations are sorted and name segment and check; attestations too.
    """
    dot = f"{where}." if where else ""
    # 1
    if translation.lang not in LANGUAGES:
        raise Refusal(Reason.LANGUAGE, f"{dot}lang", UNKNOWN_LANGUAGE)
    _check_codes(translation, dot)
    for name in ("translator", "reviewer"):
        _check_officer(getattr(translation, name), f"{dot}{name}")
    # 2
    segments = list(translation.segments)
    _check_texts(segments, f"{dot}segments")
    for segment in segments:
        place = f"{dot}segments.{_id(segment)}."
        _check_codes(segment, place)
        if segment.match > (100 if segment.origin == "MEMORY" else 0):
            raise Refusal(Reason.FIELD_VALUE, f"{place}match")
    # 3
    if translation.origin != origin_of(segments):
        raise Refusal(Reason.FIELD_VALUE, f"{dot}origin")
    if translation.state not in {STATES[0], least_state(segments)}:
        raise Refusal(Reason.FIELD_VALUE, f"{dot}state")
    # 4
    _check_reviewer(translation, f"{dot}reviewer")
    # 5
    if translation.HasField("back"):
        _check_back(translation, f"{dot}back")
    # 6
    _check_confirmed(list(translation.confirmed), f"{dot}confirmed")
    attestations.check_form(translation, f"{dot}attestations")


def _check_codes(message: pb.Translation | pb.TranslatedSegment, dot: str) -> None:
    for name in ("state", "origin"):
        if getattr(message, name) not in CODES[f"translation_{name}"]:
            raise Refusal(Reason.CODE_UNKNOWN, f"{dot}{name}")


def _check_officer(name: str, where: str) -> None:
    if len(name) > NAME_MAX:
        raise Refusal(Reason.TOO_LONG, where)
    if not _OFFICER.fullmatch(name):
        raise Refusal(Reason.FIELD_VALUE, where)


def _id(segment: pb.TranslatedSegment) -> str:
    return segment.id if ID.fullmatch(segment.id) else "?"


def _check_texts(segments: _Segments, where: str) -> None:
    if len(segments) > SEGMENTS_MAX + 1:
        raise Refusal(Reason.TOO_LONG, where)
    ids = [segment.id for segment in segments]
    if not ids or len(set(ids)) < len(ids):
        raise Refusal(Reason.FIELD_VALUE, where)
    if any(not 0 < len(segment.text) <= SEGMENT_MAX for segment in segments):
        raise Refusal(Reason.TOO_LONG, where)


def _check_reviewer(translation: pb.Translation, where: str) -> None:
    if translation.reviewer and translation.reviewer == translation.translator:
        raise Refusal(Reason.FIELD_VALUE, where, NOT_REVIEWER)
    machine = any(
        s.origin == "MACHINE" and s.state in BY_PERSONS for s in translation.segments
    )
    if machine and not translation.reviewer:
        raise Refusal(Reason.FIELD_MISSING, where, _MACHINE)


def _check_back(translation: pb.Translation, where: str) -> None:
    back = translation.back
    if back.lang not in LANGUAGES or back.lang == translation.lang:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang")
    _check_texts(list(back.segments), f"{where}.segments")
    for name in ("translator", "judge"):
        _check_officer(getattr(back, name), f"{where}.{name}")
    if not back.translator:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.translator")
    if back.translator == translation.translator:
        raise Refusal(Reason.FIELD_VALUE, f"{where}.translator")
    if back.judge in {back.translator, translation.translator} - {""}:
        raise Refusal(Reason.FIELD_VALUE, f"{where}.judge")


def _check_confirmed(confirmed: list[str], where: str) -> None:
    if len(confirmed) > ANSWERED_MAX:
        raise Refusal(Reason.TOO_LONG, where)
    if confirmed != sorted(set(confirmed)):
        raise Refusal(Reason.FIELD_VALUE, where)
    for i, text in enumerate(confirmed):
        if not _CONFIRMED.fullmatch(text):
            raise Refusal(Reason.FIELD_VALUE, f"{where}.{i}")


def check_translation(
    content: pb.Content,
    translation: pb.Translation,
    where: str = "translation",
    precedence: int = 0,
) -> pb.Translation:
    """Return the translation if it fits this source; Refusal names the field.

    1. It is well formed, and in another language than the subject.
    2. Every segment is one of the source, made of its current text (STALE), within its
       length, and in the language's script.
    3. All segments are there unless the state is INITIAL.
    4. The back-translation is of these texts, in the language of the source.
    5. A FLASH is reviewed or final only with a second person and a judged
       back-translation.
    """
    # 1
    check_form(translation, where)
    if translation.lang == content.subject.lang:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang", ITS_LANGUAGE)
    # 2
    source = segments_of(content)
    for segment in translation.segments:
        place = f"{where}.segments.{_id(segment)}"
        if segment.id not in source:
            raise Refusal(Reason.FIELD_UNKNOWN, place)
        longest = SUBJECT_MAX if segment.id == content.subject.id else SEGMENT_MAX
        _check_segment(segment, source[segment.id], longest, translation.lang, place)
    # 3
    _check_state(translation, source.keys(), where)
    # 4
    if translation.HasField("back"):
        _check_back_texts(content, translation, f"{where}.back")
    # 5
    if precedence == env.PRECEDENCE_FLASH:
        _check_flash(translation, where)
    return translation


def _check_state(
    translation: pb.Translation, ids: AbstractSet[str], where: str
) -> None:
    missing = ids - {segment.id for segment in translation.segments}
    if missing and translation.state != STATES[0]:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.segments.{min(missing)}")
    if not missing and translation.state != least_state(translation.segments):
        raise Refusal(Reason.FIELD_VALUE, f"{where}.state")


def _check_segment(
    segment: pb.TranslatedSegment,
    source: pb.Segment,
    longest: int,
    lang: str,
    where: str,
) -> None:
    """`longest` is in characters."""
    if len(segment.text) > longest:
        raise Refusal(Reason.TOO_LONG, where, too_long(segment.text, longest))
    check_target(source, segment.text, lang, where)
    if segment.source != source_hash(source):
        raise Refusal(Reason.STALE, where)


def check_target(source: pb.Segment, text: str, lang: str, where: str) -> None:
    """Refuse a translated text as `check_text` does; protected spans need no script.

    Only call signs and grids are the same in every language.
    """
    try:
        check_text(text, lang, where)
    except Refusal as refusal:
        letters = any(character.isalpha() for character in bare(text, source))
        if refusal.reason is not Reason.LANGUAGE or letters:
            raise


def _check_back_texts(
    content: pb.Content, translation: pb.Translation, where: str
) -> None:
    if translation.back.lang != content.subject.lang:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang")
    texts = {segment.id: segment.text for segment in translation.segments}
    for segment in translation.back.segments:
        place = f"{where}.segments.{_id(segment)}"
        if segment.id not in texts:
            raise Refusal(Reason.FIELD_UNKNOWN, place)
        check_text(segment.text, translation.back.lang, place)
        if segment.source != text_hash(texts[segment.id]):
            raise Refusal(Reason.STALE, place)


def _check_flash(translation: pb.Translation, where: str) -> None:
    passed = {s.id for s in translation.segments if s.state in BY_PERSONS}
    if not passed:
        return
    for name in ("translator", "reviewer"):
        if not getattr(translation, name):
            raise Refusal(Reason.FIELD_MISSING, f"{where}.{name}")
    missing = passed - {segment.id for segment in translation.back.segments}
    if missing:
        place = f"{where}.back.segments.{min(missing)}"
        raise Refusal(Reason.FIELD_MISSING, place, _TO_PUT_BACK)
    if not translation.back.judge:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.back.judge", _TO_JUDGE)


def check_persons(
    translation: pb.Translation, signer: str, where: str = "translation"
) -> None:
    """Refuse a translation if the signer does not answer for it.

    The signer is its translator or its reviewer; reviewed or final segments require a
    reviewer.
    """
    if signer not in {translation.translator, translation.reviewer}:
        raise Refusal(Reason.FIELD_VALUE, f"{where}.translator", NOT_SIGNER)
    reviewed = any(s.state in BY_PERSONS for s in translation.segments)
    if reviewed and not translation.reviewer:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.reviewer")
