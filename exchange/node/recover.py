"""May this node sign? The start-up rule (DESIGN section 5); pure.

A node that was restored from an old copy, or from nothing but its keys, does not
know what it has signed. So before it signs or cosigns anything it hears each
partner, whose hello names the newest head that it holds of every log, and each of
its desks, whose Watch begins with the newest heads that the desk verified.

    heard from nobody          it accepts and keeps, and signs nothing
    one partner heard          the others have ANSWERS_WAIT more
    a head ahead of the store  it must fetch what is below before it goes on
    nobody is pinned           there is nobody to ask

What is heard is remembered as long as the process lives: nobody signs or cosigns
below or beside a head that it has seen.
"""

from collections.abc import Callable, Iterable

from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT


class StartUp:
    """What was heard since this process started."""

    def __init__(self, partners: Iterable[str]) -> None:
        self._silent = set(partners)
        self._first: int | None = None if self._silent else 0
        self._seen: dict[str, VerifiedHead] = {}
        self._promised: dict[str, int] = {}

    def answered(self, partner: str, now: int) -> None:
        """Note that a partner has named the heads it holds; `now` in ms."""
        self._silent.discard(partner)
        if self._first is None:
            self._first = now

    def saw(self, head: VerifiedHead) -> None:
        """Remember a verified head that someone holds."""
        held = self._seen.get(head.head.origin)
        if held is None or held.head.size < head.head.size:
            self._seen[head.head.origin] = head

    def promised(self, head: Head) -> None:
        """Note how long its own node says that a log is: so much is to come."""
        size = max(head.size, self._promised.get(head.origin, 0))
        self._promised[head.origin] = size

    def caught_up(self, size: Callable[[str], int]) -> bool:
        """Whether all that was shown has come; `size` tells how long a log is."""
        seen = {log: head.head.size for log, head in self._seen.items()}
        shown = [*self._promised.items(), *seen.items()]
        return all(size(log) >= there for log, there in shown)

    def seen(self, origin: str) -> VerifiedHead | None:
        """Return the greatest head of a log that anyone has shown."""
        return self._seen.get(origin)

    def ahead(self, origin: str, size: int) -> Head | None:
        """Return the head that is ahead of a store of `size`, if one was seen."""
        seen = self._seen.get(origin)
        return seen.head if seen is not None and seen.head.size > size else None

    def asked(self, now: int) -> bool:
        """Whether enough partners were heard; `now` in ms."""
        if self._first is None:
            return False
        return not self._silent or now - self._first >= ANSWERS_WAIT
