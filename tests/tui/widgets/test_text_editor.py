"""The segment editor: logical text, visual caret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.looking import lines, until
from tui.widgets.text_editor import Edit


class Editing(App[None]):
    CSS = "Edit { height: 4; width: 30; }"

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit, self.full = edit, 0

    def on_edit_full(self) -> None:
        self.full += 1

    def compose(self) -> ComposeResult:
        yield self.edit


@asynccontextmanager
async def editing(edit: Edit) -> AsyncIterator[Pilot[None]]:
    async with Editing(edit).run_test(size=(30, 6)) as pilot:
        edit.focus()
        await pilot.pause()
        yield pilot


async def test_urdu_is_kept_logical_and_shown_joined_from_the_right() -> None:
    """A ZWNJ can be typed; letters are no commands."""
    edit = Edit(language="ur")
    async with editing(edit) as pilot:
        await pilot.press(*"گاڑی")
        await pilot.pause()
        assert edit.text == "گاڑی"
        assert lines(pilot.app)[0].rstrip().endswith("ﯼﮌﺎﮔ")
        assert pilot.app.cursor_position.x == 30 - 4 - 1
        for char in "کتاب\u200cخانہ":
            edit.insert(char)
        await pilot.press("q", "?", "a", "ک")
        assert edit.text == "گاڑیکتاب\u200cخانہq?aک"


async def test_left_goes_forward_in_urdu_and_back_in_english() -> None:
    for language, key in (("ur", "right"), ("en", "left")):
        edit = Edit("abc" if language == "en" else "دور", language)
        async with editing(edit) as pilot:
            await pilot.press(key)
            assert edit.at == 2
            await pilot.press("home")
            assert edit.at == 0


async def test_the_caret_skips_marks_and_erases_them_one_by_one() -> None:
    edit = Edit("مَد", "ur")
    async with editing(edit) as pilot:
        await pilot.press("right", "right")
        assert edit.at == 0
        await pilot.press("end", "backspace", "backspace")
        assert edit.text == "م"


async def test_up_and_down_keep_the_column() -> None:
    edit = Edit("one two three four five six seven eight", "en")
    async with editing(edit) as pilot:
        await pilot.press("home", "right", "right", "down")
        assert edit.text[edit.at] == edit._lines()[1].shown[2]
        await pilot.press("up")
        assert edit.at == 2


async def test_spaces_at_the_end_move_the_caret_and_undo_takes_back() -> None:
    edit = Edit("ab", "en")
    async with editing(edit) as pilot:
        await pilot.press("c", "ctrl+u", "ctrl+z", "ctrl+z")
        assert edit.text == "ab"
        await pilot.press("end", "space", "space")
        await pilot.pause()
        assert pilot.app.cursor_position.x == 4


async def test_keys_of_one_burst_are_done_in_their_order() -> None:
    """As a paste of a terminal without bracketed paste, or a slow link, brings them."""
    edit = Edit("old", "en")
    async with editing(edit) as pilot:
        for key in ("ctrl+u", "n", "e", "w", "backspace", "t", "home", "a"):
            letter = key if len(key) == 1 else None
            pilot.app.post_message(events.Key(key, letter))
        await until(pilot, lambda: edit.text == "anet")


@pytest.mark.parametrize(
    ("language", "said", "key", "chosen"),
    [("en", "one two", "left", "two"), ("ur", "ایک دو", "right", "دو")],
)
async def test_a_part_is_chosen_with_shift_until_the_caret_moves(
    language: str, said: str, key: str, chosen: str
) -> None:
    edit = Edit(said, language)
    async with editing(edit) as pilot:
        await pilot.press(*[f"shift+{key}"] * (len(chosen) + 1))
        start, end = edit.chosen()
        assert edit.text[start:end] == chosen  # without the space before it
        await pilot.press("home")
        start, end = edit.chosen()
        assert edit.text[start:end] == said.partition(" ")[0]  # the word at the caret


async def test_what_had_no_room_is_not_taken_which_is_told() -> None:
    """Also of a text that is put in the place of another."""
    edit = Edit(longest=7)
    async with editing(edit) as pilot:
        app = pilot.app
        assert isinstance(app, Editing)
        edit.insert("abcdefg")
        await pilot.pause()
        assert app.full == 0
        edit.insert("h" * 100_000)
        await pilot.pause()
        assert (edit.text, app.full) == ("abcdefg", 1)
        edit.replace("one\r\ntwo")
        await pilot.pause()
        assert (edit.text, app.full) == ("one two", 1)
        edit.replace("one two three")
        await pilot.pause()
        assert (edit.text, app.full) == ("one two", 2)
