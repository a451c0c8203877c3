"""Budgets of partners and own desks, in buckets that refill with elapsed time.

    TEXTS       bytes of wraps and bodies: beyond it texts are missing until they come
    ENTRIES     bytes of stored entries, ACCEPTED or not: beyond it the log is held
    REFUSED     bytes of REFUSED ones, likewise
    REFUSALS    number of REFUSED ones, likewise
    DESK        bytes of entries that an own desk recorded: beyond it QUOTA

A held log waits at its owner, who resends the batch a minute later. The database keeps
the use, so neither a restart nor time without a process refills a bucket
(docs/decisions/quota.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    BUDGET_SAVED,
    DAY,
    DESK_SHARE,
    ENTRIES_A_DAY,
    ENTRIES_A_DAY_MIN,
    HELD_FOR,
    REFUSALS_A_DAY,
    REFUSED_A_DAY,
    TEXTS_A_DAY,
)
from exchange.store import NewEntry

TEXTS, ENTRIES, REFUSED, REFUSALS, DESK = (
    "texts",
    "entries",
    "refused",
    "refusals",
    "desk",
)
HOLDS = (ENTRIES, REFUSED, REFUSALS)  # a log is held once one is used up
OWN_PART = 2  # own desks and Express may use the floor down to one part in so many
LAST_PART = 64  # of a budget: one part in so many left is reported as used up
MIB = 1024 * 1024
_SPENT = Why(
    "this desk has recorded as much as it may in a day; it is handed over again by"
    " itself"
)

Amounts = Mapping[str, int]
Kept = dict[tuple[str, str], int]
"""Remaining budgets, by partner or desk and by kind."""


class DailyBudgets(Struct, frozen=True):
    """Budgets in bytes; `refusals` is a number."""

    texts: int = TEXTS_A_DAY
    entries: int = ENTRIES_A_DAY
    refused: int = REFUSED_A_DAY
    refusals: int = REFUSALS_A_DAY


class KeptBudgets(Protocol):
    def all(self) -> Kept: ...

    def keep(self, left: Mapping[tuple[str, str], int]) -> None: ...


class Spent(Struct, frozen=True):
    """A budget of which all or half is `used`."""

    peer: str
    what: str
    used: int
    full: int


class Allowance:
    """Bytes for texts while one batch is judged."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.used = 0
        """Bytes of accepted texts."""
        self.refused = 0
        """Bytes of the first text that was declined, else 0."""

    def takes(self, size: int) -> bool:
        """Return False if it does not fit."""
        if self.used + size > self._left:
            self.refused = self.refused or size
            return False
        self.used += size
        return True


def amounts_of(entries: Sequence[NewEntry]) -> Amounts:
    refused = [len(one.entry) for one in entries if one.reason]
    stored = sum(len(one.entry) for one in entries)
    return {ENTRIES: stored, REFUSED: sum(refused), REFUSALS: len(refused)}


