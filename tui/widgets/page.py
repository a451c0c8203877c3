"""A page of text in any of the languages: reader, verification, review, help."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.strip import Strip

from tui.keys import bind
from tui.text.layout import (
    DisplayLine,
    Range,
    direction_of,
    lay_out,
    one_line,
    spans_in,
)
from tui.text.order import Bidi, bidi
from tui.text.safe_text import safe
from tui.widgets.line_view import LineView
from tui.words import mirrored

TWO_COLUMNS = 72  # columns from which two pairs share a row that is put in order here
NARROW_LABEL = 20  # of labels if two pairs share a row
LABEL_COLUMNS = 22  # at most, of the labels of facts
GUTTER = "┃ "  # before foreign prose, in cells that the prose cannot reach


class Text(Struct, frozen=True):
    """Paragraphs. `gutter` marks prose by others.

    `spans` (text, occurrence) are drawn in `span_style`, and stay in order. `cut` makes
    it one line, which ends in … if there is more. `embeds` is as of `lay_out`.
    """

    text: str
    lang: str
    style: str = ""
    gutter: bool = False
    spans: tuple[tuple[str, int], ...] = ()
    span_style: str = "span"
    cut: bool = False
    embeds: bool = False


class Pair(Struct, frozen=True):
    """A label and a value beside it.

    The label is on the side from which the page's language reads: `page_lang`, else the
    label's own.
    """

    label: str
    value: str
    lang: str
    style: str = ""
    label_lang: str = ""
    page_lang: str = ""


Item = Text | Pair
Drawn = list[tuple[str, str]]  # (characters from left to right, style name)


def draw(items: Sequence[Item], columns: int) -> list[Drawn]:
    """Return the lines of a page `columns` wide; needs no widget, any thread."""
    out: list[Drawn] = []
    for _, group in groupby(items, type):
        alike = list(group)
        pairs = [item for item in alike if isinstance(item, Pair)]
        texts = [item for item in alike if isinstance(item, Text)]
        out += [line for item in texts for line in _text(item, columns)]
        out += _pairs(pairs, columns)
    return out


def _pairs(pairs: Sequence[Pair], columns: int) -> Iterator[Drawn]:
    shared = columns >= TWO_COLUMNS and bidi() is Bidi.APP
    half = columns // 2 - 1 if shared else 0
    wide = NARROW_LABEL if half else min(LABEL_COLUMNS, columns // 3)
    waiting: Drawn = []
    for pair in pairs:
        lines = list(_pair(pair, half, wide)) if half else []
        short = len(lines) == 1
        if waiting and short:
            yield _beside(waiting, lines[0], columns, rtl=_rtl(pair))
            waiting = []
            continue
        if waiting:
            yield _beside(waiting, [], columns, rtl=_rtl(pair))
        waiting = lines[0] if short else []
        if not short:
            yield from _pair(pair, columns, wide)
    if waiting:
        yield _beside(waiting, [], columns, rtl=_rtl(pairs[-1]))


def _rtl(pair: Pair) -> bool:
    """Return whether the label is drawn on the right; stored text begins with it."""
    page = pair.page_lang or pair.label_lang or pair.lang
    return bidi() is Bidi.APP and direction_of(page) == 1


def _beside(first: Drawn, second: Drawn, columns: int, *, rtl: bool) -> Drawn:
    room = columns - sum(cell_len(text) for text, _ in (*first, *second))
    between: Drawn = [(" " * room, "")]
    return [*second, *between, *first] if rtl else [*first, *between, *second]


def _paragraphs(text: str) -> Iterator[str]:
    yield from safe(text.replace("\r\n", "\n"), lines=True).split("\n")


def _text(item: Text, columns: int) -> Iterator[Drawn]:
    inner = columns - len(GUTTER) if item.gutter else columns
    gutter = [(GUTTER, "gutter")] if item.gutter else []
    right, text = mirrored(), safe(item.text) if item.cut else item.text
    for paragraph in _paragraphs(text):
        isolates: tuple[Range, ...] = spans_in(paragraph, item.spans)
        laid = (
            (one_line(paragraph, item.lang, inner),)
            if item.cut
            else lay_out(paragraph, item.lang, inner, isolates, embeds=item.embeds)
        )
        block = max(line.cells for line in laid)
        for line in laid:
            drawn = _marked(line.at_edge(right=right, block=block), isolates, item)
            yield [*drawn, *_turned(gutter)] if right else [*gutter, *drawn]


def _turned(gutter: Drawn) -> Drawn:
    return [(text[::-1], style) for text, style in gutter]


def _marked(line: DisplayLine, spans: tuple[Range, ...], item: Text) -> Drawn:
    if not spans:
        return [(line.shown, item.style)]
    within = [any(a <= place < b for a, b in spans) for place in line.places]
    pieces: Drawn = []
    for char, inside in zip(line.shown, within, strict=True):
        name = item.span_style if inside else item.style
        if pieces and pieces[-1][1] == name:
            pieces[-1] = (pieces[-1][0] + char, name)
        else:
            pieces.append((char, name))
    return pieces


def _pair(item: Pair, columns: int, wide: int) -> Iterator[Drawn]:
    """Put the label where the page begins to read: on the right in Urdu."""
    labels = _lines(item.label, item.label_lang or item.lang, wide)
    values = _lines(item.value, item.lang, columns - wide - 1)
    style = item.style or "value"
    for at in range(max(len(labels), len(values))):
        label = (labels[at].shown if at < len(labels) else " " * wide, "label")
        value = values[at].shown.strip() if at < len(values) else ""
        pad = (" " * (columns - wide - 1 - cell_len(value)), "")
        if _rtl(item):
            name = label[0].strip()
            label = (" " * (wide - cell_len(name)) + name, "label")
            yield [pad, (value, style), (" ", ""), label]
        else:
            yield [label, (" ", ""), (value, style), pad]


def _lines(text: str, lang: str, columns: int) -> list[DisplayLine]:
    return [line for part in _paragraphs(text) for line in lay_out(part, lang, columns)]


class TextPage(LineView, can_focus=True):
    DEFAULT_CSS = """
    TextPage {
        height: 1fr; padding: 0 1;
        overflow-x: hidden; scrollbar-gutter: stable; scrollbar-size-vertical: 1;
    }
    TextPage > .page--label { color: $foreground 60%; }
    TextPage > .page--value { color: $foreground; }
    TextPage > .page--subject { text-style: bold; }
    TextPage > .page--heading { color: $accent; text-style: bold; }
    TextPage > .page--gutter { color: $primary; }
    TextPage > .page--span { text-style: underline; }
    TextPage > .page--dim { color: $foreground 60%; }
    TextPage > .page--good { color: $success; }
    TextPage > .page--bad { color: $error; text-style: bold reverse; }
    TextPage > .page--unsure { color: $warning; }
    TextPage > .page--loud {
        color: $error; background: $background; text-style: bold reverse;
    }
    TextPage > .page--drill { color: $accent; text-style: bold; }
    TextPage > .page--struck { text-style: strike; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"page--{name}"
        for name in (
            *("label", "value", "subject", "heading", "gutter", "span", "dim"),
            *("good", "bad", "unsure", "loud", "drill", "struck"),
        )
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "scroll_down", "A line on"),
        bind("up,k", "scroll_up", "A line back"),
        bind("pagedown,space", "page_down", "A page on"),
        bind("pageup", "page_up", "A page back"),
        bind("home,g", "scroll_home", "Top"),
        bind("end,G", "scroll_end", "End"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.items: Sequence[Item] = ()
        self._lines: list[Drawn] = []
        self._columns = 0

    @property
    def columns(self) -> int:
        return max(2, self.scrollable_content_region.width)

    def put(self, items: Sequence[Item], *, stay: bool = False) -> None:
        self.items = items
        self._columns = 0
        self._fill()
        if not stay:
            self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self, _: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        if self._columns != self.columns and self.size.width:
            self._columns = self.columns
            self._lines = draw(self.items, self._columns)
            self.set_lines(self._columns, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        base = self.rich_style
        drawn = self._lines[at] if at < len(self._lines) else []
        strip = Strip([Segment(text, self._style(name, base)) for text, name in drawn])
        return strip.adjust_cell_length(self.columns, base)

    def _style(self, name: str, base: Style) -> Style:
        if not name:
            return base
        return base + self.get_component_rich_style(f"page--{name}", partial=True)
