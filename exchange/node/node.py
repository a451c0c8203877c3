"""The node: the store, the keys and the directories behind the decisions.

Every method is synchronous and may be called from any thread; `net` calls them
through `asyncio.to_thread`. What they do stands in the module of its subject; what
these share, in state.py.

    submit      own desks' envelopes -> own log, one head a group      own_log, waiting
    receive     a partner's batch    -> its replica, cosigned          replica
    record      a partner's cosigned -> the kept head of the own log   cosigners
    next_batch  the own log          -> what a partner lacks           outbox
    hear        heads of others      -> may this node sign, is a log forked
                                                                       heads, forks
    restore     own log, lent back   -> own log                        lending
    tick        some time            -> what waits finds its place, heads are pruned

Before `hear` has settled the start-up rule (recover.py) nothing is signed: what
desks hand over is kept and waits.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from exchange.clock import Clock
from exchange.errors import Refusal
from exchange.limits import MINUTE
from exchange.node import (
    cosign,
    cosigners,
    forks,
    heads,
    lending,
    outbox,
    own_log,
    positions,
    prune,
    replica,
    retain,
    undelivered,
    waiting,
    witnessed,
)
from exchange.node.emitted import Record
from exchange.node.members import Members
from exchange.node.quota import Quota
from exchange.node.signed_time import ClockAlarm
from exchange.node.state import STORAGE, NodeKeys, State
from exchange.node.submit import Asked
from exchange.store import Store, StoredEntry, StoredFork, StoredRefused
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


class Node:
    """One liaison node's own log and its replicas."""

    def __init__(  # noqa: PLR0913, PLR0917  all that a node is made of
        self,
        members: Members,
        store: Store,
        keys: NodeKeys,
        clock: Clock,
        quota: Quota | None = None,
        record: Record | None = None,
    ) -> None:
        self.members = members
        self.name = members.me
        self.store = store
        self.on_change: Callable[[], None] = lambda: None
        self.on_fork: Callable[[str, bytes], None] = lambda _origin, _proof: None
        self.confirmed: Callable[[], bool] = lambda: False
        """Whether an operator has just confirmed the wall clock; asked at each tick."""
        self.clock = clock
        self._state = State(members, store, keys, clock, quota, record)
        self._state.on_change = lambda: self.on_change()  # noqa: PLW0108  set later
        self._state.on_fork = lambda log, proof: self.on_fork(log, proof)  # noqa: PLW0108  set later
        self.origin = self._state.origin
        self.startup = self._state.startup
        self._pruner = prune.Pruner(store)
        self._retainer = retain.Retainer(store, members)
        self._give_up_at = 0  # ms elapsed
        heads.recall(self._state)
        for log in store.origins():
            if log != self.origin:
                cosign.finish(self._state, log)

    @property
    def forks(self) -> Mapping[str, StoredFork]:
        """The logs that are proven to be forked, and so frozen."""
        return self._state.forks

    @property
    def quota(self) -> Quota:
        """What partners' texts, and the disk, leave room for."""
        return self._state.quota

    @property
    def may_sign(self) -> bool:
        """Whether heads of the own log may be signed."""
        return self._state.may_sign

    # The own log, and what waits for a place in it.

    def submit(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        """Record envelopes in the own log; one answer each, after fsync.

        A name that stands in the log already is answered with its place. While the
        node may not sign, they are kept, and answered as waiting; all are refused
        where the own log is frozen (FORK).
        """
        answers = self.commit(asked)
        self.publish()
        return answers

    def commit(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        """Do the same, but leave the signing to the next call, or to `publish`."""
        return own_log.take(self._state, asked)

    def publish(self) -> None:
        """Sign what stands in the own log and is not signed yet; now it may leave."""
        own_log.publish(self._state)

    def settle(self) -> None:
        """Give what waits its place, as far as it may have one, and sign it."""
        waiting.settle(self._state, lambda asked: own_log.place(self._state, asked))
        self.publish()

    def refused_to(self, desk: str) -> list[StoredRefused]:
        """Return what was refused to a desk ("": the operator) for good, newest first.

        Within REFUSED_KEPT by this process's clock; REFUSED_MAX at most. What was
        recorded after all is not among them.
        """
        told = self.store.refused_to(desk, self.clock.now())
        stands = self.store.known_names(self.origin, [one.name for one in told])
        return [one for one in told if one.name not in stands]

    # The replicas, and lines under heads.

    def receive(self, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
        """Store and cosign a partner's batch, or raise the Refusal it is told.

        The answer has no line of ours where this node may not cosign yet.
        """
        return replica.take(self._state, peer, batch)

    def complete(self, peer: str, sent: rpc.Bodies) -> rpc.Cosigned | None:
        """Keep a text that an entry of a partner's log lacked; return the answer anew.

        None where it lacks none; Refusal(WRAPS | BODY) for one that was not signed.
        """
        return replica.complete(self._state, peer, sent)

    def freshen(self, peer: str) -> rpc.Cosigned | None:
        """Cosign the newest head of a partner's log again; None if it is not due."""
        return cosign.freshen(self._state, peer)

    def record(self, peer: str, cosigned: rpc.Cosigned) -> int:
        """Keep a partner's cosignature; return the size that it covers."""
        return cosigners.record(self._state, peer, cosigned)

    def witnessed(self) -> rpc.Cosigned | None:
        """Return the newest head of the own log with third parties' lines, if any."""
        return witnessed.newest(self._state)

    def take_lines(self, peer: str, told: rpc.Cosigned) -> None:
        """Keep the lines of third parties that a partner shows under its own head."""
        witnessed.take_lines(self._state, peer, told)

    # The start-up rule, and what follows from it.

    def hear(self, peer: str, held: Iterable[ledger_pb2.LogPosition]) -> None:
        """Compare the heads that a partner holds with what is stored.

        Raises Refusal: FORK where the own log is found forked, NOTE or HEAD where
        what it says of the own log does not verify.
        """
        heads.hear(self._state, peer, held, self.settle)

    def hear_desk(self, desk: str, notes: Iterable[bytes]) -> None:
        """Take the newest heads that a desk has verified.

        Raises Refusal(DATABASE | DISK | LOCKED) where they could not be compared:
        then they are to be told again.
        """
        heads.hear_desk(self._state, desk, notes)

    def freeze(self, origin: str, proof: bytes) -> None:
        """Stop a log for good, by a fork that is proven."""
        forks.freeze(self._state, origin, proof)

    def judge_fork(self, forked: rpc.Forked) -> None:
        """Freeze a log that a partner proves to be forked; Refusal(PROOF) if not."""
        forks.judge(self._state, forked)

    def lend(self, peer: str, origin: str, start: int) -> ledger_pb2.Batch:
        """Return what a partner's own log lacks from `start` on; empty at the end."""
        return lending.lend(self._state, peer, origin, start)

    def restore(self, peer: str, batch: ledger_pb2.Batch) -> int:
        """Append to an own log what a partner held of it; return the new size."""
        return lending.restore(self._state, peer, batch, self.settle)

    # As time goes by.

    def tick(self) -> None:
        """Give what waits its place, forget heads that others cover, erase texts."""
        self._look_at_clock()
        self.startup.excuse(self._state.record.excused())
        self.settle()
        self._pruner.run(self.clock.elapsed())
        elapsed = self.clock.elapsed()
        if elapsed >= self._give_up_at:
            self._give_up_at = elapsed + MINUTE
            retain.give_up(self.store, self._state.signed_time.past, self.clock.now())
        if self._retainer.due(elapsed):
            erased = self._retainer.run(self._times(), elapsed)
            if erased:
                logger.info("erased after their retention: %s", erased)
        self._state.signed_time.save()
        self._save_record()

    def close(self) -> None:
        """Leave nothing behind that is committed and not signed; then keep the record.

        What the disk does not take now, the next start does.
        """
        try:
            self.publish()
            self._save_record()
        except Refusal as refusal:
            logger.warning("closing: %s", refusal.reason)

    def _save_record(self) -> None:
        """Keep what was shown, outside of the database, once it may be relied on."""
        if self.startup.asked(self.clock.elapsed()):
            self._state.record.save(self.store)

    def _look_at_clock(self) -> None:
        before = self.clock.alarmed_at
        if self.confirmed():
            self._state.signed_time.confirm()
            logger.warning("the clock was confirmed by an operator")
        self.clock.tick()
        after = self.clock.alarmed_at
        if after is not None and before is None:
            logger.error("the clock was moved: CLOCK")
            self.on_change()

    def _times(self) -> retain.Times:
        """Return the times by which texts are over; kept first, for `fsck` to read."""
        self._state.signed_time.save(now=True)
        return retain.Times(self._state.signed_time.past, self.clock.now())

    def clock_alarms(self) -> Iterator[ClockAlarm]:
        """Yield what people must look at: this clock, and those of others."""
        return self._state.signed_time.alarms()

    def witnessed_at(self, name: str, times: Iterable[int]) -> None:
        """Take the times (s) of a witness's lines, which it has signed just now."""
        self._state.signed_time.answered(name, times)

    def kept_for_desk(self, stored: StoredEntry, desk: str) -> StoredEntry:
        """Return an entry as a desk of this node may see it."""
        return self._kept(stored, lambda texts, e: texts.desk_lacks(e.index, desk))

    def kept_for_peer(self, stored: StoredEntry, peer: str) -> StoredEntry:
        """Return an entry as a partner's node may see it."""
        return self._kept(stored, lambda texts, e: texts.node_lacks(e.index, peer))

    def _kept(self, stored: StoredEntry, lacks: retain.Lacks) -> StoredEntry:
        past = self._state.signed_time.past
        return retain.kept(self.store, self.members, past, stored, lacks)

    def undelivered(
        self, peer: str, told: Sequence[rpc.Undelivered]
    ) -> list[rpc.Undelivered]:
        """Forget what a stream took; return what a partner is to be told next.

        Of texts of its desks, for desks here, that were erased before these took them.
        """
        if told:
            undelivered.forget(self._state, told)
        return undelivered.owed(self._state, peer)

    def note_undelivered(self, peer: str, told: rpc.Undelivered) -> None:
        """Keep that a partner erased a text of ours unread; a Refusal for nonsense."""
        undelivered.take(self._state, peer, told)

    def watched(self, desk: str, after: int) -> None:
        """Keep that a desk begins to watch behind arrival `after`: it has the rest."""
        try:
            self.store.note_read(desk, after, self.clock.now())
        except Refusal as refusal:
            if refusal.reason not in STORAGE:
                raise
            logger.warning("a desk's cursor was not kept: %s", refusal.reason)

    def retain(self) -> int:
        """Erase what is over its retention and nobody lacks; return how many.

        Raises Refusal(LOCKED) where somebody reads the file for long.
        """
        return retain.erase_due(self.store, self.members, self._times()).total()

    # What partners are told.

    def next_batch(
        self, peer: str, start: int, origin: str = "", *, check: bool = False
    ) -> ledger_pb2.Batch:
        """Return the next batch that a partner lacks of a log, else of the newest.

        With `check`, damaged texts are not sent but said to be absent.
        """
        log = origin or self.origin
        return outbox.next_batch(self.store, log, start, peer, check=check)

    def texts(self, peer: str, origin: str, indexes: Sequence[int]) -> list[rpc.Bodies]:
        """Return the first few texts among `indexes` of an own log that are here."""
        return outbox.texts(self.store, origin, indexes, peer)

    def greeting(self, peer: str) -> list[ledger_pb2.LogPosition]:
        """Return what a hello names: the positions, and the partner's own last line."""
        return positions.greeting(self._state, peer)

    def positions(self) -> list[ledger_pb2.LogPosition]:
        """Return every log held, with its newest head and newest lines."""
        return positions.every(self.store)
