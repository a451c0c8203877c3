"""The words of the interface in three languages (exchange/words/terms.toml)."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from exchange.bulletin.codes import CODES
from exchange.bulletin.schema import LANGUAGES
from exchange.translation.glossary import ADMITTED, FORBIDDEN, PREFERRED, Glossary
from exchange.v1 import bulletin_pb2 as pb
from tests.words.catalogues import EXCHANGE, FOLDERS, babel_entries, sources

FIELD = re.compile(r"\{\w*\}")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_./+:-]*[A-Za-z0-9]")


@cache
def entries() -> dict[str, dict[str, Any]]:
    """Return what exchange/words/terms.toml says of each word."""
    return tomllib.loads((EXCHANGE / "words/terms.toml").read_text("utf-8"))


@cache
def interface() -> Glossary:
    """Return the words as a termbase, with the phrases in which they are other words.

    A phrase is a term without a translation, which requires nothing.
    """
    phrases = [
        _term(name, {"en": [text for text in entry.get("apart", ()) if " " in text]})
        for name, entry in entries().items()
    ]
    return Glossary(0, [*(_term(*one) for one in entries().items()), *phrases])


def _term(name: str, entry: dict[str, Any]) -> pb.Term:
    term, never = pb.Term(id=name), entry.get("not", {})
    for lang in LANGUAGES:
        for place, text in enumerate(entry.get(lang, ())):
            status = ADMITTED if place else PREFERRED
            term.forms.add(lang=lang, text=text, status=status)
        for text in never.get(lang, ()):
            term.forms.add(lang=lang, text=text, status=FORBIDDEN)
    return term


def without_names(english: str, said: str) -> str:
    """Leave out of an English text what its translation keeps: names and commands."""
    kept = Counter(LATIN.findall(FIELD.sub(" ", said)))

    def left(found: re.Match[str]) -> str:
        kept[found[0]] -= 1
        return "_" if kept[found[0]] >= 0 else found[0]

    return LATIN.sub(left, FIELD.sub(" ", english))


def faults(english: str, said: str, lang: str) -> list[str]:
    """Return the words that a translation lacks, and those that it must not have."""
    plain = without_names(english, said)
    apart = {n for n, entry in entries().items() if english in entry.get("apart", ())}
    lacking = interface().missing(pb.Segment(text=plain, lang="en"), said, lang)
    found = [one.term for one in interface().find_terms(plain, "en")]
    words = Glossary(0, [term for term in found if term.id not in apart])
    return [
        *(
            f"{term.id}: no {interface().preferred_form(term, lang)}"
            for term in lacking
            if term.id not in apart
        ),
        *(f"{one.term.id}: {one.form.text}" for one in words.forbidden(said, lang)),
    ]


def said_in_catalogues(lang: str) -> Iterator[tuple[str, str]]:
    """Yield each English text of the catalogues with a translation, plurals apart."""
    for folder in FOLDERS.values():
        for key, forms in babel_entries(folder / f"{lang}.po").items():
            english = (key, key) if isinstance(key, str) else key
            yield from ((english[min(n, 1)], said) for n, said in enumerate(forms))


@cache
def said_in_labels(lang: str) -> list[tuple[str, str]]:
    """Return each label of a code, and of a kind, field or part where it is said."""
    return [
        *((one["en"], one[lang]) for codes in CODES.values() for one in codes.values()),
        *_said_at_once(lang),
    ]


def _said_at_once(lang: str) -> Iterator[tuple[str, str]]:
    for call in sources(EXCHANGE):
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        if ast.unparse(call.func) == "say" and len(texts) == len(LANGUAGES):
            yield str(texts[0]), str(texts[LANGUAGES.index(lang)])
