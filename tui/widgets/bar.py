"""Rows of short parts that the program alone writes: link, verdict, keys."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.cells import Piece, plain, row
from tui.words import label, mirrored


class BarPart(NamedTuple):
    """Text in visual order, of ours or through `safe`. Lowest `keep` goes first.

    Its `short` text replaces it, if only that fits.
    """

    text: str
    style: str = ""
    keep: int = 9
    short: str = ""


def fit(parts: Sequence[BarPart], columns: int, gap: int) -> list[BarPart]:
    """Drop the least needed until the rest fits."""
    kept = [part for part in parts if part.text]
    while len(kept) > 1 and _cells(kept, gap) > columns:
        least = min(part.keep for part in kept)
        last = max(at for at, part in enumerate(kept) if part.keep == least)
        part = kept.pop(last)
        if part.short:
            kept.insert(last, part._replace(text=part.short, short=""))
    return kept


def _cells(parts: Sequence[BarPart], gap: int) -> int:
    return sum(cell_len(part.text) + gap for part in parts) - gap


class Bar(Widget):
    DEFAULT_CSS = """
    Bar { height: 1; background: $panel; }
    Bar > .bar--good { color: $success; text-style: bold; }
    Bar > .bar--bad { color: $error; text-style: bold reverse; }
    Bar > .bar--unsure { color: $warning; text-style: bold; }
    Bar > .bar--alarm { color: $error; text-style: bold reverse; }
    Bar > .bar--key { color: $accent; text-style: bold; }
    Bar > .bar--chosen { text-style: bold reverse; }
    Bar > .bar--dim { color: $foreground 60%; }
    Bar > .bar--mode { color: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"bar--{name}"
        for name in (
            *("good", "bad", "unsure", "alarm", "key", "chosen", "dim", "mode"),
        )
    }
    SEPARATOR = " │ "

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.rows: list[list[BarPart]] = []

    def put(self, *rows: list[BarPart]) -> None:
        """Repaint only if they differ."""
        if list(rows) != self.rows:
            self.rows = list(rows)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        pieces: list[Piece] = []
        parts = self.rows[y] if y < len(self.rows) else []
        for at, part in enumerate(fit(parts, width - 2, len(self.SEPARATOR))):
            if at:
                pieces.append([Segment(self.SEPARATOR, base)])
            style = base
            if part.style:
                name = f"bar--{part.style}"
                style = base + self.get_component_rich_style(name, partial=True)
            pieces.append([Segment(part.text, style)])
        return row([plain(" ", base), *pieces], width, base)


def beside_key(key: str, word: str) -> str:
    """Return a key and our label for it, in visual order."""
    return " ".join((label(word), key) if mirrored() else (key, label(word)))


class KeyLine(Bar):
    """The most needed keys, for officers who do not know them yet."""

    SEPARATOR = "  "

    def keys(self, pairs: Sequence[tuple[str, str]], more: str = "?") -> None:
        """Show pairs of key and its label, the most needed first.

        The last are dropped if there is no room; `more`, the key that shows all of
        them, stays ("" for no such key).
        """
        parts = [
            BarPart(beside_key(key, word), keep=-at)
            for at, (key, word) in enumerate(pairs)
        ]
        every = [BarPart(beside_key(more, "keys"))] if more else []
        self.put([*parts, *every])
