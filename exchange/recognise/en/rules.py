"""Times, dates, letters and numbers as English writes them."""

from exchange.recognise import common
from exchange.recognise.common import (
    CLOCK,
    DAY_MONTH,
    DIGITS,
    LETTER_AFTER,
    LETTER_BEFORE,
    PART_BEHIND,
    SIGN,
    ZONE_BEHIND,
)
from exchange.recognise.en.words import HOURS, NUMBERS
from exchange.recognise.rule import Rule
from exchange.recognise.text import alternatives
from exchange.recognise.values.dates import date_value
from exchange.recognise.values.numbers import decimal
from exchange.recognise.values.times import DAY_PART, ZONE, time_value

# Times of day.

_FREE = r"(?<![A-Za-z0-9.])(?<![0-9]:)(?:(?<![A-Za-z]-)|(?<=[AaPp][Mm]-))"
_DOTTED = rf"{CLOCK}\.[0-5][0-9]"
_HOUR = rf"(?:{CLOCK}|{alternatives(HOURS)})"
_O_CLOCK = r" ?o['’]clock"
_ENDS = r"(?![a-z0-9-]|[.:][0-9])"
_BEHIND = rf"(?: ?{PART_BEHIND})?{ZONE_BEHIND}"
_MINUTES = r"[0-5]?[0-9] min(?:ute)?s?"
_AT = "|".join(f"(?<={word} )" for word in ("at", "by", "until", "till", "before"))

_BEGINS = "0-9A-Za-zſ"  # which is an s in small and capital letters


def _time(
    name: str, pattern: str, matches: tuple[str, ...], rejects: tuple[str, ...]
) -> Rule:
    free = f"(?i:{_FREE}(?:{pattern}))"
    return Rule(name, free, "TIME", time_value, _BEGINS, matches, rejects)


TIMES = (
    _time(
        "am and pm",
        rf"(?:{_DOTTED}|{_HOUR}) ?[ap](?:m|\.m\.)(?![a-z]){ZONE_BEHIND}",
        ("6 pm → 18:00", "6.30 a.m. → 06:30", "six PM PKT → 18:00+05:00"),
        ("6 pmx", "x6 pm"),
    ),
    _time(
        "o'clock",
        rf"{_HOUR}{_O_CLOCK}(?: {PART_BEHIND})?{ZONE_BEHIND}",
        ("6 o'clock → 06:00", "six o’clock in the evening → 18:00"),
        ("sixty o'clock",),
    ),
    _time(
        "twelve at noon or midnight",
        rf"{CLOCK} (?:noon|midnight)(?![a-z])",
        ("12 noon → 12:00", "12 midnight → 00:00"),
        ("12 noonday",),
    ),
    _time(
        "hour and minutes with a point",
        rf"{_DOTTED} ?(?:hrs(?![a-z])|{ZONE}(?![a-z]))",
        ("6.30 hrs → 06:30", "6.30Z → 06:30Z"),
        ("6.30 hrsx", "6.30"),
    ),
    _time(
        "hour of universal time",
        rf"{CLOCK} (?:UTC|GMT)(?![a-z])",
        ("6 UTC → 06:00Z",),
        ("6 PKT",),
    ),
    _time(
        "half, a quarter, minutes past",
        r"(?:half|(?:a )?quarter|5|10|20|25|five|ten|twenty(?:[ -]five)?"
        rf"|{_MINUTES}) past {_HOUR}{_ENDS}(?:{_O_CLOCK})?{_BEHIND}",
        (
            "half past six → 06:30",
            "a quarter past 6 in the evening → 18:15",
            "12 minutes past six → 06:12",
        ),
        ("6 past six", "half past sixty"),
    ),
    _time(
        "a quarter to",
        rf"(?:a )?quarter to {_HOUR}{_ENDS}(?:{_O_CLOCK})?{_BEHIND}",
        ("quarter to 3 → 02:45", "a quarter to one at night → 00:45"),
        ("quarter to 3-4", "quarter to thirty"),
    ),
    _time(
        "minutes to the hour",
        rf"{_MINUTES} to {_HOUR}(?:{_O_CLOCK}| (?=[ap]\.?m)){_BEHIND}",
        ("12 minutes to 6 o'clock → 05:48", "12 mins to 6 pm → 17:48"),
        ("12 minutes to 6", "it takes 12 minutes to 6 posts"),
    ),
    _time(
        "hour and part of the day, behind what says that it is a time",
        rf"(?:{_AT}){_HOUR} {DAY_PART}{ZONE_BEHIND}",
        ("at ⟨6 this morning⟩ → 06:00", "by ⟨six tonight⟩ → 18:00"),
        ("the 6 this morning",),
    ),
    _time(
        "hour with the letter Z",
        r"[0-2][0-9]Z(?![a-z0-9])",
        ("06Z → 06:00Z",),
        ("6Z", "06Zulu"),
    ),
)

