"""English times, dates, letters and numbers."""

from exchange.recognise import common_rules
from exchange.recognise.common_rules import (
    CLOCK,
    CODE,
    DATE,
    DAY_MONTH,
    DIGITS,
    FIGURES_OPEN,
    FOUR_OPEN,
    LETTER_AFTER,
    LETTER_BEFORE,
    NUMBER,
    PART_BEHIND,
    SIGN,
    TIME,
    ZONE_BEHIND,
)
from exchange.recognise.en.words import HOURS, MINUTES, MONTHS, NUMBERS, SHORT_MONTHS
from exchange.recognise.rule import DOUBT, Rule, SpanKind
from exchange.recognise.text import DASHES, DIGIT, alternatives, first_letters
from exchange.recognise.values.times import DAY_PART, ZONE

# Times of day.

_FREE = r"(?<![A-Za-z0-9.])(?<![0-9]:)(?:(?<![A-Za-z]-)|(?<=[AaPp][Mm]-))"
_DOTTED = rf"{CLOCK}\.[0-5][0-9]"
_HOUR = rf"(?:{CLOCK}|{alternatives(HOURS)})"
_O_CLOCK = r" ?o['’]clock"
_ENDS = r"(?![a-z0-9-]|[.:][0-9])"
_BEHIND = rf"(?: ?{PART_BEHIND})?{ZONE_BEHIND}"
_MINUTES = r"[0-5]?[0-9] min(?:ute)?s?"
_AT = "|".join(f"(?<={word} )" for word in ("at", "by", "until", "till", "before"))

_BEGINS = DIGIT + first_letters([*HOURS, *MINUTES, "a"])
_OPENS = rf"[0-9]|(?i:{alternatives([*HOURS, *MINUTES, 'a quarter'])})"


def _time(name: str, pattern: str, examples: str) -> Rule:
    whole = f"(?i:{_FREE}(?:{pattern}))"
    return Rule(name, whole, examples, TIME, _BEGINS, opens=_OPENS)


HEADS = (
    *(*common_rules.HEADS, *HOURS, *MINUTES, *NUMBERS.words, *NUMBERS.whole),
    *(*NUMBERS.one, "an", "minus"),
)
"""First words of matches."""
TIMES = (
    _time(
        "am and pm",
        rf"(?:{_DOTTED}|{_HOUR}) ?[ap](?:m|\.m\.)(?![a-z]){ZONE_BEHIND}",
        "6 pm → 18:00 | 6.30 a.m. → 06:30 | six PM PKT → 18:00+05:00 | no: 6 pmx"
        " | no: x6 pm",
    ),
    _time(
        "o'clock",
        rf"{_HOUR}{_O_CLOCK}(?: {PART_BEHIND})?{ZONE_BEHIND}",
        "6 o'clock → 06:00 | six o’clock in the evening → 18:00 | no: sixty o'clock",
    ),
    _time(
        "twelve at noon or midnight",
        rf"{CLOCK} (?:noon|midnight)(?![a-z])",
        "12 noon → 12:00 | 12 midnight → 00:00 | no: 12 noonday",
    ),
    _time(
        "hour and minutes with a point",
        rf"{_DOTTED} ?(?:hrs(?![a-z])|{ZONE}(?![a-z]))",
        "6.30 hrs → 06:30 | 6.30Z → 06:30Z | no: 6.30 hrsx | no: 6.30",
    ),
    _time(
        "hour of universal time",
        rf"{CLOCK} (?:UTC|GMT)(?![a-z])",
        "6 UTC → 06:00Z | no: 6 PKT",
    ),
    _time(
        "half, a quarter, minutes past",
        r"(?:half|(?:a )?quarter|5|10|20|25|five|ten|twenty(?:[ -]five)?"
        rf"|{_MINUTES}) past {_HOUR}{_ENDS}(?:{_O_CLOCK})?{_BEHIND}",
        "half past six → 06:30 | a quarter past 6 in the evening → 18:15"
        " | 12 minutes past six → 06:12 | no: 6 past six | no: half past sixty",
    ),
    _time(
        "a quarter to",
        rf"(?:a )?quarter to {_HOUR}{_ENDS}(?:{_O_CLOCK})?{_BEHIND}",
        "quarter to 3 → 02:45 | a quarter to one at night → 00:45"
        " | no: quarter to 3-4 | no: quarter to thirty",
    ),
    _time(
        "minutes to the hour",
        rf"{_MINUTES} to {_HOUR}(?:{_O_CLOCK}| (?=[ap]\.?m)){_BEHIND}",
        "12 minutes to 6 o'clock → 05:48 | 12 mins to 6 pm → 17:48"
        " | no: 12 minutes to 6 | no: it takes 12 minutes to 6 posts",
    ),
    _time(
        "hour and part of the day, behind what says that it is a time",
        rf"(?:{_AT}){_HOUR} {DAY_PART}{ZONE_BEHIND}",
        "at ⟨6 this morning⟩ → 06:00 | by ⟨six tonight⟩ → 18:00"
        " | no: the 6 this morning",
    ),
    _time(
        "hour with the letter Z",
        r"[0-2][0-9]Z(?![a-z0-9])",
        "06Z → 06:00Z | no: 6Z | no: 06Zulu",
    ),
)

