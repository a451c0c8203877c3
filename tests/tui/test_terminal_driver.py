"""What a terminal answers is no key; to paint where none is left raises nothing."""

import os
import pty

import pytest
from textual.events import Key

from tui.terminal_driver import KeyParser, LastingOutput

ORDER, DEVICE = "\x1b[8;0$y", "\x1b[?62;22c"
RIGHT = "\x1b[c"  # ⇧→ of some terminals: an answer without its numbers


@pytest.mark.parametrize(
    ("came", "keys"),
    [
        ((f"cc\r{ORDER}/x{DEVICE}j",), ["c", "c", "enter", "slash", "x", "j"]),
        ((f"\x1b[B{DEVICE}",), ["down"]),
        (("گا\r",), ["گ", "ا", "enter"]),
        (("\x1b[?8;2$y\x1b[?65;1c",), []),
        (("w\x1b[8;", "0$", "y\x1b[?6", "2;22cw"), ["w", "w"]),
        ((RIGHT,), ["shift+right"]),
    ],
)
def test_an_answer_of_the_terminal_presses_no_key(
    came: tuple[str, ...], keys: list[str]
) -> None:
    """One that came late opened help by its `?`, and what was typed then was lost."""
    parser = KeyParser()
    found = [event for part in came for event in parser.feed(part)]
    assert [event.key for event in found if isinstance(event, Key)] == keys


def test_what_can_no_longer_be_written_is_swallowed() -> None:
    """Otherwise the thread that writes ends, and the loop waits for it for ever."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = LastingOutput(file)
        output.write("shown")
        output.flush()
        assert os.read(ours, 100) == b"shown"
        os.close(ours)
        file.write("lost")
        with pytest.raises(OSError):  # noqa: PT011 - its number differs by system
            file.flush()
        for _ in range(10_000):
            output.write("lost")
        output.flush()
        with pytest.raises(OSError):  # noqa: PT011
            file.close()
