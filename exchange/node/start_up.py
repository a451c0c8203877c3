"""May this node sign? The start-up rule (DESIGN section 5, FORMATS B3); pure.

A node that was restored from an old copy, or from nothing but its keys, does not
know what it has signed. So before it signs or cosigns anything it hears partners,
whose hello names the newest head that they hold of every log, and each of its desks,
whose Watch begins with the newest heads that the desk verified.

    clean     the record outside of the database says that it is the newest state:
              one partner is heard, the others have ANSWERS_WAIT more
    restored  every partner is heard, or excused by the operator by name, and every own
              desk that has called since; a desk that only submits has ANSWERS_WAIT
    either    heard from nobody, it accepts and keeps, and signs nothing; where a head
              is ahead of the store, it fetches what is below before it goes on; where
              nobody is pinned, there is nobody to ask

What is shown is remembered, in the store too (store/sightings), up to the size at which
it can be compared: nobody signs or cosigns below or beside a head that it has seen.
What only its own node says of a log holds nobody back meanwhile, it is to come; but it
too must turn out to be of the one tree.
"""

from collections.abc import Iterable, Iterator

from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX


class StartUp:
    """What was heard since this process started."""

    def __init__(self, partners: Iterable[str], *, restored: bool = False) -> None:
        self._restored = restored
        self._silent = set(partners)
        self._excused: frozenset[str] = frozenset()
        self._first: int | None = None if self._silent else 0
        self._desks: dict[str, int | None] = {}  # when each called, None: was heard
        self._shown: dict[str, dict[Head, VerifiedHead]] = {}
        self._ahead: dict[str, Head] = {}
        self._promised: dict[str, int] = {}

    def answered(self, partner: str, now: int) -> None:
        """Note that a partner has named the heads it holds; `now` is elapsed ms."""
        self._silent.discard(partner)
        if self._first is None:
            self._first = now

    @property
    def awaited(self) -> list[str]:
        """The partners of whom each must be heard still; none where one is enough."""
        return sorted(self._silent - self._excused) if self._restored else []

    def excuse(self, partners: Iterable[str]) -> None:
        """Wait no longer for these partners, by the operator's word."""
        self._excused = frozenset(partners)

    def desk_called(self, desk: str, now: int) -> None:
        """Note that a desk has called, and may yet tell what it has verified."""
        self._desks.setdefault(desk, now)

    def desk_heard(self, desk: str) -> None:
        """Note that the heads which a desk has verified were compared."""
        self._desks[desk] = None

    def saw(self, head: VerifiedHead) -> None:
        """Remember a verified head that someone holds."""
        self._remember(head)
        held = self._ahead.get(head.head.origin)
        if held is None or held.size < head.head.size:
            self._ahead[head.head.origin] = head.head

    def promised(self, head: VerifiedHead) -> None:
        """Remember how long its own node says that a log is: so much is to come."""
        self._remember(head)
        origin, size = head.head.origin, head.head.size
        self._promised[origin] = max(size, self._promised.get(origin, 0))

    def _remember(self, head: VerifiedHead) -> None:
        shown = self._shown.setdefault(head.head.origin, {})
        if len(shown) < SEEN_MAX:
            shown.setdefault(head.head, head)

    def heard(self, partner: str) -> bool:
        """Whether a partner has named the heads that it holds since the start."""
        return partner not in self._silent

    def behind(self, origin: str, size: int) -> bool:
        """Whether more of a log was shown than a store of `size` has."""
        there = self._promised.get(origin, 0)
        return size < there or self.ahead(origin, size) is not None

    def shown(self, origin: str, above: int, up_to: int) -> Iterator[VerifiedHead]:
        """Yield what was shown of a log with above < size <= up_to."""
        for head in self._shown.get(origin, {}).values():
            if above < head.head.size <= up_to:
                yield head

    def compared(self, origin: str, size: int) -> bool:
        """Forget what was shown up to `size`, which is reached; whether any was."""
        reached = list(self.shown(origin, -1, size))
        for head in reached:
            del self._shown[origin][head.head]
        return bool(reached)

    def twin(self, head: Head) -> VerifiedHead | None:
        """Return a head of the same size and another root, if one was shown."""
        same = self.shown(head.origin, head.size - 1, head.size)
        return next((other for other in same if other.head != head), None)

    def ahead(self, origin: str, size: int) -> Head | None:
        """Return the head that is ahead of a store of `size`, if one was seen."""
        head = self._ahead.get(origin)
        return head if head is not None and head.size > size else None

    def asked(self, now: int) -> bool:
        """Whether enough were heard; `now` is elapsed ms."""
        if self._restored:
            late = (at for at in self._desks.values() if at is not None)
            return not self.awaited and all(now - at >= ANSWERS_WAIT for at in late)
        if self._first is None:
            return False
        return not self._silent or now - self._first >= ANSWERS_WAIT
