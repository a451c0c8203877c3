"""The state of each partner's link: up or down, why, and when to retry.

In memory, by elapsed time; the stored copy is for restarts and people. So neither a
failing store nor a moved clock ends a link or delays an attempt.
"""

import asyncio
import logging
from collections.abc import Callable

from msgspec import Struct, field

from exchange.clock import elapsed_ms
from exchange.errors import STORAGE, FusionError, Reason
from exchange.limits import BACKOFF_MAX, LINK_STEADY, LOG_PACE
from exchange.net.pace import Pace
from exchange.node import outbox
from exchange.store import PeerState, Store
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)

FAULT_AGE = BACKOFF_MAX  # ms after which a store fault expires, if nothing clears it
STORING = "state"  # fault of a link: its state cannot be stored
RENEWAL = "renewal"  # fault of a node: a file of its home cannot be taken
LIFE = "life"  # fault of its own certificate
BY_LINE = frozenset({"", Reason.UNREACHABLE, Reason.DUPLICATE_LINK, Reason.NOT_WRITER})
"""Reasons that do not count against the partner."""


class LinkState(Struct):
    up: bool = False
    since: int = 0  # ms UTC
    reason: str = ""  # end of the last link, or failure of the last attempt
    failures: int = 0  # in a row
    next_at: int = 0  # ms elapsed, before which it is not dialled
    changed_at: int = 0  # ms elapsed
    heard_at: int = 0  # ms UTC: the last frame; 0 if none came yet
    unstored: bool = False
    reason_text: str = "down"  # last logged
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pace: Pace = field(default_factory=Pace)  # of its line


class LinkFault(Struct, frozen=True):
    """A failure here; it may heal."""

    reason: Reason
    at: int  # ms UTC
    elapsed: int  # ms


