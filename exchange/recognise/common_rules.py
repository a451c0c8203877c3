"""Rules shared by all three languages."""

from exchange.recognise.en import words as en
from exchange.recognise.rule import DOUBT, Rule, SpanKind
from exchange.recognise.text import DIGIT, URDU, alternatives, first_letters
from exchange.recognise.ur import words as ur
from exchange.recognise.values.dates import DAY, YEAR, date_value, short_date_value
from exchange.recognise.values.numbers import HAN, decimal
from exchange.recognise.values.places import degrees
from exchange.recognise.values.times import (
    DAY_PART,
    TIME_WORDS,
    ZONE,
    ZONE_LETTERS,
    ZONE_OR_PART_LETTERS,
    time_value,
)
from exchange.recognise.zh.words import MEASURES

TIME = SpanKind("TIME", time_value)
DATE = SpanKind("DATE", date_value)
NUMBER = SpanKind("NUMBER", decimal)
CODE = SpanKind("CODE", str)
_GRID = SpanKind("GRID", lambda piece: piece.replace(" ", ""))
_COORD = SpanKind("COORD", degrees)
ONE, ZERO = SpanKind("NUMBER", lambda _: "1"), SpanKind("NUMBER", lambda _: "0")

# Times of day.

CLOCK = "(?:[01]?[0-9]|2[0-3])"
"""The hour of a clock, in digits."""
_MONTH_CAPS = f"(?:{alternatives(name.upper() for name in en.SHORT_MONTHS)})"
_BETWEEN = "(?:(?:کے|کو|تقریباً|تقریبا|قریباً|ٹھیک|约|大约) ?){0,2}"
ZONE_OR_PART_BEFORE = (
    rf"(?:(?<!{URDU}){ZONE} ?)?(?:{DAY_PART} ?{_BETWEEN})?"
    r"(?<![0-9])(?<![0-9]:)(?<![0-9]\.)"
)
# In unpunctuated "6 in the morning, 8 at night" a part belongs to the next time.
PART_BEHIND = f"{DAY_PART}(?! ?(?:کے )?(?:[0-9]|ساڑھے|سوا |پونے |ڈیڑھ|ڈھائی))"
ZONE_BEHIND = rf"(?: ?{ZONE}(?![A-Za-z])| ?[(（]{ZONE}[)）])?"


def zoned_time(letters: str = "") -> tuple[SpanKind, str, str]:
    """Return the kind and first letters of a time after a zone or part of the day.

    It begins with one of them, a digit, or one of `letters`.
    """
    return TIME, f"{DIGIT}{letters}{ZONE_OR_PART_LETTERS}", ZONE_LETTERS


FOUR_OPEN = "[0-9]{4}"
HEADS = (*TIME_WORDS, *en.MONTHS, "deg", "c", "f", "ڈگری", *"北南东西")
"""First words of matches in texts of any language."""
TIMES = (
    Rule(
        "date-time group; the day alone may stand for it",
        r"(?<![A-Z0-9])[0-3][0-9][0-2][0-9][0-5][0-9]Z"
        rf"(?: ?{_MONTH_CAPS}(?: ?[0-9]{{2}})?)?(?![A-Za-z0-9])",
        "260600ZNOV26 → 2026-11-26T06:00Z | 260600Z → ---26T06:00Z | no: A260600Z"
        " | no: 260600ZX | no: 260660Z",
        TIME,
        begins="0-9",
        opens=FOUR_OPEN,
    ),
    Rule(
        "day and time as computers write them",
        rf"(?<![0-9/-]){YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-2][0-9]:[0-5][0-9]"
        r"(?::[0-5][0-9])?Z(?![A-Za-z0-9])",
        "2026-11-25T06:00Z → 2026-11-25T06:00Z | no: 2026-11-25T06:00"
        " | no: 2026-11-25 06:00Z",
        TIME,
        begins="0-9",
        opens=FOUR_OPEN,
    ),
    Rule(
        "four digits with what says that they are a time",
        r"(?<![A-Za-z0-9])[0-2][0-9][0-5][0-9] ?(?:Z|UTC|GMT|(?i:hrs|hours))"
        r"(?![A-Za-z0-9])",
        "0600Z → 06:00Z | 1545 hrs → 15:45 | 1545 HOURS → 15:45 | no: 2600"
        " | no: 1545 hrsx | no: 1565Z",
        TIME,
        begins="0-9",
        opens=FOUR_OPEN,
    ),
    Rule(
        "hour and minutes with a colon",
        rf"{ZONE_OR_PART_BEFORE}{CLOCK}:[0-5][0-9](?::[0-5][0-9])?(?![0-9]|:[0-9])"
        rf"(?: ?بجے(?!{URDU}))?(?: ?{PART_BEHIND})?{ZONE_BEHIND}",
        "14:30 → 14:30 | 06:00Z → 06:00Z | 14:30 PKT → 14:30+05:00"
        " | 14:30 (UTC) → 14:30Z | 北京时间14:30 → 14:30+08:00 | شام 6:30 → 18:30"
        " | 6:30 pm → 18:30 | 6:30 at night → ? | no: 24:00 | no: 6:60 | no: 1:2:3"
        " | no: 12:345",
        *zoned_time(),
        opens="[0-9]{1,2}:|[^0-9]",
    ),
)

