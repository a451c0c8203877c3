"""A subject or paragraph in an editor: language, text, and fixed spans.

Spans that must survive a translation are searched again after each change. A span that
the writer dropped stays dropped; one that the writer marked stays marked while its text
is there.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from exchange.bulletin.prose import check_text, nfc
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.span_values import check_span_value
from exchange.bulletin.spans import find, place, span_json
from exchange.errors import Reason, Refusal
from exchange.limits import SEGMENT_MAX, SPANS_MAX
from exchange.v1.bulletin_pb2 import Segment, Span

Key = tuple[str, str, int]


def key(span: Span) -> Key:
    return span.kind, span.text, span.occurrence


def find_spans(text: str, lang: str) -> list[Span]:
    """Return those of a text of any length, even in an unsupported language."""
    if lang not in LANGUAGES or len(text) > SEGMENT_MAX:
        return []
    return find(text, lang)


class Paragraph(Struct):
    """A text in NFC; `spans` are the writer's choice, at first all those found.

    `id` is that of its segment, "" if it has none yet.
    """

    lang: str
    text: str = ""
    spans: list[Span] = field(default_factory=list)
    id: str = ""

    @classmethod
    def new(cls, lang: str, text: str = "") -> "Paragraph":
        text = nfc(text)
        return cls(lang, text, find_spans(text, lang)[:SPANS_MAX])

    @classmethod
    def of(cls, segment: Segment) -> "Paragraph":
        return cls(segment.lang, segment.text, list(segment.spans), segment.id)

    def rewrite(self, lang: str, text: str) -> "Paragraph":
        text = nfc(text)
        before = {key(span) for span in find_spans(self.text, self.lang)}
        dropped = before - {key(span) for span in self.spans}
        spans = [span for span in find_spans(text, lang) if key(span) not in dropped]
        marked = (span for span in self.spans if key(span) not in before)
        spans += [span for span in marked if _stands(span, text, lang)]
        spans.sort(key=lambda span: place(text, span))
        return Paragraph(lang, text, spans[:SPANS_MAX], self.id)

    def unkept_spans(self) -> list[Span]:
        kept = {key(span) for span in self.spans}
        return [
            span for span in find_spans(self.text, self.lang) if key(span) not in kept
        ]

    def with_spans(self, spans: Iterable[Span]) -> "Paragraph":
        order = sorted(spans, key=lambda span: place(self.text, span))
        return Paragraph(self.lang, self.text, order, self.id)

    def to_json(self, name: str) -> dict[str, object]:
        text = self.text.strip()
        spans = [span_json(span) for span in self.spans]
        return {"id": name, "lang": self.lang, "text": text, "spans": spans}

    def keep(self) -> dict[str, object]:
        return self.to_json(self.id) | {"text": self.text}

    @classmethod
    def load(cls, kept: object) -> "Paragraph":
        """Raise ValueError, KeyError or TypeError for any JSON but that of `keep`."""
        if not isinstance(kept, Mapping):
            raise TypeError
        spans = [_span(each) for each in kept["spans"]]
        return cls(str(kept["lang"]), str(kept["text"]), spans, str(kept["id"]))


def _span(kept: Mapping[str, object]) -> Span:
    occurrence = kept.get("occurrence", 0)
    if not isinstance(occurrence, int):
        raise TypeError
    return Span(
        kind=str(kept["kind"]),
        text=str(kept["text"]),
        occurrence=occurrence,
        value=str(kept.get("value", "")),
    )


def _stands(span: Span, text: str, lang: str) -> bool:
    if place(text, span) < 0:
        return False
    try:
        check_span_value(span, lang, "")
    except Refusal:
        return False
    return True


def find_fault(text: str, lang: str) -> Reason | None:
    """Return why a text cannot be signed in its language, or None; empty is allowed."""
    if not text.strip():
        return None
    if lang not in LANGUAGES:
        return Reason.LANGUAGE
    try:
        check_text(nfc(text), lang, "")
    except Refusal as refusal:
        return refusal.reason
    return None


def fitting(text: str, lang: str) -> str:
    """Return one with the text's script, preferably `lang`; "" if none."""
    order = [lang, *(each for each in LANGUAGES if each != lang)]
    fits = (each for each in order if each in LANGUAGES and not find_fault(text, each))
    return next(fits, "")
