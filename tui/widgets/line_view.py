"""A scrolled widget of lines, of which little is painted where little changed.

To Textual a new length is a new layout, a repaint of the whole widget, and one of its
scrollbar. Here it is a repaint of the scrollbar, where that shows it; what else is to
be painted again is for the widget to say. And whatever is painted, if only the clock of
the top row, it asks each widget beside it for all lines: here they are kept as they
passed the filters.
"""

from math import ceil

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

PARTS = 8  # of a cell, in which the scrollbar is drawn


class LineView(ScrollView):
    """A widget that draws its own lines, and knows how many there are."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._finished: list[Strip] = []
        self._finished_of = Region()
        self._stale: set[int] | None = None
        """The lines that are to be painted again; None for all."""

    def set_lines(self, width: int, count: int, top: int | None = None) -> None:
        """Have so many lines of `width` cells; the caller repaints what changed.

        `top` is the place that the uppermost line in sight has now, where lines came or
        went above it: all that is in sight stays where it is.
        """
        size, before = Size(width, count), self.virtual_size
        fixed, has_bar = not self.styles.auto_dimensions, self.show_vertical_scrollbar
        needs_bar = count > self.container_size.height
        if fixed and width == before.width and needs_bar == has_bar:
            self.set_reactive(Widget.virtual_size, size)
        else:
            self.virtual_size = size
        if top is None:
            self.scroll_y = min(self.scroll_y, self.max_scroll_y)
        else:
            at = float(min(max(top, 0), self.max_scroll_y))
            self.set_reactive(Widget.scroll_y, at)
            self.set_reactive(Widget.scroll_target_y, at)
        if self.show_vertical_scrollbar:
            self._set_bar(self.vertical_scrollbar, count)

    def notify_style_update(self) -> None:
        """Forget lines of another style."""
        super().notify_style_update()
        self._stale = None

    def _set_dirty(self, *regions: Region) -> None:
        """Note what is to be painted again; all goes through here."""
        super()._set_dirty(*regions)
        if not regions:
            self._stale = None
        elif self._stale is not None:
            down = self.content_offset.y
            self._stale.update(down + y for one in regions for y in one.line_range)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a region, of which only the stale ones are made."""
        if self._stale is None or crop != self._finished_of:
            self._finished, self._finished_of = super().render_lines(crop), crop
        else:
            for y in self._stale.intersection(crop.line_range):
                (line,) = super().render_lines(Region(crop.x, y, crop.width, 1))
                self._finished[y - crop.y] = line
        self._stale = set()
        return self._finished

    def _set_bar(self, bar: ScrollBar, count: int) -> None:
        """Tell the scrollbar what it shows; paint it where it shows that otherwise."""
        before = _thumb(bar.window_size, bar.window_virtual_size, bar.position)
        bar.set_reactive(ScrollBar.window_virtual_size, count)
        bar.set_reactive(ScrollBar.position, self.scroll_y)
        if _thumb(bar.window_size, count, self.scroll_y) != before:
            bar.refresh()


def _thumb(height: int, count: float, y: float) -> tuple[int, int]:
    """Return where a scrollbar has its thumb, and how long it is, as Textual draws it.

    In PARTS of a cell.
    """
    if height >= count:
        return 0, 0
    cells = max(1.0, height * height / count)
    return int((height - cells) * y / (count - height) * PARTS), ceil(cells * PARTS)