class LinkStates:
    """`clock` in ms UTC; `elapsed` in ms. No method raises, even if the store fails."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        elapsed: Callable[[], int] = elapsed_ms,
    ) -> None:
        self._store = store
        self._clock = clock
        self.elapsed = elapsed
        self._states: dict[str, LinkState] = {}
        self._alarms: dict[str, tuple[Reason, int]] = {}  # the last of each partner
        self._faults: dict[tuple[str, str], LinkFault] = {}  # by partner and action
        self._logged: dict[tuple[str, str], int] = {}  # when, in ms elapsed

    def of(self, peer: str) -> LinkState:
        return self._states.setdefault(peer, LinkState())

    # Changes.

    async def load(self, peer: str) -> None:
        """Count consecutive failures from before a restart, too."""
        state = self.of(peer)
        try:
            stored = await asyncio.to_thread(self._store.partners.get_peer, peer)
        except Exception as error:  # noqa: BLE001  then it begins from nothing
            self.fault(peer, STORING, reason_of(error))
            return
        if not state.since:  # not dialled by the partner meanwhile
            state.failures, state.reason = stored.failures, stored.reason
            state.since = self._clock() if stored.up else stored.since
            if stored.failures:
                self._pause(state)

    def wait(self, peer: str) -> int:
        """Return the ms until the next attempt; 0 means now."""
        return max(0, self.of(peer).next_at - self.elapsed())

    def note_heard(self, peer: str) -> None:
        self.of(peer).heard_at = self._clock()

    async def rise(self, peer: str) -> None:
        state = self.of(peer)
        if state.reason in BY_LINE:
            state.failures = 0
        self._turn(state, up=True)
        if state.reason_text != "up":
            state.reason_text = "up"
            self._log(peer, "up", logging.INFO, "link to %s is up", peer)
        await self._keep(peer)

    async def fall(self, peer: str, reason: str, cause: str = "") -> None:
        """Record that a link is down, or could not be made.

        `reason` is a word of the closed list, empty if it ended in good order; `cause`
        says more for the log.
        """
        state = self.of(peer)
        stood = self.elapsed() - state.changed_at if state.up else 0
        if stood >= LINK_STEADY or (state.up and reason in BY_LINE):
            state.failures = 0
        state.failures += bool(reason)
        state.reason = reason
        if state.up or not state.since:
            self._turn(state, up=False)
        self._pause(state)
        if reason and reason != Reason.DUPLICATE_LINK:
            state.reason_text = reason
            text = cause or reason
            self._log(peer, reason, logging.WARNING, "link to %s: %s", peer, text)
        await self._keep(peer)

    def _turn(self, state: LinkState, *, up: bool) -> None:
        state.up, state.since = up, self._clock()
        state.changed_at = self.elapsed()

    def _pause(self, state: LinkState) -> None:
        state.next_at = self.elapsed() + outbox.backoff(state.failures)

    async def _keep(self, peer: str) -> None:
        """Store the state; `settle` retries a failure."""
        state = self.of(peer)
        async with state.lock:
            stored = PeerState(
                up=state.up,
                since=state.since,
                failures=state.failures,
                next_try_at=self._clock() + self.wait(peer),
                reason="" if state.up else state.reason,
            )
            state.unstored = True
            try:
                await asyncio.to_thread(self._store.partners.set_peer, peer, stored)
            except asyncio.CancelledError as error:
                if is_cancelled():
                    raise
                self.fault(peer, STORING, reason_of(error))
            except Exception as error:  # noqa: BLE001  a link is not ended by it
                self.fault(peer, STORING, reason_of(error))
            else:
                state.unstored = False
                self.clear_fault(peer, STORING)

    async def settle(self) -> None:
        for (peer, what), fault in list(self._faults.items()):
            if peer in self._states and (what == STORING or self._old(fault)):
                await self._keep(peer)
                if not self.of(peer).unstored:
                    self.clear_fault(peer, what)

    def _old(self, fault: LinkFault) -> bool:
        return self.elapsed() - fault.elapsed >= FAULT_AGE

    # Alarms, and faults that heal.

    def alarm(self, peer: str, reason: Reason) -> None:
        """Raise a lasting alarm: a partner sent something inadmissible."""
        self._alarms[peer] = (reason, self._clock())
        self._log(
            peer, f"! {reason}", logging.ERROR, "alarm about %s: %s", peer, reason
        )

    def fault(
        self, where: str, what: str, reason: Reason, *, logged: bool = False
    ) -> None:
        """Record a fault, until the same action succeeds.

        `logged`: it is logged elsewhere.
        """
        known = self._faults.get((where, what))
        if known is None and not logged:
            words = what, where, reason
            self._log(
                where, f"{what} {reason}", logging.WARNING, "%s for %s: %s", *words
            )
        at = known.at if known else self._clock()
        self._faults[where, what] = LinkFault(reason, at, self.elapsed())

    def clear_fault(self, where: str, what: str) -> None:
        self._faults.pop((where, what), None)

    def _log(self, where: str, what: str, level: int, text: str, *names: str) -> None:
        """Log a line; the same one again only after LOG_PACE."""
        now, key = self.elapsed(), (where, what)
        if key in self._logged and now - self._logged[key] < LOG_PACE:
            return
        self._logged[key] = now
        logger.log(level, text, *names)

    # Status.

    def describe(self, status: desk_pb.GetStatusResponse) -> None:
        for peer in status.peers:
            if peer.name in self._states:
                state = self._states[peer.name]
                peer.up, peer.since = state.up, state.since
                peer.reason = "" if state.up else state.reason
                peer.heard_at = state.heard_at
                if not state.up:
                    peer.next_try_at = self._clock() + self.wait(peer.name)
                elif state.pace.trip is not None:
                    peer.round_trip = state.pace.trip
        for name, (reason, at) in self._alarms.items():
            status.alarms.add(reason=reason, where=name, at=at)
        shown = {
            (where, fault.reason): fault.at
            for (where, what), fault in self._faults.items()
            if what in {RENEWAL, LIFE} or fault.reason in STORAGE
        }
        told = {(alarm.where, alarm.reason): alarm for alarm in status.alarms}
        for (where, reason), at in shown.items():
            if (alarm := told.get((where, reason))) is not None:
                alarm.at = alarm.at or at
                continue
            status.alarms.add(reason=reason, where=where, at=at)


def is_cancelled() -> bool:
    """Return whether the current task was cancelled, not just its awaitable."""
    task = asyncio.current_task()
    return task is not None and bool(task.cancelling())


def reason_of(error: BaseException) -> Reason:
    """Return INTERNAL for an error that is not ours."""
    return error.reason if isinstance(error, FusionError) else Reason.INTERNAL
