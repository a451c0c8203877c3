"""Lines that become more or fewer, or move, and what is repainted for that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region
from textual.pilot import Pilot
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from tui.widgets.line_view import LineView, _thumb

WIDTH, HEIGHT = 20, 10


class Lines(LineView):
    """Notes which of its lines are drawn."""

    DEFAULT_CSS = "Lines { height: 1fr; scrollbar-gutter: stable; overflow-x: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.said = "old"

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        text = f"{self.said} {y}".ljust(self.size.width)
        return Strip([Segment(text, self.rich_style)])


class Shown(App[None]):
    """One such widget."""

    def compose(self) -> ComposeResult:
        yield Lines()


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[Pilot[None], Lines]]:
    async with Shown().run_test(size=(WIDTH, HEIGHT)) as pilot:
        yield pilot, pilot.app.query_one(Lines)


def has_bar(lines: Lines) -> bool:
    return lines.show_vertical_scrollbar


async def test_a_new_length_moves_the_scrollbar_and_repaints_no_line() -> None:
    """It is scrolled no further than its lines go."""
    async with shown() as (pilot, lines):
        lines.set_lines(WIDTH, 5)
        await pilot.pause()
        assert not has_bar(lines)
        lines.set_lines(WIDTH, 100)
        await pilot.pause()
        assert has_bar(lines)
        lines.drawn.clear()
        lines.set_lines(WIDTH, 140, 40)
        await pilot.pause()
        assert lines.drawn == []
        assert lines.scroll_offset.y == 40
        bar = lines.vertical_scrollbar
        assert (bar.window_virtual_size, bar.position) == (140, 40)
        lines.set_lines(WIDTH, 100, 1_000)
        assert lines.scroll_offset.y == 100 - HEIGHT
        lines.drawn.clear()
        lines.set_lines(WIDTH, 20)
        await pilot.pause()
        assert lines.scroll_offset.y == 20 - HEIGHT
        assert set(lines.drawn) == set(range(HEIGHT)), "other lines are in sight"
        lines.set_lines(WIDTH, 20, -1)
        assert lines.scroll_offset.y == 0


async def test_only_what_is_stale_is_painted_again() -> None:
    async with shown() as (pilot, lines):
        assert said(pilot.app) == ["old"] * HEIGHT
        lines.said = "new"
        for y in (3, 7):
            lines.refresh(Region(0, y, WIDTH, 1))
        await pilot.pause()
        now = said(pilot.app)
        assert [y for y, one in enumerate(now) if one == "new"] == [3, 7]
        lines.refresh()
        await pilot.pause()
        assert said(pilot.app) == ["new"] * HEIGHT


async def test_lines_of_another_style_or_width_are_painted_again() -> None:
    async with shown() as (pilot, lines):
        lines.said = "new"
        await pilot.resize_terminal(WIDTH + 5, HEIGHT)
        await pilot.pause()
        assert said(pilot.app) == ["new"] * HEIGHT
        lines.styles.background = "red"
        await pilot.pause()
        strips = pilot.app.screen._compositor.render_strips()
        found = {one.style.bgcolor for strip in strips for one in strip if one.style}
        assert found == {Color.parse("red").rich_color}


def said(app: App[None]) -> list[str]:
    """The first word of each line that is shown."""
    return [strip.text[:3] for strip in app.screen._compositor.render_strips()]


async def test_one_that_is_as_high_as_its_lines_grows_with_them() -> None:
    async with shown() as (pilot, lines):
        lines.styles.height = "auto"
        heights = []
        for count in (3, 6):
            lines.set_lines(WIDTH, count)
            await pilot.pause()
            heights.append(lines.size.height)
        assert heights[1] - heights[0] == 3


async def test_the_scrollbar_is_painted_where_its_thumb_moved() -> None:
    async with shown() as (pilot, lines):
        lines.set_lines(WIDTH, 1_000_000)
        await pilot.pause()
        for count, top in ((1_000_001, 1), (500_000, 250_000), (700, 690), (11, 1)):
            lines.set_lines(WIDTH, count, top)
            await pilot.pause()
            kept = bars(pilot.app)
            lines.vertical_scrollbar.refresh()
            await pilot.pause()
            assert bars(pilot.app) == kept, (count, top)


def bars(app: App[None]) -> list[str]:
    """What is painted in the last column, with its colours."""
    strips = app.screen._compositor.render_strips()
    return [repr(list(strip.crop(WIDTH - 1, WIDTH))) for strip in strips]


@given(st.integers(1, 60), st.integers(1, 5_000), st.integers(0, 5_000))
def test_the_thumb_is_where_textual_draws_it(height: int, count: int, y: int) -> None:
    top = float(min(y, max(0, count - height)))
    moved = float(min(y + 1, max(0, count - height)))
    if _thumb(height, count, top) == _thumb(height, count, moved):
        assert drawn(height, count, top) == drawn(height, count, moved)


def drawn(height: int, count: int, y: float) -> list[str]:
    window = height if height < count else 0
    made = ScrollBarRender.render_bar(height, count, window, y)
    return [repr(one) for one in made.segments]
