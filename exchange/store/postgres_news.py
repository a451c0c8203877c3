"""Notifications of writes by a server of PostgreSQL, on a separate connection."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from exchange.errors import FusionError
from exchange.store.news import News

CHANNEL = "fusion_written"
LISTEN_AGAIN = 1.0  # s until a connection that was lost is opened again
Connection = psycopg.Connection[Any]


class PostgresNews(News):
    """Hears a server on a connection of its own (LISTEN).

    If the connection fails, or goes through a pool of transactions, which passes on no
    notifications, only the time limit ends a wait; later another connection is tried.
    """

    def __init__(self, connecting: Callable[[], Connection]) -> None:
        super().__init__()
        self._connecting = connecting
        self._driver: Connection | None = None
        self._try_at = 0.0  # s, by time.monotonic()
        self._in_use = threading.Lock()

    def wait(self, seconds: float) -> None:
        with self._in_use:
            self._wait(seconds)
        if self._closed.is_set():
            self.close()

    def _wait(self, seconds: float) -> None:
        try:
            driver = self._listening()
            if driver is not None:
                for _ in driver.notifies(timeout=seconds, stop_after=1):
                    pass
                return
        except (psycopg.Error, FusionError, OSError):
            self._hang_up()
        super().wait(seconds)

    def _listening(self) -> Connection | None:
        if self._driver is None and time.monotonic() >= self._try_at:
            self._try_at = time.monotonic() + LISTEN_AGAIN
            self._driver = self._connecting()
            self._driver.execute(f"LISTEN {CHANNEL}")
        return self._driver

    def _hang_up(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            with contextlib.suppress(psycopg.Error):
                driver.close()

    def close(self) -> None:
        """Hang up, too; a waiting thread does so itself."""
        super().close()
        # A connection that is closed under a thread may be another's by then.
        if self._in_use.acquire(blocking=False):
            try:
                self._hang_up()
            finally:
                self._in_use.release()
