"""Paragraphs in any of the three languages as lines of cells in visual order.

The order that works: shape the whole paragraph, wrap left-to-right parts in isolates,
settle the levels over the paragraph, cut by cells, then reorder, mirror and pad each
line. Cutting first would turn dates and brackets around at the cut
(docs/decisions/own_bidi.md).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from rich.cells import get_character_cell_size

from tui.text.bidi import line_order, paragraph_levels
from tui.text.mirrored_pairs import MIRRORED
from tui.text.order import Bidi, bidi
from tui.text.safe_text import is_mark, safe
from tui.text.shape import shape

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"
CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
ELLIPSIS = "…"
RTL_LANGS = frozenset(("ur", "ar", "fa", "ps", "sd"))
_RTL = frozenset(("R", "AL", "AN"))
_NO_START = frozenset("，。、；：！？）》」』】〕’”…—％%,.;:!?)]}»›،؛؟۔")
_NO_END = frozenset("（《「『【〔‘“([{«‹")
# Dates, times, grids, telephone numbers, decimals, call signs: digits with their
# signs. A military grid may contain spaces.
_GRID = r"\d{1,2}[C-HJ-NP-X] ?[A-Z]{2} ?\d{2,5}(?: ?\d{2,5})?"
_D = "0-9۰-۹٠-٩"
_RUN = rf"[{_D}A-Za-z](?:[{_D}A-Za-z_/:.,٫٬+\-−–%٪@#]*[{_D}A-Za-z%٪])?"
_TOKEN = rf"(?:(?<!\w)[+#@\-−])?{_RUN}"
_LTR = re.compile(rf"(?<![\w]){_GRID}(?![\w])|{_TOKEN}")
_SPACE = "[ \u00a0\u202f]+"
_MONTH = "جنوری|فروری|مارچ|اپریل|مئی|جون|جولائی|اگست|ستمبر|اکتوبر|نومبر|دسمبر"
# A Latin word and the text after it, except spaces: AK 47, Route #5, Gwadar, gate 3.
# The day of an Urdu date belongs to its month; the Z of a time begins no phrase.
_WORDS = re.compile(
    rf"(?<!\w)(?=[A-Za-z]){_RUN}"
    rf"(?:(?:\.?{_SPACE}|,{_SPACE}(?=[A-Za-z]))(?>{_TOKEN})(?! ?(?:{_MONTH})))+"
)
# A path begins with its slash, wherever the line begins.
_PATH = re.compile(rf"(?<![\w/])(?:~|\.{{0,2}})/\.?{_RUN}")
_DIGIT = re.compile(rf"[{_D}]")
# A condition of a search keeps its colon behind it: near:, is:unread.
CONDITIONS = (
    "is kind prec mode tlp state actor site lang from thread after before on near"
)
_CONDITION = re.compile(rf"(?<!\w)(?:{'|'.join(CONDITIONS.split())}):(?:{_RUN})?")

# Right-to-left words, and the characters that join them and a number after them.
_FROM_RIGHT = re.compile(
    rf"(?:(?![{_D}،؛؟۔])[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])+"
)
_JOINS = re.compile(r"[ \u00a0\u200c\u202f،؛۔؟]*")

Range = tuple[int, int]


class DisplayLine(NamedTuple):
    """One line: characters from left to right, padded to the columns asked for."""

    shown: str
    cells: int  # of the text without the padding
    places: tuple[int, ...]  # of each character in the paragraph; -1: padding

    def at_edge(self, *, right: bool, block: int = 0) -> "DisplayLine":
        """Return the line with its text at the right or left edge of its columns.

        Text of the other direction keeps its own edge in a block of so many cells.
        """
        pad = self.places.count(-1) - max(0, block - self.cells)
        if pad <= 0 or (self.places[0] == -1) == right:
            return self
        blank, nowhere = " " * pad, (-1,) * pad
        if right:
            text, places = self.shown[:-pad], self.places[:-pad]
            return DisplayLine(blank + text, self.cells, nowhere + places)
        text, places = self.shown[pad:], self.places[pad:]
        return DisplayLine(text + blank, self.cells, places + nowhere)


def direction_of(lang: str) -> int | None:
    """1 right to left, 0 left to right, None for the text's own (no language)."""
    if not lang:
        return None
    return int(lang.partition("-")[0] in RTL_LANGS)


def lay_out(
    text: str,
    lang: str,
    columns: int,
    isolates: tuple[Range, ...] = (),
    *,
    embeds: bool = False,
) -> tuple[DisplayLine, ...]:
    """Return `text`, one paragraph that went through `safe`, as lines of `columns`.

    `lang` is a BCP 47 tag ("" takes the first strong letter's direction). `isolates`
    are ranges of `text` to be read left to right as one piece (grids, dates: the typed
    spans); numbers are found automatically. `embeds`: these are our words with foreign
    text among them; if ours run left to right, a number after a right-to-left word
    belongs to that text, and is on its left. Unless the setting `bidi` is APP, the text
    is cut into lines without joining or reordering. Cached.
    """
    columns = max(2, columns)  # a Han character takes two
    if bidi() is Bidi.APP:
        return _in_visual_order(text, lang, columns, isolates, embeds=embeds)
    return _as_stored(text, columns, isolates)


