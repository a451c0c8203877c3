"""How dates, grids, numbers, places and code words look in each language.

One expression a language, for folded text (`numerals.fold`): its groups are named by
the kinds of spans, HAN, MIXED and WORDS for numbers in those, SPOKEN and DOUBT for what
is a number and cannot be read with certainty, SHORT for a date whose year may be none,
UNIT for what is no span. Every repetition is bounded, or cannot be entered anew at the
next character, so that the time grows with the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from exchange.bulletin.codes import CODES, aliases, gazetteer
from exchange.bulletin.dates import DATES, NOT_UR, SHORT
from exchange.bulletin.numerals import (
    BEFORE,
    HAN,
    HAN_DIGITS,
    MEASURES,
    ONE,
    PARTS,
    SCALES,
    UNSURE,
    WHOLE,
    WORDS,
    alternatives,
    fold,
)
from exchange.bulletin.times import TIMES

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
UNIT = (
    r"(?=[CF°ºDdڈ])(?:"
    r"(?:[°º] ?|(?i:(?<![A-Za-z])deg(?:rees?)?\.? ?)|ڈگری ?)[CF](?![A-Za-z0-9])"
    # "-5 C", but not the route C of "No 5 C".
    + "".join(
        rf"|(?<=(?<![A-Za-z0-9])-{digits} )[CF](?![A-Za-z0-9-])"
        for digits in ("[0-9]", "[0-9]{2}", r"[0-9]\.[0-9]", r"[0-9]{2}\.[0-9]")
    )
    + ")"
)
"""What belongs to a number before it: the C of 5°C names no route."""
_HEAT = (
    r"(?: ?(?:[°º] ?[CF](?![A-Za-z])|℃|℉|摄氏度|华氏度|(?i:deg(?:rees?)?\.? ?[cf])"
    "|(?:° ?|ڈگری )?(?:سینٹی|سیلسیس|فارن)))"
)
_DEGREES = rf"[0-9]{{1,3}}\.[0-9]{{3,7}}(?![0-9]|\.[0-9]|{_HEAT})"
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
_FU = "(?<![担肩胜正背抱自辜欠])负"
_COUNTED = f"[{MEASURES}]|公里|千米|小时|分钟|百分点|摄氏度|华氏度|[死伤]"
_HAN_NUMBER = (
    # 十二, 三百; with 十 alone, 两 and 二 to 九 only before what is counted.
    rf"(?<![第几数周期拜{HAN}])(?:(?:零下|{_FU})(?=[{HAN}]))?"
    rf"(?:(?=[{HAN}]{{0,23}}[十百千万亿])[一二三四五六七八九两十]"
    rf"[{HAN}]{{1,23}}|[{HAN}]{{3,24}})(?![{HAN}几点]|年代)"
    rf"|(?<![第几数周期拜{HAN}])(?:零下|{_FU})?[二三四五六七八九两十]"
    rf"(?=(?:[至到][{HAN}]{{1,4}})?(?:{_COUNTED}))"
    rf"|(?:零下|{_FU})一(?={_COUNTED})|(?<=百分之)[一二三四五六七八九](?![{HAN}点])"
    rf"|(?<![第几数{HAN}])(?:零下|{_FU})?[{HAN}]{{1,12}}点[{HAN_DIGITS}]{{1,8}}"
    rf"[万亿]?(?={_COUNTED})"
    rf"|(?<=百分之)[{HAN}]{{1,6}}点[{HAN_DIGITS}]{{1,8}}(?![{HAN}])"
)
_HALF_OF = "(?=小时|钟头|月|星期|世纪)"
_MIXED = (
    rf"(?<![0-9.,第]){_DIGITS}(?: ?[十百千万亿]{{1,3}}(?![米克瓦赫伏卡])"
    rf"(?:零?[0-9]{{1,8}}(?:\.[0-9]{{1,4}})?){{0,1}}){{1,4}}(?![0-9.])"
    rf"|(?<![0-9.第几])(?:[0-9]{{1,4}}|(?<![{HAN}])[{HAN}]{{1,4}})"
    rf"(?:个半{_HALF_OF}|(?:天|年|小时|公里|倍)半"
    "(?![夜个小数径路价天年月日以]))"
)
_DOUBT_ZH = (
    rf"(?<![第几数周期拜{HAN}])[一二三四五六七八九两][两二三四五六七八九](?={_COUNTED})"
    rf"|(?<![第几{HAN}.])(?:[0-9]{{1,2}}|[二三四五六七八九十两][{HAN}]{{0,2}}) ?点"
    rf"(?=[^{HAN}0-9]|$)"
    rf"|(?<![第几{HAN}0-9.])(?:[{HAN}]{{1,12}}|[0-9]{{1,4}})点"
    rf"[{HAN_DIGITS}十0-9]{{1,8}}|半个?小时|[一三]刻钟"
    rf"|(?<![第数几上0-9{HAN} ])[百千](?![米克瓦赫伏卡])(?=[余多]?[{MEASURES}])"
)
_HALVES_EN = (
    r"(?i:(?<![A-Za-z-])(?:half (?:an? )?(?:hour|day|dozen|score|mile)"
    r"|an? [a-z]{1,12} and a (?:half|quarter)|a dozen)(?![A-Za-z])"
    r"|(?:(?<=at )|(?<=by )|(?<=from )|(?<=until )|(?<=till )|(?<=before )|(?<=after ))"
    r"(?:(?:[01][0-9]|2[0-3])[0-5][0-9](?![0-9A-Za-z-]|[.,][0-9])"
    r"(?! ?%| (?!(?:local|hrs|hours|tonight|today|tomorrow|on|and|or|to|until|till|from"
    r"|by|in|with|for|the|they|it|at)(?![a-z]))[a-z])"
    r"|(?:[01]?[0-9]|2[0-3])\.[0-5][0-9](?![0-9A-Za-z%°]|\.[0-9]| ?(?:k?m|kg|km/h|per"
    r"|mil|tons?|tonnes?|lit|deg|meters|metres)(?![a-z]))))"
)
_HALVES_UR = (
    "(?:آدھ|پون)[اےی]? گھنٹ[ہےا]|ایک درجن|آدھا درجن|درجن بھر"
    "|سو(?! (?:رہ|گئ|گیا|جا|کر))|ہزار|لاکھ|کروڑ"  # سو is "asleep", too
)
# 0630 is a time as often as a number.
_FOUR = r"(?<![0-9A-Za-z.,-])0[0-9][0-5][0-9](?![0-9A-Za-z-]|[.,][0-9]| ?[0-9])"
_MINUTES_TO = (
    rf"(?i:(?:{'|'.join(f'(?<={at} )' for at in ('at', 'by', 'until', 'till'))})"
    "(?:5|10|20|25|five|ten|twenty(?:[ -]five)?) to "
    "(?:[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    "(?![A-Za-z0-9]))"
)
_UNITS_UR = (
    "کلومیٹر کلو کلوگرام گرام میٹر سینٹی انچ فٹ گز میل لیٹر ٹن من گھنٹے گھنٹہ گھنٹوں"
    " منٹ سیکنڈ دن ہفتے ہفتہ ماہ مہینے مہینہ سال فیصد ایکڑ مربع گنا روپے ڈالر یوآن"
    " ڈگری درجے میگاواٹ"
)


_SIGN = r"(?:(?<![^\s(（:：,;，、；،؛])|(?<=温)|(?<=温度)|(?<=为))-"
_MINUS = {"en": "(?i:minus) ", "ur": "منفی ", "zh-Hans": f"零下|{_FU}"}


def _number(lang: str) -> str:
    """Return the pattern of a number in digits.

    Before a temperature a dash is a minus behind any word that is none of Latin
    letters (达-5℃), and also where a program made it longer.
    """
    return (
        rf"(?:{_SIGN}|(?<![A-Za-z0-9°º℃℉度])[-\u2013]"
        rf"(?={_DIGITS}(?:{_HEAT}|度|[至到~\uff5e/][-\u2013][0-9]))"
        rf"|(?:{_MINUS[lang]}))?"
        rf"(?<![A-Za-z0-9])(?<![A-Za-z]-){_DIGITS}(?: ?[¼½¾])?"
    )


def _words(lang: str) -> tuple[str, str]:
    """Return the pattern of numbers in words, and that of those that are in doubt.

    "(?!)" where a language has none. A number in digits may begin it, and stand behind
    what multiplies: 2 لاکھ 50 ہزار. A minus belongs to it.
    """
    if not WORDS[lang]:
        return "(?!)", f"{_DOUBT_ZH}|{_FOUR}"
    before, after = _EDGE[lang]
    minus = f"(?:{_SIGN}(?=[0-9])|{_MINUS[lang]})?"
    word, scale = alternatives(WORDS[lang]), alternatives(SCALES[lang])
    one, unsure = alternatives(ONE[lang]), alternatives(UNSURE.get(lang, ()))
    if lang == "en":
        parts, part_of = (f"(?:{alternatives(w['en'])})" for w in (PARTS, WHOLE))
        begin = (
            rf"{part_of}(?= (?:{scale}){after})|(?:{word}){after}"
            rf"|{_DIGITS}(?= {parts}{after}| ?(?:{scale}){after})"
            rf"|(?:{one})(?= (?:{scale}){after}| {parts}{after})|(?<=minus )one{after}"
        )
        more = (
            rf" ?(?:{scale}){after}(?: and (?:{word}|one){after})?"
            rf"(?: {_DIGITS}{after})?"
            rf"| {parts}{after}|[ -](?:{word}){after}"
        )
        return (
            rf"(?i:{before}{minus}(?:{begin})(?:{more}){{0,10}}(?!-))",
            f"{_HALVES_EN}|{_FOUR}",
        )
    halves = alternatives([*BEFORE["ur"], *WHOLE["ur"]])
    units = "|".join(_UNITS_UR.split())
    token = rf"(?:{word}|{one}|{unsure}){after}|(?:{scale}){after}"
    tail = rf"(?: ?(?:{scale}){after}(?: {_DIGITS}(?![0-9]))?| (?:{token})){{0,10}}"
    plain = (
        rf"(?:{_DIGITS}(?= ?(?:{scale}){after})"
        rf"|(?:{word}){after}|(?:{one}|{unsure})(?= (?:{scale}|{word}){after})"
        rf"|(?<=منفی )ایک{after})"
    )
    half = (
        rf"(?<!کے )(?:{halves}){after}(?: {_DIGITS}(?![0-9:])|(?: (?:{token}))){{0,6}}"
    )
    scaled = rf"(?<!کے )(?:{halves}){after}(?: {_DIGITS}| (?:{word}){after})?"
    sure = (
        rf"{scaled} ?(?:{scale}){after}(?! (?:{token}))"
        rf"|{scaled}(?= (?:{units}){after})|{plain}{tail}"
    )
    return (
        rf"{before}{minus}(?:{sure})",
        rf"{before}(?:{half}|(?:{_HALVES_UR}){after})|{_FOUR}",
    )


_SEARCHED = frozenset(
    {
        *("K-2", "K-3", "سست", "西线", "مغربی روٹ", "Western alignment"),
        *("Confucius Institute", "کنفیوشس انسٹی ٹیوٹ", "孔子学院"),
        *("Orange Line metro", "轨道交通橙线"),
    }
)
"""Words by which a site is searched for, and that mean another thing as often."""


@cache
def names(lang: str) -> dict[str, str]:
    """Return the names of places in a text of that language: to codes.

    A code of the gazetteer, or one of `toponym` where a name may mean several places.
    A name in Latin letters stands in every language, in letters of any case; so it is
    known here by its small ones, a code of the gazetteer by its own.
    """
    found: dict[str, str] = {code: code for code in gazetteer()}
    for name in ("toponym", "site"):
        for code, labels in CODES[name].items():
            said = (*labels.values(), *aliases(name).get(code, ()))
            own = [each for each in said if each.isascii() or _SCRIPTS[lang](each)]
            for written in _written(own):
                held = found.setdefault(written, code)
                # What may mean several places does, by whatever list it is known.
                if held != code and held not in CODES["toponym"]:
                    found[written] = ""
    for code, labels in CODES["toponym"].items():
        shouted = (
            each.upper() for each in (labels["en"], *aliases("toponym").get(code, ()))
        )
        found |= {each: code for each in shouted if each in gazetteer()}
    return {name: code for name, code in found.items() if code}


def place_of(piece: str, lang: str) -> str:
    """Return the code of a place's name as it stands in a folded text."""
    known = names(lang)
    return known.get(piece) or known[piece.lower()]


