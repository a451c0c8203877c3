"""The boxes of compose: long lists, tables, texts and what is fixed in them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.screen import ModalScreen
from textual.widgets import OptionList

from exchange.bulletin.codes import CODES
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES
from exchange.errors import Reason
from exchange.limits import SUBJECT_MAX
from exchange.v1.bulletin_pb2 import Span
from tests.tui.examples import HOSTILE, NOW
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, WIDE, Looking, lines, says, terminal, text, until
from tui import words
from tui.app import Terminal
from tui.fields import FormRow
from tui.paragraph import Paragraph
from tui.screens.bulletins import Bulletins
from tui.screens.dialogs import Ask, Pick, SeenPick
from tui.screens.exit_box import Leaving
from tui.screens.field_editor import Value
from tui.screens.field_options import words_of
from tui.screens.paragraph_editor import Write
from tui.screens.passphrase import NewPassphrase, Passphrase, TokenPin
from tui.screens.table import LineBox, Table
from tui.screens.time_box import TimeBox
from tui.widgets.text_editor import Edit

Opened = tuple[Terminal, Looking, list[Any]]


async def put(app: Terminal, pilot: Looking, made: ModalScreen[Any]) -> list[Any]:
    """Put a box in front; return the list that it is dismissed into."""
    found: list[Any] = []
    app.push_screen(made, found.append)
    await until(pilot, ModalScreen)
    await pilot.pause()
    return found


@asynccontextmanager
async def box(
    made: Callable[[], ModalScreen[Any]], size: tuple[int, int] = NARROW
) -> AsyncIterator[Opened]:
    """A box over the list; what it is dismissed with is put into the list."""
    async with terminal(three(), size) as (app, pilot):
        yield app, pilot, await put(app, pilot, made())


def sites(chosen: list[str] | None = None, *, many: bool = False) -> Pick:
    labels = {code: said["en"] for code, said in CODES["site"].items()}
    return Pick("Site", labels, chosen or [], many=many, words=words_of("site"))


# Lists.


async def test_a_long_list_is_searched_in_any_language() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        for typed, code in (
            ("hydropower", "DASU-HPP"),
            ("داسو ڈیم", "DASU-HPP"),
            ("達", ""),
            ("达苏大坝", "DASU-HPP"),
            ("HPP dasu", "DASU-HPP"),
            ("خنجراب", "KHUNJERAB"),
            ("ﺧﻨﺠﺮﺍﺏ", "KHUNJERAB"),
            ("no such place", ""),
            ("\u202e\x1b[2J", ""),
        ):
            found = await put(app, pilot, sites())
            app.screen.post_message(events.Paste(typed))
            await until(pilot, lambda: app.screen.query_one("#find", Edit).text)
            await pilot.pause()
            if not code:
                assert "No such name." in text(app)
                await pilot.press("enter", "escape")
            else:
                await pilot.press("enter")
            await until(pilot, lambda: found)  # noqa: B023 - awaited here
            assert found == [[code] if code else None], typed


async def test_letters_search_and_keys_still_move() -> None:
    async with box(sites) as (app, pilot, found):
        await pilot.press(*"dasu", "down", "down")
        options = app.screen.query_one(OptionList)
        assert 0 < options.option_count < 10
        at = options.highlighted
        assert at == 1
        await pilot.press("enter", then=lambda: found)
        assert found == [[options.get_option_at_index(at).id]]


async def test_what_is_typed_at_once_is_sought_with_its_spaces_and_taken_by_enter() -> (
    None
):
    """In a short list too: black is never green."""
    labels = {"GREEN": "Green, open", "BLACK": "Black, closed"}
    async with terminal(three(), NARROW) as (app, pilot):
        found = await put(app, pilot, Pick("State", labels, [], many=False))
        for key in (*"black", "enter", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: found)
        await pilot.pause()
        assert found == [["BLACK"]]
        await until(pilot, Bulletins)
        found = await put(app, pilot, sites())
        for key in "bridge 7":
            named = "space" if key == " " else key
            app.post_message(events.Key(named, key))
        find = app.screen.query_one("#find", Edit)
        await until(pilot, lambda: find.text == "bridge 7")
        await pilot.press("enter", then=lambda: found)
        assert found == [["KKH-BRIDGE-7"]]


async def test_of_many_what_is_sought_is_chosen_or_taken_out_and_the_rest_stays() -> (
    None
):
    async with terminal(three(), NARROW) as (app, pilot):
        found = await put(app, pilot, sites(["GILGIT", "OF_A_NEWER_LIST"], many=True))
        assert "[x] Gilgit" in text(app)
        assert "GILGIT" not in text(app), "a label, not also its code"
        await pilot.press(*"chilas", "enter", "space", "enter", then=lambda: found)
        assert found == [["GILGIT", "OF_A_NEWER_LIST", "CHILAS"]]
        found = await put(app, pilot, sites(["GILGIT"], many=True))
        await until(pilot, "space: choose")
        await pilot.press(*"chilas", then="to the results")
        assert "space: choose" not in text(app)  # a space is sought here
        await pilot.press("enter", then="space: choose")
        await pilot.press("enter", then=lambda: found)
        assert found == [["GILGIT", "CHILAS"]]
        found = await put(app, pilot, sites(["CHILAS"], many=True))
        await pilot.press(*"chilas", "enter", "space", "enter", then=lambda: found)
        assert found == [[]]


async def test_a_short_list_has_no_search_and_hostile_labels_are_made_safe() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        made = Pick("Mode", {"ACTUAL": "Actual"}, [], many=False)
        found = await put(app, pilot, made)
        assert not app.screen.query_one("#find").display
        await pilot.press("x", "escape", then=lambda: found)
        assert found == [None]
        await put(app, pilot, Pick(HOSTILE, {HOSTILE: HOSTILE}, [HOSTILE], many=True))
        assert all(c.isprintable() or c == "\n" for c in text(app))
        assert "\u202e" not in text(app)


# Tables.


def mist(texts: list[str]) -> Table:
    field = KINDS["MEDEVAC"].field("mist")
    assert field is not None
    return Table(
        FormRow("details.mist", field.labels["en"], field, required=False),
        texts,
        lambda _: None,
        lambda: NOW,
    )


async def test_rows_are_added_edited_and_taken_out() -> None:
    async with box(lambda: mist(["patient=P1;pulse=80", "patient=P2"])) as (
        app,
        pilot,
        found,
    ):
        assert "1. Patient: P1; Pulse: 80 a minute" in text(app)
        await pilot.press("enter", then=LineBox)
        await pilot.press(*["down"] * 8, "enter", then="between 0 and 300")
        assert "a minute" in text(app)
        await pilot.press("ctrl+u", *"۹۵", "enter", "escape")
        await until(pilot, "1. Patient: P1; Pulse: 95 a minute")
        await pilot.press("down", "delete")
        await until(pilot, lambda: "2. Patient: P2" not in text(app))
        await pilot.press("+", then=LineBox)
        await pilot.press("enter", *"p3", "enter", "escape", then="2. Patient: P3")
        await pilot.press("escape", then=lambda: found)
        assert found == [["patient=P1;pulse=95", "patient=P3"]]


async def test_a_column_that_is_wrong_is_marked_and_a_row_without_one_is_said() -> None:
    async with box(lambda: mist([])) as (app, pilot, found):
        await until(pilot, LineBox)
        await pilot.press("enter", *"Ali", "enter", then="✘ Patient")
        await pilot.press("backspace", "down", "enter", then=Pick)
        await pilot.press("down", "enter", "escape")
        await until(pilot, lambda: says(app, Reason.FIELD_MISSING))
        assert isinstance(app.screen, LineBox)
        await pilot.press("escape", then=Table)  # what was written is not lost
        await pilot.press("escape", then=lambda: found)
        [[kept]] = found
        assert kept.startswith("precedence=")


async def test_a_row_that_stays_empty_is_none() -> None:
    async with box(lambda: mist([])) as (_, pilot, found):
        await until(pilot, LineBox)
        await pilot.press("escape", then=Table)
        await pilot.press("escape", then=lambda: found)
        assert found == [[]]


async def test_a_tally_is_a_table_of_codes_and_numbers() -> None:
    field = KINDS["CONSULAR_NOTE"].field("nationals")
    assert field is not None
    one = FormRow("details.nationals", "Nationals", field, required=True)
    async with box(lambda: Table(one, ["CHN:3"], lambda _: None, lambda: NOW)) as (
        app,
        pilot,
        found,
    ):
        assert "China (3 persons)" in text(app)
        await pilot.press("enter", then=LineBox)
        await pilot.press("down", "enter", then="persons")
        await pilot.press("ctrl+u", "4", "enter", "escape", "escape")
        await until(pilot, lambda: found)
        assert found == [["CHN:4"]]


# Texts.


def write(lang: str, said: str, longest: int = 4_000) -> Write:
    return Write(
        "Text 1", Paragraph.new(lang, said), longest, lambda: None, lambda: False
    )


def prose(found: list[Any]) -> Paragraph:
    [one] = found
    assert isinstance(one, Paragraph)
    return one


async def test_what_is_found_is_listed_and_dropped_or_taken_back() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        found = await put(app, pilot, write("en", ""))
        await pilot.press(*"12 trucks at 06:00Z", "enter", then="[x] Time: 06:00Z")
        await pilot.press("space", then="[ ] Number: 12")
        await pilot.press("enter", then=lambda: found)
        assert [span.text for span in prose(found).spans] == ["06:00Z"]
        found = await put(app, pilot, write("en", "12 trucks"))
        await pilot.press("tab", "space", "space", "tab", *" late", "escape")
        await until(pilot, lambda: found)
        assert prose(found).text == "12 trucks late"
        assert [span.text for span in prose(found).spans] == ["12"]


@pytest.mark.parametrize(("lang", "said"), [("ur", ""), ("zh-Hans", "地点：")])
async def test_what_is_fixed_is_laid_out_again(lang: str, said: str) -> None:
    def listed() -> bool:
        rows = [line for line in lines(app) if "[x]" in line]
        return any(f"{said}Khunjerab = KHUNJERAB" in row for row in rows)

    async with terminal(three(settings={"language": lang}), NARROW) as (app, pilot):
        await pilot.show(write("ur", "Khunjerab crossing"), listed)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: len(lines(app)) == 20)
        await until(pilot, listed)


async def test_a_wrong_script_is_said_at_once_and_the_one_that_fits_taken() -> None:
    """Of a text that has its language; a new one follows its script by itself."""
    async with box(lambda: write("en", "Convoy")) as (app, pilot, found):
        await pilot.press("ctrl+u", *"车队")
        said = "Not written in the script of its language"
        await until(pilot, said)
        await pilot.press("enter")
        await pilot.pause()
        assert not found
        await pilot.press("ctrl+l", then=lambda: said not in text(app))
        assert "Chinese (simplified)" in text(app)
        await pilot.press("enter", then=lambda: found)
        assert prose(found) == Paragraph("zh-Hans", "车队")


async def test_a_part_is_marked_by_keys_and_a_value_that_is_none_is_refused() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        found = await put(app, pilot, write("en", "At the old bridge"))
        await pilot.press(*["shift+left"] * 10, "f7", then="Kind of this part")
        await pilot.press("enter", then="type to search")
        await pilot.press(*"bridge 7", "enter", then="Place: old bridge = KKH-BRIDGE-7")
        await pilot.press("escape", then=lambda: found)
        wanted = Span(kind="PLACE", text="old bridge", value="KKH-BRIDGE-7")
        assert prose(found).spans == [wanted]
        found = await put(app, pilot, write("en", "The third of March"))
        await pilot.press("f7", then="Kind of this part")
        await pilot.press(*["down"] * 3, "enter")
        await until(pilot, "Value, the same in every language")
        await pilot.press(*"soon", "enter", then="does not match its text")
        await pilot.press("escape", then=lambda: found)
        assert prose(found).spans == []


PASTES = {
    "escapes": "\x1b]52;c;AA\x07\x9b2J",
    "direction": "\u202egpj\u2066\u200f",
    "long": "12 Dasu town, 06:00Z. " * 5_000,
    "marks": "e" + "\u0301" * 5_000,
    "lines": "a\n" * 50_000,
    "surrogate": "\ud800x",
}


async def test_a_hostile_paste_is_shown_and_harms_nothing() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        for name, paste in PASTES.items():
            found = await put(app, pilot, write("en", "", SUBJECT_MAX))
            edit = app.screen.query_one(Edit)
            edit.post_message(events.Paste(paste))
            await until(pilot, lambda: edit.text)  # noqa: B023 - awaited here
            if len(paste) > SUBJECT_MAX:
                await until(pilot, "The rest did not fit")
            else:
                seen = "Contains invisible characters" in text(app)
                assert seen == ("\ufffd" in edit.text), name
            odd = {c for line in lines(app) for c in line if not c.isprintable()}
            assert odd <= {"\xa0"}, name  # the caret at the end
            await pilot.press("escape", then=lambda: found)  # noqa: B023 - awaited here
            assert len(prose(found).text) <= SUBJECT_MAX
            assert all(char.isprintable() for char in prose(found).text), name
            app.clear_notifications()


async def test_every_box_fits_its_screen_in_every_language() -> None:
    made: list[Callable[[], ModalScreen[Any]]] = [
        sites,
        lambda: mist(["patient=P1;pulse=80;injuries=HEAD,CHEST" for _ in range(9)]),
        lambda: write("ur", "قافلہ 12 گاڑیوں کے ساتھ 06:00Z پر روانہ ہوا۔ " * 20),
    ]
    async with terminal(three(), NARROW) as (app, pilot):
        for one in made:
            words.use("en")
            await put(app, pilot, one())
            for lang in LANGUAGES:
                words.use(lang)
                for size in (WIDE, NARROW):
                    await pilot.resize(size)
                    bars = app.screen.query("Bar")
                    inside = [bar.region for bar in bars if bar.display]
                    assert all(0 < region.bottom < size[1] for region in inside)
                    assert {len(line) <= size[0] for line in lines(app)} == {True}
            app.pop_screen()
            await until(pilot, Bulletins)


BOXES: dict[str, Callable[[], ModalScreen[Any]]] = {
    "ask": lambda: Ask("Name", "", "at most 40 characters"),
    "value": lambda: Value("Killed", "", "a whole number", lambda _: None),
    "time": lambda: TimeBox("When", "0600", lambda: NOW, lambda _: None),
    "passphrase": lambda: Passphrase("duty-2"),
    "pin": lambda: TokenPin("duty-2"),
    "new passphrase": lambda: NewPassphrase("duty-2"),
    "acts": lambda: SeenPick("Key", {"a": "renew", "b": "retire"}, [], many=False),
    "leaving": lambda: Leaving(
        "There is unfinished work", {"a": "Stay"}, [], many=False
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_box_names_the_keys_that_take_and_that_leave(language: str) -> None:
    """They stay where a new passphrase is asked for again."""
    desk = three(settings={"language": language})
    async with terminal(desk, (60, 20)) as (app, pilot):
        leaves = (words.label("Esc: cancel"), f"Esc {words.label('cancel')}")
        for name, made in BOXES.items():
            await app.push_screen(made())
            await pilot.pause()
            if isinstance(app.screen, NewPassphrase):
                again = "Too short" if language == "en" else None
                await pilot.press(*"short", "enter", then=again)
                await pilot.pause()
            at = app.screen.query_one("#hint").region
            said = "".join(lines(app)[at.y : at.bottom])
            assert any(each in said for each in leaves), name
            assert "↵" in said, name
            app.pop_screen()
