"""docs/security.md: each promise has its tests, and no attacker is left out."""

import re

import pytest

from exchange.limits import HEARTBEAT, MINUTE, SECOND, SIGN_OF_LIFE
from keys import keystore
from tests.hostile import page
from tests.test_operations import named_in
from tests.walk import ROOT

DOCUMENT = (ROOT / "docs/security.md").read_text()
STOLEN = (ROOT / "docs/security-stolen.md").read_text()
TESTED = {
    **page.promises(),
    **{
        f"{key}: {column}": tests
        for key, cells in page.stolen_keys().items()
        for column, tests in cells.items()
    },
}
"""The tests of each promise, and of each cell of the table of stolen keys."""
UNTESTED = {"-", "for ever"}


def section(title: str, document: str = DOCUMENT) -> str:
    _, _, text = document.partition(f"## {title}\n")
    return text.partition("\n## ")[0]


def anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def promises() -> list[tuple[str, str, str]]:
    """Return the name of each promise, the anchor of its tests, and the attackers."""
    return re.findall(
        r"^- \*\*\[(.+?)\]\(security-cases\.md#([\w-]+)\)\*\* \(([A-Z, ]+)\)\. \w",
        section("What is promised"),
        re.MULTILINE,
    )


def test_every_promise_has_its_tests_and_every_attacker_a_promise() -> None:
    items = re.findall(r"^- .+", section("What is promised"), re.MULTILINE)
    attackers = re.findall(r"^- \*\*([A-Z])\*\*", section("Who attacks"), re.MULTILINE)
    names = [name for name, _, _ in promises()]

    assert len(names) == len(set(names)) == len(items)
    assert set(names) == set(page.promises())
    assert all(link == anchor(name) for name, link, _ in promises())
    assert {one for _, _, a in promises() for one in a.split(", ")} == set(attackers)


def test_every_cell_of_a_stolen_key_has_its_tests() -> None:
    rows = re.findall(
        r"^\| \[.+?\]\(security-cases\.md#([\w-]+)\) \| (.+) \| (.+) \| (.+) \|$",
        section("Which key was stolen"),
        re.MULTILINE,
    )

    assert [link for link, *_ in rows] == [anchor(key) for key in page.stolen_keys()]
    for (_, *cells), tests in zip(rows, page.stolen_keys().values(), strict=True):
        for column, cell in zip(page.CELLS, cells, strict=True):
            assert bool(tests[column]) == (cell not in UNTESTED), cell


@pytest.mark.parametrize("words", [words for words, named in TESTED.items() if named])
def test_every_named_test_is_there(words: str) -> None:
    for test in TESTED[words]:
        path, name = test.split("::")
        assert name.startswith("test_")
        assert name in named_in(path), (words, path, name)


def test_every_promise_names_a_test() -> None:
    assert all(page.promises().values())


@pytest.mark.parametrize(
    "title",
    [
        "Which key was stolen",
        "What headers, sizes and times reveal",
        "What is not covered",
        "Post-quantum position",
        "Lives",
        "The cryptography in one table",
    ],
)
def test_what_is_not_promised_is_said_as_well(title: str) -> None:
    assert section(title).strip()


@pytest.mark.parametrize("title", ["A desk's laptop", "A key of release", "A node"])
def test_what_a_thief_has_is_said_as_well(title: str) -> None:
    assert section(title, STOLEN).strip()


def test_the_numbers_are_those_of_the_program() -> None:
    assert keystore.FLOOR.memory_kib == 64 * 1024
    assert f"speak each {SIGN_OF_LIFE // SECOND} s" in DOCUMENT
    assert HEARTBEAT == MINUTE