@lru_cache(1024)
def _as_stored(
    text: str, columns: int, isolates: tuple[Range, ...]
) -> tuple[DisplayLine, ...]:
    places = list(range(len(text)))
    laid = _Laid(text, places, [0] * len(text), 0)
    cuts = _cut(text, columns, _inside(places, _pieces(text, isolates)))
    return tuple(laid.line(*span, columns) for span in cuts)


@lru_cache(1024)
def _in_visual_order(
    text: str, lang: str, columns: int, isolates: tuple[Range, ...], *, embeds: bool
) -> tuple[DisplayLine, ...]:
    base = direction_of(lang)
    shown, places = shape(text)
    pieces = _pieces(text, isolates)
    if not any(unicodedata.bidirectional(char) in _RTL for char in shown):
        levels, base = [int(base or 0) * 2] * len(shown), base or 0
    else:
        apart = _joined(pieces + _phrases(text, isolates))
        shown, places = _isolate(shown, places, apart, LRI)
        if embeds and base == 0:
            shown, places = _isolate(shown, places, _embedded(text, apart), RLI)
        levels, base = paragraph_levels(shown, base)
    laid = _Laid(shown, places, levels, base)
    cuts = _cut(shown, columns, _inside(places, pieces))
    return tuple(laid.line(*span, columns) for span in cuts)


def one_line(
    text: str, lang: str, columns: int, *, embeds: bool = False
) -> DisplayLine:
    """Return the first line of `text`, ending in … if there is more.

    `embeds` as of `lay_out`.
    """
    if columns < 3:  # noqa: PLR2004 - no room for a letter and …
        return lay_out(text, lang, columns)[0]
    if text.isascii() and text.isprintable() and direction_of(lang) != 1:
        return _one_ascii_line(text, columns)
    lines = lay_out(text, lang, columns, embeds=embeds)
    if len(lines) == 1:
        return lines[0]
    head = _fitting(text, columns - 1)
    return lay_out(head.rstrip() + ELLIPSIS, lang, columns, embeds=embeds)[0]


def _one_ascii_line(text: str, columns: int) -> DisplayLine:
    """Return the first line of a text of one-cell letters that need no reordering.

    Same result as `lay_out`, in a hundredth of the time: most of a list is such text.
    """
    kept = text.rstrip(" ")
    if len(kept) > columns:
        kept = kept[: columns - 1].rstrip(" ") + ELLIPSIS
    cells = len(kept)
    pad = columns - cells
    return DisplayLine(kept + " " * pad, cells, (*range(cells), *[-1] * pad))


def _fitting(text: str, columns: int) -> str:
    stored = bidi() is not Bidi.APP
    shown, places = (text, range(len(text))) if stored else shape(text)
    for at, cells in enumerate(accumulate(map(_cells, shown))):
        if cells > columns:
            return text[: places[at]]
    return text


class _Laid(NamedTuple):
    """A paragraph ready to be cut: shaped text, places, levels, base level."""

    shown: str
    places: list[int]
    levels: list[int]
    base: int

    def line(self, start: int, end: int, columns: int) -> DisplayLine:
        while end > start and self.shown[end - 1] == " ":
            end -= 1
        letters, origin = self._letters(start, end)
        cells = sum(map(get_character_cell_size, letters))
        pad = max(0, columns - cells)
        blank, nowhere = " " * pad, [-1] * pad
        if self.base:
            return DisplayLine(blank + "".join(letters), cells, tuple(nowhere + origin))
        return DisplayLine("".join(letters) + blank, cells, tuple(origin + nowhere))

    def _letters(self, start: int, end: int) -> tuple[list[str], list[int]]:
        """L1 to L4: marks after their letters, brackets mirrored, controls gone."""
        letters: list[str] = []
        origin: list[int] = []
        marks: list[int] = []
        for place in line_order(self.shown, self.levels, start, end, self.base):
            char = self.shown[place]
            if char in CONTROLS:
                continue
            rtl = self.levels[place] & 1
            if rtl and is_mark(char):
                marks.append(place)
                continue
            letters.append(MIRRORED.get(char, char) if rtl else char)
            letters += [self.shown[mark] for mark in reversed(marks)]
            origin += [self.places[at] for at in (place, *reversed(marks))]
            marks.clear()
        letters += [self.shown[mark] for mark in reversed(marks)]
        origin += [self.places[mark] for mark in reversed(marks)]
        return letters, origin


