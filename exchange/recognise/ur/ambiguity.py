"""What makes a number another one in Urdu, and words that may say a number.

As in `en.ambiguity`: `BEFORE` and `BEHIND` stand beside a number that has no value.
"""

from exchange.recognise.rule import Rule
from exchange.recognise.text import URDU, alternatives, urdu_word
from exchange.recognise.ur.words import NUMBERS

_HALVES = alternatives([*NUMBERS.before, *NUMBERS.whole, "پون", "پونا", "آدھ", "آدھا"])
BEFORE = (
    Rule(
        "a half, a quarter",
        rf"(?<!{URDU})(?:{_HALVES}) ?\Z",
        matches=("آدھا ⟨6⟩",),
        rejects=("وہ ⟨6⟩",),
    ),
    Rule(
        "below zero",
        rf"(?<!{URDU})(?:صفر سے|انجماد سے) ?\Z",
        matches=("صفر سے ⟨5⟩ ڈگری",),
        rejects=("داسو سے ⟨5⟩ کلومیٹر",),
    ),
)
BEHIND = (
    Rule(
        "dozens, parts, o'clock",
        rf" ?(?:درجن|چوتھائی|تہائی|آدھا|آدھے|سے نیچے|سوا|ساڑھے|پونے|بجے?)(?!{URDU})",
        matches=("⟨5⟩ درجن", "⟨3⟩ چوتھائی"),
        rejects=("⟨5⟩ درجنوں",),
    ),
    Rule(
        "degrees below zero",
        " (?:ڈگری|درجے)(?: سینٹی گریڈ| سیلسیس)? (?:صفر سے|نقط|نیچے)",
        matches=("⟨5⟩ ڈگری صفر سے نیچے",),
        rejects=("⟨5⟩ ڈگری سے",),
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
        "NUMBER",
        lambda _: "1",
        matches=("⟨ایک⟩ گاڑی → 1",),
        rejects=("ایک دوسرے", "ہر ایک", "ایک اور گاڑی", "ایک ہی"),
    ),
    Rule(
        "zero",
        urdu_word("صفر(?! سے)"),
        "NUMBER",
        lambda _: "0",
        matches=("⟨صفر⟩ ہلاکتیں → 0",),
        rejects=("صفر سے نیچے",),
    ),
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
        "NUMBER",
        _ORDINALS.get,
        matches=("⟨دوسری⟩ گاڑی → 2",),
        rejects=("دوسروں",),
    ),
    Rule(
        "number that is another word as often",
        urdu_word("|".join(_UNSURE)),
        "NUMBER",
        _UNSURE.get,
        matches=("⟨اسی⟩ جوان → 80",),
        rejects=("اسیر",),
    ),
)
