"""The prose of a bulletin for one reader: which text, in which language, with marks.

The source is never replaced: a translation is above its source, which is marked as
authoritative.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from msgspec import Struct, field

from exchange.bulletin.codes import label
from exchange.bulletin.common_fields import SEGMENTS
from exchange.bulletin.punctuation import BETWEEN, COLON
from exchange.bulletin.translation_model import BY_PERSONS, ORIGINS, STATES
from exchange.bulletin.translations import stale
from exchange.v1 import bulletin_pb2 as pb


class Made(Protocol):
    """The key of a translation, unique among those of its bulletin."""

    @property
    def lang(self) -> str:
        """A BCP 47 tag."""

    @property
    def state(self) -> str:
        """The state: INITIAL, TRANSLATED, REVIEWED or FINAL."""

    @property
    def origin(self) -> str:
        """The origin: HUMAN, MEMORY or MACHINE."""


M = TypeVar("M", bound=Made)


def best(translations: Iterable[M], lang: str) -> M | None:
    """Return None if there is none in that language.

    The furthest state first, then a person's work before memory before machine, then
    the first given: give the newest first.
    """
    found = [each for each in translations if each.lang == lang]
    return max(found, key=_worth, default=None)


def _worth(key: Made) -> tuple[int, int]:
    """Return a rank; states and origins of a newer release are last."""
    state = STATES.index(key.state) if key.state in STATES else -1
    origin = ORIGINS.index(key.origin) if key.origin in ORIGINS else len(ORIGINS)
    return state, -origin


class Doubt(NamedTuple):
    """One line, in the reader's language, on an objection of the checks to a text.

    `wrong` if it must be corrected; otherwise it needs a person's confirmation and has
    none. It may quote a partner's text.
    """

    text: str
    wrong: bool

    @property
    def sign(self) -> str:
        return "!" if self.wrong else "?"


Doubts = Mapping[str, Sequence[Doubt]]
"""Doubts by segment id; segments without any are omitted."""


class Rendition(Struct, frozen=True):
    """A translation as shown: texts by the ids of the source.

    `stale` are ids whose source changed after translation: without a text here if the
    source shown differs, with one if a later bulletin corrected it. `translation` is
    the signed message, None before signing. `notes` are lines on its officers' keys
    revoked since. `name` is its envelope's, b"" before signing.
    """

    lang: str
    state: str
    origin: str
    texts: Mapping[str, str]
    stale: frozenset[str] = field(default_factory=frozenset)
    translator: str = ""
    reviewer: str = ""
    doubts: Doubts = field(default_factory=dict)
    translation: pb.Translation | None = None
    notes: Sequence[str] = ()
    name: bytes = b""


def rendition(
    content: pb.Content,
    translation: pb.Translation,
    successor: pb.Content | None = None,
    doubts: Doubts | None = None,
) -> Rendition:
    """`successor` is the bulletin that corrected or superseded the source, if any."""
    gone = frozenset(stale(content, translation))
    later = frozenset(stale(successor, translation)) if successor else frozenset[str]()
    texts = {each.id: each.text for each in translation.segments if each.id not in gone}
    shared = (translation.translator, translation.reviewer, doubts or {}, translation)
    return Rendition(
        translation.lang,
        translation.state,
        translation.origin,
        texts,
        gone | later,
        *shared,
    )


class ProseText(NamedTuple):
    """The subject or a paragraph; `mark` is a warning to the reader."""

    segment: pb.Segment
    lang: str
    text: str
    mark: str
    source: bool
    doubts: Sequence[Doubt] = ()


class Passage(NamedTuple):
    """The prose in one language, with a title in the reader's.

    `sign` is that of its gravest doubt, "" without one.
    """

    title: str
    pieces: list[ProseText]
    sign: str = ""


def passages(content: pb.Content, shown: Rendition | None, lang: str) -> list[Passage]:
    """Return the texts to read, in order: the translation, if shown, then the source.

    Titles and marks are in `lang`: the status of each text, and segments that are not
    translated or changed later at the source.
    """
    source = [ProseText(s, s.lang, s.text, "", source=True) for s in _segments(content)]
    if shown is None:
        marked = [
            each._replace(mark=_language(each.lang, lang))
            if each.lang not in {lang, content.subject.lang}
            else each
            for each in source
        ]
        return [Passage(_source_title(content, lang), marked)]
    pieces = [_piece(shown, segment, lang) for segment in _segments(content)]
    original = (
        _say("ORIGINAL", lang) + COLON[lang] + _language(content.subject.lang, lang)
    )
    below = BETWEEN[lang].join((original, _say("AUTHORITATIVE", lang)))
    above = Passage(rendition_title(shown, lang), pieces, gravest_sign(shown.doubts))
    return [above, Passage(below, source)]


def _segments(content: pb.Content) -> list[pb.Segment]:
    return [content.subject, *content.segments]


def _say(word: str, lang: str) -> str:
    return label("word", word, lang)


def _language(tag: str, lang: str) -> str:
    return label("language", tag, lang)


def _source_title(content: pb.Content, lang: str) -> str:
    if content.subject.lang == lang:
        return SEGMENTS.labels[lang]
    original = (
        _say("ORIGINAL", lang) + COLON[lang] + _language(content.subject.lang, lang)
    )
    return BETWEEN[lang].join((original, _say("NOT_TRANSLATED", lang)))


def gravest_sign(doubts: Doubts) -> str:
    """Return "" without a doubt; ! is before ?."""
    return min((each.sign for told in doubts.values() for each in told), default="")


_DOUBTED = {"!": "UNSOUND", "?": "UNCONFIRMED"}


def rendition_title(shown: Rendition, lang: str) -> str:
    """Return the title of a translation: language, state, origin, and officers.

    It begins with the sign of the gravest doubt, if any.
    """
    title = _say("TRANSLATION", lang) + COLON[lang] + _language(shown.lang, lang)
    sign = gravest_sign(shown.doubts)
    words = [
        f"{sign} {_say(_DOUBTED[sign], lang)}" if sign else "",
        title,
        label("translation_state", shown.state, lang),
        label("translation_origin", shown.origin, lang),
        *_persons(shown, lang),
    ]
    if shown.origin == "MACHINE" and shown.state not in BY_PERSONS:
        words.append(_say("UNCHECKED", lang))
    return BETWEEN[lang].join(filter(None, words))


def _persons(shown: Rendition, lang: str) -> Iterator[str]:
    for word, officer in (
        ("TRANSLATOR", shown.translator),
        ("REVIEWER", shown.reviewer),
    ):
        if officer:
            yield _say(word, lang) + COLON[lang] + officer


def _piece(shown: Rendition, segment: pb.Segment, lang: str) -> ProseText:
    old = _say("STALE", lang) if segment.id in shown.stale else ""
    if text := shown.texts.get(segment.id):
        doubts = shown.doubts.get(segment.id, ())
        return ProseText(segment, shown.lang, text, old, source=False, doubts=doubts)
    mark = old or _say("NOT_TRANSLATED", lang)
    return ProseText(segment, segment.lang, segment.text, mark, source=True)
