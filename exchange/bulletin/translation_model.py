"""The model of a translation: segments, and their combined state."""

import hashlib
from collections.abc import Iterable, Mapping

from exchange.bulletin.prose import language, nfc
from exchange.v1 import bulletin_pb2 as pb

STATES = ("INITIAL", "TRANSLATED", "REVIEWED", "FINAL")
"""The states of a segment, in order of progress."""
ORIGINS = ("HUMAN", "MEMORY", "MACHINE")
"""The origin of a translation is the last of these among its segments."""
BY_PERSONS = frozenset({"REVIEWED", "FINAL"})


def source_hash(segment: pb.Segment) -> bytes:
    return text_hash(segment.text)


def text_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def segments_of(content: pb.Content) -> dict[str, pb.Segment]:
    """Return subject and segments by id, in reading order."""
    return {s.id: s for s in (content.subject, *content.segments)}


def bare(text: str, source: pb.Segment) -> str:
    """Return a text without the source's protected spans."""
    for span in source.spans:
        text = text.replace(span.text, " ")
    return text.strip()


def translate(
    content: pb.Content, lang: str, state: str, origin: str, texts: Mapping[str, str]
) -> pb.Translation:
    """Return a translation of the source's current segments, not yet checked.

    Every segment has that state and origin. They are in the source's order; unknown ids
    come last, to be refused.
    """
    source = segments_of(content)
    ids = [*(i for i in source if i in texts), *(i for i in texts if i not in source)]
    made = pb.Translation(lang=language(lang), state=state, origin=origin)
    for i in ids:
        digest = source_hash(source[i]) if i in source else b""
        text = nfc(texts[i])
        made.segments.add(id=i, text=text, source=digest, state=state, origin=origin)
    return made


def least_state(segments: Iterable[pb.TranslatedSegment]) -> str:
    """Return the state that all segments have reached."""
    ranks = (STATES.index(s.state) for s in segments if s.state in STATES)
    return STATES[min(ranks, default=0)]


def origin_of(segments: Iterable[pb.TranslatedSegment]) -> str:
    """Return HUMAN if all are, else MACHINE if one is, else MEMORY."""
    ranks = (ORIGINS.index(s.origin) for s in segments if s.origin in ORIGINS)
    return ORIGINS[max(ranks, default=0)]


def sum_up(content: pb.Content, translation: pb.Translation) -> pb.Translation:
    whole = segments_of(content).keys() <= {s.id for s in translation.segments}
    translation.state = least_state(translation.segments) if whole else STATES[0]
    translation.origin = origin_of(translation.segments)
    return translation


def stale(content: pb.Content, translation: pb.Translation) -> list[str]:
    """Return the ids of segments whose source has changed since."""
    source = segments_of(content)
    return [
        segment.id
        for segment in translation.segments
        if segment.id not in source or source_hash(source[segment.id]) != segment.source
    ]


def current_segments(
    content: pb.Content, translation: pb.Translation
) -> list[pb.TranslatedSegment]:
    """Return those with an id and source of this content."""
    gone = set(stale(content, translation))
    return [segment for segment in translation.segments if segment.id not in gone]


def rank(state: str, filed: int) -> tuple[int, int]:
    """Return a rank: further states first, then the newest."""
    return -STATES.index(state) if state in STATES else 1, -filed


def with_signer(translation: pb.Translation, signer: str) -> pb.Translation:
    """Set the signer in the role that a file left open.

    The signer becomes reviewer of another's reviewed work, else translator.
    """
    copy = pb.Translation()
    copy.CopyFrom(translation)
    reviewed = any(segment.state in BY_PERSONS for segment in copy.segments)
    if reviewed and not copy.reviewer and copy.translator != signer:
        copy.reviewer = signer
    elif not copy.translator and copy.reviewer != signer:
        copy.translator = signer
    return copy
