"""English words that change a number, or only sometimes denote one.

`BEFORE` and `BEHIND` match next to a number and change it: half, dozen, below zero. The
number then has no value. Examples mark the number.
"""

from exchange.recognise.common_rules import ONE, ZERO
from exchange.recognise.rule import Rule, SpanKind
from exchange.recognise.text import number_words


def _beside(name: str, pattern: str, examples: str, begins: str = "") -> Rule:
    return Rule(name, f"(?i:{pattern})", examples, begins=begins)


_BEFORE_BEGINS = "AaHhMmQqSs"


BEFORE = (
    _beside(
        "half, quarter",
        r"\b(?:half|quarter)(?: (?:an?|of|past|to|till?|after|before))* ?\Z",
        "half ⟨6⟩ | a quarter to ⟨60⟩ | no: halfway ⟨6⟩",
        _BEFORE_BEGINS,
    ),
    _beside(
        "minutes past or to",
        r"\bmin(?:ute)?s? (?:past|to|till?|after|before) \Z",
        "some minutes past ⟨6⟩ | no: hours past ⟨6⟩",
        _BEFORE_BEGINS,
    ),
    _beside(
        "a couple of, several",
        r"\b(?:half|a couple of|several|a few)[ -]\Z",
        "several ⟨100⟩ | a few ⟨1000⟩ | no: the few, ⟨1000⟩",
        _BEFORE_BEGINS,
    ),
)
BEHIND = (
    _beside(
        "dozens, scores, parts",
        r"[ -]?(?:dozens?|score|halves|half|quarters?|thirds?|fifths?)(?![A-Za-z])",
        "⟨5⟩ dozen | ⟨2⟩ thirds | no: ⟨2⟩ halfway",
    ),
    _beside(
        "and a half, behind what is counted",
        r" [a-z]{1,12} and (?:a|one) (?:half|quarter)(?![a-z])",
        "⟨3⟩ hours and a half | no: ⟨3⟩ hours and half",
    ),
    _beside(
        "and a part",
        r" and (?:a |one |three )?(?:half|quarters?|thirds?)(?![a-z])",
        "⟨3⟩ and one third | no: ⟨3⟩ and the third",
    ),
    _beside(
        "thousands and millions, shortened",
        r"(?-i:k|K|bn|mn)(?![A-Za-z])",
        "⟨5⟩k | no: ⟨5⟩km",
    ),
    _beside("signs of parts", "[¼½¾⅐-⅞]", "⟨3⟩⅓ | no: ⟨3⟩²"),
    _beside(
        "part of the day",
        r" (?:in the|this) (?:morning|afternoon|evening)(?![a-z])",
        "⟨6⟩ in the morning | no: ⟨6⟩ in the rain",
    ),
    _beside(
        "night, degrees below",
        r" (?:at night|tonight|degrees? below)(?![a-z])",
        "⟨6⟩ tonight | ⟨5⟩ degrees below | no: ⟨5⟩ at nightfall",
    ),
    _beside(
        "below freezing",
        r"(?: ?° ?[CF]?| degrees?(?: [A-Za-z]{1,10})?)?"
        r" (?:below (?:zero|freezing)|of frost)(?![a-z])",
        "⟨5⟩ below zero | ⟨5⟩ degrees of frost | no: ⟨5⟩ below the dam",
    ),
    _beside(
        "hundred hours",
        r"(?<=hundred) (?:hours|hrs)(?![a-z])",
        "⟨two hundred⟩ hours | no: ⟨two⟩ hours",
    ),
    _beside(
        "am, pm, o'clock",
        r" ?(?:[ap]\.?m|o['’]clock)(?![a-z])",
        "⟨66⟩ pm | no: ⟨66⟩ amps",
    ),
)

_WORD = "(?<![A-Za-z0-9.'’-])(?:{})(?![A-Za-z0-9'’-])"
_WHICH = ("no", "any", "every", "each", "another", "which", "this", "that", "the")
_NO_ONE = "|".join(f"(?<={word} )" for word in _WHICH)
MAY_SAY = (
    Rule(
        "one, where it counts",
        _WORD.format(f"(?i:(?!{_NO_ONE})(?<!one by )one)(?! another| by one)"),
        "⟨One⟩ vehicle → 1 | no: no one | no: one another | no: one by one"
        " | no: one-way | no: this one",
        ONE,
    ),
    Rule(
        "zero and nil",
        _WORD.format("(?i:(?<!below )(?<!above )(?:zero|nil))"),
        "⟨Zero⟩ casualties → 0 | casualties: ⟨nil⟩ → 0 | no: below zero",
        ZERO,
    ),
)
"""Words that only sometimes denote a number."""
_ORDINALS = number_words(
    "first second third fourth fifth sixth seventh eighth ninth tenth"
)
EXPLAINS = (
    Rule(
        "article",
        f"(?i:{_WORD.format('an?(?= [A-Za-z(])')})",
        "⟨A⟩ car → 1 | no: Route A",
        ONE,
    ),
    Rule(
        "which one it is",
        f"(?i:{_WORD.format('|'.join(_ORDINALS))})",
        "the ⟨tenth⟩ car → 10 | no: tenths",
        SpanKind("NUMBER", lambda piece: str(_ORDINALS[piece.lower()])),
    ),
)
"""Words that may explain a number only to a person."""
