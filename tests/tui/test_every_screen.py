"""Every screen at every size, resized while open, with hostile text; its colours."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import takewhile

import pytest
from rich.cells import cell_len
from rich.color import ColorType
from rich.segment import Segment
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from tests.tui.every_screen import ASIDE, OPEN, hostile_desk
from tests.tui.fake_desk import three
from tests.tui.looking import WIDE, Looking, lines, terminal, text, until
from tests.tui.test_form import filled
from tests.tui.test_plain_screens import screens
from tui.app import Terminal
from tui.keys import display_key
from tui.screens.bulletins import Bulletins
from tui.screens.template_box import TemplateBox
from tui.settings import ChangeSetting
from tui.widgets.bar import Bar, KeyLine, fit
from tui.workers import wait_for_workers

LONGEST = "ur"
"""The language whose words are the longest, and which is reordered."""
SIZES = [(80, 24), (60, 20), (200, 60), (60, 20), (120, 40)]
ACTING = ("\x1b", "\x9b", "\x07", "\x0e", "\x00", "\u202e", "\u2066")
FRAME = {chr(point) for point in range(0x2500, 0x25A0)} | set(" \u00a0·")
IS_KEY = re.compile(r"\^?.|F\d+|Esc|PgDn|PgUp").fullmatch
READABLE = 4.5  # WCAG 2.2, 1.4.3
SEEN = 3  # of a line, 1.4.11
THEMES = ("dark", "light")
TECHNICAL = {"RawScreen", "AuditScreen", "Keys", "KeyPage", "Voice"}
"""Screens of bytes, roots and keys, which are told in hexadecimal."""


@asynccontextmanager
async def opened(
    name: str, language: str = "en", size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Terminal, Looking]]:
    """A screen in front of the list, once it is drawn."""
    desk = hostile_desk(settings={"language": language})
    async with terminal(desk, size, "Evil") as (app, pilot):
        if made := OPEN[name](app, desk):
            await pilot.show(made, lambda: app.screen is made and text(app).strip())
        await wait_for_workers(app)
        await pilot.pause()
        yield app, pilot


def test_each_screen_is_here() -> None:
    assert screens() == {*OPEN, *ASIDE}
    assert set(ASIDE.values()) <= set(OPEN)


@pytest.mark.parametrize("name", OPEN)
async def test_it_fits_every_size_and_nothing_acts(name: str) -> None:
    async with opened(name, LONGEST) as (app, pilot):
        screen = app.screen
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await until(pilot, partial(_is_high, app, height))
            assert app.screen is screen
            drawn = lines(app)
            assert {cell_len(line) for line in drawn} == {width}
            assert not [bad for bad in ACTING if bad in text(app)]
            assert not cut_words(app), (width, height)
        if not isinstance(screen, Bulletins):
            for _ in range(3):
                await pilot.press("escape")
                await pilot.pause()
            assert screen not in app.screen_stack


def cut_words(app: Terminal) -> list[str]:
    """Return our words in bars that are cut off at their end (in Urdu, on the left)."""
    rows = [
        (fit(row, bar.size.width - 2, len(bar.SEPARATOR)), bar.size.width - 2)
        for bar in app.screen.query(Bar)
        if bar.display and bar.size
        for row in bar.rows[: bar.size.height]
    ]
    return [
        kept[0].text
        for kept, columns in rows
        if len(kept) == 1
        and cell_len(kept[0].text) > columns
        and "Evil" not in kept[0].text
    ]


def _is_high(app: Terminal, rows: int) -> bool:
    return len(lines(app)) == rows


def _is_drawn_in(app: Terminal, theme: str) -> bool:
    return app.theme == f"fusion-{theme}"


def brightness(colour: Iterable[int]) -> float:
    """Relative luminance, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(segment: Segment) -> float:
    """Of a segment's text to what it stands on."""
    style = segment.style
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    assert style.color.type is ColorType.TRUECOLOR
    one, other = (
        brightness(colour.get_truecolor()) for colour in (style.color, style.bgcolor)
    )
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def in_front(app: Terminal) -> Iterator[Segment]:
    """What is drawn of the screen in front: of a box not what lies dimmed below it."""
    strips = app.screen._compositor.render_strips()
    if not isinstance(app.screen, ModalScreen):
        for strip in strips:
            yield from strip
        return
    box = app.screen.children[0].region
    for strip in strips[box.y : box.bottom]:
        yield from strip.crop(box.x, box.right)


