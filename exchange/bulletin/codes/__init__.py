"""Code lists: one tab-separated file a list, labels in the three languages.

Columns: code, en, ur, zh-Hans; `site` adds lat, lon and corridor segment. To add a
code, add a line; to add a list, add a file.
"""

from dataclasses import dataclass
from importlib.resources import files

from exchange.bulletin.declare import CodeList, Labels, say


@dataclass(frozen=True)
class Site:
    """A place of the gazetteer; decimal degrees WGS 84 as strings."""

    code: str
    labels: Labels
    lat: str
    lon: str
    segment: str


def _rows(name: str) -> list[list[str]]:
    text = files(__name__).joinpath(f"{name}.tsv").read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def _read(name: str) -> CodeList:
    return {code: say(en, ur, zh) for code, en, ur, zh, *_ in _rows(name)}


def _names() -> list[str]:
    found = (entry.name for entry in files(__name__).iterdir())
    return sorted(name[:-4] for name in found if name.endswith(".tsv"))


CODES: dict[str, CodeList] = {name: _read(name) for name in _names()}

GAZETTEER: dict[str, Site] = {
    code: Site(code, say(en, ur, zh), lat, lon, segment)
    for code, en, ur, zh, lat, lon, segment in _rows("site")
}


def label(codes: str, code: str, lang: str) -> str:
    """Return a code's label, or the code itself where a newer partner sent it."""
    labels = CODES[codes].get(code)
    return labels[lang] if labels else code
