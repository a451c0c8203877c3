"""Budgets of partners and own desks, in buckets that elapsed time fills.

    TEXTS       bytes of wraps and bodies: beyond it a text is lacking until it comes
    ENTRIES     bytes of stored entries, ACCEPTED or not: beyond it the log is held
    REFUSED     bytes of those that are REFUSED, likewise
    REFUSALS    how many are
    DESK        bytes of entries that an own desk has recorded: beyond it QUOTA

A log that is held waits at its owner, who sends the batch again a minute later. What
was used is kept in the database, so a start fills no bucket; time while no process
runs fills none either (docs/decisions/quota.md).
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
HOLDS = (ENTRIES, REFUSED, REFUSALS)  # whose end holds a log
OWN_PART = 2  # own desks and Express go on until one part in so many of the floor
LAST_PART = 64  # of a budget, below which people are told that it is used up
MIB = 1024 * 1024
_SPENT = Why(
    "this desk has recorded as much as it may in a day; it is handed over again by"
    " itself"
)

Amounts = Mapping[str, int]
Kept = dict[tuple[str, str], int]
"""What is left, by partner or desk and by what it is of."""


class DailyBudgets(Struct, frozen=True):
    """What one partner may make a node keep in a day; bytes, but for `refusals`."""

    texts: int = TEXTS_A_DAY
    entries: int = ENTRIES_A_DAY
    refused: int = REFUSED_A_DAY
    refusals: int = REFUSALS_A_DAY


class KeptBudgets(Protocol):
    """Where what is left is kept over a restart."""

    def all(self) -> Kept:
        """Return what is left."""
        ...

    def keep(self, left: Mapping[tuple[str, str], int]) -> None:
        """Put what is left of some in the place of what was."""
        ...


class Spent(Struct, frozen=True):
    """A budget that is used up, or more than half of it: `used`, all or half, of it."""

    peer: str
    what: str
    used: int
    full: int


class Allowance:
    """Bytes that a partner's texts may still take while one batch of his is judged."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.used = 0
        """Bytes of the texts that were taken."""
        self.refused = 0
        """Bytes of the first text that was not, 0 where all were."""

    def takes(self, size: int) -> bool:
        """Take a text of so many bytes, or say that it may not be kept."""
        if self.used + size > self._left:
            self.refused = self.refused or size
            return False
        self.used += size
        return True


def amounts_of(entries: Sequence[NewEntry]) -> Amounts:
    """Return what entries take of a partner's budgets once they are stored."""
    refused = [len(one.entry) for one in entries if one.reason]
    stored = sum(len(one.entry) for one in entries)
    return {ENTRIES: stored, REFUSED: sum(refused), REFUSALS: len(refused)}


