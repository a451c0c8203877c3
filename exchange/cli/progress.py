"""How far something long is: a line of a terminal, from the first second on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int], None]
"""Takes of what, how much is done, and of how much."""


class Progress:
    """A line on a terminal, from the first second on, every tenth of one."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1 if sys.stderr.isatty() else float("inf")
        self._shown = False

    def tell(self, origin: str, done: int, size: int) -> None:
        """Show how far a log is."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.1
            self._shown = True
            print(f"\r{origin} {done}/{size}\x1b[K", end="", file=sys.stderr)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def show_progress() -> Iterator[Tell]:
    """Show what the function that it yields is told, and take the line away again."""
    shown = Progress()
    try:
        yield shown.tell
    finally:
        shown.end()
