"""The size up to which each cosigner has signed the own log."""

import threading
from collections.abc import Callable, Iterable

from exchange.ledger.note import Key, parse_note
from exchange.ledger.policy import Policy
from exchange.store import StoredHead


class CosignedSizes:
    """The cosigned size of each key; any thread may use it.

    It is in memory, first read from the newest heads in the store. `lock` is held from
    taking a line until it is stored, so that desks notified that the policy is met find
    all lines.
    """

    def __init__(self, stored: Callable[[], Iterable[StoredHead]]) -> None:
        self.lock = threading.RLock()
        self.changes = 0
        """How many lines came; unchanged means no size changed."""
        self._stored = stored
        self._sizes: dict[Key, int] | None = None

    def _read(self) -> dict[Key, int]:
        """Read the sizes; the caller holds the lock."""
        if self._sizes is None:
            sizes: dict[Key, int] = {}
            for held in self._stored():
                for line in parse_note(held.note).lines:
                    sizes[line.key] = max(held.head.size, sizes.get(line.key, 0))
            self._sizes = sizes
        return self._sizes

    def agreed(self, policy: Policy) -> int:
        with self.lock:
            return policy.agreed_size(self._read())

    def clear(self) -> None:
        """Forget the sizes: some may not be stored."""
        with self.lock:
            self._sizes = None

    def take(self, policy: Policy, keys: Iterable[Key], size: int) -> bool:
        """Return whether to notify desks.

        True if the size up to which the policy is met grows, or if the policy can never
        be met for want of another nation.
        """
        with self.lock:
            sizes = self._read()
            before = policy.agreed_size(sizes)
            for key in keys:
                sizes[key] = max(size, sizes.get(key, 0))
            self.changes += 1
            return policy.agreed_size(sizes) > before or not policy.quorum
