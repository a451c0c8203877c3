"""Painting after the terminal is gone: nothing raises, nothing waits."""

import os
import pty

import pytest

from tui.terminal_driver import LastingOutput


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
