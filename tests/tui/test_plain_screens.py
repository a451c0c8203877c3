"""Each screen as plain text: there is an entry for each, and it tells what it shows."""

import importlib
import pkgutil
from functools import partial

import pytest
from msgspec.structs import replace
from textual.screen import Screen

import tui.screens
from exchange.cli.tui import check_screen as check
from exchange.errors import Refusal
from tests.tui.examples import HOSTILE, NOW, changed
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import terminal, until
from tests.tui.screens.test_compose import with_draft
from tui.app import Terminal
from tui.plain_screens import SCREENS, read
from tui.screens.bulletins import Bulletins
from tui.settings import LANGUAGE

READABLE = [name for name, one in SCREENS.items() if not one.command]
ASKING = {
    *("Pick", "Ask", "Leaving", "Passphrase", "Value"),
    *("TimeBox", "KindPick", "NewPassphrase", "TokenPin", "Digits", "SeenPick"),
    "LetterBox",
}
"""Boxes that ask for one thing on the way to a screen; nothing is read there."""
BASES = {
    *("Editor", "ListView", "PageScreen", "Remarking", "ReviewScreen"),
    *("Searching", "Verbs", "SecretBox", "NamedTexts"),
    *("LiveScreen", "ChoiceScreen", "FieldScreen"),
    "Palette",
}
"""Also the palette, which is Textual's: `test_verbs` looks at its words."""


def screens() -> set[str]:
    """The classes of all screens and boxes of the terminal, without their bases."""
    for module in pkgutil.iter_modules(tui.screens.__path__):
        importlib.import_module(f"tui.screens.{module.name}")
    found: set[type] = set()
    left: list[type] = [Screen]
    while left:
        below: list[type] = left.pop().__subclasses__()
        left += below
        found |= {one for one in below if one.__module__.startswith("tui.")}
    return {one.__name__ for one in found} - BASES


def test_every_screen_has_an_entry_that_reads_or_names_a_command() -> None:
    assert screens() == {one.of for one in SCREENS.values()} | ASKING
    assert not [one for one in SCREENS.values() if one.command and one.keys]


def plain(desk: FakeDesk, name: str) -> list[str]:
    number = 3 if SCREENS[name].about else 0
    return read(desk, name, number, lambda: NOW)


@pytest.mark.parametrize("name", READABLE)
def test_it_is_text_in_reading_order_and_nothing_else(name: str) -> None:
    said = plain(three(), name)
    assert "".join(said)
    for line in said:
        assert line.isprintable() or not line
        assert not any("\u2500" <= char <= "\u259f" for char in line), line
    if name == "searches":
        assert next(line for line in said if line) == "Saved searches"
        assert not any("Bulletins" in line for line in said), "the screen under it"
    urdu = {"bulletins": "شمالی گزرگاہ", "bulletin": "مشکوک گاڑی دیکھی گئی"}
    assert urdu.get(name, "") in "\n".join(said), "as it is stored"


def test_no_key_bar_is_read() -> None:
    for name in READABLE:
        if name != "keys-help":
            said = plain(three(), name)
            assert not [line for line in said if "Esc" in line or "↵" in line], name


@pytest.mark.parametrize(
    ("language", "pair"),
    [("en", "Kind  Warning"), ("ur", "قسم  انتباہ"), ("zh-Hans", "类别  预警")],
)
def test_a_pair_has_a_line_and_the_name_stands_first(language: str, pair: str) -> None:
    desk = three(settings={LANGUAGE: language})
    assert pair in plain(desk, "bulletin")


def test_no_part_of_a_bar_is_dropped() -> None:
    said = plain(three(), "bulletins")
    bar = said[: said.index("Bulletins 3")]
    assert "duty-1@ops.islamabad.pk" in bar
    assert len(bar) == 7


def test_the_most_urgent_stands_first_with_its_place() -> None:
    desk = three()
    for number, seen in ((2, 0), (3, 1)):
        made = desk.read(number)
        desk.changed[number] = replace(made, row=changed(made.row, read=seen))
    said = plain(desk, "bulletins")
    shown = [line.split()[-1] for line in said if line.split()[-1:] and "#" in line]
    assert shown[1:] == ["beijing.cn#2", "beijing.cn#3", "beijing.cn#1"]
    assert not desk.settings, "the officer's own order is not changed"


async def test_its_keys_lead_to_it() -> None:
    async with terminal(with_draft()) as (app, pilot):
        for name in READABLE:
            screen = SCREENS[name]
            await pilot.press(*screen.keys)
            await until(pilot, partial(is_in_front, app, screen.of))
            while not isinstance(app.screen, Bulletins):
                app.screen.dismiss()
                await pilot.pause()


def is_in_front(app: Terminal, name: str) -> bool:
    return type(app.screen).__name__ == name


def test_a_long_page_is_whole() -> None:
    desk = three()
    desk.steps = [replace(desk.steps[0], detail=f"step {n}") for n in range(60)]
    said = "\n".join(plain(desk, "verify"))
    assert all(f"step {n}" in said for n in range(60))


def test_a_bulletin_that_hides_acts_on_nothing() -> None:
    desk = three()
    made = desk.read(3)
    desk.changed[3] = replace(made, row=changed(made.row, subject=HOSTILE))
    said = "\n".join(plain(desk, "bulletins"))
    assert "Evil" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize(
    ("name", "told"),
    [("nothing", "no such screen"), ("verify", "--of"), ("compose", "fusion send")],
)
def test_what_cannot_be_read_says_what_to_do(name: str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(name, "")
    assert refused.value.why is not None
    why = refused.value.why
    assert told in why.text.format(**why.values)
