"""Punctuation between labels, values and items, by language."""

COLON = {"en": ": ", "ur": ": ", "zh-Hans": "："}
BETWEEN = {"en": "; ", "ur": "؛ ", "zh-Hans": "；"}
"""Between whole items of a list."""
WITHIN = {"en": ", ", "ur": "، ", "zh-Hans": "，"}
"""Between the parts of one."""
AMONG = {"en": ", ", "ur": "، ", "zh-Hans": "、"}
"""Between the items of a short list within one."""
ASIDE = {"en": " ({})", "ur": " ({})", "zh-Hans": "（{}）"}
