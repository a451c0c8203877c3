"""Bulletins to translate, by hand and generated: spans at the ends, side by side,
over each other; markup, Urdu, Chinese, what XML cannot hold."""

from hypothesis import strategies as st

from exchange.bulletin.translations import source_hash
from exchange.translation.placeholders import marks
from exchange.v1 import bulletin_pb2 as pb

NAME = bytes(range(32))
KINDS = ("PLACE", "GRID", "COORD", "DATE", "TIME", "NUMBER", "CODE")


def segment(
    known: str, text: str, *spans: tuple[str, ...], lang: str = "en"
) -> pb.Segment:
    """A segment with spans (kind, text, value if any), each the first of its text."""
    made = pb.Segment(id=known, lang=lang, text=text)
    for kind, piece, *value in spans:
        made.spans.add(kind=kind, text=piece, value="".join(value))
    return made


def warning() -> pb.Content:
    """A bulletin as an officer writes it."""
    first = segment(
        *("s1", "Convoy KKH-7 left Gwadar port at 06:00Z with 12 vehicles."),
        *(("CODE", "KKH-7", "KKH-7"), ("PLACE", "Gwadar port", "GWADAR-PORT")),
        *(("TIME", "06:00Z", "06:00Z"), ("NUMBER", "12", "12")),
    )
    return pb.Content(
        kind="WARNING",
        subject=segment("s0", "Convoy delayed"),
        segments=[first, segment("s2", "It does <not> stop & waits.")],
    )


def translation(content: pb.Content, lang: str, **texts: str) -> pb.Translation:
    """What is done so far."""
    made = pb.Translation(lang=lang)
    for one in (content.subject, *content.segments):
        if one.id in texts:
            made.segments.add(
                id=one.id,
                text=texts[one.id],
                source=source_hash(one),
                state="TRANSLATED",
                origin="HUMAN",
            )
    return made


# Generated.

_LETTERS = "ab &<>\"'\n\t]]>گوادر۱۲ 瓜达尔十二é\u200c𠀋"
_HOSTILE = _LETTERS + "\x00\x07\r\x0b\u2028\ufffe"


def pieces(letters: str = _LETTERS) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=8)


@st.composite
def segments(draw: st.DrawFn, known: str, letters: str = _HOSTILE) -> pb.Segment:
    """A segment whose spans are anywhere in it, as its text allows."""
    text = "".join(draw(st.lists(pieces(letters), min_size=1, max_size=6)))
    made = pb.Segment(id=known, lang=draw(st.sampled_from(["en", "ur"])), text=text)
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text) - 1))
        piece = text[start : draw(st.integers(start + 1, len(text)))]
        value = draw(st.sampled_from(["", "12", 'a"<&>\x00\n']))
        span = pb.Span(
            kind=draw(st.sampled_from(KINDS)),
            text=piece,
            occurrence=draw(st.integers(0, text.count(piece) - 1)),
            value=value,
        )
        if span not in made.spans:
            made.spans.append(span)
    return made


@st.composite
def contents(draw: st.DrawFn) -> pb.Content:
    count = draw(st.integers(0, 3))
    subject = draw(segments("s0"))
    subject.lang = "en"
    return pb.Content(
        kind="WARNING",
        subject=subject,
        segments=[draw(segments(f"s{i}")) for i in range(1, count + 1)],
    )


@st.composite
def translations(draw: st.DrawFn, content: pb.Content) -> pb.Translation:
    """Texts that hold every mark letter by letter, in any order, and others that may
    not; some are of another source."""
    made = pb.Translation(lang="zh-Hans")
    for one in (content.subject, *content.segments):
        if not draw(st.booleans()):
            continue
        kept = [one.text[m.start : m.end] for m in marks(one)]
        if draw(st.booleans()):
            kept = draw(st.permutations(kept))
        elif kept:
            kept = kept[1:]
        between = draw(st.lists(pieces("译文 <&>"), min_size=len(kept) + 1))
        text = between[0] + "".join(
            a + b for a, b in zip(kept, between[1:], strict=False)
        )
        made.segments.add(
            id=one.id,
            text=text,
            source=source_hash(one) if draw(st.booleans()) else b"x" * 32,
            state=draw(st.sampled_from(["INITIAL", "TRANSLATED", "REVIEWED", "FINAL"])),
            origin=draw(st.sampled_from(["HUMAN", "MEMORY", "MACHINE"])),
            match=draw(st.sampled_from([0, 87, 100])),
        )
    return made
