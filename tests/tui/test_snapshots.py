"""The pictures that are kept are what is drawn: text, colours and styles."""

import pytest

from exchange.words import LANGUAGES
from tests.tui.snapshots import HERE, SHOTS, draw


@pytest.mark.parametrize("name", SHOTS)
async def test_a_screen_looks_as_it_was_kept(name: str) -> None:
    drawn, text = await draw(SHOTS[name])
    kept = (HERE / f"{name}.svg").read_text()
    assert drawn == kept, (
        f"{text}\nLook at it: python -m tests.tui.snapshots FOLDER; without a folder"
        " it is kept"
    )


def test_each_language_size_and_theme_is_there() -> None:
    assert {shot.language for shot in SHOTS.values()} == set(LANGUAGES)
    assert len({shot.size for shot in SHOTS.values()}) == 3
    assert {shot.theme for shot in SHOTS.values()} == {"dark", "light"}
    assert {path.stem for path in HERE.glob("*.svg")} == set(SHOTS)
