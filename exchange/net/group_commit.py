"""Group commit for the event loop's submissions, and the signal of changes."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import SUBMITS_WAIT_MAX, SUBMITTED_AT_ONCE, SUBMITTED_BYTES
from exchange.node import own_log, submissions
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.wire_envelope import WireEnvelope

logger = logging.getLogger(__name__)


class ChangeSignal:
    """Wakes everyone who waits for the store to move on."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tell(self) -> None:
        """Say that something changed; from any thread."""
        self._loop.call_soon_threadsafe(self._fire)

    def _fire(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seen: int, seconds: float) -> bool:
        """Return whether anything changed since `seen`, waiting for it."""
        if self.count != seen:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


@dataclass(slots=True)
class _Call:
    """Envelopes that one call hands over, and the answers to the first of them."""

    submissions: list[Submission]
    future: asyncio.Future[list[desk_pb.Submitted]]
    taken: int = 0  # of the envelopes, in order
    answers: list[desk_pb.Submitted] = field(default_factory=list)


Turn = list[tuple[_Call, Submission]]


class GroupCommit:
    """Gathers what comes in while a commit runs, so that one fsync serves many.

    Desks take turns, an envelope each: who hands over much waits longest for it.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._desks: dict[str | None, deque[_Call]] = {}  # whose turn it is, first
        self._bytes = 0
        self._some = asyncio.Event()

    async def submit(
        self, envelopes: Sequence[WireEnvelope], desk: str | None
    ) -> list[desk_pb.Submitted]:
        """Return one answer an envelope, after they are on disk.

        Raises Refusal(BUSY) where too much waits already, and this desk has a part
        in it. What a caller left before its turn came is not recorded.
        """
        size = sum(len(envelope.data) for envelope in envelopes)
        if desk in self._desks and self._bytes + size > SUBMITS_WAIT_MAX:
            raise Refusal(Reason.BUSY, "Submit")
        loop = asyncio.get_running_loop()
        asked = [Submission(envelope, desk) for envelope in envelopes]
        call = _Call(asked, loop.create_future())
        self._desks.setdefault(desk, deque()).append(call)
        self._bytes += size
        self._some.set()
        try:
            return await call.future
        finally:
            self._bytes -= size

    async def run(self) -> None:
        """Record what is submitted, until cancelled.

        The head of one turn is signed and stored with the next; by itself where none
        waits, so that under load each turn costs one fsync.
        """
        unsigned = False
        while True:
            await self._some.wait()
            if turn := self._take():
                unsigned = True
                await self._record(turn)
            elif unsigned:
                unsigned = False
                await self._publish()
            else:
                self._some.clear()

    async def _publish(self) -> None:
        try:
            await asyncio.to_thread(own_log.publish, self._node)
        except FusionError as error:
            logger.warning("not signed yet: %s", error.reason)  # the next tick tries

    def _take(self) -> Turn:
        """Take what is recorded next: an envelope of each desk in turn."""
        turn: Turn = []
        left = SUBMITTED_BYTES
        while self._desks and len(turn) < SUBMITTED_AT_ONCE and left > 0:
            desk, calls = next(iter(self._desks.items()))
            del self._desks[desk]
            call = calls[0]
            if not call.future.done():
                one = call.submissions[call.taken]
                turn.append((call, one))
                left -= len(one.sent.data)
                call.taken += 1
            if call.future.done() or call.taken == len(call.submissions):
                calls.popleft()
            if calls:
                self._desks[desk] = calls  # behind the others
        return turn

    async def _record(self, turn: Turn) -> None:
        try:
            answers = await asyncio.to_thread(
                submissions.commit, self._node, [one for _, one in turn]
            )
        except Exception as error:  # noqa: BLE001  each caller must be answered
            _fail(turn, error)
            return
        for (call, _), answer in zip(turn, answers, strict=True):
            call.answers.append(answer)
            # Its caller may have gone away.
            if len(call.answers) == len(call.submissions) and not call.future.done():
                call.future.set_result(call.answers)


def _fail(turn: Turn, error: Exception) -> None:
    told = Unreachable("node")
    told.__cause__ = error
    for call, _ in turn:
        if not call.future.done():
            call.future.set_exception(told)
