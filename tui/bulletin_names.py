"""The name of a bulletin in our own words: its place, else its state."""

from exchange.desk.records import Row
from tui.state_signs import state_of
from tui.text.safe_text import safe
from tui.words import say


def name_of(row: Row) -> str:
    """Return `beijing.cn#30`, or "queued" before a log has it."""
    return safe(row.place) or say(state_of(row).word)
