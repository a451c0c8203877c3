"""Urdu words that change a number, or only sometimes denote one.

`BEFORE` and `BEHIND` as in `en.ambiguity`.
"""

from exchange.recognise.common_rules import ONE, ZERO
from exchange.recognise.rule import Rule, SpanKind
from exchange.recognise.text import URDU, alternatives, urdu_word
from exchange.recognise.ur.words import NUMBERS

_HALVES = alternatives([*NUMBERS.before, *NUMBERS.whole, "پون", "پونا", "آدھ", "آدھا"])
BEFORE = (
    Rule(
        "a half, a quarter", rf"(?<!{URDU})(?:{_HALVES}) ?\Z", "آدھا ⟨6⟩ | no: وہ ⟨6⟩"
    ),
    Rule(
        "below zero",
        rf"(?<!{URDU})(?:صفر سے|انجماد سے) ?\Z",
        "صفر سے ⟨5⟩ ڈگری | no: داسو سے ⟨5⟩ کلومیٹر",
    ),
)
BEHIND = (
    Rule(
        "dozens, parts, o'clock",
        rf" ?(?:درجن|چوتھائی|تہائی|آدھا|آدھے|سے نیچے|سوا|ساڑھے|پونے|بجے?)(?!{URDU})",
        "⟨5⟩ درجن | ⟨3⟩ چوتھائی | no: ⟨5⟩ درجنوں",
    ),
    Rule(
        "degrees below zero",
        " (?:ڈگری|درجے)(?: سینٹی گریڈ| سیلسیس)? (?:صفر سے|نقط|نیچے)",
        "⟨5⟩ ڈگری صفر سے نیچے | no: ⟨5⟩ ڈگری سے",
    ),
)
_OTHER = "|".join(f"(?<={word} )" for word in ("ہر", "کسی", "کوئی", "کئی"))
MAY_SAY = (
    Rule(
        "one, where it counts",
        urdu_word(
            f"(?!{_OTHER})ایک(?! (?:دوسر|جیس|(?:ساتھ|طرف|طرح|ہی|اور|دم|بار پھر)"
            f"(?!{URDU})))"
        ),
        "⟨ایک⟩ گاڑی → 1 | no: ایک دوسرے | no: ہر ایک | no: ایک اور گاڑی | no: ایک ہی",
        ONE,
    ),
    Rule("zero", urdu_word("صفر(?! سے)"), "⟨صفر⟩ ہلاکتیں → 0 | no: صفر سے نیچے", ZERO),
)
_STEMS = (
    *(("پہل", "ا ی"), ("دوسر", "ا ی ے"), ("تیسر", "ا ی ے"), ("چوتھ", "ا ی ے")),
    *(("پانچو", "اں یں"), ("چھٹ", "ا ی ے"), ("ساتو", "اں یں"), ("آٹھو", "اں یں")),
    *(("نو", "اں یں"), ("دسو", "اں یں")),
)
_ORDINALS = {
    stem + ending: str(n)
    for n, (stem, endings) in enumerate(_STEMS, 1)
    for ending in endings.split()
}
_UNSURE = {"اسی": "80", "بہتر": "72", "نواسی": "89"}
EXPLAINS = (
    Rule(
        "which one it is",
        urdu_word("|".join(_ORDINALS)),
        "⟨دوسری⟩ گاڑی → 2 | no: دوسروں",
        SpanKind("NUMBER", _ORDINALS.get),
    ),
    Rule(
        "number that is another word as often",
        urdu_word("|".join(_UNSURE)),
        "⟨اسی⟩ جوان → 80 | no: اسیر",
        SpanKind("NUMBER", _UNSURE.get),
    ),
)
