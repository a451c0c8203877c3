"""A terminal for a program that is measured: it answers, listens, and keeps the time.

A paint is timed from the write of a key to the first and to the last byte that comes
back before it is quiet for QUIET; where other things are painted meanwhile, to the
paint that shows what the key is for.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

QUIET = 0.12  # s without a byte: the paint is over
COLUMNS, ROWS = 120, 40
PART = 65_536  # bytes
LOOK = 0.02  # s
KEPT = 400_000  # bytes of what came last, in which a text is looked for
ESCAPES = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P^_X].*?\x1b\\"
    rb"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
ANSWERS = (  # what Textual asks a terminal, and what one says
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[6n", b"\x1b[1;1R"),
)


class KeyPaint(Struct, frozen=True):
    """The paint that a key caused: s to its first and last byte, and its bytes."""

    first: float
    last: float
    size: int


class PseudoTerminal:
    """Runs a program in a pseudo-terminal; `with` ends it."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], given: int
    ) -> None:
        """`given` is a file descriptor for the program; it is closed here."""
        self._here, there = pty.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(there, termios.TIOCSWINSZ, size)
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            arguments,
            env={**environment, **terminal},
            stdin=there,
            stdout=there,
            stderr=there,
            pass_fds=(given,),
            start_new_session=True,
        )
        os.close(there)
        os.close(given)
        self._came = bytearray()

    def __enter__(self) -> "PseudoTerminal":  # noqa: PYI034  nobody inherits from it
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._here)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait_for(self, texts: Iterable[str], most: float) -> float | None:
        """Return the s from the start until one of the texts is shown; None: never."""
        wanted = [text.encode() for text in texts]
        while (passed := time.perf_counter() - self._began) < most:
            if self._read(LOOK):
                shown = self.shown()
                if any(text in shown for text in wanted):
                    return passed
        return None

    def press(self, key: bytes, most: float) -> KeyPaint | None:
        """Press a key and wait until its paint is over; None if there is none."""
        began = time.perf_counter()
        os.write(self._here, key)
        first = last = 0.0
        size = 0
        while time.perf_counter() - began < most:
            came = self._read(QUIET if size else most)
            if not came:
                break
            last = time.perf_counter() - began
            first, size = first or last, size + came
        return KeyPaint(first, last, size) if size else None

    def press_until(
        self, key: bytes, is_shown: Callable[[bytes], bool], most: float
    ) -> float | None:
        """Press a key; return how many s pass until `is_shown` accepts the output.

        That is what was painted, without its escapes. None if it never does.
        """
        began, before = time.perf_counter(), len(self._came)
        os.write(self._here, key)
        while (passed := time.perf_counter() - began) < most:
            if self._read(most - passed) and is_shown(self._text(before)):
                return time.perf_counter() - began
        return None

    def shown(self) -> bytes:
        """Return what was painted last (KEPT bytes of it), without its escapes."""
        return self._text(max(0, len(self._came) - KEPT))

    def _text(self, start: int) -> bytes:
        return ESCAPES.sub(b"", bytes(self._came[start:]))

    def rest(self, seconds: float) -> int:
        """Let the program alone for so long; return how many bytes it painted."""
        until, size = time.perf_counter() + seconds, 0
        while (left := until - time.perf_counter()) > 0:
            size += self._read(left)
        return size

    def _read(self, most: float) -> int:
        """Read what comes within so many s, and answer it; return how many bytes."""
        ready, _, _ = select.select([self._here], [], [], most)
        if not ready:
            return 0
        try:
            data = os.read(self._here, PART)
        except OSError:  # the program has ended
            return 0
        self._came += data
        for question, answer in ANSWERS:
            if question in data:
                os.write(self._here, answer)
        return len(data)
