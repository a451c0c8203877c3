"""May this node sign? The start-up rule (DESIGN section 5); pure.

A node that was restored from an old copy, or from nothing but its keys, does not
know what it has signed. So before it signs or cosigns anything it hears each
partner, whose hello names the newest head that it holds of every log, and each of
its desks, whose Watch begins with the newest heads that the desk verified.

    heard from nobody          it accepts and keeps, and signs nothing
    one partner heard          the others have ANSWERS_WAIT more
    a head ahead of the store  it must fetch what is below before it goes on
    nobody is pinned           there is nobody to ask

What is shown is remembered as long as the process lives, up to the size at which it
can be compared: nobody signs or cosigns below or beside a head that it has seen. What
only its own node says of a log holds nobody back meanwhile, it is to come; but it too
must turn out to be of the one tree.
"""

from collections.abc import Iterable, Iterator

from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX


class StartUp:
    """What was heard since this process started."""

    def __init__(self, partners: Iterable[str]) -> None:
        self._silent = set(partners)
        self._first: int | None = None if self._silent else 0
        self._shown: dict[str, dict[Head, VerifiedHead]] = {}
        self._ahead: dict[str, Head] = {}
        self._promised: dict[str, int] = {}

    def answered(self, partner: str, now: int) -> None:
        """Note that a partner has named the heads it holds; `now` is elapsed ms."""
        self._silent.discard(partner)
        if self._first is None:
            self._first = now

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

    def compared(self, origin: str, size: int) -> None:
        """Forget what was shown up to `size`: the log is as long, and has it all."""
        for head in list(self.shown(origin, -1, size)):
            del self._shown[origin][head.head]

    def twin(self, head: Head) -> VerifiedHead | None:
        """Return a head of the same size and another root, if one was shown."""
        same = self.shown(head.origin, head.size - 1, head.size)
        return next((other for other in same if other.head != head), None)

    def ahead(self, origin: str, size: int) -> Head | None:
        """Return the head that is ahead of a store of `size`, if one was seen."""
        head = self._ahead.get(origin)
        return head if head is not None and head.size > size else None

    def asked(self, now: int) -> bool:
        """Whether enough partners were heard; `now` is elapsed ms."""
        if self._first is None:
            return False
        return not self._silent or now - self._first >= ANSWERS_WAIT
