"""Urdu times, dates and numbers."""

from exchange.recognise import common_rules
from exchange.recognise.common_rules import (
    CLOCK,
    DATE,
    DIGITS,
    NUMBER,
    PART_BEHIND,
    SIGN,
    ZONE_BEHIND,
    ZONE_OR_PART_BEFORE,
    zoned_time,
)
from exchange.recognise.rule import DOUBT, Rule, SpanKind
from exchange.recognise.text import ARABIC, DASHES, DIGIT, URDU, alternatives
from exchange.recognise.ur.words import (
    DAYS,
    HOURS,
    MINUTES,
    MONTHS,
    NUMBERS,
    SHIFTS,
    UNITS,
    WHOLE_TIMES,
)
from exchange.recognise.values.dates import DAY, DAY_WORD, YEAR
from exchange.recognise.values.times import DAY_PART, ZONE

_BEFORE, _AFTER = f"(?<!{URDU})", f"(?!{URDU})"

# Times of day.

_HOUR = rf"(?:{CLOCK}|{_BEFORE}(?:{alternatives(HOURS)}))"
_MINUTES = rf"(?:[0-5]?[0-9]|{alternatives(MINUTES)})"
_TIME_OPENS = (
    rf"[0-9][0-9.]* ?ب|{ZONE}|{DAY_PART}"
    f"|{alternatives([*HOURS, *SHIFTS, *WHOLE_TIMES])}"
)
HEADS = (
    *(
        *common_rules.HEADS,
        *HOURS,
        *SHIFTS,
        *WHOLE_TIMES,
        *DAYS,
        *MONTHS,
        *NUMBERS.words,
    ),
    *(*NUMBERS.scales, *NUMBERS.one, *NUMBERS.unsure, *NUMBERS.before, *NUMBERS.whole),
    *("منفی", "آدھ", "پون", "درجن"),
)
"""First words of matches."""
TIMES = (
    Rule(
        "minutes after the hour",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?(?:بج کر|بجکر) ?{_MINUTES} ?منٹ"
        rf"(?: {PART_BEHIND})?{ZONE_BEHIND}",
        "6 بج کر 20 منٹ → 06:20 | شام چھ بج کر بیس منٹ → 18:20 | no: 6 بج کر 70 منٹ",
        *zoned_time(ARABIC),
        opens=_TIME_OPENS,
    ),
    Rule(
        "minutes before the hour",
        rf"{ZONE_OR_PART_BEFORE}{_HOUR} ?بجنے میں ?{_MINUTES} ?منٹ{ZONE_BEHIND}",
        "6 بجنے میں 10 منٹ → 05:50 | no: 6 بجنے میں",
        *zoned_time(ARABIC),
        opens=_TIME_OPENS,
    ),
    Rule(
        "full, half and quarter hours",
        rf"{ZONE_OR_PART_BEFORE}"
        rf"(?:(?:{_BEFORE}(?:{alternatives(SHIFTS)}) )?{_HOUR}"
        rf"|{_BEFORE}(?:{alternatives(WHOLE_TIMES)})|{CLOCK}\.[0-5][0-9])"
        rf" ?بجے{_AFTER}(?: {PART_BEHIND})?{ZONE_BEHIND}",
        "6 بجے → 06:00 | شام ساڑھے چھ بجے → 18:30 | پونے 7 بجے → 06:45"
        " | ڈھائی بجے → 02:30 | سہ پہر تین بجے → 15:00 | no: 25 گاڑیاں | no: چھ بجیں",
        *zoned_time(ARABIC),
        opens=_TIME_OPENS,
    ),
)

# Dates.

_TO = "-|\u2013|تا|سے|اور"
_MONTH = f"(?:{alternatives(MONTHS)})"
_DAY = f"(?:{DAY}|{DAY_WORD})"
_DATE_OPENS = (
    rf"[0-9]{{1,2}} ?(?:{_TO}|{alternatives(MONTHS)})|(?:{alternatives(DAYS)})"
)
DATES = (
    Rule(
        "day or days, month, and perhaps a year",
        rf"(?<![0-9])(?:{_DAY} ?(?:{_TO}) ?)?(?:{DAY} ?|{DAY_WORD} ){_MONTH}{_AFTER}"
        rf"(?:،? ?(?:سنہ? )?{YEAR})?(?![0-9])",
        "۲۶ نومبر ۲۰۲۶ → 2026-11-26 | یکم مارچ → --03-01 | بارہ مئی → --05-12"
        " | 20 سے 22 مارچ 2024 → 2024-03-20/2024-03-22 | no: نومبر میں"
        " | no: 126 نومبر | no: مئی",
        DATE,
        f"{DIGIT}{ARABIC}",
        opens=_DATE_OPENS,
    ),
    Rule(
        "month and year",
        rf"{_BEFORE}{_MONTH} (?:{DAY}،? )?{YEAR}(?![0-9])",
        "نومبر 2026 → 2026-11 | نومبر 26، 2026 → 2026-11-26 | no: نومبر 26",
        DATE,
        ARABIC,
    ),
)

