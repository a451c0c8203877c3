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
    edit = Edit(language="ur")
    async with editing(edit) as pilot:
        await pilot.press(*"گاڑی")
        await pilot.pause()
        assert edit.text == "گاڑی"
        assert lines(pilot.app)[0].rstrip().endswith("ﯼﮌﺎﮔ")
        assert pilot.app.cursor_position.x == 30 - 4 - 1


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


async def test_undo_takes_back() -> None:
    edit = Edit("ab", "en")
    async with editing(edit) as pilot:
        await pilot.press("c", "ctrl+u", "ctrl+z", "ctrl+z")
        assert edit.text == "ab"


async def test_up_and_down_keep_the_column() -> None:
    edit = Edit("one two three four five six seven eight", "en")
    async with editing(edit) as pilot:
        await pilot.press("home", "right", "right", "down")
        assert edit.text[edit.at] == edit._lines()[1].shown[2]
        await pilot.press("up")
        assert edit.at == 2


async def test_zwnj_can_be_typed() -> None:
    edit = Edit(language="ur")
    async with editing(edit):
        for char in "کتاب\u200cخانہ":
            edit.insert(char)
        assert edit.text == "کتاب\u200cخانہ"


async def test_no_more_than_the_longest() -> None:
    edit = Edit(longest=5)
    async with editing(edit):
        edit.insert("abcdefgh")
        edit.insert("x")
        assert edit.text == "abcde"


async def test_spaces_at_the_end_move_the_caret() -> None:
    edit = Edit("ab", "en")
    async with editing(edit) as pilot:
        await pilot.press("space", "space")
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


async def test_letters_are_typed_not_commands() -> None:
    edit = Edit()
    async with editing(edit) as pilot:
        await pilot.press("q", "?", "a", "ک")
        assert edit.text == "q?aک"


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


async def test_what_had_no_room_is_told() -> None:
    edit = Edit(longest=5)
    app = Editing(edit)
    async with app.run_test(size=(30, 6)) as pilot:
        edit.insert("abcde")
        await pilot.pause()
        assert app.full == 0
        edit.insert("f" * 100_000)
        await pilot.pause()
        assert app.full == 1
        assert edit.text == "abcde"


async def test_of_a_text_put_in_its_place_it_is_said_that_the_rest_did_not_fit() -> (
    None
):
    edit = Edit("ab", "en", longest=7)
    async with editing(edit) as pilot:
        edit.replace("one\r\ntwo")
        await pilot.pause()
        assert edit.text == "one two"
        assert isinstance(pilot.app, Editing)
        assert pilot.app.full == 0
        edit.replace("one two three")
        await pilot.pause()
        assert (edit.text, pilot.app.full) == ("one two", 1)