# Dates.

DOTTED_DAYS = (
    Rule(
        # Not where the second point may end a sentence: "It weighs 26.11."
        "day and month with points, in a sentence that goes on",
        rf"(?<!\bat ){DAY_MONTH}(?=[,;:)]| [a-z(])",
        "DATE",
        date_value,
        begins="0-9",
        matches=("⟨26.11.⟩ we left → --11-26", "(⟨26.11.⟩) → --11-26"),
        rejects=("It weighs 26.11.", "at 6.11. we left"),
    ),
    Rule(
        "day and month with points, behind what says that it is a day",
        r"(?:(?<=\bon )|(?<=until )|(?<=\btill )|(?<=since )|(?<=dated ))"
        rf"{DAY_MONTH}(?![0-9A-Za-z])",
        "DATE",
        date_value,
        begins="0-9",
        matches=("on ⟨26.11.⟩ → --11-26",),
        rejects=("It weighs 26.11.",),
    ),
)

# Letters.

_NAMED = (
    "route Route routes Routes ROUTE ROUTES line Line gate Gate point Point plan"
    " Plan option Option lane camera Camera team Team"
)
_BEHIND_A_NAME = "|".join(f"(?<={word} )" for word in _NAMED.split())
LETTERS = (
    Rule(
        "capital letter that names a route; A and I only beside what tells so",
        rf"{LETTER_BEFORE}(?:[B-HJ-Z]|(?:{_BEHIND_A_NAME})[AI]"
        rf"|A(?= (?:and|or) [B-Z]{LETTER_AFTER})){LETTER_AFTER}",
        "CODE",
        str,
        begins="A-Z",
        matches=("route ⟨A⟩ → A", "⟨A⟩ or B → A", "take ⟨B⟩ → B"),
        rejects=("A car", "I go", "B's car", "b", "U.S."),
    ),
)

# Numbers.

