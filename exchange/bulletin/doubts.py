"""What stands beside a number or a time and makes it another one than it reads.

Half, quarter, dozen, a range whose first number lacks what stands behind the second,
a part of the day elsewhere in the sentence: such a number is found and has no value,
so that nothing false is signed and a person looks. Texts are folded, windows bounded.
"""

import re

from exchange.bulletin.dates import NOT_UR
from exchange.bulletin.numerals import BEFORE, HAN, SCALES, WHOLE, alternatives
from exchange.bulletin.times import ANY_PART, part_words

_NEAR = 24  # characters beside a number that are looked at
_LESS_UR = ("پون", "پونا", "آدھ", "آدھا")
_HALVES_UR = alternatives([*BEFORE["ur"], *WHOLE["ur"], *_LESS_UR])
_BEFORE = {
    "en": re.compile(
        r"\b(?:half|quarter)(?: (?:an?|of|past|to|till?|after|before))* ?\Z"
        r"|\bmin(?:ute)?s? (?:past|to|till?|after|before) \Z"
        r"|\b(?:half|a couple of|several|a few)[ -]\Z",
        re.IGNORECASE,
    ),
    "ur": re.compile(rf"(?<!{NOT_UR})(?:{_HALVES_UR}|صفر سے|انجماد سے) ?\Z"),
    "zh-Hans": re.compile(
        r"(?:差|(?:[零冰]点|零度)以?下|[一二三四五六七八九十0-9]分之"
        rf"|(?<!星期)(?<!礼拜)(?<!周)[{HAN}几]) ?\Z"
    ),
}
_AFTER = {
    "en": re.compile(
        r"[ -]?(?:dozens?|score|halves|half|quarters?|thirds?|fifths?)(?![A-Za-z])"
        r"| [a-z]{1,12} and (?:a|one) (?:half|quarter)(?![a-z])"
        r"| and (?:a |one |three )?(?:half|quarters?|thirds?)(?![a-z])"
        r"|(?-i:k|K|bn|mn)(?![A-Za-z])|[¼½¾⅐-⅞]"
        r"| (?:in the|this) (?:morning|afternoon|evening)(?![a-z])"
        r"| (?:at night|tonight|degrees? below)(?![a-z])"
        r"|(?: ?° ?[CF]?| degrees?(?: [A-Za-z]{1,10})?)?"
        r" (?:below (?:zero|freezing)|of frost)(?![a-z])"
        r"|(?<=hundred) (?:hours|hrs)(?![a-z])| ?(?:[ap]\.?m|o['’]clock)(?![a-z])",
        re.IGNORECASE,
    ),
    "ur": re.compile(
        rf" ?(?:درجن|چوتھائی|تہائی|آدھا|آدھے|سے نیچے|سوا|ساڑھے|پونے|بجے?)(?!{NOT_UR})"
        "| (?:ڈگری|درجے)(?: سینٹی گریڈ| سیلسیس)? (?:صفر سے|نقط|نیچے)"
    ),
    "zh-Hans": re.compile(
        rf" ?(?:(?![百千万][米克瓦赫伏卡])[{HAN}几半刻打]|分之|个?半"
        "|[天年里米吨倍岁斤]半"
        "|点|时(?![间期代段差速效辰候])|成(?![立员功为果本都长分就型熟人]))"
    ),
}
_RANGE = re.compile(
    r" ?(?:[-/\u2013~\uff5e]|to|or|and|تا|سے|یا|اور|至|到|或|、)? ?", re.IGNORECASE
)
_UNTIL = re.compile(
    r"(?: ?(?:°[CF]?|℃|摄氏度|度|ڈگری|degrees))?"
    r" ?(?:[-\u2013~\uff5e]|to|تا|سے|至|到) ?",
    re.IGNORECASE,
)
_SCALED = re.compile(
    rf"(?:{alternatives([*SCALES['en'], *SCALES['ur']])})|[十百千万亿]", re.IGNORECASE
)
_EXACT = re.compile(r"Z|UTC|GMT|(?i:hrs|hours)|世界?协?调?时|یو ٹی سی|جی ایم ٹی")
_STOP = re.compile(r"[.!?;。！？；۔؟](?: |$)|\n")


def doubted(text: str, lang: str, start: int, end: int) -> bool:
    """Say whether what stands right before or behind a number changes it."""
    first = max(0, start - _NEAR)
    return bool(
        _BEFORE[lang].search(text, first, start) or _AFTER[lang].match(text, end)
    )


def half_known(text: str, start: int, end: int, value: str) -> bool:
    """Say whether a time of twelve hours has its part of the day elsewhere near it.

    06:30 is one of twenty-four, 6:30 may be either.
    """
    piece = text[start:end]
    padded = re.search("[0-9]+", piece)
    twelve = 0 < int(value.rpartition("T")[2][:2]) <= 12  # noqa: PLR2004  # hours
    if not twelve or part_words(piece) or _EXACT.search(piece):
        return False
    if padded and padded[0][0] == "0":
        return False
    near = (
        _STOP.split(text[max(0, start - _NEAR) : start])[-1],
        _STOP.split(text[end : end + _NEAR])[0],
    )
    return any(map(ANY_PART.search, near))


def begins_range(between: str, other: str, kind: str, *, sure: bool) -> bool:
    """Say whether a number shares what stands with the next: 2 to 3 million, 5-7 pm.

    Also where the next one is in doubt itself, or nothing but a blank lies `between`.
    """
    if len(between) > _NEAR or not _RANGE.fullmatch(between):
        return False
    if kind == "TIME":
        return True
    return kind == "NUMBER" and (
        bool(_SCALED.search(other)) or (not sure and between.strip() != "")
    )


def ends_range(between: str) -> bool:
    """Say whether a number behind a time is one: 8 am to 5."""
    return len(between) <= _NEAR and bool(_UNTIL.fullmatch(between))
