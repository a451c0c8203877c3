"""Urgent envelopes that passed every check and wait for their turn at the disk.

Desks are shown them at once: the transaction of a large batch, which may be at work,
can take longer than all the rest of their way. Whoever sent one is answered once it is
on disk, and sends it again if it never comes there.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from exchange.store.express import StoredExpress


class ExpressMemory:
    """Rows by name, for any thread: one for each link, which waits for its answer."""

    def __init__(self) -> None:
        self.shown = 0
        """How many were shown so far."""
        self._rows: Mapping[bytes, StoredExpress] = {}
        self._lock = threading.Lock()

    def came_since(self, shown: int) -> bool:
        """Whether any was shown since so many were."""
        return self.shown != shown

    def rows(self) -> Mapping[bytes, StoredExpress]:
        """Return those that are shown now; what is not any more was stored before."""
        return self._rows

    @contextmanager
    def show(self, new: StoredExpress) -> Iterator[None]:
        """Show one for as long as the block lasts, in which it is stored."""
        with self._lock:
            self._rows = {**self._rows, new.name: new}
            self.shown += 1
        try:
            yield
        finally:
            with self._lock:
                rows = dict(self._rows)
                rows.pop(new.name, None)
                self._rows = rows
