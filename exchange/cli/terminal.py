"""Terminal output beside an answer: colours, and the progress of long work."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STYLES = {
    "heading": "4",
    "loud": "1;31",
    "urgent": "1;33",
    "unread": "1",
    "good": "32",
    "bad": "31",
    "calm": "2",
}
"""Uses of a colour -> parameters of SGR (ECMA-48, 8.3.117), of the 16 colours alone."""


class Painted(str):
    """A line with colours that is already safe for a terminal."""

    __slots__ = ()


def paint(text: str, style: str) -> Painted:
    """Paint safe text in one of STYLES."""
    if not style or not text or not wanted():
        return Painted(text)
    return Painted(f"\x1b[{STYLES[style]}m{text}\x1b[0m")


def wanted() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


Tell = Callable[[str, int, int], None]
"""Takes a name, the amount done, and the total."""


class Progress:
    """A line shown after the first second, every tenth of one."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1 if sys.stderr.isatty() else float("inf")
        self._shown = False

    def tell(self, origin: str, done: int, size: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.1
            self._shown = True
            print(f"\r{origin} {done}/{size}\x1b[K", end="", file=sys.stderr)

    def end(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def show_progress() -> Iterator[Tell]:
    """Show progress in a line that is erased at the end."""
    shown = Progress()
    try:
        yield shown.tell
    finally:
        shown.end()
