"""Durations and ages in words of the language in use."""

from exchange.limits import DAY, MINUTE, SECOND
from exchange.words import say, say_n, word

HOUR = 60 * MINUTE
UNITS = (
    (DAY, word("{n} d ago")),
    (HOUR, word("{n} h ago")),
    (MINUTE, word("{n} min ago")),
)


def ago(ms: int) -> str:
    """Return the age in its largest whole unit: `12 s ago`."""
    for size, text in UNITS:
        if ms >= size:
            return say(text, n=ms // size)
    return say("{n} s ago", n=ms // SECOND)


def span(ms: int) -> str:
    """Return whole units, the largest with at least two."""
    if ms >= 2 * DAY:
        return say_n("{n} day", "{n} days", ms // DAY)
    if ms >= 2 * HOUR:
        return say_n("{n} hour", "{n} hours", ms // HOUR)
    return say_n("{n} minute", "{n} minutes", max(ms // MINUTE, 1))


def apart(ms: int) -> str:
    """Return the difference of two clocks, unsigned: as `span`, to a whole minute."""
    return span((abs(ms) + MINUTE // 2) // MINUTE * MINUTE)
