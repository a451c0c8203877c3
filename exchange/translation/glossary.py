"""The joint termbase: finds its terms in a text, and checks their translation.

A version is a bulletin of kind GLOSSARY (`exchange.desk.translation.terms` says which
is in force); version 0 ships with the program.

A form matches as words, with any spaces and hyphens between them, folded as for the
search. A singular also matches its plural, by the common endings of English (-s, -es,
-ies) and Urdu (direct and oblique: -ے, -وں, -یں, -یاں, -ات). Chinese is compared
character by character. Of forms that begin at the same word the longest wins, and its
words do not match again. The time is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pkgutil import get_data
from typing import Self

from msgspec import Struct, field

from exchange.bulletin import spans
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.search_fold import HAN, UNSEEN, fold_words
from exchange.v1 import bulletin_pb2 as pb

PREFERRED, ADMITTED, FORBIDDEN = STATUSES = ("PREFERRED", "ADMITTED", "FORBIDDEN")
VERSION = "version"
"""The field of a GLOSSARY with its version, from 1."""

COLUMNS = (
    "id",
    "domain",
    *LANGUAGES,
    *(f"{lang} also" for lang in LANGUAGES),
    *(f"{lang} not" for lang in LANGUAGES),
)
"""Of the seed: preferred, admitted and forbidden forms; | separates several."""

_STEM_MIN = 2  # letters, least length of a word without its ending
_WAYS_MAX = 16  # alternative readings followed at once
_JOINTS = "\\-\u2010-\u2015\u2212"  # hyphens and dashes, equal to a space
_TOKEN = re.compile(
    f"[{HAN}][{UNSEEN}]*|(?:(?![{HAN}])[^\\W_][{UNSEEN}]*)+|[^\\s\\w{UNSEEN}{_JOINTS}]"
)
# Ending -> possible endings of the singular.
_ENDINGS: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]] = {
    "en": (("ies", ("y", "ie")), ("es", ("", "e")), ("s", ("",))),
    "ur": (
        ("وں", ("", "ہ", "ا")),
        ("یں", ("",)),
        ("یاں", ("ی",)),
        ("ے", ("ہ", "ا")),
        ("ات", ("", "ہ")),
    ),
}


class TermMatch(Struct, frozen=True):
    """A form of a term in a text, at text[start:end]."""

    term: pb.Term
    form: pb.TermForm
    start: int
    end: int


class _Node(Struct):
    """A prefix of forms; `forms` end here, the allowed ones first."""

    after: "dict[str, _Node]" = field(default_factory=dict)
    forms: list[tuple[pb.Term, pb.TermForm]] = field(default_factory=list)


class _Match(Struct, frozen=True):
    start: int
    end: int
    words: int
    forms: Sequence[tuple[pb.Term, pb.TermForm]]


class Glossary:
    """One version of the termbase; `terms` in the order of its bulletin."""

    def __init__(self, version: int, terms: Iterable[pb.Term]) -> None:
        self.version = version
        self.terms = tuple(terms)
        self._tries: dict[str, _Node] = {}

    @classmethod
    def seed(cls) -> "Glossary":
        return _seed()

    @classmethod
    def of(cls, content: pb.Content) -> Self:
        """Return the version in a checked bulletin."""
        found = (d.value for d in content.details if d.field == VERSION)
        return cls(int(next(found, "0")), content.terms)

    def find_terms(self, text: str, lang: str) -> list[TermMatch]:
        """Include forbidden forms, in the order of the text."""
        tokens = _tokens(text, lang)
        hits: list[TermMatch] = []
        place = 0
        while place < len(tokens):
            matches = list(self._at(tokens, place, lang))
            if matches:
                term, form = matches[-1].forms[0]
                hits.append(TermMatch(term, form, matches[-1].start, matches[-1].end))
            place += matches[-1].words if matches else 1
        return hits

    def required_terms(self, segment: pb.Segment) -> list[TermMatch]:
        """Return those that a translation must contain.

        Except inside the name of a place: Karachi port is 卡拉奇港, a protected span.
        """
        names = [
            (start, start + len(span.text))
            for span in segment.spans
            if span.kind == "PLACE" and (start := spans.place(segment.text, span)) >= 0
        ]
        return [
            found
            for found in self.find_terms(segment.text, segment.lang)
            if not any(a <= found.start and found.end <= b for a, b in names)
        ]

    def missing(
        self, source: pb.Segment, target: str, target_lang: str
    ) -> list[pb.Term]:
        """Return those in the source without an allowed form in the target.

        In the target a form inside a longer one counts too. A source word that is a
        form of several terms requires only one of them. Terms without an allowed form
        in the target's language are not required.
        """
        there = self._allowed(target, target_lang)
        missing: dict[str, pb.Term] = {}
        for found in self.required_terms(source):
            same = self._same_form(found.form, source.lang)
            asked = [term for term in same if self.preferred_form(term, target_lang)]
            if len(asked) == len(same) and not there.intersection(t.id for t in asked):
                missing.setdefault(asked[0].id, asked[0])
        return list(missing.values())

    def forbidden(self, text: str, lang: str) -> list[TermMatch]:
        return [f for f in self.find_terms(text, lang) if f.form.status == FORBIDDEN]

    def preferred_form(self, term: pb.Term, lang: str) -> str:
        for status in (PREFERRED, ADMITTED):
            for form in term.forms:
                if (form.lang, form.status) == (lang, status):
                    return form.text
        return ""

    def term(self, term_id: str) -> pb.Term | None:
        return next((term for term in self.terms if term.id == term_id), None)

    def look_up(self, text: str) -> list[pb.Term]:
        """Return those with `text` in any form, or as their id."""
        sought = fold_words(text.strip())
        if not sought:
            return []
        return [
            term
            for term in self.terms
            if term.id == text.strip()
            or any(sought in fold_words(form.text) for form in term.forms)
        ]

    def _allowed(self, text: str, lang: str) -> set[str]:
        tokens = _tokens(text, lang)
        return {
            term.id
            for place in range(len(tokens))
            for match in self._at(tokens, place, lang)
            for term, form in match.forms
            if form.status != FORBIDDEN
        }

    def _same_form(self, form: pb.TermForm, lang: str) -> list[pb.Term]:
        node = self._trie(lang)
        for _, _, (word, *_) in _tokens(form.text, lang):
            node = node.after[word]
        return [term for term, _ in node.forms]

    def _at(
        self, tokens: "Sequence[_Token]", place: int, lang: str
    ) -> Iterator[_Match]:
        nodes = [self._trie(lang)]
        for last in range(place, len(tokens)):
            _, end, alike = tokens[last]
            nodes = [n.after[w] for n in nodes for w in alike if w in n.after]
            if not nodes:
                return
            del nodes[_WAYS_MAX:]
            forms = next((node.forms for node in nodes if node.forms), None)
            if forms:
                yield _Match(tokens[place][0], end, last - place + 1, forms)

    def _trie(self, lang: str) -> _Node:
        if lang not in self._tries:
            self._tries[lang] = self._grow(lang)
        return self._tries[lang]

    def _grow(self, lang: str) -> _Node:
        root = _Node()
        pairs = [(t, f) for t in self.terms for f in t.forms if f.lang == lang]
        for term, form in sorted(pairs, key=lambda pair: _rank(pair[1].status)):
            node = root
            for _, _, (word, *_) in _tokens(form.text, lang):
                node = node.after.setdefault(word, _Node())
            if node is not root:
                node.forms.append((term, form))
        return root


class GlossaryChanges(Struct, frozen=True):
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def changes(before: Glossary, terms: Iterable[pb.Term]) -> GlossaryChanges:
    old = {term.id: term for term in before.terms}
    new = {term.id: term for term in terms}
    return GlossaryChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(i for i in new.keys() & old.keys() if new[i] != old[i])),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


_Token = tuple[int, int, tuple[str, ...]]
"""The bounds of a word, and its possible forms: itself, then its singulars."""


def _tokens(text: str, lang: str) -> list[_Token]:
    return [
        (found.start(), found.end(), _alike(fold_words(found[0]), lang))
        for found in _TOKEN.finditer(text)
    ]


def _alike(word: str, lang: str) -> tuple[str, ...]:
    found = [word]
    for ending, singulars in _ENDINGS.get(lang, ()):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _STEM_MIN:
            found += [stem + singular for singular in singulars]
    return tuple(found)


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else len(STATUSES)


@cache
def _seed() -> Glossary:
    data = get_data(__package__, "terms.tsv") or b""
    lines = data.decode().splitlines()[1:]
    return Glossary(0, [_term(line.split("\t")) for line in lines])


def _term(row: Sequence[str]) -> pb.Term:
    texts = dict(zip(COLUMNS, row, strict=True))
    term = pb.Term(id=texts["id"], domain=texts["domain"])
    for lang in LANGUAGES:
        for column, status in (
            (lang, PREFERRED),
            (f"{lang} also", ADMITTED),
            (f"{lang} not", FORBIDDEN),
        ):
            for text in filter(None, texts[column].split("|")):
                term.forms.add(lang=lang, text=text, status=status)
    return term
