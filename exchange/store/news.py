"""News of another process's writes to the database, to wait for with a time limit.

If an engine sends no news, only the time limit ends a wait, and the waiting thread
checks the database itself, a few times a second.
"""

import threading


class News:
    """News for one waiting thread, which must close it."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def wait(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def close(self) -> None:
        """End the wait; any thread may call it."""
        self._closed.set()
