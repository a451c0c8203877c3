"""A scrolled widget of lines that repaints as little as possible.

For Textual a new length means a new layout, and a repaint of the whole widget and of
its scrollbar. Here it repaints only the scrollbar, if that changes; the widget decides
on the rest. On any repaint Textual asks each widget in the same rows for all lines:
here they are cached after the filters.
"""

from math import ceil

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import ToastRack  # no public name

PARTS = 8  # of a cell: the scrollbar's resolution


class LineView(ScrollView):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._finished: list[Strip] = []
        self._finished_of = Region()
        self._stale: set[int] | None = None
        """The lines that are to be painted again; None for all."""

    def set_lines(self, width: int, count: int, top: int | None = None) -> None:
        """Set `count` lines of `width` cells; the caller repaints the changes.

        `top` is the new place of the uppermost visible line, if lines above it came or
        went: the lines in view stay in place.
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

    def keep_clear(self, line: int) -> None:
        """Show messages in the half of the screen that a line of this widget is not in.

        With the cursor's line, no message covers the row that the next key is for,
        unless so many are shown that they fill more than half.
        """
        y = self.content_region.y + line - self.scroll_offset.y
        for rack in self.screen.query(ToastRack):
            rack.set_class(y >= self.screen.size.height // 2, "above")

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._stale = None

    def _set_dirty(self, *regions: Region) -> None:
        """Note the regions to repaint; every repaint goes through here."""
        super()._set_dirty(*regions)
        if not regions:
            self._stale = None
        elif self._stale is not None:
            down = self.content_offset.y
            self._stale.update(down + y for one in regions for y in one.line_range)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a region; only stale ones are made again."""
        if self._stale is None or crop != self._finished_of:
            self._finished, self._finished_of = super().render_lines(crop), crop
        else:
            for y in self._stale.intersection(crop.line_range):
                (line,) = super().render_lines(Region(crop.x, y, crop.width, 1))
                self._finished[y - crop.y] = line
        self._stale = set()
        return self._finished

    def _set_bar(self, bar: ScrollBar, count: int) -> None:
        before = _thumb(bar.window_size, bar.window_virtual_size, bar.position)
        bar.set_reactive(ScrollBar.window_virtual_size, count)
        bar.set_reactive(ScrollBar.position, self.scroll_y)
        if _thumb(bar.window_size, count, self.scroll_y) != before:
            bar.refresh()


def _thumb(height: int, count: float, y: float) -> tuple[int, int]:
    """Return the place and length of a scrollbar's thumb, as Textual draws it.

    In PARTS of a cell.
    """
    if height >= count:
        return 0, 0
    cells = max(1.0, height * height / count)
    return int((height - cells) * y / (count - height) * PARTS), ceil(cells * PARTS)