# Dates.

_N, _NN = "[0-9]{1,2}", "[0-9]{2}"
_SIGNS = (("-", _NN), ("/", _N), (r"\.", _NN), ("۔", _NN))
_END = r"(?![0-9/-]|[.۔][0-9])"
DAY_MONTH = rf"(?<![0-9.,/-]){DAY}\.{_N}\."
"""Day and month, each followed by a point."""
_TO = "-|\u2013|to|and"
_MONTH_LETTERS = first_letters(en.MONTHS)
_VERBS = ["march", "may", "mar"]
_SURE = {*en.MONTHS, *en.SHORT_MONTHS, "sept"} - {*_VERBS}
_CASES = "|".join(case(word) for word in _VERBS for case in (str.title, str.upper))
_MONTH = (
    rf"(?:(?:{alternatives(_SURE)})(?![a-z])"
    # "Camera 5 may be down": a verb, unless capitalised or followed by a year.
    rf"|(?-i:{_CASES})(?![a-z]| (?:be|have|not|also)(?![a-z]))"
    rf"|(?:{'|'.join(_VERBS)})(?=[-/., ]{{1,2}}{YEAR}))"
)
_DAY = f"{DAY}(?:st|nd|rd|th)?"
_YY = r"[0-9]{2}(?![0-9A-Za-z%]|[.,:][0-9])"
# Text after "26 NOV 26" that shows 26 is not a count.
_AND_SO_ON = (
    r"(?=$|[\n.,;:!?)\]。，；：！？）、۔،؛؟]"
    r"| (?:at|by|from|in|near|on|the|till|until|via)(?![a-z])"
    r"| [0-2][0-9][0-5][0-9](?: ?(?:Z|hrs|hours|UTC|GMT|PKT))?(?![0-9a-z])"
    rf"| [0-2]?[0-9]:[0-5][0-9]| (?:کو|تک|سے|کے|کی|میں|پر)(?!{URDU})"
    rf"| ?(?![{MEASURES}{HAN}])[\u4e00-\u9fff])"
)
# Text after a number that shows it is not a day of a month.
_MEASURED = (
    "(?:(?:kms?|kilomet(?:re|er)s?|met(?:re|er)s?|miles?|yards?|min(?:ute)?s?|hours?"
    "|hrs?|days|weeks|months|years|times|per ?cent)(?![a-z])|%)"
)
FIGURES_OPEN = r"[0-9]{1,4}\.? ?[-\u2013/.۔]"
# A number, then perhaps a month or another day.
_DATE_OPENS = (
    rf"[0-9]{{1,4}}(?:[A-Za-z]{{2}})?[-\u2013/. ]{{0,3}}[0-9AaOoTt{_MONTH_LETTERS}]"
)

