"""A pool of connections, for any number of threads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

WAIT = 30  # s for a connection, if all are lent


class Connections:
    """At most `size` connections, each lent to one thread at a time.

    `fit` decides whether a connection may be used again.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        size: int,
        fit: Callable[[Any], bool] = lambda _: True,
    ) -> None:
        self._connect, self._fit = connect, fit
        self._free: list[Any] = []
        self._turns = threading.BoundedSemaphore(size)
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[Any]:
        """Lend a connection; what is not committed by the end is rolled back.

        TimeoutError if none is free for WAIT.
        """
        if not self._turns.acquire(timeout=WAIT):
            raise TimeoutError
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._take_back(connection)
        finally:
            self._turns.release()

    def _take(self) -> Any:  # noqa: ANN401  of whichever driver
        while self._free:
            connection = self._free.pop()
            if self._fit(connection):
                return connection
            _close(connection)
        return self._connect()

    def _take_back(self, connection: Any) -> None:  # noqa: ANN401  likewise
        try:
            connection.rollback()
            kept = self._fit(connection)
        except Exception:  # noqa: BLE001  what cannot be rolled back is of no use
            kept = False
        if kept and not self._closed:
            self._free.append(connection)
        else:
            _close(connection)

    def close(self) -> None:
        """Close all; a lent one is closed when it is returned."""
        self._closed = True
        while self._free:
            _close(self._free.pop())


def _close(connection: Any) -> None:  # noqa: ANN401  likewise
    with suppress(Exception):
        connection.close()
