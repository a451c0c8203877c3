"""A node's signs of life as a row of bars: tall is prompt, a dot is a missing one."""

from collections.abc import Sequence

from exchange.desk.link_records import NO_BEAT
from exchange.limits import SECOND, SIGN_OF_LIFE, SILENT

BARS = "▁▂▃▄▅▆▇█"
NONE = "·"
PROMPT = SIGN_OF_LIFE + 2 * SECOND  # ms; allows for one sign of life still on its way


def draw_beats(beats: Sequence[int], columns: int) -> str:
    """Return the newest beats (ms late, or NO_BEAT)."""
    return "".join(map(_bar, beats[-columns:])) if columns > 0 else ""


def _bar(late: int) -> str:
    if late == NO_BEAT:
        return NONE
    most = len(BARS) - 1
    slow = max(0, late - PROMPT) * most // (SILENT - PROMPT)
    return BARS[most - min(most, slow)]
