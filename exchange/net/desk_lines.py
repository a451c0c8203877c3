"""One question of a desk, asked of several processes of its node.

A process may be unreachable without an error: its machine is off, or a firewall drops
packets. So a desk asks the next one in parallel; the first answer counts. Each call of
DeskService may be repeated.
"""

import threading
import time
from functools import partial
from typing import Any

# gRPC's calls, made by `future`, are untyped.
Call = Any


class Race:
    """Calls that run at once, by line number; for one waiting thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[int, Call] = {}
        self._ended: list[tuple[int, Call]] = []

    @property
    def runs(self) -> bool:
        with self._changed:
            return bool(self._running)

    def add(self, at: int, call: Call) -> None:
        with self._changed:
            self._running[at] = call
        call.add_done_callback(partial(self._end, at))

    def _end(self, at: int, call: Call) -> None:
        with self._changed:
            self._ended.append((at, call))
            self._changed.notify_all()

    def next_ended(self, until: float | None) -> tuple[int, Call] | None:
        """Return None if no calls are left, or at `until` (time.monotonic())."""
        with self._changed:
            while not self._ended:
                left = None if until is None else until - time.monotonic()
                if not self._running or (left is not None and left <= 0):
                    return None
                self._changed.wait(left)
            at, call = self._ended.pop(0)
            del self._running[at]
            return at, call

    def cancel(self) -> None:
        with self._changed:
            left = list(self._running.values())
        for call in left:
            call.cancel()
