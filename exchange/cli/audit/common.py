"""Parts of the commands below `fusion audit`."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX


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


STRAY = Why("--trust needs a FILE")


def read_trust_files(given: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return name and bytes of each trust file; Refusal(INPUT) where none is given."""
    if not given:
        why = Why("give the trust file of each nation")
        raise Refusal(Reason.INPUT, "--trust", why)
    return [(path.name, read_file(path, BUNDLE_MAX)) for path in given]
