"""Turns of a screen and of the threads beside it, which share one interpreter.

Python runs one thread at a time, and a thread that reads, judges and files arrivals
would take half of the time of each paint. So that thread pauses between two entries
while the screen is busy.
"""

import threading

GIVE_WAY_S = 0.05  # s at most between two entries, so that arrivals are filed too


class Turns:
    """The turn of the screen and of others; usable from any thread."""

    def __init__(self) -> None:
        """Begin with the screen idle."""
        self._free = threading.Event()
        self._free.set()

    def take(self) -> None:
        """Note that the screen is busy."""
        self._free.clear()

    def leave(self) -> None:
        """Note that the screen waits for a key, a timer or an answer."""
        self._free.set()

    def give_way(self) -> None:
        """Wait while the screen is busy, for GIVE_WAY_S at most."""
        self._free.wait(GIVE_WAY_S)
