"""Each hostile test has a check that was taken away to see it red."""

import ast
import os
from pathlib import Path

import pytest

from tests.hostile.page import cases, numbered_tests
from tests.hostile.removals import NOT_OURS, ROOT, TESTS, Change, Removal, removals
from tests.hostile.removals.__main__ import GREEN, RED, UNKNOWN, without

REMOVALS = removals()
NAMES = [f"{one.case} {number}" for number, one in enumerate(REMOVALS)]
NUMBERED = numbered_tests()
EVERY = {test for tests in NUMBERED.values() for test in tests}
CASES = cases()


@pytest.mark.parametrize("removal", REMOVALS, ids=NAMES)
def test_what_is_taken_away_still_stands_in_its_file(removal: Removal) -> None:
    """Once; and what is left can be read, where it is Python."""
    for path, text in removal.files(ROOT).items():
        assert text != path.read_text()
        if path.suffix == ".py":
            ast.parse(text)


@pytest.mark.parametrize("removal", REMOVALS, ids=NAMES)
def test_each_removal_is_of_a_case_that_arises(removal: Removal) -> None:
    assert not CASES[removal.case].void
    assert removal.red
    shown = {test.partition("[")[0] for test in removal.red}
    assert shown <= EVERY
    assert removal.why or len(removal.changes) == 1
    assert "|" not in removal.why


def test_each_hostile_test_is_red_without_some_check() -> None:
    seen = {test.partition("[")[0] for one in REMOVALS for test in one.red}
    alone = {TESTS + test for test in NOT_OURS}

    assert EVERY - seen == alone


def test_each_case_that_arises_has_its_removal() -> None:
    arise = {number for number, case in CASES.items() if not case.void}
    shown = set().union(*(one.cases for one in REMOVALS))

    for number in arise - shown:
        assert {test.removeprefix(TESTS) for test in NUMBERED[number]} <= set(NOT_OURS)


CHECKED = "def check(size: int) -> None:\n    if size > 2:\n        raise ValueError\n"
TESTED = """
import pytest
from checked import check


@pytest.mark.parametrize("size", [1, 3])
def test_size(size):
    try:
        check(size)
    except ValueError:
        assert size == 3
    else:
        assert size == 1


def test_nothing():
    check(1)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one check, one test that watches it and one that does not."""
    made = tmp_path / "tree"
    made.mkdir()
    (made / "checked.py").write_text(CHECKED)
    (made / "test_checked.py").write_text(TESTED)
    (made / "pytest.ini").write_text("[pytest]\n")
    return made


def test_a_test_is_red_without_its_check_or_green_or_did_not_run(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
        monkeypatch.delenv(name)
    tests = tuple(f"test_checked.py::{name}" for name in ("test_size", "test_nothing"))
    change = Change("checked.py", "    if size > 2:", "    if False:")
    broken = Change("checked.py", "    if size > 2:", "    if size > 2")

    ends, _ = without(tree, Removal("P1", tests, (change,)))
    assert ends == dict(zip(tests, (RED, GREEN), strict=True))
    ends, told = without(tree, Removal("P1", tests, (broken,)))
    assert ends == dict.fromkeys(tests, UNKNOWN)
    assert "SyntaxError" in told
    assert (tree / "checked.py").read_text() == CHECKED


@pytest.mark.parametrize("times", [0, 2])
def test_code_that_does_not_stand_there_once_is_an_error(times: int) -> None:
    with pytest.raises(ValueError, match=f"stands {times} times"):
        Change("a.py", "x", "y").made("x" * times)
