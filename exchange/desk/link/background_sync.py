"""Synchronise with the node in the background, for a program that stays open."""

import threading
from collections.abc import Callable
from contextlib import closing, suppress

from exchange.clock import elapsed_ms
from exchange.desk.link.clock_check import SteadyClock
from exchange.desk.link.filing_thread import PageFiling
from exchange.desk.link.heartbeats import Heartbeats
from exchange.desk.link.outbox import expire
from exchange.desk.link.sync import Syncing
from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import BACKOFF_FIRST, SECOND
from exchange.v1.desk_service_pb2 import GetStatusResponse

PULSE_S = 2.0  # between two status calls
RETRY_PULSES = 15  # pulses between retries of the outbox and upkeep of the keys
BACKOFF_MAX_S = 5.0


class BackgroundSync:
    """Two threads, of arrivals and of status, call `tell` after each visible change.

    Failures show in `up` and `failed`, and are retried.
    """

    def __init__(self, desk: Syncing, tell: Callable[[], None]) -> None:
        self._desk = desk
        self._tell = tell
        self._pulses = 0
        self._over = threading.Event()
        self._steady = SteadyClock(desk.clock)
        self.up = False
        self.since = desk.clock()
        self.beats = Heartbeats()
        self.failed: tuple[FusionError, int] | None = None
        """The last failure and its time (ms UTC); None before the first."""
        self.next_try_at = 0
        """When it is tried again, ms UTC; 0 while it works."""
        self._threads = [
            threading.Thread(target=self._repeat, args=(self._watch, 0.0), daemon=True),
            threading.Thread(
                target=self._repeat, args=(self._pulse, PULSE_S), daemon=True
            ),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ask_once(self) -> None:
        try:
            self._pulse()
        except FusionError as error:
            self._note_failure(error, 0.0)

    def stop(self) -> None:
        self._over.set()
        self._desk.client.close()  # ends a watch that waits
        for thread in self._threads:
            thread.join()

    def _repeat(self, once: Callable[[], None], pause: float) -> None:
        failures = 0
        while not self._over.is_set():
            try:
                once()
                failures, wait = 0, pause
            except FusionError as error:
                wait = min(BACKOFF_MAX_S, BACKOFF_FIRST / 1000 * 2 ** min(failures, 8))
                failures += 1
                self._note_failure(error, wait)
            except ValueError:  # a call on a channel that `stop` closed
                if not self._over.is_set():
                    raise
                return
            self._over.wait(wait)

    def _watch(self) -> None:
        """Submit pending and lost envelopes, then follow the node's arrivals."""
        desk = self._desk
        desk.hand_over()
        if desk.resubmit():
            desk.hand_over()
        with closing(desk.pages(desk.load())) as pages, PageFiling(desk) as filing:
            for page in pages:
                if self._over.is_set() or desk.outdated:
                    return
                filing.file(page)
        self._over.wait(BACKOFF_FIRST / 1000)

    def _pulse(self) -> None:
        desk = self._desk
        self._look_at_clock()
        box, now = desk.mailbox.outbox, desk.clock()
        if box.expiring(now) or box.reviving(now):
            expire(desk.mailbox, now)  # not only when submitting
        if desk.take_up_home() or desk.mailbox.database.changed_elsewhere():
            self._tell()
        began = elapsed_ms()
        before, told = desk.told, desk.ask()
        self.beats.answered(desk.node, elapsed_ms() - began, told)
        self._note(up=True)
        if before is None or _lasting(told) != _lasting(before):
            desk.apply_heads(told)
            self._tell()
        self._pulses += 1
        seldom = not self._pulses % RETRY_PULSES
        if seldom:
            with suppress(Refusal):  # of this desk, not of its node; tried again
                desk.keep_ring()
        if (box.count_queued() and seldom) or box.fresh():
            desk.hand_over()
        desk.ask_again()

    def _look_at_clock(self) -> None:
        before = self._desk.stepped
        self._desk.stepped = self._steady.look(self._desk.answer)
        if bool(before) != bool(self._desk.stepped):
            self._tell()

    def _note_failure(self, error: FusionError, wait_s: float) -> None:
        now = self._desk.clock()
        self.failed = error, now
        self.next_try_at = now + int(wait_s * SECOND)
        if error.reason is Reason.UNREACHABLE:
            self.beats.silent()
        self._note(up=False)

    def _note(self, *, up: bool) -> None:
        if up:
            self.next_try_at = 0
        if up != self.up:
            self.up, self.since = up, self._desk.clock()
            self._tell()


def _lasting(told: GetStatusResponse) -> GetStatusResponse:
    """Return a status without the fields that change at each call."""
    kept = GetStatusResponse()
    kept.CopyFrom(told)
    kept.time = 0
    for peer in kept.peers:
        peer.heard_at = 0
        peer.ClearField("round_trip")
        peer.ClearField("apart")
    return kept
