"""fusion board: one file, marked; and what is no file, no mode."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.clock import wall_ms
from exchange.desk.client import Desk
from exchange.limits import DAY
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import PASSPHRASE, Result
from tests.desk.board.made_board import warning

At = Callable[..., Result]


@pytest.fixture
def warned(stopped: Path) -> Path:
    """A home with two real warnings, of two labels, and one of an exercise."""
    now = wall_ms()
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        labels = (pb.TLP_GREEN, pb.TLP_RED, pb.TLP_AMBER)
        for at, tlp in enumerate(labels, 1):
            mode = pb.MODE_EXERCISE if at == len(labels) else pb.MODE_ACTUAL
            made = warning(
                900 + at, tlp=tlp, mode=mode, filed=now - DAY, expires=now + DAY
            )
            desk.mailbox.messages.put(made)
    return stopped


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_a_file_is_marked_with_the_strictest_label(
    at: At, warned: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"board.{ending}"
    assert at(warned, "board", "--out", out).ended(0).out == f"{out}: 2 signs\n"
    text = out.read_text()
    assert "TLP:RED" in text
    assert "no reader: labels exclude each other" in text
    drill = at(warned, "board", "--out", out, "--mode", "EXERCISE")
    assert drill.out == f"{out}: 1 sign\n"
    assert "TLP:RED" not in out.read_text()


def test_a_page_is_marked_for_what_its_weeks_count_too(
    at: At, stopped: Path, tmp_path: Path
) -> None:
    """A drawing has no weeks, and is marked with its signs alone."""
    now = wall_ms()
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        for number, tlp, expires in ((901, pb.TLP_GREEN, DAY), (902, pb.TLP_RED, -1)):
            made = warning(number, tlp=tlp, filed=now - DAY, expires=now + expires)
            desk.mailbox.messages.put(made)
    for ending, red in (("html", True), ("svg", False)):
        out = tmp_path / f"board.{ending}"
        assert at(stopped, "board", "--out", out).out == f"{out}: 1 sign\n"
        assert ("TLP:RED" in out.read_text()) is red


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "board.txt"), "end its name in .html or .svg"),
        (("--out", "board.svg", "--mode", "REAL"), "give ACTUAL, EXERCISE or TEST"),
        ((), "--out"),
    ],
)
def test_what_is_no_file_and_no_mode_is_said(
    at: At, stopped: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = at(stopped, "board", *arguments).ended(2)
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_folder_that_is_not_there_is_said_in_one_line(
    at: At, warned: Path, tmp_path: Path
) -> None:
    done = at(warned, "board", "--out", tmp_path / "none" / "board.svg")
    assert done.code != 0
    assert done.err.count("\n") >= 1
    assert "Traceback" not in done.err
