"""What truly leaves for the terminal, byte by byte, in a pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyte
import pytest

from exchange.errors import TEXTS, Reason
from tests.tui.every_screen import OPEN

REPLIES = {b"\x1b[8$p": b"\x1b[8;1$y", b"\x1b[c": b"\x1b[?62;22c"}
# What Textual and we send on purpose; whatever else begins with ESC came from a text.
OWN = re.compile(
    rb"\x1b\[[0-9;:]*m|\x1b\[[0-9;]*[HKJ]|\x1b\[\?[0-9;]*(?:[hlu]|\$p)"
    rb"|\x1b\[[<>=]?[0-9;]*u|\x1b\[8[hl]|\x1b\[8\$p|\x1b\[[>?]?[0-9]*[cqn]"
    rb"|\x1b\[\d* q|\x1b\[>1;2m|\x1b\]22;[a-z-]*\x07"
)


# A session of its own whose terminal is standard input, then the demo.
START = (
    "import fcntl, runpy, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "runpy.run_module({module!r}, run_name='__main__', alter_sys=False)"
)


class Screen:
    def __init__(self, *args: str, module: str = "tests.tui.demo", **env: str) -> None:
        self.raw, self.code = b"", -1
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        here = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
        here |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START.format(module=module), *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=here | env,
            start_new_session=True,
        )
        os.close(slave)

    def until(self, mark: bytes, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while mark not in self.raw and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 1 << 16)
                except OSError:
                    break
                self.raw += data
                for question, answer in REPLIES.items():
                    if question in data:
                        os.write(self.fd, answer)
        assert mark in self.raw, self.raw[-2_000:]

    def rest(self) -> None:
        """Read on until nothing more is painted."""
        while select.select([self.fd], [], [], 0.4)[0]:
            self.raw += os.read(self.fd, 1 << 16)

    def press(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def close(self) -> None:
        self.code = self.process.wait(60)
        os.close(self.fd)


@contextmanager
def running(*args: str, module: str = "tests.tui.demo") -> Iterator[Screen]:
    """A program that ends by itself, and is killed where a test fails before."""
    screen = Screen(*args, module=module)
    try:
        yield screen
    except AssertionError:
        screen.process.kill()
        raise
    finally:
        screen.close()


def test_nothing_but_our_own_sequences_leaves_and_order_is_given_back() -> None:
    with running("hostile") as hostile:
        hostile.until(b"Evil")
        hostile.press(b"\xff\xc3\r")  # no UTF-8, before Enter
        hostile.until(b"VERIFIED")
        hostile.press(b"a")
        hostile.until(b"Cannot comply")
        hostile.rest()
        hostile.press(b"\x1b[B")  # down, to what y shall sign, once it is drawn
        hostile.rest()
        hostile.press(b"y")
        hostile.until(b"not open")  # a toast: Textual's own widget
        hostile.press(b"n\x11")  # ctrl+q
        hostile.until(b"\x1b[8h")
    assert hostile.code == 0
    assert hostile.raw.index(b"\x1b[8l") < hostile.raw.index(b"Evil")
    check_own(hostile, "\x9b\u202e\u2066\x07\x0e\x00")


def check_own(screen: Screen, bad: str) -> bytes:
    """Check that nothing acts but what is our own; return the rest."""
    rest = OWN.sub(b"", screen.raw)
    assert b"\x1b" not in rest, rest[rest.index(b"\x1b") :][:80]
    assert not [one for one in bad if one.encode() in rest]
    return rest


def test_nothing_else_leaves_from_any_screen() -> None:
    """Each screen and box over a desk whose every text is hostile."""
    with running(module="tests.tui.every_screen") as screen:
        screen.until(b"\x1b[8h", 120)
    assert screen.code == 0
    assert check_own(screen, "\x9b\u202e\u2066\x0e\x00").count(b"Evil") > len(OPEN)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_order_back(number: signal.Signals) -> None:
    with running() as screen:
        screen.until("‼".encode())
        screen.process.send_signal(number)
        screen.until(b"\x1b[8h")
    assert screen.code == 128 + number
    assert screen.raw.index(b"\x1b[8l") < screen.raw.rindex(b"\x1b[8h")


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1"},
        {"NO_COLOR": "1", "TERM": "xterm", "COLORTERM": ""},
        {"TERM": "xterm", "COLORTERM": ""},
        {"COLORTERM": ""},
        {},
    ],
    ids=["none", "none of 16", "16", "256", "true"],
)
def test_a_flash_is_loud_and_a_drill_calm_in_any_colours(env: dict[str, str]) -> None:
    """By sign, word and reverse; what is recalled by its sign and word."""
    screen = Screen("states", **env)
    try:
        screen.until("✘ RECALLED".encode())
        screen.rest()
    finally:
        screen.process.kill()
        screen.close()
    shown = pyte.Screen(80, 24)
    pyte.ByteStream(shown).feed(screen.raw)
    found = dict(enumerate(shown.display))
    flash, drill, recalled = (
        next(n for n, row in found.items() if word in row)
        for word in ("Flash one", "Drill one", "✘ RECALLED")
    )

    def reverse(row: int, text: str) -> bool:
        at = found[row].index(text)
        return all(shown.buffer[row][at + n].reverse for n in range(len(text)))

    assert reverse(flash, "‼ FLASH")
    assert "EX" in found[drill]
    assert not reverse(drill, "EX")
    assert reverse(recalled, "RECALLED")
    assert flash != recalled
    assert not [
        cell
        for row in shown.buffer.values()
        for cell in row.values()
        if cell.data.strip() and cell.fg == cell.bg != "default"
    ]


def test_a_fault_says_where_and_shows_nothing_of_a_bulletin() -> None:
    with running("fault") as screen:
        screen.until(b"SecretSubject")
        screen.press(b"\r")
        screen.until(TEXTS[Reason.INTERNAL].encode())
    assert screen.code == 1
    after = screen.raw[screen.raw.rindex(b"\x1b[?1049l") :]
    assert b"demo.py" in after
    assert b"SecretSubject" not in after
    assert b"Traceback" not in after
    assert b"\x1b[8h" in after
