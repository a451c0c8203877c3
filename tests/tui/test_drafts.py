"""What was put off: each under its number, nothing of it lost."""

import json

import pytest

from tests.tui.fake_data import three
from tui.drafts import drop, keep, kept


def test_each_is_kept_under_a_number_of_its_own() -> None:
    desk = three()
    assert kept(desk) == {}
    first, second = keep(desk, "", "one"), keep(desk, "", "two")
    assert keep(desk, first, "one again") == first
    assert kept(desk) == {first: "one again", second: "two"}
    drop(desk, first)
    drop(desk, "no such")
    assert kept(desk) == {second: "two"}
    assert keep(desk, "", "three") not in {second, ""}
    for number in kept(desk):
        drop(desk, number)
    assert desk.draft == ""


def test_an_older_program_kept_one_as_it_stands() -> None:
    old = json.dumps({"kind": "WARNING", "values": {}, "prose": [["en", "x"]]})
    desk = three(draft=old)
    assert kept(desk) == {"1": old}
    assert keep(desk, "", "new") == "2"
    assert kept(desk) == {"1": old, "2": "new"}


@pytest.mark.parametrize(
    "text", ["x", "[]", '{"drafts": 3}', '{"drafts": []}', "[" * 100_000, "\x00"]
)
def test_what_no_program_kept_is_there_to_be_looked_at(text: str) -> None:
    desk = three(draft=text)
    assert kept(desk) == {"1": text}
    keep(desk, "", "new")
    assert kept(desk)["1"] == text
