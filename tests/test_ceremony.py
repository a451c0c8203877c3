"""docs/ceremony.md is followed, from the first request to a desk of the next year."""

import re

import pytest

from exchange.errors import Reason
from tests.walk import ROOT, blocks, script, walk, with_free_ports

pytestmark = pytest.mark.timeout(400)  # whichever comes first follows the document
DOCUMENT = (ROOT / "docs/ceremony.md").read_text()
HOMES = ["islamabad.pk"]
ADDRESS = "127.0.0.1:7443"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What was shown while one followed the document."""
    folder = tmp_path_factory.mktemp("ceremony")
    before = 'PATH=$PWD/.venv/bin:"$PATH"'
    steps = script([before, *blocks(DOCUMENT, "sh")], HOMES)
    (text,) = with_free_ports([steps], ADDRESS)
    return walk(text, folder, 200)


def test_every_command_runs(shown: str) -> None:
    assert shown.endswith("the end\n"), shown
    for what in (
        "node islamabad.pk at 127.0.0.1:",  # what is asked of the nation
        "desk ops.islamabad.pk",
        "duty-2@ops.islamabad.pk as author",
        "node: enrolled in pk",
        "desk: enrolled in pk",
        "islamabad.pk ready on port",
        "rescue.islamabad.pk may connect",
    ):
        assert what in shown, shown


def test_what_is_read_aloud_is_the_same_on_both_sides(shown: str) -> None:
    """Of each request once where it was made, and once where it was granted."""
    numbers = re.findall(r"^Number of this request: ([\d ]+)$", shown, re.MULTILINE)
    nation = re.findall(r"Number of pk: ([\d ]+)$", shown, re.MULTILINE)
    exported = re.findall(r'"nation_number": "([\d ]+)"', shown)

    assert numbers[0:2] == numbers[2:4]
    assert numbers[4] == numbers[5]
    assert len(numbers) == 6
    assert {*nation, *exported} == {exported[0]}


def test_the_restored_copy_opens_and_is_the_same(shown: str) -> None:
    assert "\nchanged\n" in shown
    assert "FAILED" not in shown
    assert "differ" not in shown


def test_at_the_next_ceremony_nothing_is_due_yet(shown: str) -> None:
    assert "no renewal is due" in shown


def test_every_reason_it_names_is_one_of_ours() -> None:
    named = set(re.findall(r"\(([A-Z_]+(?:, [A-Z_]+)*)\)", DOCUMENT))

    assert named
    for one in named:
        assert set(one.split(", ")) <= set(Reason.__members__), one
