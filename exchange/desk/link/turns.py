"""Turns of a screen and of what works beside it, which share one interpreter.

Python runs one thread at a time, and a thread that reads, judges and files arrivals
would take half of each paint. So whoever works beside a screen asks between two
entries, and waits while the screen has something to do.
"""

import threading

GIVE_WAY_S = 0.05  # at most, between two entries: what arrives is filed all the same


class Turns:
    """Whose turn it is; usable from any thread."""

    def __init__(self) -> None:
        """Nobody is at work on the screen yet."""
        self._free = threading.Event()
        self._free.set()

    def take(self) -> None:
        """Note that the screen has something to do."""
        self._free.clear()

    def leave(self) -> None:
        """Note that the screen waits for a key, a timer or an answer."""
        self._free.set()

    def give_way(self) -> None:
        """Wait while the screen is at work, for GIVE_WAY_S at most."""
        self._free.wait(GIVE_WAY_S)
