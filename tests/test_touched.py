"""The tests that a change touches are found by what they import, or by a table."""

import pytest

from tests.conftest import LONGEST
from tests.touched import ROOT, TABLE, find_tests


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("exchange/node/quota.py", "tests/node/test_quota.py"),
        ("exchange/node/directory_heads.py", "tests/node/test_mirror_lines.py"),
        ("tests/expecting.py", "tests/bulletin/test_check.py"),
        ("tests/test_clock.py", "tests/test_clock.py"),
        ("docs/spec/frames.md", "tests/spec"),
        ("exchange/words/ur.po", "tests/words"),
    ],
)
def test_a_path_has_its_tests(path: str, touched: str) -> None:
    assert touched in find_tests([path])


def test_the_longest_are_left_to_the_whole_run_unless_they_changed() -> None:
    assert not set(find_tests(["exchange/errors.py"])) & set(LONGEST)
    assert find_tests([LONGEST[0]]) == [LONGEST[0]]


def test_the_table_names_what_is_there() -> None:
    for begin, tests in TABLE.items():
        assert (ROOT / begin).exists(), begin
        for test in tests:
            assert (ROOT / test).exists(), test
