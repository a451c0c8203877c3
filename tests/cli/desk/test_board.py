"""fusion board: one file, marked; and what is no file, no mode."""

from pathlib import Path
from typing import Any

import pytest

from exchange.clock import wall_ms
from exchange.desk.client import Desk
from exchange.limits import DAY
from exchange.v1 import envelope_pb2 as pb
from tests.cli.desk.conftest import AtDesk
from tests.desk.board.made_board import warning


@pytest.fixture
def warned(desk: AtDesk) -> AtDesk:
    """A desk with two real warnings, of two labels, and one of an exercise."""
    labels = (pb.TLP_GREEN, pb.TLP_RED, pb.TLP_AMBER)
    modes = (pb.MODE_ACTUAL, pb.MODE_ACTUAL, pb.MODE_EXERCISE)
    with desk.open() as opened:
        for at, (tlp, mode) in enumerate(zip(labels, modes, strict=True), 1):
            put(opened, 900 + at, DAY, tlp=tlp, mode=mode)
    return desk


def put(opened: Desk, number: int, expires: int, **changes: Any) -> None:  # noqa: ANN401 - as `warning`
    """Put a warning of yesterday into a mailbox, that expires so long from now."""
    now = wall_ms()
    made = warning(number, filed=now - DAY, expires=now + expires, **changes)
    opened.mailbox.messages.put(made)


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_a_file_is_marked_with_the_strictest_label(
    warned: AtDesk, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"board.{ending}"
    assert warned("board", "--out", out).ended(0).out == f"{out}: 2 signs\n"
    text = out.read_text()
    assert "TLP:RED" in text
    assert "no reader: labels exclude each other" in text
    drill = warned("board", "--out", out, "--mode", "EXERCISE")
    assert drill.out == f"{out}: 1 sign\n"
    assert "TLP:RED" not in out.read_text()


def test_a_page_is_marked_for_what_its_weeks_count_too(
    desk: AtDesk, tmp_path: Path
) -> None:
    """A drawing has no weeks, and is marked with its signs alone."""
    with desk.open() as opened:
        put(opened, 901, DAY, tlp=pb.TLP_GREEN)
        put(opened, 902, -1, tlp=pb.TLP_RED)
    for ending, red in (("html", True), ("svg", False)):
        out = tmp_path / f"board.{ending}"
        assert desk("board", "--out", out).out == f"{out}: 1 sign\n"
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
    desk: AtDesk, arguments: tuple[str, ...], said: str
) -> None:
    assert said in desk("board", *arguments).refused().err


def test_a_folder_that_is_not_there_is_said_in_one_line(
    warned: AtDesk, tmp_path: Path
) -> None:
    done = warned("board", "--out", tmp_path / "none" / "board.svg")
    assert done.code != 0
    assert done.err.count("\n") >= 1
    assert "Traceback" not in done.err
