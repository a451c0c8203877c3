"""English words: numbers, months, times of day."""

from decimal import Decimal

from exchange.recognise.text import number_words
from exchange.recognise.values.numbers import NumberWords

_ONES = number_words("one two three four five six seven eight nine")
_TENS = number_words("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
NUMBERS = NumberWords(
    words=number_words(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen",
        2,
    )
    | _TENS
    | {
        f"{tens}{between}{word}": ten + one
        for between in "- "
        for tens, ten in _TENS.items()
        for word, one in _ONES.items()
    },
    scales={
        "hundred": 100,
        "thousand": 1_000,
        "lakh": 10**5,
        "million": 10**6,
        "crore": 10**7,
        "billion": 10**9,
        "trillion": 10**12,
    },
    one=("one", "a"),
    whole={
        **dict.fromkeys(("half a", "half"), Decimal("0.5")),
        **dict.fromkeys(("quarter of a", "quarter"), Decimal("0.25")),
    },
    after={
        "and a half": Decimal("0.5"),
        "and a quarter": Decimal("0.25"),
        **dict.fromkeys(("and three quarters", "and three-quarters"), Decimal("0.75")),
    },
)
MONTHS = number_words(
    "january february march april may june july august september october november"
    " december"
)
SHORT_MONTHS = {name[:3]: number for name, number in MONTHS.items()}
ZONES = {
    "Z": ("Z", "UTC", "GMT"),
    "+05:00": ("PKT", "Pakistan time"),
    "+08:00": ("Beijing time",),
}
DAY_PARTS = {
    "am": ("am", "a.m."),
    "pm": ("pm", "p.m."),
    "morning": ("in the morning", "this morning"),
    "noon": ("noon",),
    "afternoon": ("in the afternoon", "this afternoon"),
    "evening": ("in the evening", "this evening"),
    "night": ("at night", "midnight"),
    "late": ("tonight",),
}
"""Words for each part of the day (`values.times.HOURS`)."""
HOURS = number_words("one two three four five six seven eight nine ten eleven twelve")
MINUTES = {
    "quarter": 15,
    "half": 30,
    "five": 5,
    "ten": 10,
    "twenty": 20,
    "twenty-five": 25,
    "twenty five": 25,
}
