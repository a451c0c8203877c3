"""Urgent envelopes that passed every check and are being written to disk.

Desks see them at once: a large batch's transaction may delay the write for longer than
the rest of their way took. The sender is answered once its envelope is on disk, and
resends it otherwise.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from exchange.store.express import StoredExpress


class ExpressMemory:
    """The envelopes being stored, one of each link; any thread may use it."""

    def __init__(self) -> None:
        self.shown = 0
        """Number shown so far."""
        self._rows: Mapping[bytes, StoredExpress] = {}
        self._lock = threading.Lock()

    def came_since(self, shown: int) -> bool:
        return self.shown != shown

    def rows(self) -> Mapping[bytes, StoredExpress]:
        """Return those shown now; those no longer shown are stored."""
        return self._rows

    @contextmanager
    def show(self, new: StoredExpress) -> Iterator[None]:
        """Show an envelope during the block, which stores it."""
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
