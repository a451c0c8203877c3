"""The locked terminal: it counts FLASH and rings while it asks for the passphrase."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exchange.cli.lazy import lazy_imports
from exchange.clock import elapsed_ms
from exchange.errors import FusionError
from exchange.words import say, say_n

with lazy_imports():
    from exchange.watch.locked_count import LockedCount
    from tui.alarm import AlarmBell

LOCKED = "FUSION_LOCKED"
"""Environment of a terminal that locked itself: the officer's setting of the alarm."""


def note(alarm: str) -> None:
    """Tell the program that replaces this one (exec) that the terminal is locked."""
    os.environ[LOCKED] = alarm


@contextmanager
def counting(home: Path, asked: str) -> Iterator[None]:
    """Say how many FLASH wait, and ring, while the block asks for a passphrase.

    Only in a terminal that locked itself; `asked` is the prompt, which is written again
    below what is said. Nothing that goes wrong here keeps an officer out.
    """
    alarm = os.environ.pop(LOCKED, None)
    if alarm is None:
        yield
        return
    count = None
    with suppress(FusionError, OSError):
        count = LockedCount(home, _Bell(alarm, asked).tell)
        count.start()
    try:
        yield
    finally:
        if count is not None:
            count.stop()


class _Bell:
    """Rings as the alarm of the terminal does, and says the number."""

    def __init__(self, setting: str, asked: str) -> None:
        self._setting, self._asked = setting, asked
        self._alarm, self._shown = AlarmBell(), 0

    def tell(self, names: frozenset[str]) -> None:
        """Show how many wait, where that has changed; ring where it is due."""
        rings = self._alarm.rings_for(names, self._setting, elapsed_ms())
        if rings or len(names) != self._shown:
            self._shown = len(names)
            said = say_n("{n} FLASH waits", "{n} FLASH wait", len(names))
            none = say("No FLASH waits.")
            line = f"‼ {said}" if names else none
            bell = "\a" if rings else ""
            print(f"\r\x1b[K{bell}{line}\n{self._asked} ", end="", file=sys.stderr)
            sys.stderr.flush()
