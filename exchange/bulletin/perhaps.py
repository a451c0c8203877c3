"""Words that may say a number, and as often say none: one, ایک, 一; zero.

No such word has a value: ایک is an article, too, and 一 is part of many words. So none
is found, signed or asked for; only behind a minus it is a number (`patterns`). But a
translation may say by it what its original has in digits: 1 vehicle is ایک گاڑی and
一辆车.

Some are so common that they prove nothing (a, and اسی, which is 80 and "this very"),
and some only say which one (first, پہلا, 第一): by those a person who looks may explain
a number, and nobody else.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from exchange.bulletin.dates import NOT_UR
from exchange.bulletin.declare import LANGUAGES
from exchange.bulletin.numerals import HAN, MEASURES, fold
from exchange.bulletin.spans import Found

_EN = "(?<![A-Za-z0-9.'’-])(?:{})(?![A-Za-z0-9'’-])"
_UR = f"(?<!{NOT_UR})(?:{{}})(?!{NOT_UR})"
_WHICH = ("no", "any", "every", "each", "another", "which", "this", "that", "the")
_NO_ONE = "|".join(f"(?<={word} )" for word in _WHICH)
_OTHER_UR = "|".join(f"(?<={word} )" for word in ("ہر", "کسی", "کوئی", "کئی"))
_MEASURES = MEASURES.replace("起", "").replace("度", "")
_COUNTED = (
    f"[{_MEASURES}套张根例宗场死伤]|公里|千米|小时|分钟|百分点|摄氏度|部(?![分门署])"
    # Of events; else it is "together".
    "|起.{0,4}(?:事故|事件|袭击|爆炸|枪击|车祸|绑架|案)"
)
_NOT_COUNTED = "次性|把手|天到晚|年四季|日千里"
_SURE = {
    "en": {
        "1": _EN.format(f"(?i:(?!{_NO_ONE})(?<!one by )one)(?! another| by one)"),
        "0": _EN.format("(?i:(?<!below )(?<!above )(?:zero|nil))"),
    },
    "ur": {
        "1": _UR.format(
            f"(?!{_OTHER_UR})ایک(?! (?:دوسر|جیس|(?:ساتھ|طرف|طرح|ہی|اور|دم|بار پھر)"
            f"(?!{NOT_UR})))"
        ),
        "0": _UR.format("صفر(?! سے)"),
    },
    "zh-Hans": {
        # The next one, each one, the same one, a new round: no number.
        "1": (
            rf"(?<![第每另某任同哪这那唯统新下上前后初0-9{HAN}])一"
            rf"(?!{_NOT_COUNTED})(?={_COUNTED})"
            r"|(?<=[^分]之)一(?![\u4e00-\u9fff])|(?<=摄氏)一(?=度)"
        ),
        "0": rf"(?<![0-9{HAN}])[零〇](?=度|(?!件)(?:{_COUNTED}))",
    },
}
_ORDINALS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth",
    "ur": "پہل[ای] دوسر[ایے] تیسر[ایے] چوتھ[ایے] پانچو(?:اں|یں) چھٹ[ایے] ساتو(?:اں|یں)"
    " آٹھو(?:اں|یں) نو(?:اں|یں) دسو(?:اں|یں)",
    "zh-Hans": "第一 第二 第三 第四 第五 第六 第七 第八 第九 第十",
}
_MORE = {
    "en": {"1": "an?(?= [A-Za-z(])"},
    "ur": {"80": "اسی", "72": "بہتر", "89": "نواسی"},
    "zh-Hans": {},
}
_EDGES = {"en": f"(?i:{_EN})", "ur": _UR, "zh-Hans": f"(?:{{}})(?![{HAN}])"}


def _asked(lang: str) -> dict[str, str]:
    words = {str(n): word for n, word in enumerate(_ORDINALS[lang].split(), 1)}
    for number, word in _MORE[lang].items():
        words[number] = "|".join(filter(None, (words.get(number), word)))
    return {number: _EDGES[lang].format(word) for number, word in words.items()}


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    # A group may not be named by a number alone.
    return re.compile("|".join(f"(?P<n{n}>{p})" for n, p in words.items()))


_SURE_PATTERNS = {lang: _pattern(words) for lang, words in _SURE.items()}
_ASKED_PATTERNS = {lang: _pattern(_asked(lang)) for lang in LANGUAGES}


def perhaps(text: str, lang: str, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the words that may say a number, outside of all that is found in a text."""
    ends = [each.end for each in found]
    for match in _SURE_PATTERNS[lang].finditer(fold(text)):
        start, end = match.span()
        i = bisect_right(ends, start)
        if i == len(found) or end <= found[i].start:
            yield Found("NUMBER", start, end, (match.lastgroup or "")[1:])


def explained(text: str, lang: str) -> frozenset[str]:
    """Return the numbers that a person may find in words which prove nothing."""
    found = _ASKED_PATTERNS[lang].finditer(fold(text))
    return frozenset((match.lastgroup or "")[1:] for match in found)