_BEFORE, _AFTER = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
MINUS = "(?i:minus) "
_WORD, _SCALE = alternatives(NUMBERS.words), alternatives(NUMBERS.scales)
_ONE, _PART = alternatives(NUMBERS.one), f"(?:{alternatives(NUMBERS.after)})"
_BEGIN = (
    rf"(?:{alternatives(NUMBERS.whole)})(?= (?:{_SCALE}){_AFTER})|(?:{_WORD}){_AFTER}"
    rf"|{DIGITS}(?= {_PART}{_AFTER}| ?(?:{_SCALE}){_AFTER})"
    rf"|(?:{_ONE})(?= (?:{_SCALE}){_AFTER}| {_PART}{_AFTER})|(?<=minus )one{_AFTER}"
)
_MORE = (
    rf" ?(?:{_SCALE}){_AFTER}(?: and (?:{_WORD}|one){_AFTER})?(?: {DIGITS}{_AFTER})?"
    rf"| {_PART}{_AFTER}|[ -](?:{_WORD}){_AFTER}"
)
_BEHIND_AT = "|".join(
    f"(?<={word} )" for word in ["at", "by", "from", "until", "till", "before", "after"]
)
_GOES_ON = (
    "local|hrs|hours|tonight|today|tomorrow|on|and|or|to|until|till|from|by|in|with|for"
    "|the|they|it|at"
)
NUMBER_RULES = (
    Rule(
        "minutes to an hour, which may be from one number to another",
        rf"(?i:(?:{'|'.join(f'(?<={at} )' for at in ('at', 'by', 'until', 'till'))})"
        "(?:5|10|20|25|five|ten|twenty(?:[ -]five)?) to "
        rf"(?:[0-9]{{1,2}}|{alternatives(HOURS)})(?![A-Za-z0-9]))",
        "NUMBER",
        begins="0-9A-Za-z",
        matches=("at ⟨ten to six⟩ → ?", "by ⟨5 to 7⟩ → ?"),
        rejects=("ten to six", "at ten to sixty"),
    ),
    Rule(
        "number words, also behind digits",
        rf"(?i:{_BEFORE}(?:{SIGN}(?=[0-9])|{MINUS})?(?:{_BEGIN})(?:{_MORE}){{0,10}}(?!-))",
        "NUMBER",
        NUMBERS.value,
        matches=(
            "twelve → 12",
            "three hundred and fifty → 350",
            "2 lakh 50 thousand → 250000",
            "half a million → 500000",
            "four and a quarter → 4.25",
            "minus five → -5",
            "two three → ?",
        ),
        rejects=("one vehicle", "a car", "tenfold", "twelve-inch"),
    ),
    Rule(
        "half of a unit or of a dozen",
        r"(?i:(?<![A-Za-z-])half (?:an? )?(?:hour|day|dozen|score|mile)(?![A-Za-z]))",
        "NUMBER",
        begins="A-Za-z",
        matches=("half an hour → ?", "half dozen → ?"),
        rejects=("half hourly", "half of it"),
    ),
    Rule(
        "one of something and a half",
        r"(?i:(?<![A-Za-z-])an? [a-z]{1,12} and a (?:half|quarter)(?![A-Za-z]))",
        "NUMBER",
        begins="A-Za-z",
        matches=("an hour and a half → ?",),
        rejects=("an hour and a halfpenny",),
    ),
    Rule(
        "a dozen",
        r"(?i:(?<![A-Za-z-])a dozen(?![A-Za-z]))",
        "NUMBER",
        begins="A-Za-z",
        matches=("a dozen → ?",),
        rejects=("a dozens", "dozen"),
    ),
    Rule(
        "four digits that may be a time, behind what says when",
        rf"(?i:(?:{_BEHIND_AT})(?:[01][0-9]|2[0-3])[0-5][0-9]"
        r"(?![0-9A-Za-z-]|[.,][0-9])"
        rf"(?! ?%| (?!(?:{_GOES_ON})(?![a-z]))[a-z]))",
        "NUMBER",
        begins="0-9",
        matches=("at ⟨1545⟩ → ?", "from ⟨1545⟩ to midnight → ?"),
        rejects=("at 1545 metres", "1545", "at 1575"),
    ),
    Rule(
        "hour and minutes with a point, behind what says when",
        rf"(?i:(?:{_BEHIND_AT})(?:[01]?[0-9]|2[0-3])\.[0-5][0-9]"
        r"(?![0-9A-Za-z%°]|\.[0-9]"
        r"| ?(?:k?m|kg|km/h|per|mil|tons?|tonnes?|lit|deg|meters|metres)(?![a-z])))",
        "NUMBER",
        begins="0-9",
        matches=("at ⟨6.30⟩ → ?",),
        rejects=("at 6.30 km", "6.30", "at 6.75"),
    ),
    common.FOUR_DIGITS,
    Rule(
        "number in digits",
        common.digits(MINUS),
        "NUMBER",
        decimal,
        matches=("1,234 → 1234", "-5 → -5", "3½ → 3.5", "0.50 → 0.5", "minus 5 → -5"),
        rejects=("x2", "no digits"),
    ),
)
