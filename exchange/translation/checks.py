"""Check a segment before it is translated, reviewed, final.

Nine checks of translation, and one for personal data. Persons judge the
back-translation of a FLASH (`back_translation`). A finding must be corrected, or
confirmed by a named officer: "s1 NEGATION" in the signed translation. Pure; `where` may
contain a partner's text.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum

from msgspec import Struct

from exchange.bulletin.personal_data import find_kinds
from exchange.bulletin.translations import STATES, bare, check_target
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    SEGMENT_CELLS_MAX,
    SEGMENT_MAX,
    SUBJECT_CELLS_MAX,
    SUBJECT_MAX,
)
from exchange.recognise.scan import modals, negations
from exchange.translation import value_comparison
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2 as pb
from exchange.words import lang as in_use
from exchange.words import of, word
from exchange.words.text_width import cells


class Check(StrEnum):
    """Every check; their words confirm findings."""

    EMPTY = "EMPTY"
    CONTROLS = "CONTROLS"
    SCRIPT = "SCRIPT"
    SAME = "SAME"
    LENGTH = "LENGTH"
    WIDTH = "WIDTH"
    SPAN = "SPAN"
    SPAN_UNSEEN = "SPAN_UNSEEN"
    VALUE_MISSING = "VALUE_MISSING"
    VALUE_ADDED = "VALUE_ADDED"
    NEGATION = "NEGATION"
    MODALITY = "MODALITY"
    TERM = "TERM"
    TERM_FORBIDDEN = "TERM_FORBIDDEN"
    STOP = "STOP"
    PERSONAL_DATA = "PERSONAL_DATA"


class Severity(StrEnum):
    BLOCKS_TRANSLATED = "BLOCKS_TRANSLATED"
    BLOCKS_REVIEWED = "BLOCKS_REVIEWED"
    CONFIRM = "CONFIRM"


TEXTS = {
    Check.EMPTY: word("There is no text."),
    Check.CONTROLS: word("Invisible or control characters are in the text."),
    Check.SCRIPT: word("The text is not in the script of its language."),
    Check.SAME: word("The text is the same as the original."),
    Check.LENGTH: word("Too long: {found} characters."),
    Check.WIDTH: word("Too wide for the screen: {found} columns."),
    Check.SPAN: word("Must be in the translation exactly once: {found}"),
    Check.SPAN_UNSEEN: word("Confirm that this is in the translation: {found}"),
    Check.VALUE_MISSING: word("Missing from the translation: {found}"),
    Check.VALUE_ADDED: word("Not in the original: {found}"),
    Check.NEGATION: word("Confirm the sense of “not”: {found}"),
    Check.MODALITY: word("Confirm the sense of “may” and “must”: {found}"),
    Check.TERM: word("Use the agreed term: {found}"),
    Check.TERM_FORBIDDEN: word("Do not use this term: {found}"),
    Check.STOP: word("End it with the same mark as the original: {found}"),
    Check.PERSONAL_DATA: word("Confirm that this is not personal data: {found}"),
}
MENDED, ANSWERED = False, True
_TO_MEND = Why("a check failed; correct the text")
_TO_ANSWER = Why("a check asks about this; correct the text, or confirm it")
INITIAL, TRANSLATED, REVIEWED = STATES[:3]


class Finding(Struct, frozen=True):
    """A fault in a segment: `where` is the word, value or count.

    It blocks the state `before`; if `answerable`, a person may confirm it.
    """

    check: Check
    segment: str
    where: str = ""
    before: str = TRANSLATED
    answerable: bool = False

    @property
    def severity(self) -> Severity:
        return (
            Severity.CONFIRM if self.answerable else Severity(f"BLOCKS_{self.before}")
        )

    @property
    def key(self) -> str:
        """The words that confirm it: "s1 NEGATION"."""
        return f"{self.segment} {self.check}"

    def text(self, lang: str = "") -> str:
        """Return the text in `lang`, or that in use; unsafe to print."""
        said = of(lang or in_use()).gettext(TEXTS[self.check])
        return said.format(found=self.where)

    def refusal(self) -> Refusal:
        why = _TO_ANSWER if self.answerable else _TO_MEND
        return Refusal(Reason.TRANSLATION, self.key, why)

    def blocks(self, state: str) -> bool:
        return STATES.index(self.before) <= STATES.index(state)


Found = Iterator[tuple[Check, str, str, bool]]
"""Check, where, before which state, and whether a person may confirm it."""


def check(  # noqa: PLR0913  # the parts of a question, agreed with its callers
    source: pb.Segment,
    text: str,
    lang: str,
    glossary: Glossary,
    confirmed: Collection[str] = frozenset(),
    *,
    subject: bool = False,
) -> list[Finding]:
    """Return the faults of `text` as a translation.

    `confirmed` are the keys confirmed by a person. A text that is too long or not in
    that language gets no further checks.
    """
    ground = list(_ground(source, text, lang, subject=subject))
    if not ground:
        ground = [
            *_values(source, text, lang),
            *_senses(source, text, lang),
            *_terms(source, text, lang, glossary),
            *_stop(source, text),
            *_personal(source, text),
        ]
    found = [
        Finding(each, source.id, where, before, answerable)
        for each, where, before, answerable in ground
    ]
    return [f for f in found if not (f.answerable and f.key in confirmed)]


_GROUND = {
    Reason.FIELD_MISSING: Check.EMPTY,
    Reason.FIELD_VALUE: Check.CONTROLS,
    Reason.LANGUAGE: Check.SCRIPT,
}


def _ground(source: pb.Segment, text: str, lang: str, *, subject: bool) -> Found:
    """Yield findings of 5 length, 6 empty or the original, 7 script, 8 controls."""
    try:
        check_target(source, text, lang, "")
    except Refusal as refusal:
        yield _GROUND[refusal.reason], "", TRANSLATED, MENDED
        return
    own = any(character.isalpha() for character in bare(source.text, source))
    if own and text.strip() == source.text.strip():
        yield Check.SAME, "", TRANSLATED, MENDED
    limits = SUBJECT_MAX if subject else SEGMENT_MAX
    if len(text) > limits:
        yield Check.LENGTH, f"{len(text)}/{limits}", TRANSLATED, MENDED
    limits = SUBJECT_CELLS_MAX if subject else SEGMENT_CELLS_MAX
    if (width := cells(text)) > limits:
        yield Check.WIDTH, f"{width}/{limits}", TRANSLATED, MENDED


def _values(source: pb.Segment, text: str, lang: str) -> Found:
    """Yield findings of 1 protected spans, 2 values."""
    reported: set[value_comparison.Value] = set()
    theirs = value_comparison.read(source.text, source.lang, source.spans)
    spans = value_comparison.protected_spans(source, theirs)
    ours = value_comparison.read_target(text, lang, theirs)
    for each in value_comparison.spans_astray(spans, theirs, ours):
        reported.add(each[:2])
        yield Check.SPAN, each.value, TRANSLATED, not each.certain
    for each in value_comparison.spans_unseen(spans, ours):
        yield Check.SPAN_UNSEEN, each.value, REVIEWED, ANSWERED
    for name, values in (
        (Check.VALUE_MISSING, value_comparison.beyond(theirs, ours)),
        (Check.VALUE_ADDED, value_comparison.beyond(ours, theirs)),
    ):
        for each in values:
            if each[:2] not in reported:
                yield name, each.value, TRANSLATED, not each.certain


def _senses(source: pb.Segment, text: str, lang: str) -> Found:
    """3 negation and modality: confirm; earlier if only one text has a negation."""
    for name, words in ((Check.NEGATION, negations), (Check.MODALITY, modals)):
        theirs, ours = words(source.text, source.lang), words(text, lang)
        if theirs or ours:
            alike = bool(theirs) == bool(ours)
            where = f"{', '.join(theirs) or '-'} → {', '.join(ours) or '-'}"
            lost = name is Check.NEGATION and not alike
            yield name, where, TRANSLATED if lost else REVIEWED, ANSWERED


def _terms(source: pb.Segment, text: str, lang: str, glossary: Glossary) -> Found:
    """Yield findings of 4 agreed terms unused, forbidden ones used."""
    for term in glossary.missing(source, text, lang):
        yield Check.TERM, glossary.preferred_form(term, lang), REVIEWED, ANSWERED
    for found in glossary.forbidden(text, lang):
        where = text[found.start : found.end]
        yield Check.TERM_FORBIDDEN, where, REVIEWED, MENDED


_STOPS = {
    **dict.fromkeys(".。．۔", "."),
    **dict.fromkeys("?？؟", "?"),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys(":：", ":"),
    **dict.fromkeys(";；؛", ";"),
    **dict.fromkeys(",，،、", ","),
    **dict.fromkeys("…", "…"),
}
_CLOSING = "\"'”’»)）】〕」』 \n"  # quotes and brackets of all three languages


def _stop(source: pb.Segment, text: str) -> Found:
    """Yield findings of 9 the same final stop."""
    theirs, ours = stop_of(source.text), stop_of(text)
    if theirs != ours:
        yield Check.STOP, f"{theirs or '-'} → {ours or '-'}", REVIEWED, ANSWERED


def _personal(source: pb.Segment, text: str) -> Found:
    """Ask about possible personal data before the text goes anywhere.

    Not if the original has that kind too: its writer has confirmed it.
    """
    theirs = find_kinds(source.text)
    for name in find_kinds(text):
        if name not in theirs:
            yield Check.PERSONAL_DATA, name, INITIAL, ANSWERED


def stop_of(text: str) -> str:
    """Return the stop as ASCII; "" for none."""
    return _STOPS.get(text.rstrip(_CLOSING)[-1:], "")
