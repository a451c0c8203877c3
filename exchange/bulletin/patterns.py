"""How dates, grids, numbers, places and code words look in each language.

One expression a language, for folded text (`numerals.fold`): its groups are named by
the kinds of spans, HAN and WORDS for numbers in those. Every repetition is bounded, or
cannot be entered anew at the next character, so that the time grows with the text.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

from exchange.bulletin.codes import aliases, gazetteer
from exchange.bulletin.dates import DATES, NOT_UR, TIMES
from exchange.bulletin.numerals import HAN, ONE, SCALES, WORDS, alternatives, fold

_EDGE = {
    "en": ("(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"),
    "ur": (f"(?<!{NOT_UR})", f"(?!{NOT_UR})"),
    "zh-Hans": ("", ""),
}
_HALVES = "|".join(f"[0-9]{{{n}}} ?[0-9]{{{n}}}" for n in (5, 4, 3, 2, 1))
_GRID = (
    r"(?<![A-Za-z0-9])(?:[1-5]?[0-9]|60) ?[C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V]"
    rf" ?(?:{_HALVES})(?![0-9])"
)
_DEGREES = r"[0-9]{1,3}\.[0-9]{3,7}(?![0-9]|\.[0-9])"
_COORD = (
    rf"(?:北纬|南纬|东经|西经) ?{_DEGREES}(?: ?[°度])?"
    rf"|(?<![0-9.])-?{_DEGREES}(?: ?° ?(?:[NSEW](?![A-Za-z])|شمال|جنوب|مشرق|مغرب)?"
    r"| ?[NSEW](?![A-Za-z]))?"
    r"|(?<![0-9.])[0-9]{1,3} ?° ?[0-5]?[0-9] ?['′](?: ?[0-5]?[0-9](?:\.[0-9]{1,3})?"
    r" ?[\"″])? ?[NSEW](?![A-Za-z])"
)
_AFTER = r"(?![A-Za-z0-9'’-]|\.[A-Za-z])"
_BEFORE = r"(?<![A-Za-z0-9.'’-])"
_NAMED = "route Route routes Routes ROUTE ROUTES line Line gate Gate point Point plan"
_NAMED += " Plan option Option lane camera Camera team Team"
_AFTER_A_NAME = "|".join(f"(?<={word} )" for word in _NAMED.split())
_LETTER = {
    # A and I are words of English; what stands beside them tells which it is.
    "en": (
        rf"{_BEFORE}(?:[B-HJ-Z]|(?:{_AFTER_A_NAME})[AI]"
        rf"|A(?= (?:and|or) [B-Z]{_AFTER})){_AFTER}"
    ),
    "ur": rf"{_BEFORE}[A-Z]{_AFTER}",
    "zh-Hans": rf"{_BEFORE}[A-Z]{_AFTER}",
}
_WORD = r"(?<![A-Za-z0-9-])[A-Z]{1,12}-?[0-9]{1,4}(?![A-Za-z0-9]|-[A-Za-z0-9])"
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{2,3}){0,8},[0-9]{3}(?![0-9])|[0-9]+(?:\.[0-9]+)?)"
_MEASURES = (
    "名人辆架艘个枚支挺把次处座条米天日月年位只台批组队发件份级度吨倍层家所艇轮门颗具起"
    "列节车户箱袋桶升瓦周岁种类项"
)
_HAN_NUMBER = (
    # 十二, 三百; with 十 alone, 两 and 二 to 九 only before what is counted.
    rf"(?<![第几数周期拜{HAN}])(?:(?=[{HAN}]{{0,23}}[十百千万亿])[一二三四五六七八九两十]"
    rf"[{HAN}]{{1,23}}|[{HAN}]{{3,24}})(?![{HAN}几]|年代)"
    rf"|(?<![第几数周期拜{HAN}])[二三四五六七八九两十]"
    rf"(?=[{_MEASURES}]|公里|千米|小时|分钟|百分点)"
)
_FOLLOWS = {
    "en": r"(?![A-Za-z])",
    "ur": f"(?!{NOT_UR})",
    "zh-Hans": "(?![米克瓦赫伏卡])",
}


def _number(lang: str) -> str:
    """Return the pattern of a number in digits, with 万 or a million after it."""
    scales = f"(?: ?(?:{alternatives(SCALES[lang])}){_FOLLOWS[lang]})?"
    return rf"(?:(?<![^\s(（:：])-)?(?<![A-Za-z0-9])(?<![A-Za-z]-){_DIGITS}{scales}"


def _words(lang: str) -> str:
    """Return the pattern of a number in words, "(?!)" where a language has none."""
    if not WORDS[lang]:
        return "(?!)"
    before, after = _EDGE[lang]
    word, scale = alternatives(WORDS[lang]), alternatives(SCALES[lang])
    one = alternatives(ONE[lang])
    return (
        rf"(?i:{before}(?:(?:{word})|(?:{one})(?= (?:{scale}){after}))"
        rf"(?:[ -](?:{scale}){after}(?: and)?(?: (?:{word}){after})?){{0,3}}"
        rf"{after}(?!-))"
    )


@cache
def places(lang: str) -> dict[str, str]:
    """Return the names of the gazetteer's places in a text of that language: to codes.

    A name in Latin letters stands in every language.
    """
    found: dict[str, str] = {}
    for code, site in gazetteer().items():
        _put(found, code, (code, site.labels["en"], site.labels[lang]))
    return found


@cache
def names(lang: str) -> dict[str, str]:
    """Return `places` and the other names by which they are known."""
    found = dict(places(lang))
    for code, others in aliases("site").items():
        own = _SCRIPTS[lang]
        _put(found, code, (each for each in others if each.isascii() or own(each)))
    return found


_SCRIPTS: dict[str, Callable[[str], object]] = {
    "en": str.isascii,
    "ur": re.compile("[\u0620-\u06ff]").search,
    "zh-Hans": re.compile("[\u4e00-\u9fff]").search,
}


def _put(found: dict[str, str], code: str, names: Iterable[str]) -> None:
    """Add names as they are written; one of two places says neither."""
    for name in map(fold, names):
        for written in (*_forms(name), name.upper()):
            known = found.setdefault(written, code)
            found[written] = code if known == code else ""


def _forms(name: str) -> list[str]:
    """Return the forms of a name in a sentence.

    Urdu nouns in ہ and ا change their end before کے and the like; the mark of an
    izafat is often left out.
    """
    bare = [name, name.replace("\u0650", "")]
    return bare + [f"{each[:-1]}ے" for each in bare if each[-1] in "ہا"]


@cache
def pattern(lang: str, *, all_names: bool = False) -> re.Pattern[str]:
    """Return the one expression of a language, with `places` or with all `names`."""
    known = names(lang) if all_names else places(lang)
    before, after = _EDGE[lang]
    latin = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9]|-[A-Z0-9])")
    own = alternatives(name for name in known if not name.isascii())
    ascii_ = alternatives(name for name in known if name.isascii())
    kinds = {
        "PLACE": rf"{latin[0]}(?:{ascii_}){latin[1]}|{before}(?:{own}){after}",
        "TIME": TIMES[lang],
        "DATE": DATES[lang],
        "GRID": _GRID,
        "COORD": _COORD,
        "CODE": f"{_WORD}|{_LETTER[lang]}",
        "NUMBER": _number(lang),
        "HAN": _HAN_NUMBER if lang == "zh-Hans" else "(?!)",
        "WORDS": _words(lang),
    }
    return re.compile("|".join(f"(?P<{kind}>{p})" for kind, p in kinds.items()))