_SCRIPTS: dict[str, Callable[[str], object]] = {
    "en": str.isascii,
    "ur": re.compile("[\u0620-\u06ff]").search,
    "zh-Hans": re.compile("[\u4e00-\u9fff]").search,
}


def _written(names: Iterable[str]) -> Iterator[str]:
    """Yield names as they are written in a folded text."""
    for name in map(fold, names):
        if name not in _SEARCHED:
            yield from (
                each.lower() if each.isascii() else each for each in _forms(name)
            )


def _forms(name: str) -> list[str]:
    """Return the forms of a name in a sentence.

    Urdu nouns in ہ and ا change their end before کے and the like; the mark of an
    izafat is often left out.
    """
    bare = [name, name.replace("\u0650", "")]
    return bare + [f"{each[:-1]}ے" for each in bare if each[-1] in "ہا"]


@cache
def pattern(lang: str) -> re.Pattern[str]:
    """Return the one expression of a language."""
    known = names(lang)
    before, after = _EDGE[lang]
    # Dasu-Besham are two names, KKH-NORTH is none.
    latin = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9]|-(?:[A-Z0-9](?![a-z])))")
    own = alternatives(name for name in known if not name.isascii())
    small = alternatives(n for n in known if n.isascii() and n not in gazetteer())
    codes = alternatives(gazetteer())
    words, doubts = _words(lang)
    kinds = {
        "PLACE": (
            rf"{latin[0]}(?:(?i:{small})|{codes}){latin[1]}|{before}(?:{own}){after}"
        ),
        "TIME": TIMES[lang],
        "SHORT": SHORT,
        "DATE": DATES[lang],
        "GRID": _GRID,
        "UNIT": UNIT,
        "COORD": _COORD,
        "CODE": f"{_WORD}|{_LETTER[lang]}",
        "SPOKEN": _MINUTES_TO if lang == "en" else "(?!)",
        "WORDS": words,
        "MIXED": _MIXED if lang == "zh-Hans" else "(?!)",
        "HAN": _HAN_NUMBER if lang == "zh-Hans" else "(?!)",
        "DOUBT": doubts,
        "NUMBER": _number(lang),
    }
    return re.compile("|".join(f"(?P<{kind}>{p})" for kind, p in kinds.items()))
