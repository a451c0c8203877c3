"""Waiting until another process has written to the database, or a moment has passed.

By the moment alone, where an engine tells nothing; then whoever waits looks by itself,
a few times a second.
"""

import threading


class News:
    """What one thread waits by; to be closed by it."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def wait(self, seconds: float) -> None:
        """Return once something may have changed, after `seconds` at the latest."""
        self._closed.wait(seconds)

    def close(self) -> None:
        """Wait no longer; may be called from any thread."""
        self._closed.set()
