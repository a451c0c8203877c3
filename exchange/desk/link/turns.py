"""Turns of a screen and of the threads beside it, which share one interpreter.

A thread that files arrivals would take half of the time of each paint, so it pauses
between two entries while the screen is busy.
"""

import threading

GIVE_WAY_S = 0.05  # s at most between two entries, so that arrivals are filed too


class Turns:
    """Turns that any thread may take."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()

    def take(self) -> None:
        """Note that the screen has work to do."""
        self._free.clear()

    def leave(self) -> None:
        """Note that the screen waits."""
        self._free.set()

    def give_way(self) -> None:
        self._free.wait(GIVE_WAY_S)
