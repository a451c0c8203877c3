"""Punctuation between labels, values and items, by language."""

COLON = {"en": ": ", "ur": ": ", "zh-Hans": "："}
BETWEEN = {"en": "; ", "ur": "؛ ", "zh-Hans": "；"}
"""Between whole items of a list."""
WITHIN = {"en": ", ", "ur": "، ", "zh-Hans": "，"}
"""Between the parts of an item."""
AMONG = {"en": ", ", "ur": "، ", "zh-Hans": "、"}
"""Between the items of a short list within an item."""
ASIDE = {"en": " ({})", "ur": " ({})", "zh-Hans": "（{}）"}
