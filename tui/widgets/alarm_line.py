"""The row on top of every other screen while a FLASH waits or is escalated."""

from collections.abc import Sequence
from typing import Any

from textual.screen import ModalScreen, Screen

from tui.widgets.bar import Bar, BarPart


class AlarmLine(Bar):
    """Our own words; it takes a row of its own and covers nothing."""

    DEFAULT_CSS = "AlarmLine { dock: top; }"


def hold_top_row(screens: Sequence[Screen[Any]], parts: Sequence[BarPart]) -> None:
    """Show the alarm on these screens, or remove it if every part is empty.

    A box has none: the row of the screen under it is visible.
    """
    said = [part for part in parts if part.text]
    for screen in screens:
        if isinstance(screen, ModalScreen) or not screen.is_mounted:
            continue
        lines = screen.query(AlarmLine)
        if not said:
            lines.remove()
        elif lines:
            lines.first().put(said)
        else:
            line = AlarmLine()
            line.put(said)
            screen.mount(line)