class Quota:
    """The buckets of each partner and own desk; full where nothing was kept.

    `elapsed` in ms; `room(parts)` says whether the disk has one part in so many of its
    floor free. Use is recorded by one thread at a time.
    """

    def __init__(
        self,
        elapsed: Callable[[], int],
        a_day: DailyBudgets | None = None,
        room: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self.a_day = a_day or DailyBudgets()
        self.take_allowed: Callable[[], Amounts] = dict
        """What the operator has just added, by partner; asked at each tick."""
        self._room = room
        self._elapsed = elapsed
        self._buckets: dict[tuple[str, str], tuple[int, int]] = {}  # left, and when
        self._saved: Kept = {}
        self._refused: dict[str, int] = {}  # bytes of a text
        self._held_at: dict[str, int] = {}
        self._told: dict[str, int] = {}  # by partner, bytes a day

    def room(self) -> bool:
        """Whether the floor of the disk is free: else partners' logs are held."""
        return self._room(1)

    def own_room(self) -> bool:
        """Whether there is room for own desks and for Express still."""
        return self._room(OWN_PART)

    # Buckets.

    def _full(self, what: str) -> int:
        if what == DESK:
            return min(self._told.values(), default=ENTRIES_A_DAY) // DESK_SHARE
        return int(getattr(self.a_day, what))

    def left(self, name: str, what: str) -> int:
        """Return what is left; above the day's only where the operator gave more."""
        full, now = self._full(what), self._elapsed()
        left, at = self._buckets.get((name, what), (full, now))
        most = full if what == DESK else max(full, left)
        return min(most, left + full * (now - at) // DAY)

    def spend(self, name: str, amounts: Amounts) -> None:
        """Count what was stored, once it is."""
        now = self._elapsed()
        for what, used in amounts.items():
            if used:
                self._buckets[name, what] = self.left(name, what) - used, now

    def allow(self, peer: str, size: int) -> None:
        """Add bytes to what is left of a partner's entries, once; and let REFUSED in.

        By the operator's word: the budget of REFUSED is full again.
        """
        full = {what: self._full(what) - self.left(peer, what) for what in HOLDS[1:]}
        self.spend(peer, {ENTRIES: -size} | {w: -n for w, n in full.items()})
        self._held_at.pop(peer, None)

    def recall(self, kept: KeptBudgets) -> None:
        """Begin with what an earlier process left."""
        self._saved = kept.all()
        now = self._elapsed()
        self._buckets = {key: (left, now) for key, left in self._saved.items()}

    def tick(self, kept: KeptBudgets) -> None:
        """Add what the operator allows, and keep what is left now and then."""
        for peer, size in self.take_allowed().items():
            self.allow(peer, size)
        self.save(kept)

    def save(self, kept: KeptBudgets, *, whole: bool = False) -> None:
        """Keep what has changed by one part in BUDGET_SAVED, or at all if `whole`."""
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
        """Raise Refusal(QUOTA) for a batch while the log of a partner is held.

        `waiting` was judged and is not counted yet. One batch may overdraw a budget.
        """
        used = {what: sum(one[what] for one in waiting) for what in HOLDS}
        if self.room() and all(self.left(peer, what) > used[what] for what in HOLDS):
            return
        self._held_at[peer] = self._elapsed()
        raise Refusal(Reason.QUOTA, peer)

    def holds(self, peer: str) -> bool:
        """Whether a log is held: a batch of it was refused a moment ago."""
        at = self._held_at.get(peer)
        return at is not None and self._elapsed() - at < HELD_FOR

    def spent(self, peers: Sequence[str]) -> Iterator[Spent]:
        """Yield the budgets of entries of which half is used, or all; for people."""
        for peer in peers:
            for what in HOLDS:
                full, left = self._full(what), self.left(peer, what)
                if 2 * left <= full:
                    over = left * LAST_PART <= full
                    yield Spent(peer, what, full if over else full // 2, full)

    # Own desks.

    def note_told(self, peer: str, a_day: int) -> None:
        """Note how many bytes of our entries a partner stores in a day."""
        self._told[peer] = max(a_day, ENTRIES_A_DAY_MIN)

    def check_desk(self, desk: str) -> None:
        """Raise Refusal(QUOTA) where a desk has recorded its share of a day."""
        if self.left(desk, DESK) <= 0:
            raise Refusal(Reason.QUOTA, desk, _SPENT)

    # Texts.

    def allowance(self, peer: str, taken: int = 0) -> Allowance:
        """Return what a partner's texts may take now; `taken` is not counted yet."""
        return Allowance(self.left(peer, TEXTS) - taken if self.room() else 0)

    def record_use(self, peer: str, allowance: Allowance) -> None:
        """Count the texts that were stored; and remember what was not taken."""
        self.spend(peer, {TEXTS: allowance.used})
        if allowance.refused:
            self._refused[peer] = allowance.refused

    def peers_over(self) -> list[str]:
        """Return the partners who had a text refused and would have it refused now."""
        return sorted(
            peer
            for peer, size in self._refused.items()
            if size > self.left(peer, TEXTS)
        )
