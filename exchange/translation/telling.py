"""Words that turn a sentence round: not, may, must, in the three languages.

Only their presence is told, for a person to look: grammar is beyond a list. Words that
merely hold such a syllable are left out (无人机 is a drone, 不久 is soon).
"""

import re
from collections.abc import Mapping

from exchange.bulletin.dates import NOT_UR
from exchange.bulletin.numerals import fold

Patterns = Mapping[str, re.Pattern[str]]


def _urdu(words: str) -> re.Pattern[str]:
    return re.compile(f"(?<!{NOT_UR})(?:{words})(?!{NOT_UR})")


NEGATION: Patterns = {
    "en": re.compile(
        r"\b(?:not|no(?!\.? ?[0-9])|never|none|nobody|nothing|nowhere|neither|nor"
        r"|without|cannot|unable|impossible|forbidden|prohibit(?:s|ed)?"
        r"|fail(?:s|ed)? to"
        r"|den(?:y|ies|ied)|refus(?:e[sd]?|al)|unsafe|insecure|impassable|inaccessible"
        r"|un(?:armed|available|confirmed|escorted|harmed|hurt|injured|usable|verified)"
        r"|inactive|ineffective)\b|n['’]t\b",
        re.IGNORECASE,
    ),
    # غیر alone is in غیر ملکی, a foreigner, and in what is unlawful or unusual, too.
    "ur": _urdu(
        "نہ|نہیں|مت|بغیر|بلا|عدم|ناممکن|ناکام|ناقابلِ?|ہرگز|منع|ممنوع|انکار|مسترد"
        "|غیر (?:محفوظ|مسلح|فعال|دستیاب|موجود|حاضر|مؤثر|موثر|مصدقہ|تصدیق شدہ)"
    ),
    "zh-Hans": re.compile(
        "不(?![久仅但断过同少足])|没(?!收)|[無无](?!人[机驾艇车船值]|[线论数])|未(?!来)"
        "|[并绝]非|非武装|勿|否认|拒[绝不]|并无|禁止|严禁"
    ),
}
MODALITY: Patterns = {
    # "May" with a capital is a month far more often; so is MAY beside a number.
    "en": re.compile(
        r"\b(?:(?-i:may|(?<![0-9] )MAY(?! ?[0-9]))|might|could|can|cannot|must|shall"
        r"|should|ought|need(?:s|ed)?|required|(?:ha[sd]|have) to|possibl[ey]|perhaps"
        r"|probabl[ey]|likely|unlikely)\b",
        re.IGNORECASE,
    ),
    "ur": _urdu(
        "سک(?:تا|تی|تے|تیں|ے|یں|ا|ی|نا)|چاہ(?:یے|ئے|ییں|ئیں)|ضروری|لازم|لازمی|ممکن"
        "|ممکنہ|شاید|غالباً|امکان|پڑے گا|پڑے گی|ہوگا|ہوگی"
    ),
    "zh-Hans": re.compile(
        "可能|可以|也许|或许|必须|必需|务必|(?<!胡)须|应当|应该|(?<![反供响适相回])应(?![对急答变用])"
        "|需要|需(?!求)|能够|不能|不得|不可|或将"
    ),
}


def words_in(text: str, lang: str, patterns: Patterns) -> list[str]:
    """Return the words of a list that stand in a text, each once, in its order."""
    found = patterns[lang].finditer(fold(text))
    return list(dict.fromkeys(text[m.start() : m.end()] for m in found))
