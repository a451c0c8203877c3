"""Back-translation: by a second person without the source, judged by a third."""

from collections.abc import Mapping

from exchange.bulletin.prose import ID, check_text, too_long
from exchange.bulletin.translation_json import put_back as place_back
from exchange.bulletin.translations import BY_PERSONS, sum_up
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX
from exchange.translation.steps import (
    IN_TURN,
    INITIAL,
    TRANSLATED,
    copy_translation,
    fall,
    without_reviewer,
)
from exchange.v1 import bulletin_pb2 as pb

KNOWS_SOURCE = Why("you have seen the original; another officer must do this")
NO_BACK = Why("it must be translated back first")
_NO_JUDGE = Why(
    "you translated this, or translated it back; another officer must judge it"
)


def is_wanted(work: pb.Translation, precedence: str) -> bool:
    judged = work.back.judge or work.state in BY_PERSONS
    return precedence == "FLASH" and not judged


def put_back(
    content: pb.Content, work: pb.Translation, officer: str, texts: Mapping[str, str]
) -> pb.Translation:
    """Add a back-translation by an officer who has not seen the source.

    1. He is neither translator nor reviewer: they know the source (TRANSLATION).
    2. It has every translated text, in the source's language.
    3. It must be judged before review: reviewed segments fall back.
    """
    translation = copy_translation(work)
    # 1
    if officer in {work.translator, work.reviewer, work.back.judge}:
        raise Refusal(Reason.TRANSLATION, "back.translator", KNOWS_SOURCE)
    # 2
    there = {segment.id: segment for segment in work.segments}
    for i in (*there, *texts):
        if i not in there:
            shown = i if ID.fullmatch(i) else "?"
            raise Refusal(Reason.FIELD_UNKNOWN, f"back.segments.{shown}")
        if there[i].state == INITIAL:
            raise Refusal(Reason.TRANSLATION, f"segments.{i}.state", IN_TURN)
        if i not in texts:
            raise Refusal(Reason.FIELD_MISSING, f"back.segments.{i}")
        if len(texts[i]) > SEGMENT_MAX:
            longest = too_long(texts[i], SEGMENT_MAX)
            raise Refusal(Reason.TOO_LONG, f"back.segments.{i}", longest)
        check_text(texts[i], content.subject.lang, f"back.segments.{i}")
    back = pb.BackTranslation(lang=content.subject.lang, translator=officer)
    place_back(translation, back, {i: texts[i] for i in there})
    translation.back.CopyFrom(back)
    # 3
    fall(translation.segments, TRANSLATED)
    return sum_up(content, without_reviewer(translation))


def judge(
    content: pb.Content, work: pb.Translation, officer: str, *, same: bool
) -> pb.Translation:
    """Record whether the back-translation has the meaning of the source.

    By a third person (TRANSLATION). If not, all segments go back to the translator.
    """
    translation = copy_translation(work)
    if not translation.HasField("back"):
        raise Refusal(Reason.FIELD_MISSING, "back", NO_BACK)
    if officer in {translation.translator, translation.back.translator}:
        raise Refusal(Reason.TRANSLATION, "back.judge", _NO_JUDGE)
    if same:
        translation.back.judge = officer
        return translation
    translation.ClearField("back")
    fall(translation.segments, INITIAL)
    return sum_up(content, without_reviewer(translation))
