"""Export the terminal as SVG, with Urdu as the terminal shows it.

SVG viewers reorder right-to-left text; ours is in visual order already, so the picture
turns that off.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from html import unescape

from rich.cells import cell_len
from textual.app import App

from tui import times
from tui.app import Terminal
from tui.desk import Desk

SIZE = (120, 36)  # columns, rows
PAUSE = 0.5  # s after each key, for its effects
_TEXT = re.compile(r'(<text [^>]*textLength=")([0-9.]+)("[^>]*>)([^<]*)(</text>)')
_OVERRIDE = "text { unicode-bidi: bidi-override; direction: ltr; }"


def svg(app: App[None], title: str = "") -> str:
    text = app.export_screenshot(title=title)
    head, style, rest = text.partition("<style>")
    if not style:
        raise ValueError("no style element in the exported picture")
    return f"{head}{style}\n    {_OVERRIDE}\n{_TEXT.sub(_measured, rest)}"


def _measured(match: re.Match[str]) -> str:
    """Set its length to its cells; Textual counts Han and marks as one each."""
    before, length, between, text, after = match.groups()
    shown = unescape(text)
    cells = float(length) / max(1, len(shown)) * cell_len(shown)
    return f"{before}{cells:.1f}{between}{text}{after}"


def take(
    desk: Desk,
    keys: Sequence[str] = (),
    size: tuple[int, int] = SIZE,
    now: Callable[[], int] = times.now,
    title: str = "",
) -> str:
    """`keys` are Textual's names."""
    return asyncio.run(_take(Terminal(desk, now), keys, size, title))


async def _take(
    app: Terminal, keys: Sequence[str], size: tuple[int, int], title: str
) -> str:
    async with app.run_test(size=size) as pilot:
        await pilot.pause(PAUSE)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(PAUSE)
        return svg(app, title)
