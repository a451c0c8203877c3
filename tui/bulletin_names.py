"""The name of a bulletin in our own words: its place, else how it stands.

Its subject, which others wrote, is told beside it.
"""

from exchange.desk.records import Row
from tui.state_signs import state_of
from tui.text.safe_text import safe
from tui.words import say


def name_of(row: Row) -> str:
    """Return `beijing.cn#30`; before a log has it, its state: "queued"."""
    return safe(row.place) or say(state_of(row).word)