# Dates.

DOTTED_DAYS = (
    Rule(
        # Not if the second point may end a sentence: "It weighs 26.11."
        "day and month with points, in a sentence that goes on",
        rf"(?<!\bat ){DAY_MONTH}(?=[,;:)]| [a-z(])",
        "⟨26.11.⟩ we left → --11-26 | (⟨26.11.⟩) → --11-26 | no: It weighs 26.11."
        " | no: at 6.11. we left",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
    Rule(
        "day and month with points, behind what says that it is a day",
        r"(?:(?<=\bon )|(?<=until )|(?<=\btill )|(?<=since )|(?<=dated ))"
        rf"{DAY_MONTH}(?![0-9A-Za-z])",
        "on ⟨26.11.⟩ → --11-26 | no: It weighs 26.11.",
        DATE,
        begins="0-9",
        opens=FIGURES_OPEN,
    ),
)

_SURE = alternatives(
    case(name)
    for name in (*MONTHS, *SHORT_MONTHS, "sept")
    if name not in ("march", "mar", "may")
    for case in (str.title, str.upper)
)
_IN = "|".join(
    f"(?<={case(word)} )"
    for word in (
        *("in", "by", "since", "until", "till", "during", "from", "to", "of", "for"),
        *("before", "after", "early", "late", "mid", "last", "next", "this", "and"),
    )
    for case in (str.lower, str.title)
)
MONTH_RULES = (
    Rule(
        # Alone, May and March are other words as often.
        "month alone",
        rf"(?<![A-Za-z0-9])(?:{_SURE}|(?:{_IN}|(?<=mid-))(?:May|MAY|March|MARCH))"
        r"(?![A-Za-z0-9])",
        "in ⟨April⟩ → 04 | since ⟨May⟩ → 05 | mid-⟨March⟩ → 03 | ⟨Sept⟩. → 09"
        " | no: May we pass | no: they may | no: March on | no: Apricot",
        SpanKind("MONTH", lambda name: f"{SHORT_MONTHS[name[:3].lower()]:02}"),
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
        "route ⟨A⟩ → A | ⟨A⟩ or B → A | take ⟨B⟩ → B | no: A car | no: I go"
        " | no: B's car | no: b | no: U.S.",
        CODE,
        begins="A-Z",
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
_NUMBER_BEGINS = (
    f"{DIGIT}{first_letters([*NUMBERS.words, *NUMBERS.whole, *NUMBERS.one])}"
)
_NUMBER_BEGINS += "mM-"
# A word that begins a number, or digits and perhaps a scale or a part.
_PART_BEGINS = first_letters([*NUMBERS.scales, "and"])
_HEADS = {word.split()[0] for word in NUMBERS.words} | {*NUMBERS.whole, "one", "minus"}
_NUMBER_OPENS = (
    rf"-?[0-9][0-9,.]* ?[{_PART_BEGINS}]|[Aa] [{_PART_BEGINS}]"
    f"|(?i:{alternatives(_HEADS)})"
)
NUMBER_RULES = (
    Rule(
        "minutes to an hour, which may be from one number to another",
        rf"(?i:(?:{'|'.join(f'(?<={at} )' for at in ('at', 'by', 'until', 'till'))})"
        "(?:5|10|20|25|five|ten|twenty(?:[ -]five)?) to "
        rf"(?:[0-9]{{1,2}}|{alternatives(HOURS)})(?![A-Za-z0-9]))",
        "at ⟨ten to six⟩ → ? | by ⟨5 to 7⟩ → ? | no: ten to six | no: at ten to sixty",
        DOUBT,
        begins=DIGIT + first_letters(MINUTES),
        opens=rf"(?i:[0-9]{{1,2}} to|{alternatives(MINUTES)})",
    ),
    Rule(
        "number words, also behind digits",
        rf"(?i:{_BEFORE}(?:{SIGN}(?=[0-9])|{MINUS})?(?:{_BEGIN})(?:{_MORE}){{0,10}}(?!-))",
        "twelve → 12 | three hundred and fifty → 350 | 2 lakh 50 thousand → 250000"
        " | half a million → 500000 | four and a quarter → 4.25 | minus five → -5"
        " | two three → ? | no: one vehicle | no: a car | no: tenfold"
        " | no: twelve-inch",
        SpanKind("NUMBER", NUMBERS.value),
        DIGIT
        + first_letters([*NUMBERS.words, *NUMBERS.whole, "one", "a", "minus"])
        + "-",
        opens=_NUMBER_OPENS,
    ),
    Rule(
        "half of a unit or of a dozen",
        r"(?i:(?<![A-Za-z-])half (?:an? )?(?:hour|day|dozen|score|mile)(?![A-Za-z]))",
        "half an hour → ? | half dozen → ? | no: half hourly | no: half of it",
        DOUBT,
        begins="AHah",
    ),
    Rule(
        "one of something and a half",
        r"(?i:(?<![A-Za-z-])an? [a-z]{1,12} and a (?:half|quarter)(?![A-Za-z]))",
        "an hour and a half → ? | no: an hour and a halfpenny",
        DOUBT,
        begins="AHah",
    ),
    Rule(
        "a dozen",
        r"(?i:(?<![A-Za-z-])a dozen(?![A-Za-z]))",
        "a dozen → ? | no: a dozens | no: dozen",
        DOUBT,
        begins="AHah",
    ),
    Rule(
        "four digits that may be a time, behind what says when",
        rf"(?i:(?:{_BEHIND_AT})(?:[01][0-9]|2[0-3])[0-5][0-9]"
        r"(?![0-9A-Za-z-]|[.,][0-9])"
        rf"(?! ?%| (?!(?:{_GOES_ON})(?![a-z]))[a-z]))",
        "at ⟨1545⟩ → ? | from ⟨1545⟩ to midnight → ? | no: at 1545 metres | no: 1545"
        " | no: at 1575",
        DOUBT,
        begins="0-9",
        opens=FOUR_OPEN,
    ),
    Rule(
        "hour and minutes with a point, behind what says when",
        rf"(?i:(?:{_BEHIND_AT})(?:[01]?[0-9]|2[0-3])\.[0-5][0-9]"
        r"(?![0-9A-Za-z%°]|\.[0-9]"
        r"| ?(?:k?m|kg|km/h|per|mil|tons?|tonnes?|lit|deg|meters|metres)(?![a-z])))",
        "at ⟨6.30⟩ → ? | no: at 6.30 km | no: 6.30 | no: at 6.75",
        DOUBT,
        begins="0-9",
        opens=r"[0-9]{1,2}\.",
    ),
    common_rules.FOUR_DIGITS,
    Rule(
        "number in digits",
        common_rules.digits(MINUS),
        "1,234 → 1234 | -5 → -5 | 3½ → 3.5 | 0.50 → 0.5 | minus 5 → -5 | no: x2"
        " | no: no digits",
        NUMBER,
        f"{DIGIT}mM{DASHES}",
        within="mM",
    ),
)
