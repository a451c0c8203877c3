"""The rules of text: length, script, spans, no invisible characters."""

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

from exchange.bulletin.codes import CODES
from exchange.bulletin.json_reader import HALF
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.suggest import unknown
from exchange.errors import UNKNOWN_LANGUAGE, Reason, Refusal, Why
from exchange.limits import SPANS_MAX, SUBJECT_MAX
from exchange.v1 import bulletin_pb2 as pb

# Urdu and Chinese texts often contain call signs and names in another script.
_SHARE = {"en": 2, "ur": 4, "zh-Hans": 4}
# Controls, bidi and zero-width characters, tags, halves, private use, noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_HALF = re.compile("[\ud800-\udfff]")
_CHARACTERS = 8_192  # characters with cached scripts
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n")
_MARKS = frozenset({"Mn", "Mc", "Me"})
MARKS_MAX = 4  # marks above or below one letter
_JOINER = re.compile("\u200c")  # used in Urdu
_NOT_NFC = Why("not in Unicode form NFC; convert it, or write it in fusion tui")
_PILED = Why("too many accents or marks on one letter; remove some")
_NOT_THERE = Why("is not in the text, or not that many times; correct or remove it")
_TWICE = Why("this fixed part is marked twice; remove one mark")
ONE_LINE = Why("must be one line; remove the line breaks")
ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""A segment's id."""

_ALIASES = {"zh": "zh-Hans"}


def nfc(text: str) -> str:
    """Compose a text for writing and signing.

    For keyboards, pastes and translators' programs; files and arguments pass
    `require_nfc`.
    """
    return unicodedata.normalize("NFC", text)


def require_nfc(text: str, where: str) -> str:
    """Raise Refusal(FIELD_VALUE) for a text not in NFC.

    An officer signs exactly the bytes given.
    """
    if not unicodedata.is_normalized("NFC", text):
        raise Refusal(Reason.FIELD_VALUE, where, _NOT_NFC)
    return text


def writable(text: str, where: str) -> str:
    """Raise Refusal(FIELD_VALUE) for a lone surrogate.

    JSON can contain one, and command-line bytes that are not UTF-8 become one.
    """
    if _HALF.search(text):
        raise Refusal(Reason.FIELD_VALUE, where, HALF)
    return text


def language(tag: str) -> str:
    """Return the language of a tag: zh-Hans for zh."""
    return _ALIASES.get(tag, tag)


def known_language(tag: str, where: str = "lang") -> str:
    """Raise Refusal(LANGUAGE) unless it is one of LANGUAGES."""
    if language(tag) not in LANGUAGES:
        raise Refusal(Reason.LANGUAGE, where, UNKNOWN_LANGUAGE)
    return language(tag)


def check_text(text: str, lang: str, where: str) -> None:
    """Refuse text that is empty, hides something, or is not in its language's script.

    At least half of the letters in English, and a quarter in Urdu and Chinese, must be
    in the language's script. Also refused: letters of scripts outside the three
    languages, since they look like theirs; stacked marks on a letter; blank lines that
    push the rest away. Text without letters passes.
    """
    if not text.strip():
        raise Refusal(Reason.FIELD_MISSING, where)
    hidden = _INVISIBLE.search(text) or (lang != "ur" and _JOINER.search(text))
    if hidden:
        raise Refusal(Reason.FIELD_VALUE, where, _unseen(hidden[0]))
    if _EMPTY_LINES.search(text.strip()):
        raise Refusal(Reason.FIELD_VALUE, where, Why("several empty lines; leave one"))
    if _piled(text):
        raise Refusal(Reason.FIELD_VALUE, where, _PILED)
    counts = Counter(text)
    letters = [c for c in counts if c.isalpha()]
    foreign = next((c for c in letters if not _scripts_of(c)), "")
    if foreign:
        raise Refusal(Reason.LANGUAGE, where, _foreign(foreign))
    own = sum(n for c, n in counts.items() if lang in _scripts_of(c))
    if own * _SHARE[lang] < sum(counts[c] for c in letters):
        why = Why(
            "not written in the script of {lang}; change the text or its language",
            lang=lang,
        )
        raise Refusal(Reason.LANGUAGE, where, why)


def _foreign(letter: str) -> Why:
    code = f"U+{ord(letter):04X}"
    return Why(
        "contains a letter of a script that is not used here, {code}; replace it",
        code=code,
    )