SHORT_DATES = (
    Rule(
        "day, month, and two digits which may be the year or count what follows",
        r"(?i:(?<![a-z0-9])(?<![0-9][-\u2013])"
        rf"{_DAY} {_MONTH}\.? {_YY}(?!{_AND_SO_ON}))",
        "⟨26 NOV 26⟩ vehicles → --11-26|2026-11-26 | no: 26 NOV 26."
        " | no: 26 NOV 26 at noon | no: 26 NOV 2026",
        SpanKind("DATE", short_date_value),
        begins="0-9",
        opens=_DATE_OPENS,
    ),
)
FIGURES = (
    Rule(
        "two days of a month in figures",
        rf"(?<![0-9./-]){DAY}\.? ?[-\u2013] ?{DAY}(?:\.{_N}\.|/{_N}/){YEAR}{_END}",
        "20.-22.3.2024 → 2024-03-20/2024-03-22 | no: 20-22.3. | no: 20-22/3/24",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
    Rule(
        "year, month, day",
        "|".join(
            rf"(?<![0-9.]){YEAR}{sign}{_N}{sign}{_N}(?![0-9]|[.۔][0-9])"
            for sign, _ in _SIGNS
        ),
        "2026-11-26 → 2026-11-26 | 2026/3/5 → 2026-03-05 | no: 1826-11-26"
        " | no: 2026-11/26",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
    Rule(
        "day, month, year; in figures the month may come first",
        "|".join(
            rf"(?<![0-9./۔-]){_N}{sign}{_N}{sign}{YEAR}{_END}" for sign, _ in _SIGNS
        ),
        "26.11.2026 → 2026-11-26 | 11/12/2026 → 2026-11-12|2026-12-11"
        " | ۲۶۔۱۱۔۲۰۲۶ → 2026-11-26 | no: 26.11.2026.5 | no: 12/11-42",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
    Rule(
        # A version or a paragraph has as many points as a date: 1.2.26.
        "day, month and two digits of the year, or the other way round",
        "|".join(
            rf"(?<![0-9./۔-]){short}{sign}{short}{sign}[0-9]{{2}}{_END}"
            for sign, short in _SIGNS
        ),
        "26.11.26 → 2026-11-26 | 3/4/26 → 2003-04-26|2026-03-04|2026-04-03"
        " | no: 1.2.26 | no: 1.26",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
)
DOTTED_DAYS = (
    Rule(
        "day and month with points",
        rf"{DAY_MONTH}(?= ?[^\s0-9A-Za-z.])",
        "⟨26.11.⟩抵达 → --11-26 | no: 26.11. | no: 26.11.5",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
)
LATIN_DATES = (
    Rule(
        "day or days, month in English, and mostly a year",
        rf"(?i:(?<![a-z0-9])(?:{_DAY} ?(?:{_TO}) ?)?{_DAY}(?: ?(?:of )?|[-/.])"
        rf"{_MONTH}(?:\.?,? ?{YEAR}|[-/.](?:{YEAR}|{_YY})|\.? ?['’]{_YY}"
        rf"|(?<=[a-z]){_YY}|\.? {_YY}{_AND_SO_ON})?(?![0-9]))",
        "26 November 2026 → 2026-11-26 | 26-NOV-26 → 2026-11-26"
        " | 26NOV26 → 2026-11-26 | 26th of November → --11-26"
        " | 20 to 22 March 2024 → 2024-03-20/2024-03-22 | 5 May 2026 → 2026-05-05"
        " | ⟨26 NOV 26⟩, all of it → 2026-11-26 | no: Camera 5 may be down"
        " | no: 5 march past | no: 26 NOVA",
        DATE,
        begins="0-9",
        opens=_DATE_OPENS,
    ),
    Rule(
        "day with a point, month in English, year",
        rf"(?i:(?<![a-z0-9]){DAY}\. {_MONTH}\.? {YEAR}(?![0-9]))",
        "26. November 2026 → 2026-11-26 | no: 26. November",
        DATE,
        begins="0-9",
        opens=_DATE_OPENS,
    ),
    Rule(
        "year, month in English, day",
        rf"(?i:(?<![0-9.,]){YEAR}[-/. ]{_MONTH}(?:\. |[-/. ]){_DAY}(?![a-z0-9]))",
        "2026 November 26 → 2026-11-26 | 2026-Nov-26 → 2026-11-26"
        " | no: 1,2026 November 26",
        DATE,
        begins="0-9",
        opens=_DATE_OPENS,
    ),
    Rule(
        # Troops march 5 km, and may 10 days later.
        "month in English, day, and perhaps a year",
        rf"(?i:(?<![a-z]){_MONTH}\.? {_DAY}(?:,? {YEAR})?(?![a-z0-9]| ?{_MEASURED}))",
        "Nov 26, 2026 → 2026-11-26 | November 26 → --11-26"
        " | no: TROOPS MARCH 5 KM NORTH | no: They may 5",
        DATE,
        _MONTH_LETTERS,
    ),
    Rule(
        "month in English and year",
        rf"(?i:(?<![a-z]){_MONTH}\.?,? {YEAR}(?![a-z0-9]))",
        "July 2021 → 2021-07 | no: July 1821",
        DATE,
        _MONTH_LETTERS,
    ),
)

# Places by grid and degrees; code words.

_HALVES = "|".join(f"[0-9]{{{n}}} ?[0-9]{{{n}}}" for n in (5, 4, 3, 2, 1))
HEAT = (
    r"(?: ?(?:[°º] ?[CF](?![A-Za-z])|℃|℉|摄氏度|华氏度|(?i:deg(?:rees?)?\.? ?[cf])"
    "|(?:° ?|ڈگری )?(?:سینٹی|سیلسیس|فارن)))"
)
"""A unit of temperature after the number."""
_OF_EN = alternatives(
    (
        *en.NUMBERS.scales,
        *("bn", "mn", "km", "kms", "m", "cm", "mm", "kg", "g", "mg", "t", "l", "ml"),
        *("kilometre", "kilometer", "metre", "meter", "mile", "foot", "feet", "inch"),
        *("ton", "tonne", "gram", "kilogram", "litre", "liter", "acre", "hectare"),
        *("hour", "minute", "second", "day", "week", "month", "year", "percent"),
        *("per cent", "times", "bar", "kV", "MW", "kW", "Hz", "kHz", "MHz", "GHz"),
        *("dollar", "rupee", "yuan", "USD", "PKR", "RMB", "CNY"),
    )
)
_OF_UR = alternatives(
    [unit for unit in ur.UNITS if unit not in ("ڈگری", "درجے")]
    + [*ur.NUMBERS.scales, "کلومیٹرز", "میٹرز"]
)
_OF_ZH = "百分|公里|千米|公斤|千克|毫米|厘米|小时|分钟|[千百万亿米克吨升元秒倍年天]"
_COUNTS = (
    r"(?: ?(?:-|\u2013|~|to|and|or|تا|سے|至|到) ?[0-9]{1,3}\.[0-9]{1,7})?"
    rf" ?(?:%|‰|٪|(?:{_OF_EN})s?(?![A-Za-z])|(?:{_OF_UR})(?!{URDU})|{_OF_ZH})"
)
"""Pattern after a decimal that shows a count or measure, also at a range's end."""
_DEGREES = (
    r"(?<!\$)(?<!€)(?<!¥)(?<!£)(?<!(?i:minus) )(?<!منفی )(?<!负)(?<!零下)"
    rf"(?<!Rs )(?<!Rs\.)[0-9]{{1,3}}\.[0-9]{{3,7}}(?![0-9]|\.[0-9]|{HEAT}|{_COUNTS})"
)
UNIT = (
    "(?:"
    r"(?:[°º] ?|(?i:(?<![A-Za-z])deg(?:rees?)?\.? ?)|ڈگری ?)[CF](?![A-Za-z0-9])"
    # "-5 C", but not the route C of "No 5 C".
    + "".join(
        rf"|(?<=(?<![A-Za-z0-9])-{digits} )[CF](?![A-Za-z0-9-])"
        for digits in ("[0-9]", "[0-9]{2}", r"[0-9]\.[0-9]", r"[0-9]{2}\.[0-9]")
    )
    + ")"
)
"""A unit of the number before it: the C of 5°C names no route."""
GRIDS = (
    Rule(
        "grid reference (MGRS)",
        r"(?<![A-Za-z0-9])(?:[1-5]?[0-9]|60) ?[C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V]"
        rf" ?(?:{_HALVES})(?![0-9])",
        "43SDU1234056780 → 43SDU1234056780 | 43S DU 12340 56780 → 43SDU1234056780"
        " | no: 43SDU123 | no: 61SDU1256 | no: 43sdu1256 | no: 43IDU1256",
        _GRID,
        begins="0-9",
        opens="[0-9]{1,2} ?[C-X]",
    ),
    Rule(
        "unit of degrees, which is no span",
        UNIT,
        "-5⟨°C⟩ | -5 ⟨C⟩ | 5 ⟨deg. F⟩ | no: No 5 C | no: -5 Cars",
        begins="CF°ºDdڈ",
        within="ڈ",
    ),
    Rule(
        "degrees behind the hemisphere, in Chinese",
        rf"(?:北纬|南纬|东经|西经) ?{_DEGREES}(?: ?[°度])?",
        "北纬35.317度 → 35.317 | 西经73.193 → -73.193 | no: 北纬35.3",
        _COORD,
        begins="北南东西",
    ),
    Rule(
        "degrees with decimals",
        rf"(?<![0-9.])-?{_DEGREES}(?: ?° ?(?:[NSEW](?![A-Za-z])|شمال|جنوب|مشرق|مغرب)?"
        r"| ?[NSEW](?![A-Za-z]))?",
        "35.317 → 35.317 | 35.317°S → -35.317 | 180.000 → 180.000 | -35.317 → -35.317"
        " | no: 12.345 km | no: 2.125 to 3.500 million | no: 0.500 فیصد | no: 1.250万"
        " | no: minus 0.125 | no: $1.250 | no: 35.31 | no: 35.317°C | no: 1.35.317"
        " | no: 180.001",
        _COORD,
        begins="0-9-",
        opens=r"-?[0-9]{1,3}\.",
    ),
    Rule(
        "degrees, minutes, seconds",
        r"(?<![0-9.])[0-9]{1,3} ?° ?[0-5]?[0-9] ?['′](?: ?[0-5]?[0-9](?:\.[0-9]{1,3})?"
        r" ?[\"″])? ?[NSEW](?![A-Za-z])",
        "35°19'01\"N → 35°19′01″N | 35° 19′ N → 35°19′N | no: 35°19' | no: 35°79'N",
        _COORD,
        begins="0-9",
        opens="[0-9]{1,3} ?°",
    ),
    Rule(
        "code word with a number",
        r"(?<![A-Za-z0-9-])[A-Z]{1,12}-?[0-9]{1,4}(?![A-Za-z0-9]|-[A-Za-z0-9])",
        "ROUND-4 → ROUND-4 | KM123 → KM123 | no: round-4 | no: ROUND-12345 | no: A-1-B",
        CODE,
        begins="A-Z",
    ),
)
LETTER_BEFORE = r"(?<![A-Za-z0-9.'’-])"
LETTER_AFTER = r"(?![A-Za-z0-9'’-]|\.[A-Za-z])"
LETTERS = (
    Rule(
        "capital letter that names a route",
        rf"{LETTER_BEFORE}[A-Z]{LETTER_AFTER}",
        "⟨A⟩路线 → A | no: AB路线 | no: b路线 | no: A-甲",
        CODE,
        begins="A-Z",
    ),
)

# Numbers.

DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{2,3}){0,8},[0-9]{3}(?![0-9])|[0-9]+(?:\.[0-9]+)?)"
SIGN = r"(?:(?<![^\s(（：:，,;，、；،؛])|(?<=温)|(?<=温度)|(?<=为))-"
"""A dash as a minus."""
FOUR_DIGITS = Rule(
    "four digits that begin with a zero: a time as often as a number",
    r"(?<![0-9A-Za-z.,-])0[0-9][0-5][0-9](?![0-9A-Za-z-]|[.,][0-9]| ?[0-9])",
    "0630 → ? | no: 0660 | no: 0630-1 | no: 1545",
    DOUBT,
    begins="0",
)


def digits(minus: str) -> str:
    """Return the pattern of a number in digits; `minus` is the language's word.

    Before a temperature a dash is a minus after any word not in Latin letters (达-5℃),
    even if a program lengthened it.
    """
    return (
        rf"(?:{SIGN}|(?<![A-Za-z0-9°º℃℉度])[-\u2013]"
        rf"(?={DIGITS}(?:{HEAT}|度|[至到~\uff5e/][-\u2013][0-9]))"
        rf"|(?:{minus}))?"
        rf"(?<![A-Za-z0-9])(?<![A-Za-z]-){DIGITS}(?: ?[¼½¾])?"
    )
