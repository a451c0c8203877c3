"""Code lists: one tab-separated file each, labels in the three languages.

Columns: code, en, ur, zh-Hans. Some add aliases: other search words, in any language,
separated by |. A label in `unit` has two forms if the number changes the word:
person|persons. `site` adds lat, lon, corridor segment and km; `toponym`, the names of
several places, adds their sites.

A list is read at its first use. The list of nations grows with a desk's bundles: a
bundle has only the nation's code, and the CLDR its names.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pkgutil import get_data

from msgspec import Struct

from exchange.bulletin.punctuation import ASIDE
from exchange.bulletin.schema import LANGUAGES, CodeList, Labels

Row = dict[str, str]
DRILLS = ("EXERCISE", "TEST")
"""Codes of the list `mode` that have no real effect; all others are real."""


@cache
def _rows(name: str) -> list[Row]:
    if not name.isidentifier() or not (data := get_data(__name__, f"{name}.tsv")):
        raise KeyError(name)
    head, *lines = (line.split("\t") for line in data.decode().splitlines())
    return [dict(zip(head, line, strict=False)) for line in lines]  # aliases optional


def _labels(row: Row) -> Labels:
    return {lang: row[lang] for lang in LANGUAGES}


@cache
def _read(name: str) -> dict[str, Labels]:
    return {row["code"]: _labels(row) for row in _rows(name)}


@cache
def aliases(name: str) -> Mapping[str, tuple[str, ...]]:
    """Raise KeyError for an unknown list."""
    said = {row["code"]: row.get("aliases", "") for row in _rows(name)}
    return {code: tuple(words.split("|")) for code, words in said.items() if words}


class _Lists(Mapping[str, CodeList]):
    def __getitem__(self, name: str) -> CodeList:
        try:
            return _read(name)
        except OSError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        from importlib.resources import files  # noqa: PLC0415  # 10 ms at every start

        found = (entry.name for entry in files(__name__).iterdir())
        return iter(sorted(name[:-4] for name in found if name.endswith(".tsv")))

    def __len__(self) -> int:
        return len(list(iter(self)))


CODES: Mapping[str, CodeList] = _Lists()


class Site(Struct, frozen=True):
    """A place of the gazetteer; decimal degrees WGS 84 as strings.

    `km` is the kilometre of the nearest road, from the end that the segment's label
    names first; in a city, from its centre.
    """

    code: str
    labels: Labels
    lat: str
    lon: str
    segment: str
    km: str


@cache
def gazetteer() -> Mapping[str, Site]:
    return {row["code"]: _site(row) for row in _rows("site")}


@cache
def toponyms() -> Mapping[str, frozenset[str]]:
    """Return the sites that each name may mean, among unlisted places."""
    return {row["code"]: frozenset(row["sites"].split("|")) for row in _rows("toponym")}


def _site(row: Row) -> Site:
    place = (row[column] for column in ("lat", "lon", "segment", "km"))
    return Site(row["code"], _labels(row), *place)


NATIONS = "domain"
"""The list of nations."""
_CLDR = {"en": "en", "ur": "ur", "zh-Hans": "zh_Hans"}


@cache
def _nation(code: str) -> Labels:
    """Return the CLDR's names of a nation, by its ISO 3166-1 code in lower case.

    The code itself in a language without one.
    """
    from babel import Locale  # noqa: PLC0415  the list that is here needs none

    return {
        lang: Locale.parse(locale).territories.get(code.upper(), code)
        for lang, locale in _CLDR.items()
    }


def learn_nations(codes: Iterable[str]) -> None:
    """Add nations to the list `domain`, after the known ones."""
    known = _read(NATIONS)
    known |= {code: _nation(code) for code in sorted(codes) if code not in known}


def label(codes: str, code: str, lang: str) -> str:
    """Return the code itself if it is newer than this program.

    Also for a nation without a bundle here.
    """
    labels = CODES[codes].get(code) or (_nation(code) if codes == NATIONS else None)
    return labels[lang] if labels else code


def relation_label(code: str, lang: str, *, repeated: bool = False) -> str:
    """Return the label; if `repeated`, it says that the source is the same."""
    aside = ASIDE[lang].format(label("word", "SAME_SOURCE", lang)) if repeated else ""
    return label("relation", code, lang) + aside
