"""Every screen at every size, resized while open, with hostile text; its colours."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any

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
PARTS = [list(OPEN)[at::4] for at in range(4)]
"""The screens, so many that one application shows them in time on a slow machine."""


async def each(app: Terminal, pilot: Looking, names: list[str]) -> AsyncIterator[str]:
    """Some screens, one after the other, over a desk of its own, once it is drawn."""
    for name in names:
        if made := OPEN[name](app, hostile_desk()):
            await pilot.show(made, partial(_is_drawn, app, made))
        await wait_for_workers(app)
        await pilot.pause()
        yield name
        while made in app.screen_stack:
            app.pop_screen()
            await pilot.pause()
        app.clear_notifications()


def _is_drawn(app: Terminal, screen: Screen[Any]) -> bool:
    return app.screen is screen and bool(text(app).strip())


def test_each_screen_is_here() -> None:
    assert screens() == {*OPEN, *ASIDE}
    assert set(ASIDE.values()) <= set(OPEN)


@pytest.mark.parametrize("names", PARTS, ids=range(len(PARTS)))
async def test_it_fits_every_size_and_nothing_acts(names: list[str]) -> None:
    desk = hostile_desk(settings={"language": LONGEST})
    async with terminal(desk, WIDE, "Evil") as (app, pilot):
        async for name in each(app, pilot, names):
            screen = app.screen
            for size in SIZES:
                await pilot.resize(size)
                assert app.screen is screen
                drawn = lines(app)
                assert {cell_len(line) for line in drawn} == {size[0]}, name
                assert not [bad for bad in ACTING if bad in text(app)], name
                assert not cut_words(app), (name, size)
            if not isinstance(screen, Bulletins):
                for _ in range(3):
                    await pilot.press("escape")
                    await pilot.pause()
                assert screen not in app.screen_stack, name


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


@pytest.mark.parametrize("names", PARTS, ids=range(len(PARTS)))
async def test_its_text_is_readable_and_each_key_that_it_names_does_something(
    names: list[str],
) -> None:
    """And none names a bulletin in hexadecimal, but those of bytes, roots and keys."""
    async with terminal(hostile_desk(), WIDE, "Evil") as (app, pilot):
        async for name in each(app, pilot, names):
            assert not [bad for bad in ACTING if bad in text(app)], name
            assert name in TECHNICAL or not re.search("[0-9a-f]{16}", text(app)), name
            bound = app.screen.active_bindings.values()
            does = {display_key(one.binding.key) for one in bound if one.enabled}
            assert named_keys(app) <= does, name
            assert not await find_faint(app, pilot), name


async def test_a_list_of_nothing_and_the_list_of_commands_are_readable() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.show(TemplateBox(app.desk, filled()), "No template is kept yet.")
        assert not await find_faint(app, pilot)
        app.screen.dismiss()
        await until(pilot, Bulletins)
        await pilot.press("ctrl+p", then="earch the commands")
        assert not await find_faint(app, pilot)
        assert "\U0001f50e" not in text(app), "a sign that few fonts have"


async def test_a_message_has_an_edge_that_is_seen() -> None:
    """All round, whatever colours there are: else what is below looks cut."""
    severities: tuple[SeverityLevel, ...] = ("information", "warning", "error")
    async with terminal(three(), WIDE) as (app, pilot):
        for severity in severities:
            app.notify(f"An {severity}.", severity=severity, timeout=60, markup=False)
            await until(pilot, f" An {severity}.")
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
            app.clear_notifications()
            await until(pilot, lambda: not app.screen.query("Toast"))


def named_keys(app: Terminal) -> set[str]:
    """Return the keys that the rows of keys of the screen in front name."""
    found: set[str] = set()
    for bar in app.screen.query(KeyLine):
        for part in [part for row in bar.rows for part in row if bar.display]:
            words = part.text.split()
            found.update(takewhile(IS_KEY, words))
    return found