MONTH_RULES = (
    Rule(
        # In لانگ مارچ, and of persons, it is a march.
        "month alone",
        rf"(?<!لانگ )(?<!فلیگ ){_BEFORE}{_MONTH}{_AFTER}(?! ?(?:کر|کیا|پاسٹ))",
        "⟨اپریل⟩ میں → 04 | no: لانگ مارچ | no: مارچ کرتے ہوئے",
        SpanKind("MONTH", lambda name: f"{MONTHS[name]:02}"),
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
        "ساڑھے تین سو → 350 | ڈھائی لاکھ → 250000 | سوا سو → 125 | no: ساڑھے تین"
        " | no: شام کے ساڑھے تین سو",
        SpanKind("NUMBER", NUMBERS.value),
        ARABIC,
    ),
    Rule(
        "and a half, a quarter, of what is measured",
        rf"{_BEFORE}{_MINUS}{_HALF_OF}(?= (?:{'|'.join(UNITS)}){_AFTER})",
        "⟨ساڑھے تین⟩ کلومیٹر → 3.5 | ⟨ڈیڑھ⟩ گھنٹہ → 1.5 | no: ساڑھے تین افراد",
        SpanKind("NUMBER", NUMBERS.value),
        ARABIC,
    ),
    Rule(
        "number words, also behind digits",
        rf"{_BEFORE}{_MINUS}(?:{DIGITS}(?= ?(?:{_SCALE}){_AFTER})|(?:{_WORD}){_AFTER}"
        rf"|(?:{_ONE}|{_UNSURE})(?= (?:{_SCALE}|{_WORD}){_AFTER})"
        rf"|(?<=منفی )ایک{_AFTER}){_TAIL}",
        "بارہ → 12 | دو سو پچاس → 250 | 2 لاکھ 50 ہزار → 250000 | ایک ہزار → 1000"
        " | 3 ملین → 3000000 | 2.5 بلین → 2500000000"
        " | منفی پانچ → -5 | دو تین سو → ? | no: ایک گاڑی | no: اسی طرح"
        " | no: بہتر ہے",
        SpanKind("NUMBER", NUMBERS.value),
        f"{DIGIT}{ARABIC}-",
        opens=r"[^0-9]|[0-9][0-9.,]* ?[\u0600-\u06ff]",
    ),
    Rule(
        "and a half, a quarter, of what nothing tells",
        rf"{_BEFORE}(?<!کے )(?:{_HALVES}){_AFTER}"
        rf"(?: {DIGITS}(?![0-9:])|(?: (?:{_TOKEN}))){{0,6}}",
        "ساڑھے تین → ? | سوا چھ → ? | no: اس کے سوا | no: سوائے",
        DOUBT,
        ARABIC,
    ),
    Rule(
        "half an hour, a dozen, hundreds",
        rf"{_BEFORE}(?:(?:آدھ|پون)[اےی]? گھنٹ[ہےا]|ایک درجن|آدھا درجن|درجن بھر"
        # سو is "asleep", too
        rf"|سو(?! (?:رہ|گئ|گیا|جا|کر))|ہزار|لاکھ|کروڑ|ملین|بلین){_AFTER}",
        "آدھا گھنٹہ → ? | ایک درجن → ? | ہزار → ? | no: سو رہے | no: ہزاروں",
        DOUBT,
        ARABIC,
    ),
    common_rules.FOUR_DIGITS,
    Rule(
        "number in digits",
        common_rules.digits(MINUS),
        "۱۲ → 12 | -۵ → -5 | منفی 5 → -5 | no: بارہ",
        NUMBER,
        f"{DIGIT}م{DASHES}",
        within="م",
    ),
)
