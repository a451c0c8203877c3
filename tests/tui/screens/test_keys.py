"""The line of keys at 80 columns: what one needs there is whole, and `?` never goes."""

from typing import Any

import pytest
from textual.events import Paste
from textual.screen import Screen

from exchange.bulletin.schema import LANGUAGES
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, Looking, go_on, lines, terminal, until
from tests.tui.screens.test_compose import with_draft
from tests.tui.screens.test_review import with_numbers
from tests.tui.screens.test_translate import desk as translating
from tests.tui.screens.test_translate import written
from tui.app import Terminal
from tui.screens.back_translation import Blind, Compare
from tui.screens.compose import Compose
from tui.screens.help import Help
from tui.screens.review import Sending
from tui.screens.translate import Translate
from tui.widgets.bar import KeyLine, beside_key
from tui.words import label, mirrored

TONGUES = pytest.mark.parametrize("lang", LANGUAGES)


def keys(app: Terminal) -> list[str]:
    """The pairs of key and word in the last row, each as it must stand there."""
    [bar] = [bar for bar in app.screen.query(KeyLine) if bar.display]
    row = lines(app)[-1].strip()
    whole = [part.text for part in bar.rows[0]]
    shown = [text for text in row.split("  ") if text]
    assert set(shown) <= set(whole), "nothing is cut"
    return [text.rpartition(" ")[0] if text[0] == "[" else text for text in shown]


def needs(app: Terminal, *pairs: str, more: str = "?") -> None:
    """Say that these are there; the last is the key for all the others."""
    row = f" {lines(app)[-1]}  "
    keys(app)
    for pair in pairs:
        key, _, said = pair.rpartition(":")
        assert f" {beside_key(key, said)}  " in row, (pair, row)
    shown = [part.strip() for part in row.split("  ") if part.strip()]
    assert shown[0 if mirrored() else -1] == beside_key(more, "keys"), row


def spoken(desk: FakeDesk, lang: str) -> FakeDesk:
    desk.settings["language"] = lang
    return desk


async def at(app: Terminal, pilot: Looking, screen: type[Screen[Any]]) -> None:
    """Wait until that screen is there, with its keys."""
    await until(pilot, lambda: isinstance(app.screen, screen) and _drawn(app))


def _drawn(app: Terminal) -> bool:
    return any(bar.rows for bar in app.screen.query(KeyLine)) and bool(
        lines(app)[-1].strip()
    )


@TONGUES
async def test_of_list_reader_and_search(lang: str) -> None:
    async with terminal(spoken(three(), lang), NARROW) as (app, pilot):
        needs(app, "↵:open", "/:search", "c:compose", "d:hand-over", "⇥:most urgent")
        await pilot.press("enter", then=lambda: "Esc" in lines(app)[-1])
        needs(app, "Esc:back", "a:acknowledge", "[ ]:language", "t:translate")
        needs(app, "r:reply", "v:verify")
        await pilot.press("escape", "/", "c")
        await until(pilot, lambda: label("end the search") in lines(app)[-1])
        needs(app, "↵:to the hits", "Esc:end the search", more="F1")
        await pilot.press("enter", then=lambda: label("next hit") in lines(app)[-1])
        needs(app, "↵:open", "n N:next hit", "Esc:end the search")
        await pilot.press("enter", then=lambda: label("back") in lines(app)[-1])
        needs(app, "Esc:back", "a:acknowledge")


@TONGUES
async def test_where_list_and_reader_stand_side_by_side(lang: str) -> None:
    async with terminal(spoken(three(), lang), WIDE) as (app, pilot):
        needs(app, "↵:open", "a:acknowledge", "[ ]:language", "t:translate", "r:reply")
        needs(app, "c:compose", "/:search", "d:hand-over", "v:verify")
        await pilot.press("/", then=lambda: label("end the search") in lines(app)[-1])
        needs(app, "↵:to the hits", "Esc:end the search", more="F1")
        await pilot.press("enter", then=lambda: label("next hit") in lines(app)[-1])
        needs(app, "n N:next hit", "a:acknowledge", "t:translate")


@TONGUES
async def test_of_what_is_translated(lang: str) -> None:
    desk = spoken(translating(), lang)
    async with terminal(desk, NARROW) as (app, pilot):
        bench, opened = written(desk), desk.read(1)
        app.push_screen(Translate(desk, opened, bench))
        await at(app, pilot, Translate)
        needs(
            app,
            "↵:continue",
            "F9:confirm",
            "^T:state",
            "^S:sign",
            "Esc:back",
            more="F1",
        )
        app.push_screen(Compare(bench))
        await at(app, pilot, Compare)
        needs(app, "y:the same", "x:not the same", "Esc:back")
        app.push_screen(Blind(desk, 1, bench, "en"))
        await at(app, pilot, Blind)
        needs(app, "↵:save and continue", "Esc:keep for later", more="F1")


@TONGUES
async def test_of_form_and_review(lang: str) -> None:
    async with terminal(spoken(with_draft(), lang), NARROW) as (app, pilot):
        await go_on(pilot)
        await at(app, pilot, Compose)
        await until(pilot, "Convoy at risk")
        needs(app, "↵:fill in", "^S:review", "Esc:keep for later", more="F1")
        await pilot.press("ctrl+s")
        await at(app, pilot, Sending)
        needs(app, "y:sign and send", "e:edit", "[ ]:language", "q q:discard")
        assert label("no personal data") not in lines(app)[-1]


@TONGUES
async def test_what_is_to_be_confirmed_comes_first(lang: str) -> None:
    async with terminal(spoken(with_numbers(), lang), NARROW) as (app, pilot):
        await go_on(pilot)
        await at(app, pilot, Compose)
        await until(pilot, lambda: "^S" in lines(app)[-1] and app.screen.query("#form"))
        await pilot.press("ctrl+s")
        await at(app, pilot, Sending)
        needs(app, "x:no personal data", "y:sign and send", "e:edit", "q q:discard")
        await pilot.press("x", "x")
        await until(pilot, lambda: label("no personal data") not in lines(app)[-1])


@TONGUES
async def test_of_all_that_is_opened_from_there(lang: str) -> None:
    async with terminal(spoken(three(), lang), NARROW) as (app, pilot):
        await pilot.press("enter", then="✔")
        first = app.screen
        for key in ("v", "u", "x", "d"):
            await pilot.press(key)
            await until(
                pilot, lambda: app.screen is not first and lines(app)[-1].strip()
            )
            needs(app, "Esc:back")
            await pilot.press("?")
            await at(app, pilot, Help)
            assert label("keys") not in lines(app)[-1], "these are all"
            await pilot.press("escape", "escape", then=lambda: app.screen is first)


async def test_who_pastes_is_there() -> None:
    """An input method may commit what is typed as pasted text: no idle lock then."""
    async with terminal(three(), WIDE) as (app, pilot):
        app._touched = 0
        app.post_message(Paste("成都"))
        await until(pilot, lambda: app._touched > 0)
