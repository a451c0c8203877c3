"""Signed time: the newest time that another nation, or a policy witness, has signed.

Two clocks must agree before anything is destroyed: a time is `past` if this node's
clock and signed time are both later. A time counts if it came while within SKEW_MAX of
this clock. One further ahead was signed by a wrong clock, this one or the other: SKEW.
One further behind proves that only if it was signed just now; a line of an old head is
simply old.

    heard    a time under a head, signed at any time
    answered a time signed just now: it also confirms this node's wall clock
    greeted  a hello: the lines that it shows are old, whatever comes later
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct

from exchange.clock import Clock, date_of, time_of
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import MINUTE, SECOND, SIGNED_STALE, SKEW_MAX
from exchange.store import Store, StoredTimes

SIGNED_SAVED = MINUTE  # ms of signed time that a crash may forget
OWN_SAVED = 10 * MINUTE  # ms of the own time, likewise


class ClockAlarm(Struct, frozen=True):
    """An alarm, CLOCK or SKEW, the clock's owner and its start (ms UTC)."""

    reason: Reason
    where: str
    at: int


class SignedTime:
    """The newest signed time; any thread may use it."""

    def __init__(
        self, clock: Clock, store: Store, heard_of: Callable[[], Collection[str]]
    ) -> None:
        """Count only the names of `heard_of`."""
        self._clock = clock
        self._store = store
        self._heard_of = heard_of
        self._lock = threading.Lock()
        self._held = self._saved = store.retention.times()
        self._borne_out = False  # by an answer, since this process began
        self._skews: dict[str, int] = {}
        self._apart: dict[str, int] = {}  # ms, by signer
        self._shown: dict[str, frozenset[int]] = {}
        if clock.now() < max(self._held.own, self._held.signed) - SKEW_MAX:
            clock.doubt()

    @property
    def newest(self) -> int:
        """The newest signed time (ms UTC); 0 if no other clock was heard yet."""
        return self._held.signed

    @property
    def by(self) -> str:
        return self._held.by

    def apart(self, by: str) -> int | None:
        """Return by how many ms a signer's clock is ahead; None if it signed nothing.

        It is only as precise as times in seconds, signed a moment before.
        """
        return self._apart.get(by)

    def past(self, at: int) -> bool:
        """Return whether `at` (ms UTC) is past by this clock and by signed time."""
        return self._clock.now() > at and self.newest > at

    def heard(self, by: str, at: int) -> None:
        """Take a verified time (ms UTC), signed now or long ago."""
        if by in self._heard_of():
            with self._lock:
                self._take(by, at, fresh=False)

    def greeted(self, peer: str, notes: Iterable[bytes]) -> None:
        """Note the lines in its hello: they are not fresh."""
        times: set[int] = set()
        name = checkpoint.cosigner_name(peer)
        for note in notes:
            with contextlib.suppress(Refusal):  # its verification refuses it
                lines = (line for line in parse_note(note).lines if line.name == name)
                times.update(map(checkpoint.claimed_time, lines))
        with self._lock:
            self._shown[peer] = frozenset(times)

    def answered(self, by: str, times: Iterable[int]) -> None:
        """Take verified times (s) of an answer to this node.

        Those that this stream's hello showed are old; others are fresh.
        """
        if by not in self._heard_of():
            return
        with self._lock:
            for time_s in times:
                fresh = time_s not in self._shown.get(by, ())
                self._take(by, time_s * SECOND, fresh=fresh)

    def _take(self, by: str, at: int, *, fresh: bool) -> None:
        if fresh:
            self._clock.bear_out(at)
        apart = at - self._clock.now()
        if fresh:
            self._apart[by] = apart
        if abs(apart) <= SKEW_MAX:
            if at > self._held.signed:
                self._held = StoredTimes(at, by, self._held.own)
            if fresh:
                self._borne_out = True
                self._skews.pop(by, None)
        elif fresh or apart > 0:
            self._skews.setdefault(by, self._clock.now())
            if not self._borne_out:
                self._clock.doubt()

    def confirm(self) -> None:
        """Follow the wall clock, by an operator's order.

        Signed time too far ahead of it was taken while this clock was wrong.
        """
        self._clock.confirm()
        with self._lock:
            now, self._borne_out = self._clock.now(), True
            if self._held.signed > now + SKEW_MAX:
                self._held = StoredTimes(now, self._held.by, now)

    def save(self, *, now: bool = False) -> None:
        """Store now and then; not the own time while it is doubtful.

        `now`: store any change at once, before these times destroy anything.
        """
        with self._lock:
            held, saved = self._held, self._saved
            own = saved.own if self._clock.alarmed_at is not None else self._clock.now()
            new = StoredTimes(held.signed, held.by, own)
            moved = abs(new.signed - saved.signed) >= SIGNED_SAVED
            if moved or abs(own - saved.own) >= OWN_SAVED or (now and new != saved):
                self._store.retention.set_times(new)
                self._saved = new

    def alarms(self) -> Iterator[ClockAlarm]:
        alarmed = self._clock.alarmed_at
        if alarmed is not None:
            yield ClockAlarm(Reason.CLOCK, time_of(self._clock.now()), alarmed)
        for peer, at in sorted(self._skews.items()):
            yield ClockAlarm(Reason.SKEW, peer, at)
        held, now = self._held, self._clock.now()
        if held.signed and now - held.signed > SIGNED_STALE:
            yield ClockAlarm(Reason.SKEW, f"{held.by} {date_of(held.signed)}", now)
