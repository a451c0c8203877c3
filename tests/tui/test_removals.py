"""What an officer must never meet: each clause had its code taken away once."""

import ast

import pytest

from tests.hostile.removals import ROOT, Removal, terminal_removals

REMOVALS = terminal_removals()


@pytest.mark.parametrize("removal", REMOVALS, ids=[one.why for one in REMOVALS])
def test_what_is_taken_away_and_its_tests_stand_in_their_files(
    removal: Removal,
) -> None:
    for path, text in removal.files(ROOT).items():
        assert text != path.read_text()
        ast.parse(text)
    assert removal.why
    assert removal.red
    for test in removal.red:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()
