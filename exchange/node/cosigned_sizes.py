"""Up to which size each cosigner has signed the own log."""

import threading
from collections.abc import Callable, Iterable

from exchange.ledger.note import Key, parse_note
from exchange.ledger.policy import Policy
from exchange.store import StoredHead


class CosignedSizes:
    """The newest head of the own log that each key has signed; for any thread.

    In memory, and read from the newest heads of the store at first. `lock` is held from
    when a line is taken until it is stored, so that whoever is told that the policy is
    met finds all lines that it needed.
    """

    def __init__(self, stored: Callable[[], Iterable[StoredHead]]) -> None:
        """Take how to read the newest heads of the own log, with their lines."""
        self.lock = threading.RLock()
        self.changes = 0
        """How many lines came; where it is the same, nothing has moved."""
        self._stored = stored
        self._sizes: dict[Key, int] | None = None

    def _read(self) -> dict[Key, int]:
        """Return the sizes by key; the caller holds the lock."""
        if self._sizes is None:
            sizes: dict[Key, int] = {}
            for held in self._stored():
                for line in parse_note(held.note).lines:
                    sizes[line.key] = max(held.head.size, sizes.get(line.key, 0))
            self._sizes = sizes
        return self._sizes

    def agreed(self, policy: Policy) -> int:
        """Return up to which size the log's policy is met."""
        with self.lock:
            return policy.agreed_size(self._read())

    def clear(self) -> None:
        """Forget what was taken: it may not be stored."""
        with self.lock:
            self._sizes = None

    def take(self, policy: Policy, keys: Iterable[Key], size: int) -> bool:
        """Take that these keys signed a head of a size; return whether desks are told.

        They are where the size moves up to which the policy is met; and each time where
        it never can be, for want of another nation.
        """
        with self.lock:
            sizes = self._read()
            before = policy.agreed_size(sizes)
            for key in keys:
                sizes[key] = max(size, sizes.get(key, 0))
            self.changes += 1
            return policy.agreed_size(sizes) > before or not policy.quorum