async def find_faint(app: Terminal, pilot: Looking) -> set[tuple[str, str, str, float]]:
    """Return the texts of the screen in front that are hard to read, in both themes."""
    found = set()
    for theme in THEMES:
        app.post_message(ChangeSetting("theme", theme))
        await until(pilot, partial(_is_drawn_in, app, theme))
        await pilot.pause()
        found |= {
            (theme, one.text.strip(), str(one.style), round(contrast(one), 1))
            for one in in_front(app)
            if set(one.text) - FRAME and contrast(one) < READABLE
        }
    return found


@pytest.mark.parametrize("name", OPEN)
async def test_its_text_is_readable(name: str) -> None:
    async with opened(name) as (app, pilot):
        assert not await find_faint(app, pilot)


async def test_a_list_of_nothing_and_the_list_of_commands_are_readable() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.show(TemplateBox(app.desk, filled()), "No template is kept yet.")
        assert not await find_faint(app, pilot)
        app.screen.dismiss()
        await until(pilot, Bulletins)
        await pilot.press("ctrl+p", then="earch the commands")
        assert not await find_faint(app, pilot)
        assert "\U0001f50e" not in text(app), "a sign that few fonts have"


@pytest.mark.parametrize("severity", ["information", "warning", "error"])
async def test_a_message_has_an_edge_that_is_seen(severity: SeverityLevel) -> None:
    """All round, whatever colours there are: else what is below looks cut."""
    async with terminal(three(), WIDE) as (app, pilot):
        app.notify("Said aside.", severity=severity, timeout=60, markup=False)
        await until(pilot, " Said aside.")
        assert not await find_faint(app, pilot)
        for theme in THEMES:
            app.post_message(ChangeSetting("theme", theme))
            await until(pilot, partial(_is_drawn_in, app, theme))
            await pilot.pause()
            (box,) = (one.region for one in app.screen.query("Toast"))
            strips = app.screen._compositor.render_strips()
            rows = [strips[y].crop(box.x, box.right) for y in box.line_range]
            drawn = [strip.text for strip in rows]
            assert [row[0] + row[-1] for row in drawn] == ["╭╮", "││", "╰╯"]
            assert all(contrast(one) >= SEEN for one in rows[0])


def named_keys(app: Terminal) -> set[str]:
    """Return the keys that the rows of keys of the screen in front name."""
    found: set[str] = set()
    for bar in app.screen.query(KeyLine):
        for part in [part for row in bar.rows for part in row if bar.display]:
            words = part.text.split()
            found.update(takewhile(IS_KEY, words))
    return found


async def test_each_key_that_a_screen_names_does_something() -> None:
    desk, idle = hostile_desk(), dict[str, set[str]]()
    async with terminal(desk) as (app, pilot):
        for name, opening in OPEN.items():
            if made := opening(app, desk):
                await pilot.show(made, partial(_names_keys, app, made))
            await wait_for_workers(app)
            await pilot.pause()
            bound = app.screen.active_bindings.values()
            does = {display_key(one.binding.key) for one in bound if one.enabled}
            if missing := named_keys(app) - does:
                idle[name] = missing
            while made in app.screen_stack:
                app.pop_screen()
                await pilot.pause()
    assert not idle


def _names_keys(app: Terminal, screen: Screen[None]) -> bool:
    return screen in app.screen_stack and bool(named_keys(app) or app.screen is screen)


@pytest.mark.parametrize("name", sorted(OPEN.keys() - TECHNICAL))
async def test_no_screen_names_a_bulletin_in_hexadecimal(name: str) -> None:
    async with opened(name) as (app, _):
        assert not re.search("[0-9a-f]{16}", text(app))