def _pieces(text: str, given: tuple[Range, ...]) -> list[Range]:
    """Find the uncuttable parts: the left-to-right spans given, and numbers."""
    inside = [span for span in given if 0 <= span[0] < span[1] <= len(text)]
    out = [span for span in inside if not _has_rtl(text[slice(*span)])]
    runs = _LTR.finditer(text)
    for pattern in (_CONDITION, _PATH):
        out += [found.span() for found in pattern.finditer(text)]
    return out + [found.span() for found in runs if _DIGIT.search(found.group())]


def _phrases(text: str, given: tuple[Range, ...]) -> list[Range]:
    """Find the Latin words with a number after them: one piece by W7 of UAX #9.

    Other numbers are isolates of their own, which W7 does not look into. A given span
    that begins with a number and continues right to left, such as 24 نومبر, stays
    whole: the phrase ends before it.
    """
    turned = [start for start, end in given if _has_rtl(text[start:end])]
    out = []
    for found in _WORDS.finditer(text):
        start, end = found.span()
        end = min((at for at in turned if start < at < end), default=end)
        if _DIGIT.search(text, start, end):
            out.append((start, start + len(text[start:end].rstrip())))
    return out


def _joined(ranges: list[Range]) -> list[Range]:
    apart: list[Range] = []
    for start, end in sorted(ranges):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _embedded(text: str, apart: list[Range]) -> list[Range]:
    """Find the right-to-left texts, each with the numbers at its end.

    `apart` holds the numbers. A number before such a text is left out: it may belong to
    our own words.
    """
    numbers = set(apart)
    words = [found.span() for found in _FROM_RIGHT.finditer(text)]
    runs: list[Range] = []
    for one in sorted([*words, *apart]):
        if runs and _JOINS.fullmatch(text, runs[-1][1], one[0]):
            runs[-1] = (runs[-1][0], one[1])
        elif one not in numbers:
            runs.append(one)
    return runs


def _has_rtl(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def _isolate(
    shown: str, places: list[int], ranges: list[Range], opener: str
) -> tuple[str, list[int]]:
    starts = dict(ranges)
    out: list[str] = []
    where: list[int] = []
    until = -1
    for char, place in zip(shown, places, strict=True):
        if until >= 0 and place >= until:
            out.append(PDI)
            where.append(-1)
            until = -1
        if place in starts and until < 0:
            out.append(opener)
            where.append(-1)
            until = starts[place]
        out.append(char)
        where.append(place)
    if until >= 0:
        out.append(PDI)
        where.append(-1)
    return "".join(out), where


def _cells(char: str) -> int:
    return 0 if char in CONTROLS else get_character_cell_size(char)


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _may_break(before: str, after: str) -> bool:
    """Say whether a line may end here (a small part of UAX #14)."""
    if before == " ":
        return after != " "
    if after == " " or after in CONTROLS or not (_wide(before) or _wide(after)):
        return False
    return after not in _NO_START and before not in _NO_END and not is_mark(after)


def _inside(places: list[int], ranges: list[Range]) -> frozenset[int]:
    """Return the places not to break at: a grid or date stays whole if it fits."""
    held = {place for start, end in ranges for place in range(start + 1, end)}
    return frozenset(at for at, place in enumerate(places) if place in held)


def _cut(text: str, columns: int, inside: frozenset[int]) -> Iterator[Range]:
    """Yield spans of `text` of up to `columns` cells, without trailing spaces."""
    widths = [0, *accumulate(map(_cells, text))]
    start = 0
    while start < len(text):
        end = _furthest(text, widths, start, columns, inside)
        yield start, end
        start = end
    if not text:
        yield 0, 0


def _furthest(
    text: str, widths: list[int], start: int, columns: int, inside: frozenset[int]
) -> int:
    """Return the end of the line that begins at `start`: the last break that fits."""
    limit, at, last = widths[start] + columns, start + 1, start
    while at < len(text):
        if text[at - 1] != " " and widths[at] > limit:
            break
        if at not in inside and _may_break(text[at - 1], text[at]):
            last = at
        at += 1
    if at == len(text) and (widths[at] <= limit or text[at - 1] == " "):
        return at
    return last if last > start else _inside_word(text, widths, start, limit)


def _inside_word(text: str, widths: list[int], start: int, limit: int) -> int:
    """Return the cut of a word longer than a line: between clusters."""
    end = start + 1
    while end < len(text) and widths[end + 1] <= limit:
        end += 1
    while end > start + 1 and end < len(text) and is_mark(text[end]):
        end -= 1
    return end


def spans_in(text: str, spans: tuple[tuple[str, int], ...]) -> tuple[Range, ...]:
    """Return the ranges of typed spans (text, occurrence) in an already safe `text`."""
    out = []
    for piece, occurrence in spans:
        clean, start = safe(piece), -1
        for _ in range(occurrence + 1):
            start = text.find(clean, start + 1)
            if start < 0:
                break
        if clean and start >= 0:
            out.append((start, start + len(clean)))
    return tuple(out)
