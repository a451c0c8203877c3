"""Help: keys and marks, searched by typing; a legend for each mark that is drawn."""

import ast
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui
from tests.tui.examples import NOW, peer
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, lines, terminal, text, until
from tui import state_signs
from tui.keys import SIGN, SIGN_AT, SIGNS
from tui.screens.help import PURPOSES, Help
from tui.widgets.board_signs import LATE
from tui.widgets.board_signs import SIGNS as BOARD
from tui.widgets.legend import LEGEND
from tui.widgets.link_line import _heard
from tui.words import LANGUAGES, label, say, use

KEYS = set("".join(SIGNS.values())) | set("⇧⌫")
"""What stands on a keyboard is no mark."""
PLAIN = set("−٫–—•，、。：？؟،【】│─▟▁▂▃▄▅▆▇\u00a0")
"""Numbers, stops, frames; and the dots of a passphrase."""


BOUND = re.compile(r'\bbind\(\s*f?"[^"]+",\s*f?"(\w+)')


def drawn() -> Iterator[tuple[str, str]]:
    """Each character of our texts that is no letter, and where it stands."""
    root = Path(tui.__file__).parent
    for path in [*root.glob("widgets/*.py"), *root.glob("screens/*.py")]:
        if path.name == "legend.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for char in node.value:
                    if not char.isascii() and unicodedata.category(char)[0] in "SP":
                        yield char, path.name


def test_every_mark_that_is_drawn_is_explained() -> None:
    missing = {
        mark: where for mark, where in drawn() if mark not in {*LEGEND, *KEYS, *PLAIN}
    }
    assert missing == {}


def test_the_signs_of_states_are_explained() -> None:
    tables = (state_signs.PRECEDENCE, state_signs.STATES, state_signs.STANDINGS)
    signs = {sign[0] for table in tables for sign in table.values()}
    signs |= {sign for sign in state_signs.MODE.values() if sign}
    assert signs - {" "} <= set(LEGEND)


@pytest.mark.parametrize(
    ("mark", "meant"),
    [
        (LATE, "a convoy that is overdue"),
        (BOARD["POSTURE"][0], "on the map its level, 1 is normal"),
        (_heard(peer(heard_at=0), NOW).text[0], "when a node was heard last"),
    ],
)
def test_a_mark_of_several_uses_says_each(mark: str, meant: str) -> None:
    assert meant in LEGEND[mark]


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_each_has_words_in_each_language(lang: str) -> None:
    use(lang)
    said = [say(means) for means in LEGEND.values()]
    assert all(said)
    if lang != "en":
        assert not set(said) & set(LEGEND.values())


@pytest.mark.parametrize("lang", list(LANGUAGES))
async def test_what_is_typed_is_sought(lang: str) -> None:
    """In Urdu a key stands on the right, beside what it does."""
    async with terminal(three(settings={"language": lang}), NARROW) as (app, pilot):
        await pilot.press("?", then=Help)
        first = label("Acknowledge the bulletin")
        await until(pilot, first)
        await pilot.press("/", *"near:")
        does = label("Search as you type: words, is:unread, kind:, near:")
        await until(pilot, lambda: does in text(app) and first not in text(app))
        (row,) = [line.rstrip(" ▇") for line in lines(app) if does in line]
        assert row.endswith("/") == (lang == "ur")
        await pilot.press("escape", then=first)
        await pilot.press("/", *"zebra", then=label("No match."))
        await pilot.press("ctrl+u", *say("an exercise"))
        await until(pilot, label("an exercise"))
        await until(pilot, lambda: first not in text(app))
        await pilot.press("escape", then=first)
        await pilot.press("escape", then=lambda: not isinstance(app.screen, Help))


async def test_the_commands_show_their_keys() -> None:
    async with terminal(three(), NARROW) as (_, pilot):
        await pilot.press("ctrl+p", then="Next bulletin  ↓")
        await until(pilot, "Open  ↵")
        await until(pilot, "Most urgent; again: the next one  ⇥")
        await pilot.press(*"settings", then="colours, lock  ,")


def test_each_action_has_one_purpose_at_most() -> None:
    named = [name for names in PURPOSES.values() for name in names]
    assert len(named) == len(set(named))
    files = Path(tui.__file__).parent.rglob("*.py")
    bound = {SIGN, SIGN_AT}.union(*(BOUND.findall(path.read_text()) for path in files))
    assert set(named) <= bound


async def test_keys_stand_by_purpose() -> None:
    async with terminal(three(), (120, 120)) as (app, pilot):
        await pilot.press("?", then=Help)
        await until(pilot, "Open a screen")
        shown = text(app)
        order = ["Answer and sign", "Acknowledge the bulletin", "Find and mark"]
        order += ["Saved searches", "Move", "Next bulletin", "Open a screen", "Marks"]
        places = [shown.index(one) for one in order]
        assert places == sorted(places)
        assert "On this screen" not in shown, "all of the list's have a purpose"
