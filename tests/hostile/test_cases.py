"""Every hostile case has its test, or the rule by which it does not arise."""

import ast
from pathlib import Path

import pytest

from tests.hostile.page import HERE, PAGE, cases, numbered_tests, numbers_of, page

ROOT = Path(__file__).parents[2]
GROUPS = {"O": 15, "P": 68, "W": 14, "I": 11, "B": 5, "C": 6, "A": 16}
"""Outsider, partner, thief of a desk, insider, backup, infrastructure, and attacks
that once got through."""
SECOND_ROUND = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
"""T: attacks that got through later, by their numbers."""


def test_each_case_is_there_once() -> None:
    wanted = [f"{group}{n + 1}" for group, many in GROUPS.items() for n in range(many)]
    wanted += [f"T{n}" for n in SECOND_ROUND]

    assert list(cases()) == wanted


@pytest.mark.parametrize("number", cases())
def test_a_case_says_what_is_promised_or_why_it_does_not_arise(number: str) -> None:
    case = cases()[number]

    if case.void:
        assert case.rule in " ".join((ROOT / case.page).read_text().split())
        assert not case.promise + case.result
        assert not case.reasons
    else:
        assert case.promise
        assert case.reasons or case.result
    assert "|" not in case.act + case.promise + case.result + case.rule


def test_each_case_that_arises_has_its_test() -> None:
    arise = {number for number, case in cases().items() if not case.void}

    assert arise <= set(numbered_tests())


def test_each_numbered_test_is_of_a_case() -> None:
    assert set(numbered_tests()) <= set(cases())


def test_no_hostile_test_is_skipped() -> None:
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = " ".join(map(ast.unparse, node.decorator_list))
                assert "skip" not in marks
                assert "xfail" not in marks
                skips = "pytest.skip" in ast.unparse(node)
                assert not (skips and numbers_of(node.name)), node.name


def test_the_page_is_fresh() -> None:
    """`python -m tests.hostile.page` writes it."""
    assert PAGE.read_text() == page()
