"""Pictures of screens that are kept, and compared with what is drawn now.

`python -m tests.tui.snapshots` draws them again; look at what changed before it is
kept: `python -m tests.tui.snapshots FOLDER` draws them elsewhere.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from textual.pilot import Pilot

from tests.tui import boards
from tests.tui.examples import NOW, links
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import lines, terminal, text, until
from tests.tui.screens.test_handover import desk as with_duties
from tests.tui.screens.test_release import signed
from tests.tui.test_form import filled
from tui import times
from tui.drafts import drafts
from tui.screens.compose import Compose
from tui.svg_export import svg
from tui.text.order import Bidi, use_bidi
from tui.words import use
from tui.workers import wait_for_workers

HERE = Path(__file__).parent
SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 60)
DRAFT = "draft"  # in the place of keys: the form of a draft
CALM = 4  # looks in a row that see the same
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_NUMBER = re.compile(r"terminal-\d+")  # by which Rich tells pictures on a page apart
_BLANK = re.compile(r"[ \t]+$", re.MULTILINE)


class Shot(NamedTuple):
    """One picture: the keys that lead to the screen, its size, language and colours."""

    keys: Sequence[str]
    size: tuple[int, int]
    language: str
    theme: str


SHOTS = {
    "list-small": Shot((), SMALL, "en", "dark"),
    "list-middle": Shot((), MIDDLE, "ur", "light"),
    "list-large": Shot((), LARGE, "zh-Hans", "dark"),
    "reader": Shot(("enter",), SMALL, "ur", "dark"),
    "acknowledge": Shot(("enter", "a"), SMALL, "en", "light"),
    "acknowledge-urdu": Shot(("enter", "a"), MIDDLE, "ur", "dark"),
    "hand-over": Shot(("d",), SMALL, "zh-Hans", "light"),
    "hand-over-middle": Shot(("d",), MIDDLE, "en", "dark"),
    "verify": Shot(("v",), SMALL, "ur", "light"),
    "settings": Shot((",",), SMALL, "zh-Hans", "dark"),
    "settings-urdu": Shot((",",), MIDDLE, "ur", "light"),
    "help": Shot(("?",), MIDDLE, "en", "light"),
    "help-urdu": Shot(("?",), SMALL, "ur", "dark"),
    "link": Shot(("L",), MIDDLE, "zh-Hans", "light"),
    "board": Shot(("B",), MIDDLE, "en", "dark"),
    "board-large": Shot(("B",), LARGE, "ur", "light"),
    "release": Shot(("p",), SMALL, "en", "light"),
    "sent": Shot(("m",), MIDDLE, "zh-Hans", "dark"),
    "form": Shot((DRAFT,), MIDDLE, "ur", "dark"),
    "form-small": Shot((DRAFT,), SMALL, "zh-Hans", "light"),
    "form-large": Shot((DRAFT,), LARGE, "en", "light"),
    "review": Shot((DRAFT, "ctrl+s"), MIDDLE, "en", "dark"),
}
"""By the name of the file that keeps it."""


def desk(shot: Shot) -> FakeDesk:
    """Return a desk on which there is something to be done."""
    settings = {"language": shot.language, "theme": shot.theme}
    draft = filled().keep() if DRAFT in shot.keys else ""
    made = with_duties(settings=settings, draft=draft)
    if shot.keys:  # an alarm takes the top row at the next second, whichever that is
        made.sections = [one for one in made.sections if one.name == "to_translate"]
    made.boards = {"ACTUAL": boards.BOARD, "EXERCISE": boards.DRILL}
    made.weeks = boards.WEEKS
    made.report = links()
    made.queue = [signed(1)]
    return made


async def draw(shot: Shot) -> tuple[str, str]:
    """Return a shot as SVG, and its text alone."""
    made = desk(shot)
    try:
        async with terminal(made, shot.size) as (app, pilot):
            if not shot.keys:
                await until(pilot, lambda: "‼" in lines(app)[0])
            await _settle(pilot)
            for key in shot.keys:
                if key == DRAFT:
                    (draft,) = drafts(made)
                    app.push_screen(Compose(made, saved=draft, now=lambda: NOW))
                else:
                    await pilot.press(key)
                await _settle(pilot)
            picture = _NUMBER.sub("terminal", _FONTS.sub("", svg(app, "fusion")))
            return f"{_BLANK.sub('', picture).strip()}\n", text(app)
    finally:
        use("en")
        use_bidi(Bidi.APP)
        times.use_zone(None)


async def _settle(pilot: Pilot[None]) -> None:
    """Wait until the desk has answered all, and the same is drawn for a while."""
    seen: list[str] = []

    def calm() -> bool:
        seen.append(text(pilot.app))
        return len(seen) > CALM and len(set(seen[-CALM:])) == 1

    await wait_for_workers(pilot.app)
    await pilot.pause(0.3)  # the reader follows the cursor after a while
    await wait_for_workers(pilot.app)
    await until(pilot, calm)
