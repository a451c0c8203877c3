"""Switch the terminal's own reordering off if the program reorders, and back.

ECMA-48 mode 8 (BDSM) turns it off: `CSI 8 $ p` asks, `CSI 8 l` switches off, `CSI 8 h`
back on (terminal-wg.pages.freedesktop.org/bidi). A terminal without the mode answers
8;0 or nothing and ignores the switch.
"""

import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum

from tui.text.order import Bidi

OFF, ON = "\x1b[8l", "\x1b[8h"
QUESTION = "\x1b[8$p\x1b[c"  # every terminal answers the second, so we need not wait
WAIT = 0.1  # s
ORDER_REPLY = re.compile(rb"\x1b\[\??8;\d+\$y")
DEVICE_REPLY = re.compile(rb"\x1b\[\?[\d;]*c")  # the answer to `CSI c`


class BidiOrder(Enum):
    """A terminal's treatment of right-to-left text."""

    REORDERS = 1
    LEAVES = 2
    SILENT = 0


def answer(reply: bytes) -> BidiOrder:
    """Read a terminal's reply to QUESTION (DECRPM: 1 set, 2 reset, 0 unknown)."""
    if b"\x1b[?8;1$y" in reply or b"\x1b[8;1$y" in reply:
        return BidiOrder.REORDERS
    if b"8;2$y" in reply or b"8;4$y" in reply:
        return BidiOrder.LEAVES
    return BidiOrder.SILENT


def through(sequence: str, environ: Mapping[str, str]) -> str:
    """Return `sequence`, wrapped in tmux to reach the outer terminal too."""
    if not environ.get("TMUX"):
        return sequence
    inner = sequence.replace("\x1b", "\x1b\x1b")
    return f"{sequence}\x1bPtmux;{inner}\x1b\\"


def ask(fd: int, wait: float = WAIT) -> tuple[BidiOrder, bytes]:
    """Ask the terminal at `fd` whether it reorders; at most `wait` seconds.

    Also returns all bytes that came: the officer's keys are among the answer. While the
    terminal still edits lines, Enter comes as a line feed; line editing must not hold
    the bytes back.
    """
    os.write(fd, QUESTION.encode())
    reply = _read_reply(fd, time.monotonic() + wait)
    return answer(reply), reply.replace(b"\n", b"\r")


@contextmanager
def each_key(fd: int) -> Iterator[None]:
    """Read each key as it is typed, without echo, until the block ends."""
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSANOW)
    mode = termios.tcgetattr(fd)
    mode[0] &= ~termios.ICRNL
    termios.tcsetattr(fd, termios.TCSANOW, mode)
    try:
        yield
    finally:
        with suppress(termios.error):  # it was closed
            termios.tcsetattr(fd, termios.TCSANOW, before)


@contextmanager
def as_in_a_shell(fd: int) -> Iterator[None]:
    """Give another program the terminal as a shell does, until the block ends.

    Lines are edited and shown, Enter ends one, and ^C ends the program.
    """
    try:
        before = termios.tcgetattr(fd)
    except termios.error:  # no terminal
        yield
        return
    mode = termios.tcgetattr(fd)
    mode[0] |= termios.ICRNL
    mode[1] |= termios.OPOST | termios.ONLCR
    mode[3] |= termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(fd, termios.TCSADRAIN, mode)
    try:
        yield
    finally:
        with suppress(termios.error):  # it was closed
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _read_reply(fd: int, deadline: float) -> bytes:
    reply = b""
    while not DEVICE_REPLY.search(reply) and (left := deadline - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            more = os.read(fd, 256)
            if not more:
                break
            reply += more
    return reply


class Switch:
    def __init__(self, fd: int | None, found: BidiOrder, typed: bytes = b"") -> None:
        self.found = found
        self.typed = typed
        """Keys that were typed before the terminal had answered, among its answer."""
        self._fd = fd
        self._changed = False

    def follow(self, bidi: Bidi) -> str:
        if bidi is Bidi.APP:
            self._changed = True
            return through(OFF, os.environ)
        if bidi is Bidi.TERMINAL and self.found is BidiOrder.LEAVES:
            self._changed = True
            return through(ON, os.environ)
        return self.give_back()

    def give_back(self) -> str:
        """Return the sequence that restores the terminal; "" if it is unchanged."""
        if not self._changed:
            return ""
        self._changed = False
        as_found = OFF if self.found is BidiOrder.LEAVES else ON
        return through(as_found, os.environ)

    def write(self, sequence: str) -> None:
        """Write while no other thread writes there."""
        if self._fd is not None and sequence:
            with suppress(OSError):  # it was closed
                os.write(self._fd, sequence.encode())


@contextmanager
def own_order(bidi: Bidi = Bidi.APP, path: str = "/dev/tty") -> Iterator[Switch]:
    """Set the order as `bidi` says; restore it even if the block raises."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except OSError:  # no terminal: a test, a pipe
        yield Switch(None, BidiOrder.SILENT)
        return
    try:
        with each_key(fd):
            switch = Switch(fd, *ask(fd))
            switch.write(switch.follow(bidi))
            try:
                yield switch
            finally:
                switch.write(switch.give_back())
    finally:
        os.close(fd)
