"""The clock of this machine, compared with times that nodes tell and sign.

A clock may be wrong by days: a deadline has passed once this clock *or* signed time is
past it, a bulletin has expired once both are. Nothing is destroyed by this: see
`signed_time`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from exchange.clock import Clock, elapsed_ms
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.signed_time import newest_kept
from exchange.desk.mailbox import Mailbox
from exchange.desk.pinned_logs import Pinned
from exchange.desk.status_records import ClockState, LateClock
from exchange.errors import Reason
from exchange.limits import CLOCK_STEP_MAX, SECOND, SKEW_MAX
from exchange.v1.desk_service_pb2 import GetStatusResponse


class StatusAnswer(NamedTuple):
    """A node's status, and when (ms UTC) it came by this clock."""

    status: GetStatusResponse
    at: int

    @property
    def apart(self) -> int:
        """The ms by which the node's clock is ahead; 0 if unknown."""
        return self.status.time - self.at if self.status.time else 0

    @property
    def doubts_clock(self) -> bool:
        return any(alarm.reason == Reason.CLOCK for alarm in self.status.alarms)


class DeskTime(NamedTuple):
    late_at: int
    """Deadlines up to here (ms UTC) have passed: by this clock or by signed time."""
    expired_at: int
    """Messages that expire up to here have expired: by both clock and signed time."""
    clock: ClockState | None = None
    """The fault of the clock; None if none is known."""
    late: LateClock = LateClock()
    """The clock behind `late_at`, for later times."""

    @property
    def times(self) -> tuple[int, int]:
        return self.late_at, self.expired_at


def judge(
    now: int,
    own: str,
    signed: Mapping[str, int],
    answer: StatusAnswer | None,
    stepped: int = 0,
) -> DeskTime:
    """Judge a clock that says `now`; pure, all in ms.

    `signed` are each node's newest times; "" is the newest near this clock when it
    came. `own` is the desk's node; `stepped` as in `SteadyClock`.

    1. Which nodes say that the clock is wrong, and by how much; the largest is named.
    2. A partner alone, against a node that trusts its own clock and agrees with this
       one, has a wrong clock itself: that is reported, and changes no time.
    """
    # 1
    told = dict(_told(own, answer))
    if abs(stepped) > CLOCK_STEP_MAX:
        told[""] = -stepped
    said = dict(_signed_ahead(now, signed)) | told
    # 2
    sound = answer is not None and not answer.doubts_clock and answer.status.time > 0
    sure = sound and not {own, ""} & said.keys()
    counted = {by: at for by, at in said.items() if not sure or by in {own, ""}}
    before = {by: at for by, at in signed.items() if not sure or by in {own, ""}}
    newest = max((at for at in before.values() if at <= now), default=0)
    ahead = max([0, *(told.get(by, 0) for by in counted)])
    late = LateClock(ahead, max(before.values(), default=0))
    late_at = late.late_at(now)
    expired_at = min([now, *(now + apart for apart in counted.values())])
    if newest and now - newest > SKEW_MAX:
        expired_at = min(expired_at, newest)
    return DeskTime(late_at, expired_at, _worst(said, before, late_at, now), late)


def _signed_ahead(now: int, signed: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield (signer, ms) for each more than a step in the future."""
    for by, at in signed.items():
        if at - now > CLOCK_STEP_MAX:
            yield by, at - now


def _told(own: str, answer: StatusAnswer | None) -> Iterator[tuple[str, int]]:
    """Yield (node, ms) for each clock more than a step off.

    By the own node's word: a signed time in the past shows a slow clock only if it was
    signed just now.
    """
    if answer is None or not answer.status.time:
        return
    if abs(answer.apart) > CLOCK_STEP_MAX:
        yield own, answer.apart
    for peer in answer.status.peers:
        apart = answer.apart + peer.apart
        if peer.HasField("apart") and abs(apart) > CLOCK_STEP_MAX:
            yield peer.name, apart


def _worst(
    said: Mapping[str, int], signed: Mapping[str, int], late_at: int, now: int
) -> ClockState | None:
    if not said:
        return None
    by = max(said, key=lambda each: abs(said[each]))
    judged_by = max(signed, key=signed.__getitem__) if late_at > now and signed else ""
    return ClockState(said[by], by, judged_by if late_at > now else "")


class SteadyClock:
    """Detects by elapsed time that the wall clock was set."""

    def __init__(
        self, clock: Callable[[], int], elapsed: Callable[[], int] = elapsed_ms
    ) -> None:
        self._wall = clock
        self._clock = Clock(clock, elapsed)

    def look(self, answer: StatusAnswer | None) -> int:
        """Return the ms it was set forward, 0 if none.

        A node that trusts its own clock and agrees with the new time confirms it.
        """
        self._clock.tick()
        if answer is not None and not answer.doubts_clock and answer.status.time:
            self._clock.bear_out(answer.status.time)
        alarmed = self._clock.alarmed_at is not None
        return self._wall() - self._clock.now() if alarmed else 0


def signed_times(mailbox: Mailbox, pinned: Pinned) -> dict[str, int]:
    """Return ms UTC, verified in heads and lines; "" is signed time."""
    found: dict[str, int] = {}
    states = LogStates(mailbox)
    for head in mailbox.logs.heads():
        node = pinned.origins.get(head.origin, "")
        if node:
            found[node] = max(found.get(node, 0), head.time_s * SECOND)
    for origin in pinned.origins:
        for node, line in states.cover(origin).items():
            if node in pinned:
                found[node] = max(found.get(node, 0), line.time_s * SECOND)
    kept = newest_kept(mailbox)
    return found | ({"": kept} if kept else {})