class Quota:
    """Buckets of partners and desks; one is full if no value was kept.

    `elapsed` in ms; `room(parts)` says whether one of so many parts of the disk's floor
    is free. One thread at a time records use.
    """

    def __init__(
        self,
        elapsed: Callable[[], int],
        a_day: DailyBudgets | None = None,
        room: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self.a_day = a_day or DailyBudgets()
        self.take_allowed: Callable[[], Amounts] = dict
        """Bytes the operator just added, by partner; called each tick."""
        self._room = room
        self._elapsed = elapsed
        self._buckets: dict[tuple[str, str], tuple[int, int]] = {}  # left, and when
        self._saved: Kept = {}
        self._refused: dict[str, int] = {}  # bytes of a text
        self._held_at: dict[str, int] = {}
        self._told: dict[str, int] = {}  # by partner, bytes a day

    def room(self) -> bool:
        """Return whether the floor of the disk is free; if not, logs are held."""
        return self._room(1)

    def own_room(self) -> bool:
        return self._room(OWN_PART)

    # Buckets.

    def _full(self, what: str) -> int:
        if what == DESK:
            return min(self._told.values(), default=ENTRIES_A_DAY) // DESK_SHARE
        return int(getattr(self.a_day, what))

    def left(self, name: str, what: str) -> int:
        """Return the rest; more than a day's only if the operator gave more."""
        full, now = self._full(what), self._elapsed()
        left, at = self._buckets.get((name, what), (full, now))
        most = full if what == DESK else max(full, left)
        return min(most, left + full * (now - at) // DAY)

    def spend(self, name: str, amounts: Amounts) -> None:
        now = self._elapsed()
        for what, used in amounts.items():
            if used:
                self._buckets[name, what] = self.left(name, what) - used, now

    def allow(self, peer: str, size: int) -> None:
        """Add bytes to ENTRIES once, and refill the REFUSED ones, by an order."""
        full = {what: self._full(what) - self.left(peer, what) for what in HOLDS[1:]}
        self.spend(peer, {ENTRIES: -size} | {w: -n for w, n in full.items()})
        self._held_at.pop(peer, None)

    def recall(self, kept: KeptBudgets) -> None:
        self._saved = kept.all()
        now = self._elapsed()
        self._buckets = {key: (left, now) for key, left in self._saved.items()}

    def tick(self, kept: KeptBudgets) -> None:
        for peer, size in self.take_allowed().items():
            self.allow(peer, size)
        self.save(kept)

    def save(self, kept: KeptBudgets, *, whole: bool = False) -> None:
        """Save those that moved by one part in BUDGET_SAVED.

        Or moved at all if `whole`.
        """
        new = {key: self.left(*key) for key in self._buckets}
        moved = {
            key: left
            for key, left in new.items()
            if (change := abs(left - self._saved.get(key, self._full(key[1]))))
            and (whole or change * BUDGET_SAVED >= self._full(key[1]))
        }
        if moved:
            kept.keep(moved)
            self._saved |= moved

    # Logs of partners.

    def check_log(self, peer: str, waiting: Sequence[Amounts] = ()) -> None:
        """Raise Refusal(QUOTA) while it is held.

        `waiting` are judged batches not yet counted. One batch may overdraw a budget.
        """
        used = {what: sum(one[what] for one in waiting) for what in HOLDS}
        if self.room() and all(self.left(peer, what) > used[what] for what in HOLDS):
            return
        self._held_at[peer] = self._elapsed()
        raise Refusal(Reason.QUOTA, peer)

    def holds(self, peer: str) -> bool:
        """Return whether a batch of the peer was refused within HELD_FOR."""
        at = self._held_at.get(peer)
        return at is not None and self._elapsed() - at < HELD_FOR

    def spent(self, peers: Sequence[str]) -> Iterator[Spent]:
        for peer in peers:
            for what in HOLDS:
                full, left = self._full(what), self.left(peer, what)
                if 2 * left <= full:
                    over = left * LAST_PART <= full
                    yield Spent(peer, what, full if over else full // 2, full)

    # Own desks.

    def note_told(self, peer: str, a_day: int) -> None:
        """Note the bytes of our entries that it stores a day."""
        self._told[peer] = max(a_day, ENTRIES_A_DAY_MIN)

    def check_desk(self, desk: str) -> None:
        """Raise Refusal(QUOTA) for a used share."""
        if self.left(desk, DESK) <= 0:
            raise Refusal(Reason.QUOTA, desk, _SPENT)

    # Texts.

    def allowance(self, peer: str, taken: int = 0) -> Allowance:
        """Count `taken` as used, too."""
        return Allowance(self.left(peer, TEXTS) - taken if self.room() else 0)

    def record_use(self, peer: str, allowance: Allowance) -> None:
        self.spend(peer, {TEXTS: allowance.used})
        if allowance.refused:
            self._refused[peer] = allowance.refused

    def peers_over(self) -> list[str]:
        """Return those whose declined text would be declined again now."""
        return sorted(
            peer
            for peer, size in self._refused.items()
            if size > self.left(peer, TEXTS)
        )
