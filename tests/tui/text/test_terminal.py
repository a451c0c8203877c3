"""Asking a terminal for its order, and switching it off."""

import os
import pty
import threading
from contextlib import suppress

import pytest

from tui.text.terminal import OFF, ON, BidiOrder, answer, own_order, through


@pytest.mark.parametrize(
    ("reply", "order"),
    [
        (b"\x1b[8;1$y\x1b[?65;1c", BidiOrder.REORDERS),
        (b"\x1b[8;2$y\x1b[?65;1c", BidiOrder.LEAVES),
        (b"\x1b[8;0$y\x1b[?64c", BidiOrder.SILENT),
        (b"\x1b[?64c", BidiOrder.SILENT),
        (b"", BidiOrder.SILENT),
        (b"\xff\xfe garbage", BidiOrder.SILENT),
    ],
)
def test_replies(reply: bytes, order: BidiOrder) -> None:
    assert answer(reply) is order


def test_tmux_hands_it_on() -> None:
    assert through(OFF, {}) == OFF
    assert through(OFF, {"TMUX": "x"}) == OFF + "\x1bPtmux;\x1b\x1b[8l\x1b\\"


def crash(path: str, found: list[BidiOrder]) -> None:
    with own_order(path=path) as switch:
        found.append(switch.found)
        raise ZeroDivisionError


def run(monkeypatch: pytest.MonkeyPatch, reply: bytes) -> tuple[BidiOrder, bytes]:
    """Stand in for a terminal that answers `reply`; return what it was sent."""
    monkeypatch.delenv("TMUX", raising=False)
    master, slave = pty.openpty()
    seen = bytearray()

    def terminal() -> None:
        while not seen.endswith(b"\x1b[c"):
            seen.extend(os.read(master, 100))
        os.write(master, reply)

    thread = threading.Thread(target=terminal)
    thread.start()
    found: list[BidiOrder] = []
    with pytest.raises(ZeroDivisionError):
        crash(os.ttyname(slave), found)
    thread.join()
    os.close(slave)
    with suppress(OSError):  # EIO: all was read
        while more := os.read(master, 100):
            seen.extend(more)
    os.close(master)
    return found[0], bytes(seen)


def test_a_reordering_terminal_is_switched_off_and_on_again_after_a_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order, seen = run(monkeypatch, b"\x1b[8;1$y\x1b[?65;1c")
    assert order is BidiOrder.REORDERS
    assert seen.endswith(OFF.encode() + ON.encode())


def test_a_terminal_that_was_off_already_stays_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order, seen = run(monkeypatch, b"\x1b[8;2$y\x1b[?65;1c")
    assert order is BidiOrder.LEAVES
    assert ON.encode() not in seen


def test_without_a_terminal_nothing_happens() -> None:
    with own_order(path="/nonexistent") as switch:
        assert switch.found is BidiOrder.SILENT
