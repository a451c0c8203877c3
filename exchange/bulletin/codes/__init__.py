"""Code lists: one tab-separated file a list, labels in the three languages.

Columns: code, en, ur, zh-Hans; `site` adds lat, lon and corridor segment. To add a
code, add a line; to add a list, add a file. A list is read when it is first used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data

from exchange.bulletin.declare import CodeList, Labels, say


def _rows(name: str) -> list[list[str]]:
    """Return the lines of a file of this package, split."""
    if not name.isidentifier() or not (data := get_data(__name__, f"{name}.tsv")):
        raise KeyError(name)
    return [line.split("\t") for line in data.decode().splitlines()[1:]]


@cache
def _read(name: str) -> CodeList:
    return {code: say(en, ur, zh) for code, en, ur, zh, *_ in _rows(name)}


class _Lists(Mapping[str, CodeList]):
    """Every list by its name."""

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


@dataclass(frozen=True)
class Site:
    """A place of the gazetteer; decimal degrees WGS 84 as strings."""

    code: str
    labels: Labels
    lat: str
    lon: str
    segment: str


@cache
def gazetteer() -> Mapping[str, Site]:
    """Return every site by its code."""
    return {
        code: Site(code, say(en, ur, zh), lat, lon, segment)
        for code, en, ur, zh, lat, lon, segment in _rows("site")
    }


def label(codes: str, code: str, lang: str) -> str:
    """Return a code's label, or the code itself where a newer partner sent it."""
    labels = CODES[codes].get(code)
    return labels[lang] if labels else code
