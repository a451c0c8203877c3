"""A terminal that nobody touches, in a pseudo-terminal: nothing changed, no paint."""

import os
from pathlib import Path

from tests.benchmarks import tui

ROWS = 100
FIRST_S = 30.0
TOP_ROW = 1_000  # bytes: the clocks go on once a minute
DOWN = b"\x1b[B"
KEY_BYTES = 1_024


def test_at_rest_nothing_is_painted_while_the_node_is_down(tmp_path: Path) -> None:
    home, words = tui._make(tmp_path / "home", ROWS, lambda _: None)
    with tui._terminal(home, dict(os.environ)) as terminal:
        assert terminal.wait_for(words, FIRST_S)
        terminal.rest(3.0)  # preview and due list are there
        assert terminal.rest(5.0) < TOP_ROW  # the node is tried twice meanwhile
        moved = terminal.press(DOWN, FIRST_S)
        assert moved is not None
        assert moved.size < KEY_BYTES