def _unseen(character: str) -> Why:
    code = f"U+{ord(character):04X}"
    return Why("contains an invisible character, {code}; remove it", code=code)


def too_long(text: str, longest: int) -> Why:
    """`longest` is in characters."""
    return Why(
        "too long: {given} characters; at most {longest} are allowed",
        given=len(text),
        longest=longest,
    )


def too_many(given: int, most: int) -> Why:
    return Why("too many: {given}; at most {most} are allowed", given=given, most=most)


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    """Return each language's letters; under "", those allowed in all."""
    return {
        "en": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
        "ur": re.compile(
            "[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7"
            "\ufb50-\ufbb1\ufbd3-\ufdcf\ufdf0-\ufdfb\ufe70-\ufefc]"
        ),
        "zh-Hans": re.compile(
            "[\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
        ),
        # Letters outside the three scripts: signs of ordinals and measures, printers'
        # ligatures, full-width Latin.
        "": re.compile(
            "[\u00aa\u00b5\u00ba\u02bb-\u02bfβγδελμπσφωΔΣΦΩℓ\ufb00-\ufb06\uff21-\uff3a\uff41-\uff5a]"
        ),
    }


@lru_cache(maxsize=_CHARACTERS)
def _scripts_of(character: str) -> frozenset[str]:
    """Return the languages of a character's script; "" if all may use it.

    Empty for a letter of any other script.
    """
    scripts = _scripts().items()
    return frozenset(lang for lang, each in scripts if each.match(character))


def _piled(text: str) -> bool:
    if text.isascii():
        return False
    marks = {c for c in set(text) if unicodedata.category(c) in _MARKS}
    return bool(marks) and any(
        marks.issuperset(text[at : at + MARKS_MAX + 1])
        for at, character in enumerate(text[:-MARKS_MAX])
        if character in marks
    )


def check_shape(segment: pb.Segment, where: str, longest: int) -> None:
    """Refuse a malformed id, language, length or span."""
    if not ID.fullmatch(segment.id):
        missing = Reason.FIELD_VALUE if segment.id else Reason.FIELD_MISSING
        raise Refusal(missing, f"{where}.id")
    if segment.lang not in LANGUAGES:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang", UNKNOWN_LANGUAGE)
    if not segment.text:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.text")
    if len(segment.text) > longest:
        raise Refusal(Reason.TOO_LONG, f"{where}.text", too_long(segment.text, longest))
    if len(segment.spans) > SPANS_MAX:
        many = too_many(len(segment.spans), SPANS_MAX)
        raise Refusal(Reason.TOO_LONG, f"{where}.spans", many)
    text, kinds, before = segment.text, CODES["span"], set()
    for i, span in enumerate(segment.spans):
        same = (span.kind, span.text, span.occurrence, span.value)
        kind, piece, occurrence, value = same
        if (
            kind not in kinds
            or not 0 < len(piece) <= SUBJECT_MAX >= len(value)
            or not _occurs(text, piece, occurrence)
        ):
            _refuse_span(text, span, f"{where}.spans.{i}")
        if same in before:
            raise Refusal(Reason.SPAN, f"{where}.spans.{i}", _TWICE)
        before.add(same)


def _occurs(text: str, piece: str, occurrence: int) -> bool:
    return text.count(piece) > occurrence if occurrence else piece in text


def _refuse_span(text: str, span: pb.Span, where: str) -> None:
    if span.kind not in CODES["span"]:
        if not span.kind:
            raise Refusal(Reason.FIELD_MISSING, f"{where}.kind")
        raise unknown(span.kind, "span", f"{where}.kind")
    if not span.text:
        raise Refusal(Reason.FIELD_MISSING, f"{where}.text")
    for name, said in (("text", span.text), ("value", span.value)):
        if len(said) > SUBJECT_MAX:
            raise Refusal(Reason.TOO_LONG, f"{where}.{name}")
    if not _occurs(text, span.text, span.occurrence):
        raise Refusal(Reason.SPAN, f"{where}.text", _NOT_THERE)


def check_prose(segment: pb.Segment, where: str) -> None:
    """Apply the rules for writers: normal form, script, values of spans."""
    from exchange.bulletin.span_values import check_spans  # noqa: PLC0415  the rules of three languages

    require_nfc(segment.text, f"{where}.text")
    check_text(segment.text, segment.lang, f"{where}.text")
    check_spans(segment, where)
