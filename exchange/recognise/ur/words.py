"""Urdu words: numbers, months, times of day."""

from decimal import Decimal

from exchange.recognise.text import number_words
from exchange.recognise.values.numbers import NumberWords

_COUNTED = number_words(
    "دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس"
    " بیس اکیس بائیس تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس بتیس تینتیس"
    " چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس چالیس اکتالیس بیالیس تینتالیس چوالیس"
    " پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس اکاون باون ترپن چون پچپن چھپن ستاون"
    " اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ تریسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر ستر"
    " اکہتر بہتر تہتر چوہتر پچھتر چھہتر ستتر اٹھتر اناسی اسی اکیاسی بیاسی تراسی چوراسی"
    " پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے اکانوے بانوے ترانوے چورانوے پچانوے چھیانوے"
    " ستانوے اٹھانوے ننانوے",
    2,
)
# 80 is "this very" far more often, 72 "better", 89 "granddaughter".
_UNSURE = ("اسی", "بہتر", "نواسی")
_HALF = ("ساڑھے", "ساڑہے", "ساڑے")
_ONE_AND_A_HALF = ("ڈیڑھ", "ڈیڑہ")
_TWO_AND_A_HALF = ("ڈھائی", "ڈہائی", "اڑھائی")
NUMBERS = NumberWords(
    words={word: n for word, n in _COUNTED.items() if word not in _UNSURE}
    | {"چھے": 6, "ترسٹھ": 63, "اناسٹھ": 59},
    scales={
        "سو": 100,
        "ہزار": 1_000,
        "لاکھ": 10**5,
        "ملین": 10**6,
        "کروڑ": 10**7,
        "ارب": 10**9,
        "بلین": 10**9,
        "کھرب": 10**11,
        "ٹریلین": 10**12,
    },
    one=("ایک",),
    before={
        **dict.fromkeys(_HALF, Decimal("0.5")),
        "سوا": Decimal("0.25"),
        "پونے": Decimal("-0.25"),
    },
    whole={
        **dict.fromkeys(_ONE_AND_A_HALF, Decimal("1.5")),
        **dict.fromkeys(_TWO_AND_A_HALF, Decimal("2.5")),
    },
    unsure=_UNSURE,
)
MONTHS = number_words(
    "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر"
)
DAYS = {"یکم": 1} | {w: n for w, n in NUMBERS.words.items() if n <= 31}  # noqa: PLR2004  # days
"""Days of a month in words; Urdu has a special word for the first."""
ZONES = {
    "Z": ("یو ٹی سی", "جی ایم ٹی", "عالمی وقت"),
    "+05:00": ("پاکستانی وقت", "پاکستان وقت"),
    "+08:00": ("بیجنگ وقت",),
}
DAY_PARTS = {
    "morning": ("صبح", "علی الصبح", "صبح سویرے"),
    "noon": ("دوپہر",),
    "afternoon": ("سہ پہر", "بعد دوپہر", "بعد از دوپہر"),
    "evening": ("شام",),
    "night": ("رات", "رات گئے", "شب"),
    "day": ("دن کے",),
}
HOURS = {"ایک": 1} | {w: n for w, n in NUMBERS.words.items() if n <= 12}  # noqa: PLR2004  # of a clock
MINUTES = {w: n for w, n in NUMBERS.words.items() if n < 60}  # noqa: PLR2004  # minutes
SHIFTS = {**dict.fromkeys(_HALF, 30), "سوا": 15, "پونے": -15}
"""Minutes after the following hour, negative before it."""
WHOLE_TIMES = {
    **dict.fromkeys(_ONE_AND_A_HALF, (1, 30)),
    **dict.fromkeys(_TWO_AND_A_HALF, (2, 30)),
}
UNITS = (
    *("کلومیٹر", "کلو", "کلوگرام", "گرام", "میٹر", "سینٹی", "انچ", "فٹ", "گز", "میل"),
    *("لیٹر", "ٹن", "من", "گھنٹے", "گھنٹہ", "گھنٹوں", "منٹ", "سیکنڈ", "دن", "ہفتے"),
    *("ہفتہ", "ماہ", "مہینے", "مہینہ", "سال", "فیصد", "ایکڑ", "مربع", "گنا", "روپے"),
    *("ڈالر", "یوآن", "ڈگری", "درجے", "میگاواٹ"),
)
"""Units of measure: with one, a word for one and a half is a complete number."""
