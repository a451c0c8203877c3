"""docs/security.md: each promise names its tests, and no attacker is left out."""

import re

import pytest

from exchange.limits import HEARTBEAT, MINUTE, SECOND, SIGN_OF_LIFE
from keys import keystore
from tests.test_operations import named_in
from tests.walk import ROOT

DOCUMENT = (ROOT / "docs/security.md").read_text()


def section(title: str) -> str:
    _, _, told = DOCUMENT.partition(f"## {title}\n")
    return told.partition("\n## ")[0]


def promises() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return against whom each promise is, its words, and the tests that it names."""
    rows = re.findall(
        r"^\| ([A-Z, ]+) \| (.+?) \| (`tests/.+`) \|$",
        section("What is promised"),
        re.MULTILINE,
    )
    return [
        (against, words, re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", named))
        for against, words, named in rows
    ]


def test_every_promise_has_its_row_and_every_attacker_a_promise() -> None:
    lines = re.findall(r"^\| .+", section("What is promised"), re.MULTILINE)
    attackers = set(
        re.findall(r"^\| \*\*([A-Z])\*\*", section("Who attacks"), re.MULTILINE)
    )

    assert len(promises()) == len(lines) - 1  # but for the heading
    assert {one for a, _, _ in promises() for one in a.split(", ")} == attackers


@pytest.mark.parametrize(
    ("words", "named"),
    [(words, named) for _, words, named in promises()],
    ids=[words[:60] for _, words, _ in promises()],
)
def test_every_named_test_is_there(words: str, named: list[tuple[str, str]]) -> None:
    assert named, words
    for path, name in named:
        assert name.startswith("test_")
        assert name in named_in(path), (words, path, name)


def test_what_is_not_promised_is_told_as_well() -> None:
    for title in (
        "What a stolen laptop opens",
        "What a stolen key of release does",
        "What a stolen node opens",
        "What headers, sizes and times tell",
        "What is not covered",
        "Post-quantum position",
        "Lives",
        "The cryptography in one table",
    ):
        assert section(title).strip(), title


def test_the_numbers_are_those_of_the_program() -> None:
    assert keystore.FLOOR.memory_kib == 64 * 1024
    assert f"speak each {SIGN_OF_LIFE // SECOND} s" in DOCUMENT
    assert HEARTBEAT == MINUTE
