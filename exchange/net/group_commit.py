"""Group commit of submissions, and the signal of changes."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from itertools import islice, zip_longest

from google.protobuf.message import DecodeError
from msgspec import Struct, field

from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.ledger.directory_tree import is_directory
from exchange.limits import (
    JOIN_WITHIN,
    PREPARED_AHEAD,
    PREPARED_AT_ONCE,
    PREPARED_SHARED,
    SECOND,
    SHARED_WITHIN,
    SUBMITS_WAIT_MAX,
    SUBMITTED_AT_ONCE,
    SUBMITTED_BYTES,
    SUBMITTED_EXTRA,
    SUBMITTED_SHARED,
    URGENT_AT_ONCE,
)
from exchange.node import own_log, submissions
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.trust.urgency import urgency_of
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

logger = logging.getLogger(__name__)


class ChangeSignal:
    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tell(self) -> None:
        """Signal a change; any thread may call it."""
        self._loop.call_soon_threadsafe(self._fire)

    def _fire(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seen: int, seconds: float) -> bool:
        """Return whether there was a change since `seen`."""
        if self.count != seen:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


class _Call(Struct):
    submissions: list[Submission]
    future: asyncio.Future[list[desk_pb.Submitted]]
    urgent: bool = False
    states: bool = False  # a directory statement, which later calls may need
    taken: int = 0  # envelopes taken, in order
    prepared: int = 0  # envelopes, in order, prepared or in preparation
    answers: list[desk_pb.Submitted] = field(default_factory=list)


Turn = list[tuple[_Call, Submission]]


class GroupCommit:
    """Gathers submissions while a commit runs, so that one fsync serves many.

    After a shared turn it waits a moment for the same callers to call again. Desks take
    turns by bytes: the largest submitter waits longest. While several call, turns are
    short, so that each waits only briefly for the running one. Urgent envelopes of a
    desk go before its others. Envelopes of the next turns are prepared while a turn
    runs.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._loop = asyncio.get_running_loop()
        self._desks: dict[str | None, deque[_Call]] = {}
        self._taken: dict[str | None, int] = {}
        """Bytes taken of each desk; an idle desk resumes at `_least`."""
        self._least = 0
        self._called: dict[str | None, float] = {}  # s, each desk's last call
        self._bytes = 0
        self._some = asyncio.Event()
        self._came = asyncio.Event()  # since the last look for work
        self._preparing = asyncio.Lock()
        self._in_hand: Sequence[Submission] = ()  # in preparation now
        self._at_work = False
        self._joined = asyncio.Event()  # set when a call comes while a turn is gathered
        self._full = False  # the last turn left calls for the next one
        self._together = 0  # calls of the last turn: in it, or made while it ran

    async def submit(
        self, envelopes: Sequence[pb.Envelope], desk: str | None
    ) -> list[desk_pb.Submitted]:
        """Return after the envelopes are on disk.

        Refusal(BUSY) if too much is waiting, some of it from this desk. If a caller
        goes away before its turn, its envelopes are not recorded.
        """
        asked = [Submission(envelope, desk) for envelope in envelopes]
        size = sum(one.size for one in asked)
        if desk in self._desks and self._bytes + size > SUBMITS_WAIT_MAX:
            raise Refusal(Reason.BUSY, "Submit")
        loop = asyncio.get_running_loop()
        call = _Call(asked, loop.create_future())
        call.urgent, call.states = _are_urgent(envelopes), _state(envelopes)
        self._called[desk] = self._loop.time()
        if desk not in self._desks:
            self._taken[desk] = max(self._least, self._taken.get(desk, 0))
        calls = self._desks.setdefault(desk, deque())
        calls.insert(_place(call, calls), call)
        self._bytes += size
        self._some.set()
        self._came.set()
        self._joined.set()
        try:
            return await call.future
        finally:
            self._bytes -= size

    async def run(self) -> None:
        """Record submissions until cancelled.

        The head of a turn is signed and stored with the next turn: under load a turn
        costs one fsync. It is signed at once if no call is waiting, or the turn has an
        urgent one.
        """
        ahead = asyncio.create_task(self._prepare_ahead())
        unsigned = False
        try:
            while True:
                await self._some.wait()
                await self._gather(unsigned=unsigned)
                turn = self._take()
                await self._until_prepared(turn)
                if turn:
                    unsigned = not await self._record(turn)
                elif unsigned:
                    unsigned = False
                    await asyncio.to_thread(self._publish)
                else:
                    self._some.clear()
        finally:
            ahead.cancel()

    async def _gather(self, *, unsigned: bool) -> None:
        """Wait for as many calls as the last turn had, or for a moment.

        Callers answered together call again together; each alone would cost a commit, a
        signature and a batch. Calls made while the turn ran count too: else callers
        split into groups that take turns by turns. A single caller, or an urgent call,
        does not wait. An `unsigned` head waits too: it goes with the next commit.
        """
        deadline = self._loop.time() + JOIN_WITHIN / SECOND
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while self._may_gather(unsigned=unsigned):
                    self._joined.clear()
                    await self._joined.wait()

    def _may_gather(self, *, unsigned: bool) -> bool:
        waiting = [call for calls in self._desks.values() for call in calls]
        urgent = any(call.urgent for call in waiting)
        first = 0 if unsigned and self._together > 1 else 1
        return first <= len(waiting) < self._together and not urgent

    async def _prepare_ahead(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._at_work and (some := self._unprepared()):
                async with self._preparing:
                    self._in_hand = some
                    try:
                        await asyncio.to_thread(submissions.prepare, self._node, some)
                    except FusionError:  # the turn meets and reports it
                        break
                    finally:
                        self._in_hand = ()

    async def _until_prepared(self, turn: Turn) -> None:
        """Wait for envelopes in preparation; the turn itself prepares the others."""
        in_hand = set(map(id, self._in_hand))
        if any(id(one) in in_hand for _, one in turn):
            async with self._preparing:
                pass

    def _unprepared(self) -> list[Submission]:
        """Return envelopes to verify while a turn waits for the disk."""
        left = [
            (
                (call, one)
                for call in calls
                if not call.future.done()
                for one in call.submissions[max(call.taken, call.prepared) :]
            )
            for calls in self._desks.values()
        ]
        next_turns = (one for turn in zip_longest(*left) for one in turn if one)
        waiting = (call for calls in self._desks.values() for call in calls)
        ahead = sum(max(0, call.prepared - call.taken) for call in waiting)
        at_once = PREPARED_SHARED if self._are_shared() else PREPARED_AT_ONCE
        most = max(0, min(at_once, PREPARED_AHEAD - ahead))
        some: list[Submission] = []
        for call, one in islice(next_turns, most):
            call.prepared = max(call.taken, call.prepared) + 1
            some.append(one)
        return some

    def _publish(self) -> None:
        try:
            own_log.publish(self._node)
        except FusionError as error:
            logger.warning("not signed yet: %s", error.reason)  # the next tick tries

    def _take(self) -> Turn:
        """Take the first envelopes of the desk with the fewest bytes taken."""
        turn: Turn = []
        left, shared = SUBMITTED_BYTES, self._are_shared()
        short = SUBMITTED_SHARED
        while self._desks and len(turn) < SUBMITTED_AT_ONCE:
            desk = min(self._desks, key=self._taken.__getitem__)
            calls = self._desks[desk]
            call = calls[0]
            if not call.future.done():
                one = call.submissions[call.taken]
                size = one.size
                left, short = left - size, short - size - SUBMITTED_EXTRA
                if turn and (left < 0 or (shared and short < 0)):
                    break
                turn.append((call, one))
                call.taken += 1
                self._least = self._taken[desk]
                self._taken[desk] += size + SUBMITTED_EXTRA
            if call.future.done() or call.taken == len(call.submissions):
                calls.popleft()
            if not calls:
                del self._desks[desk]
        self._full = bool(self._desks)
        return turn

    def _are_shared(self) -> bool:
        since = self._loop.time() - SHARED_WITHIN / SECOND
        return sum(at >= since for at in self._called.values()) > 1

    async def _record(self, turn: Turn) -> bool:
        """Return whether all heads are then signed."""
        self._at_work = True
        self._together = len({id(call) for call, _ in turn})
        self._came.set()
        try:
            return await asyncio.to_thread(self._write, turn)
        except Exception as error:  # noqa: BLE001  each caller must be answered
            _fail(turn, error)
            return False
        finally:
            self._at_work = False

    def _write(self, turn: Turn) -> bool:
        """Sign if no call is waiting, or some are urgent.

        Urgent envelopes leave under a signed head, so must not wait for the next
        commit.
        """
        answers = submissions.commit(self._node, [one for _, one in turn])
        self._loop.call_soon_threadsafe(self._answer, turn, answers)
        alone = self._together == 1 and not self._desks
        if not (alone or any(call.urgent for call, _ in turn)):
            return False
        self._publish()
        return True

    def _answer(self, turn: Turn, answers: Sequence[desk_pb.Submitted]) -> None:
        if not self._full:
            self._together += sum(map(len, self._desks.values()))
        for (call, _), answer in zip(turn, answers, strict=True):
            call.answers.append(answer)
            # Its caller may have gone away.
            if len(call.answers) == len(call.submissions) and not call.future.done():
                call.future.set_result(call.answers)


def _are_urgent(envelopes: Sequence[pb.Envelope]) -> bool:
    """Return whether a call is small and all urgent by its headers.

    An envelope with references is not: it may depend on one before it. The desk's claim
    is unverified, but reorders only its own envelopes.
    """
    if len(envelopes) > URGENT_AT_ONCE:
        return False
    try:
        cores = [
            pb.Core.FromString(pb.Entry.FromString(one.entry).core) for one in envelopes
        ]
    except DecodeError:
        return False
    return all(urgency_of(core, None) and not core.references for core in cores)


def _state(envelopes: Sequence[pb.Envelope]) -> bool:
    return any(is_directory(one.entry) for one in envelopes)


def _place(call: _Call, calls: Sequence[_Call]) -> int:
    """Return the place in a queue, where urgent calls go first.

    It passes no statements: the key that signs it or that it is sealed to may be in
    one.
    """
    at = len(calls)
    while call.urgent and at and not (calls[at - 1].urgent or calls[at - 1].states):
        at -= 1
    return at


def _fail(turn: Turn, error: Exception) -> None:
    told = Unreachable("node")
    told.__cause__ = error
    for call, _ in turn:
        if not call.future.done():
            call.future.set_exception(told)
