"""What stands between labels, values and items in each language."""

COLON = {"en": ": ", "ur": ": ", "zh-Hans": "："}
BETWEEN = {"en": "; ", "ur": "؛ ", "zh-Hans": "；"}
"""Between whole items of a list."""
WITHIN = {"en": ", ", "ur": "، ", "zh-Hans": "，"}
"""Between the parts of one."""
ASIDE = {"en": " ({})", "ur": " ({})", "zh-Hans": "（{}）"}
