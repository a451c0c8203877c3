"""Times, dates and numbers as Urdu writes them."""

from exchange.recognise import common
from exchange.recognise.common import (
    CLOCK,
    DIGITS,
    PART_BEHIND,
    SIGN,
    ZONE_BEHIND,
    ZONE_OR_PART_BEFORE,
)
from exchange.recognise.rule import Rule
from exchange.recognise.text import URDU, alternatives
from exchange.recognise.ur.words import (
    HOURS,
    MINUTES,
    MONTHS,
    NUMBERS,
    SHIFTS,
    UNITS,
    WHOLE_TIMES,
)
from exchange.recognise.values.dates import DAY, DAY_WORD, YEAR, date_value
from exchange.recognise.values.numbers import decimal
from exchange.recognise.values.times import time_value

_BEFORE, _AFTER = f"(?<!{URDU})", f"(?!{URDU})"

# Times of day.

_HOUR = rf"(?:{CLOCK}|{_BEFORE}(?:{alternatives(HOURS)}))"
_MINUTES = rf"(?:[0-5]?[0-9]|{alternatives(MINUTES)})"
TIMES = (
    Rule(
        "minutes after the hour",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?(?:بج کر|بجکر) ?{_MINUTES} ?منٹ"
        rf"(?: {PART_BEHIND})?{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=("6 بج کر 20 منٹ → 06:20", "شام چھ بج کر بیس منٹ → 18:20"),
        rejects=("6 بج کر 70 منٹ",),
    ),
    Rule(
        "minutes before the hour",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?بجنے میں ?{_MINUTES} ?منٹ{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=("6 بجنے میں 10 منٹ → 05:50",),
        rejects=("6 بجنے میں",),
    ),
    Rule(
        "full, half and quarter hours",
        rf"{ZONE_OR_PART_BEFORE}"
        rf"(?:(?:{_BEFORE}(?:{alternatives(SHIFTS)}) )?{_HOUR}"
        rf"|{_BEFORE}(?:{alternatives(WHOLE_TIMES)})|{CLOCK}\.[0-5][0-9])"
        rf" ?بجے{_AFTER}(?: {PART_BEHIND})?{ZONE_BEHIND}",
        "TIME",
        time_value,
        matches=(
            "6 بجے → 06:00",
            "شام ساڑھے چھ بجے → 18:30",
            "پونے 7 بجے → 06:45",
            "ڈھائی بجے → 02:30",
            "سہ پہر تین بجے → 15:00",
        ),
        rejects=("25 گاڑیاں", "چھ بجیں"),
    ),
)

# Dates.

_TO = "-|\u2013|تا|سے|اور"
_MONTH = f"(?:{alternatives(MONTHS)})"
_DAY = f"(?:{DAY}|{DAY_WORD})"
DATES = (
    Rule(
        "day or days, month, and perhaps a year",
        rf"(?<![0-9])(?:{_DAY} ?(?:{_TO}) ?)?(?:{DAY} ?|{DAY_WORD} ){_MONTH}{_AFTER}"
        rf"(?:،? ?(?:سنہ? )?{YEAR})?(?![0-9])",
        "DATE",
        date_value,
        matches=(
            "۲۶ نومبر ۲۰۲۶ → 2026-11-26",
            "یکم مارچ → --03-01",
            "بارہ مئی → --05-12",
            "20 سے 22 مارچ 2024 → 2024-03-20/2024-03-22",
        ),
        rejects=("نومبر میں", "126 نومبر", "مئی"),
    ),
    Rule(
        "month and year",
        rf"{_BEFORE}{_MONTH} (?:{DAY}،? )?{YEAR}(?![0-9])",
        "DATE",
        date_value,
        matches=("نومبر 2026 → 2026-11", "نومبر 26، 2026 → 2026-11-26"),
        rejects=("نومبر 26",),
    ),
)

# Numbers.

MINUS = "منفی "
_MINUS = f"(?:{SIGN}(?=[0-9])|{MINUS})?"
_WORD, _SCALE = alternatives(NUMBERS.words), alternatives(NUMBERS.scales)
_ONE, _UNSURE = alternatives(NUMBERS.one), alternatives(NUMBERS.unsure)
_HALVES = alternatives([*NUMBERS.before, *NUMBERS.whole])
_TOKEN = rf"(?:{_WORD}|{_ONE}|{_UNSURE}){_AFTER}|(?:{_SCALE}){_AFTER}"
_TAIL = rf"(?: ?(?:{_SCALE}){_AFTER}(?: {DIGITS}(?![0-9]))?| (?:{_TOKEN})){{0,10}}"
_HALF_OF = rf"(?<!کے )(?:{_HALVES}){_AFTER}(?: {DIGITS}| (?:{_WORD}){_AFTER})?"
NUMBER_RULES = (
    Rule(
        "and a half, a quarter, of hundreds and more",
        rf"{_BEFORE}{_MINUS}{_HALF_OF} ?(?:{_SCALE}){_AFTER}(?! (?:{_TOKEN}))",
        "NUMBER",
        NUMBERS.value,
        matches=("ساڑھے تین سو → 350", "ڈھائی لاکھ → 250000", "سوا سو → 125"),
        rejects=("ساڑھے تین", "شام کے ساڑھے تین سو"),
    ),
    Rule(
        "and a half, a quarter, of what is measured",
        rf"{_BEFORE}{_MINUS}{_HALF_OF}(?= (?:{'|'.join(UNITS)}){_AFTER})",
        "NUMBER",
        NUMBERS.value,
        matches=("⟨ساڑھے تین⟩ کلومیٹر → 3.5", "⟨ڈیڑھ⟩ گھنٹہ → 1.5"),
        rejects=("ساڑھے تین افراد",),
    ),
    Rule(
        "number words, also behind digits",
        rf"{_BEFORE}{_MINUS}(?:{DIGITS}(?= ?(?:{_SCALE}){_AFTER})|(?:{_WORD}){_AFTER}"
        rf"|(?:{_ONE}|{_UNSURE})(?= (?:{_SCALE}|{_WORD}){_AFTER})"
        rf"|(?<=منفی )ایک{_AFTER}){_TAIL}",
        "NUMBER",
        NUMBERS.value,
        matches=(
            "بارہ → 12",
            "دو سو پچاس → 250",
            "2 لاکھ 50 ہزار → 250000",
            "ایک ہزار → 1000",
            "منفی پانچ → -5",
            "دو تین سو → ?",
        ),
        rejects=("ایک گاڑی", "اسی طرح", "بہتر ہے"),
    ),
    Rule(
        "and a half, a quarter, of what nothing tells",
        rf"{_BEFORE}(?<!کے )(?:{_HALVES}){_AFTER}"
        rf"(?: {DIGITS}(?![0-9:])|(?: (?:{_TOKEN}))){{0,6}}",
        "NUMBER",
        matches=("ساڑھے تین → ?", "سوا چھ → ?"),
        rejects=("اس کے سوا", "سوائے"),
    ),
    Rule(
        "half an hour, a dozen, hundreds",
        rf"{_BEFORE}(?:(?:آدھ|پون)[اےی]? گھنٹ[ہےا]|ایک درجن|آدھا درجن|درجن بھر"
        # سو is "asleep", too
        rf"|سو(?! (?:رہ|گئ|گیا|جا|کر))|ہزار|لاکھ|کروڑ){_AFTER}",
        "NUMBER",
        matches=("آدھا گھنٹہ → ?", "ایک درجن → ?", "ہزار → ?"),
        rejects=("سو رہے", "ہزاروں"),
    ),
    common.FOUR_DIGITS,
    Rule(
        "number in digits",
        common.digits(MINUS),
        "NUMBER",
        decimal,
        matches=("۱۲ → 12", "-۵ → -5", "منفی 5 → -5"),
        rejects=("بارہ",),
    ),
)
