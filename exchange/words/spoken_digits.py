"""Digits as read on the telephone, in each language of the program.

Chinese uses its telephone word for one, which cannot be misheard as seven.
"""

_WORDS = {
    "en": "zero|one|two|three|four|five|six|seven|eight|nine",
    "ur": "صفر|ایک|دو|تین|چار|پانچ|چھ|سات|آٹھ|نو",
    "zh-Hans": "零|幺|二|三|四|五|六|七|八|九",
}


def spoken(digits: str, lang: str) -> str:
    """Return the digits as words; other characters are skipped."""
    words = _WORDS[lang].split("|")
    return " ".join(words[int(one)] for one in digits if one in "0123456789")
