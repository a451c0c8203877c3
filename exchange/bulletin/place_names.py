"""Place names in texts, by the gazetteer and the list of toponyms."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from exchange.bulletin.codes import CODES, aliases, gazetteer
from exchange.recognise.language import LANGUAGES
from exchange.recognise.rule import Rule, SpanKind
from exchange.recognise.text import LETTER, alternatives, fold_digits

_AMBIGUOUS = frozenset(
    {
        *("K-2", "K-3", "سست", "西线", "مغربی روٹ", "Western alignment"),
        *("Confucius Institute", "کنفیوشس انسٹی ٹیوٹ", "孔子学院"),
        *("Orange Line metro", "轨道交通橙线"),
    }
)
"""Search words for a site that have another meaning as often."""
_SCRIPTS: dict[str, Callable[[str], object]] = {
    "en": str.isascii,
    "ur": re.compile("[\u0620-\u06ff]").search,
    "zh-Hans": re.compile("[\u4e00-\u9fff]").search,
}


def place_rule(lang: str) -> Rule:
    known, codes = names(lang), gazetteer()
    before, after = LANGUAGES[lang].edges
    own = alternatives(name for name in known if not name.isascii())
    small = alternatives(n for n in known if n.isascii() and n not in codes)
    return Rule(
        "names of places",
        # Dasu-Besham is two names, KKH-NORTH is not a name.
        rf"(?<![A-Za-z0-9])(?:(?i:{small})|{alternatives(codes)})"
        r"(?![A-Za-z0-9]|-(?:[A-Z0-9](?![a-z])))"
        f"|{before}(?:{own}){after}",
        "Gilgit → GILGIT",
        SpanKind("PLACE", lambda piece: known.get(piece) or known[piece.lower()]),
        begins=LETTER,
    )


@cache
def names(lang: str) -> dict[str, str]:
    """Return the code of each name.

    A code is one of the gazetteer, or of `toponym` if the name may mean several places.
    A name in Latin letters occurs in every language and case, so its key is in lower
    case; a gazetteer code is its own key.
    """
    by_text: dict[str, str] = {code: code for code in gazetteer()}
    for name in ("toponym", "site"):
        for code, labels in CODES[name].items():
            said = (*labels.values(), *aliases(name).get(code, ()))
            own = [each for each in said if each.isascii() or _SCRIPTS[lang](each)]
            for written in _written(own):
                held = by_text.setdefault(written, code)
                # A name with two codes is ambiguous, unless `toponym` has it.
                if held != code and held not in CODES["toponym"]:
                    by_text[written] = ""
    for code, labels in CODES["toponym"].items():
        shouted = (
            each.upper() for each in (labels["en"], *aliases("toponym").get(code, ()))
        )
        by_text |= {each: code for each in shouted if each in gazetteer()}
    return {name: code for name, code in by_text.items() if code}


def _written(names: Iterable[str]) -> Iterator[str]:
    for name in map(fold_digits, names):
        if name not in _AMBIGUOUS:
            yield from (
                each.lower() if each.isascii() else each for each in _forms(name)
            )


def _forms(name: str) -> list[str]:
    """Return its forms in a sentence.

    Urdu nouns in ہ and ا change before کے and the like; the mark of an izafat may be
    absent.
    """
    bare = [name, name.replace("\u0650", "")]
    return bare + [f"{each[:-1]}ے" for each in bare if each[-1] in "ہا"]
