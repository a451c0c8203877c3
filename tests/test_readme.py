"""Every command of the README is run, and what it links to is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.walk import (
    ADDRESSES,
    PASSPHRASE,
    ROOT,
    blocks,
    script,
    walk,
    with_free_ports,
)

README = (ROOT / "README.md").read_text()
HOMES = ["islamabad.pk", "beijing.cn"]
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q -e"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which two machines were paired by hand, and what was shown."""
    folder = tmp_path_factory.mktemp("walk")
    (text,) = with_free_ports([script(blocks(README, "sh"), HOMES)], *ADDRESSES)
    return folder, walk(text, folder)


def test_the_two_commands_stand_as_they_are_pasted() -> None:
    lines = [line.strip() for line in README.splitlines()]

    assert f"{INSTALL} . && .venv/bin/fusion demo" in lines
    assert f"{INSTALL} '.[dev]' && .venv/bin/pytest" in lines


def test_two_machines_are_paired_by_hand(walked: tuple[Path, str]) -> None:
    _, shown = walked

    assert shown.endswith("the end\n"), shown
    acknowledged = "\nduty-1@ops.beijing.cn ACKNOWLEDGED islamabad.pk#3 local\n"
    assert acknowledged in shown
    for what in (
        "Safety number of pk and cn:",
        "islamabad.pk ready on port",
        "cosigned by beijing.cn.fusion/mirror",
        "喀喇昆仑公路7号桥",  # the site in the language that was asked for
        "cosigned beijing.cn",
        "Acknowledged duty-1@ops.beijing.cn Seen. The convoy holds.",
        "all as signed",
    ):
        assert what in shown, shown
    numbers = re.findall(r"(?:^ +(?:\d{5} ?){4}\n){3}", shown, re.MULTILINE)
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_the_picture_is_drawn_by_its_program(
    walked: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = walked
    (folder / "passphrase").write_text(PASSPHRASE)
    made = tmp_path / "terminal.svg"
    subprocess.run(
        [sys.executable, ROOT / "docs/picture.py", folder, made],
        check=True,
        capture_output=True,
    )

    drawn = made.read_text().replace("&#160;", " ")
    assert "✔ VERIFIED" in drawn
    assert "Highway closed at bridge 7" in drawn
    assert "unicode-bidi: bidi-override" in drawn


def test_the_picture_shows_three_scripts_and_asks_for_nothing() -> None:
    drawn = (ROOT / "docs/terminal.svg").read_text().replace("&#160;", " ")

    assert "unicode-bidi: bidi-override" in drawn  # else viewers turn our Urdu round
    assert "Bus attack" in drawn
    assert re.search("[\u4e00-\u9fff]{6}", drawn)
    assert re.search("[\ufb50-\ufdff\ufe70-\ufefc]{3}", drawn)
    assert "url(http" not in drawn
    assert "url(&quot;http" not in drawn
    assert 'url("http' not in drawn


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links_of(text: str) -> list[tuple[str, str]]:
    """Return the targets of links, with their anchors."""
    return re.findall(r"\]\(([^)#\[]*)#?([^)\[]*)\)", text)


LINKED = [str(one.relative_to(ROOT)) for one in PAGES if links_of(one.read_text())]


def anchors(text: str) -> set[str]:
    """Return what a link can name behind its #: the headings, as pages show them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in titles}


@pytest.mark.parametrize("document", LINKED)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document

    for link, anchor in links_of(path.read_text()):
        target = path.parent / link if link else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), (link, anchor)


def test_paths_that_are_named_are_there() -> None:
    named = re.findall(r"`((?:docs|exchange|keys|protos|tests|tui)/[\w/.*]*)`", README)

    assert len(named) > 5
    for name in named:
        assert list(ROOT.glob(name.rstrip("/"))) or name == "exchange/protos", name
