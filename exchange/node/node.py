"""The node: the store, the keys and the directories behind the decisions.

Every method is synchronous and may be called from any thread; `net` calls them
through `asyncio.to_thread`. One lock orders everything that appends or moves a
directory on. A signed head or a cosignature leaves this module only after the
transaction that holds it has committed.

    submit      own desks' envelopes -> own log, one head a group
    receive     a partner's batch    -> its replica, cosigned
    record      a partner's cosigned -> the kept head of the own log
    next_batch  the own log          -> what a partner lacks
    hear        heads of others      -> may this node sign, is a log forked
    restore     own log, lent back   -> own log
    tick        some time            -> what waits finds its place, heads are pruned

Before `hear` has settled the start-up rule (recover.py) nothing is signed: what
desks hand over is kept and waits. A log of which a fork is proven is frozen, own
or replica: nothing is appended to it and nothing of it cosigned; the others go on.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.ledger.merkle import Edge, Get, leaf_hash
from exchange.ledger.note import parse_note
from exchange.limits import (
    BATCH_BYTES_MAX,
    BATCH_ENTRIES_MAX,
    HEARTBEAT,
    SECOND,
    WAITING_BATCH,
)
from exchange.node import outbox, prune, receive, retain, submit
from exchange.node.members import Members
from exchange.node.receive import Judged
from exchange.node.recover import StartUp
from exchange.node.submit import Asked
from exchange.store import (
    NewEntry,
    Store,
    StoredEntry,
    StoredFork,
    StoredHead,
    StoredWaiting,
)
from exchange.trust import rules
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Signer

logger = logging.getLogger(__name__)

REFUSALS_TOLD = 64  # of a log, the newest, in a hello
WITNESSED_SOUGHT = 32  # heads, the newest, among which third parties' lines are sought
STORAGE = frozenset({Reason.DISK, Reason.LOCKED, Reason.DATABASE})
PASSING = STORAGE | frozenset(  # another time the same envelope may be recorded
    {
        Reason.BUSY,
        Reason.CONFLICT,
        Reason.HEAD,  # the one that opens the log stands behind it
    }
)
BY_OTHER_LOGS = frozenset({Reason.REFERENCES, Reason.RECIPIENT_UNKNOWN})
BY_THE_LOG = frozenset(  # what only the whole log can answer
    {
        Reason.SIGNER_UNKNOWN,
        Reason.SIGNER_REVOKED,
        Reason.SIGNERS,
        Reason.SERIAL,
        Reason.STATEMENT,
        Reason.KEY,
        Reason.HEAD,
        Reason.MISSING,
    }
    | BY_OTHER_LOGS
)


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The keys of one node, all at rest as plain 0600 files."""

    log: Signer  # Ed25519, the log's 0x01 line
    log_pq: Signer  # ML-DSA-44, the log's 0x06 line
    mirror: Signer  # ML-DSA-44, the cosigner's 0x06 line


class Node:
    """One liaison node's own log and its replicas."""

    def __init__(
        self,
        members: Members,
        store: Store,
        keys: NodeKeys,
        clock: Callable[[], int],
    ) -> None:
        self.members = members
        self.name = members.me
        self.origin = members.origin(members.me)
        self.store = store
        self.on_change: Callable[[], None] = lambda: None
        self.on_fork: Callable[[str, bytes], None] = lambda _origin, _proof: None
        self.startup = StartUp(members.peers)
        self.forks: Mapping[str, StoredFork] = store.forks()
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._pruner = prune.Pruner(store)
        self._retainer = retain.Retainer(store, members)

    @property
    def may_sign(self) -> bool:
        """Whether heads of the own log may be signed."""
        return (
            self.origin not in self.forks
            and self.startup.asked(self._clock())
            and all(self._whole(log) for log in self.members.logs(self.name))
        )

    def _whole(self, log: str) -> bool:
        """Whether an own log is as long as was ever seen; an ended one is not empty."""
        size = self.store.size(log)
        ended = log != self.origin
        return self.startup.ahead(log, size) is None and bool(size or not ended)

    def submit(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        """Record envelopes in the own log; one answer each, after fsync.

        A name that stands in the log already is answered with its place. While the
        node may not sign, they are kept, and answered as waiting; all are refused
        where the own log is frozen (FORK).
        """
        with self._lock:
            if self.origin in self.forks:
                return [_frozen(self.origin) for _ in asked]
            answers = self._record(asked) if self.may_sign else self._keep(asked)
        self.on_change()
        return answers

    def _record(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        try:
            group = self._begin([one.sent.entry for one in asked])
            answers = [self._take(one, group) for one in asked]
            self._commit(group)
        except BaseException:
            self.members.reload(self.origin)  # it may hold what was not stored
            raise
        return answers

    def _keep(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        """Keep envelopes until they may have a place; refuse what never will."""
        group = self._begin([one.sent.entry for one in asked])
        kept: list[StoredWaiting] = []
        answers = []
        for one in asked:
            answer = desk_pb.Submitted(origin=self.origin)
            answers.append(answer)
            try:
                answer.name = envelope.split(one.sent.entry).name
                known = group.places.get(answer.name)
                if known is not None:
                    answer.origin, answer.index = known
                    continue
                self._possible(one, group)
            except Refusal as refusal:
                _refuse(answer, refusal)
                continue
            answer.waiting = True
            desk = one.desk or ""
            raw = one.sent.SerializeToString(deterministic=True)
            kept.append(StoredWaiting(answer.name, raw, desk, self._clock()))
        self.store.wait(kept)
        return answers

    def _possible(self, one: Asked, group: "_Group") -> None:
        """Raise the Refusal that no entry which is missing here could lift."""
        try:
            submit.check(one, group.log, self.members, self._clock())
        except Refusal as refusal:
            if refusal.reason not in BY_THE_LOG:
                raise

    def settle(self) -> None:
        """Give what waits its place, as far as it may have one."""
        while self.may_sign:
            ready = _ready(self.store.waiting(WAITING_BATCH))
            if not ready:
                return
            waiting, asked = zip(*ready, strict=True)
            answers = self.submit(asked)
            passing = PASSING
            if not self.startup.caught_up(self.store.size):
                passing |= BY_OTHER_LOGS
            gone = list(_settled(waiting, answers, passing))
            self.store.settle(gone)
            if len(gone) < len(ready):
                return

    def _begin(self, entries: Sequence[bytes]) -> "_Group":
        """Begin a group; what stands in a log that has ended stands there."""
        logs = self.members.logs(self.name)
        found = {log: self.members.standing(log, entries) for log in logs}
        places = {
            name: (log, at)
            for log, standing in found.items()
            for name, at in standing.places.items()
        }
        known = receive.Growing(found[self.origin])
        log = self.members.log(self.origin, known)
        return _Group(self.store.edge(self.origin), log, known, places)

    def _take(self, one: Asked, group: "_Group") -> desk_pb.Submitted:
        if group.full(one.sent):
            self._commit(group)
        answer = desk_pb.Submitted(origin=self.origin)
        group.answers.append(answer)
        try:
            answer.name = envelope.split(one.sent.entry).name
            known = group.places.get(answer.name)
            answer.origin, answer.index = known or (self.origin, group.next)
            if known is None:
                self._add(one, answer.name, group)
        except Refusal as refusal:
            _refuse(answer, refusal)
        return answer

    def _add(self, one: Asked, name: bytes, group: "_Group") -> None:
        verdict = submit.check(one, group.log, self.members, self._clock())
        if group.log.opens is not None:
            self._follows(self.origin, verdict.core.clear)
            group.log = replace(group.log, opens=None)
        if verdict.statement is not None:
            group.log.directory.apply(group.next, verdict.core, verdict.statement)
        desks = receive.desks(verdict, self.members.desks)
        group.places[name] = self.origin, group.next
        group.known.add(verdict)
        group.entries.append(receive.accepted(verdict, one.sent, desks))
        group.weight += _weight(one.sent)

    def _commit(self, group: "_Group") -> None:
        """Sign and append what the group holds; on failure take its answers back."""
        if not group.entries:
            return
        try:
            self._append_own(group)
        except FusionError as error:
            group.take_back(self.origin, error)
            self.members.reload(self.origin)
            group.log = self.members.log(self.origin, group.known)
        group.begin(self.store.edge(self.origin))

    def _append_own(self, group: "_Group") -> None:
        head, now = group.head(self.origin), self._clock()
        keys = self._keys
        note = checkpoint.sign_head(head, keys.log, keys.log_pq, now // 1000)
        held = self.store.head(self.origin)
        expect = held.head if held else None
        self.store.append(self.origin, expect, group.entries, head, note, now)
        group.known.settle()

    def _follows(self, origin: str, note: bytes) -> None:
        """Raise HEAD unless a log begins where the one before it ends, as held here.

        That the partner cosigned that end is a part of the verdict; that it is the
        last one, each member knows by its replica, which has no more.
        """
        before = self.members.before(origin)
        end = checkpoint.parse_head(parse_note(note).text)
        size = self.store.size(end.origin)
        if end.origin != before or size < end.size:
            raise Refusal(Reason.MISSING, end.origin)
        if size != end.size or self.store.root_at(end.origin, size) != end.root:
            raise Refusal(Reason.HEAD, f"{end.origin}#{end.size}")

    def receive(self, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
        """Store and cosign a partner's batch, or raise the Refusal it is told.

        The answer has no line of ours where this node may not cosign yet.
        """
        origin = batch.origin
        if origin not in self.members.logs(peer):
            raise Refusal(Reason.ORIGIN, origin)
        if origin in self.forks:
            raise Refusal(Reason.FORK, origin)
        with self._lock:
            edge = self.store.edge(origin)
            if batch.start + len(batch.envelopes) <= edge.size:
                return self._held(batch)
            try:
                cosigned = self._append(batch, edge)
            except Refusal:
                self.members.reload(origin)
                self._look_at(batch.head)
                raise
            except BaseException:
                self.members.reload(origin)
                raise
        self.on_change()
        return cosigned

    def _append(self, batch: ledger_pb2.Batch, edge: Edge) -> rpc.Cosigned:
        judged = self._judge(batch, edge, self.name)
        note = checkpoint.only(judged.note, self.members.log_keys(batch.origin))
        self._beside(batch, edge, note)
        if self._may_cosign(judged.head):
            note = self._cosign(note)
        stored = self._store(judged, note)
        self.startup.compared(batch.origin, judged.head.size)
        return rpc.Cosigned(
            origin=batch.origin,
            size=judged.head.size,
            head=stored.note,
            refusals=_refusals(judged.refusals),
        )

    def _judge(self, batch: ledger_pb2.Batch, edge: Edge, holder: str) -> Judged:
        """Judge a batch of a log that `holder` must have in full."""
        entries = [sent.entry for sent in batch.envelopes]
        origin = batch.origin
        log = self.members.log(origin, self.members.standing(origin, entries))
        judged = receive.judge_batch(
            batch,
            receive.Replica(edge, log, self.members.log_keys(origin)),
            holder,
            lambda verdict: receive.desks(verdict, self.members.desks),
            self._clock(),
        )
        if log.opens is not None:
            first = judged.entries[0]
            if first.reason:
                raise Refusal(Reason.HEAD, origin)
            self._follows(origin, envelope.split(first.entry).core.clear)
        return judged

    def _store(self, judged: Judged, note: bytes) -> StoredHead:
        origin = judged.head.origin
        held = self.store.head(origin)
        expect = held.head if held else None
        return self.store.append(
            origin, expect, judged.entries, judged.head, note, self._clock()
        )

    def _may_cosign(self, head: Head) -> bool:
        asked = self.startup.asked(self._clock())
        return asked and self.startup.ahead(head.origin, head.size) is None

    def _cosign(self, note: bytes) -> bytes:
        name = checkpoint.cosigner_name(self.name)
        now = self._clock() // SECOND
        return checkpoint.cosign(note, name, self._keys.mirror, now)

    def _beside(self, batch: ledger_pb2.Batch, edge: Edge, note: bytes) -> None:
        """Raise FORK where a batch leads past a head that was shown, and beside it."""
        end = edge.size + len(batch.envelopes)
        passed = list(self.startup.shown(batch.origin, edge.size, end))
        if not passed:
            return
        leaves = [leaf_hash(sent.entry) for sent in batch.envelopes]
        fresh = {node[:2]: node[2] for node in edge.extend(leaves).nodes}
        stored = partial(self.store.hash, batch.origin)
        for shown in passed:
            count = shown.head.size - edge.size
            if edge.extend(leaves[:count]).edge.root() != shown.head.root:
                self._forked(
                    shown.note,
                    note,
                    lambda level, at: fresh.get((level, at)) or stored(level, at),
                )

    def _was_shown(self, note: bytes) -> None:
        """Take the head of a batch, of which nothing else is of use."""
        origin = checkpoint.parse_head(parse_note(note).text).origin
        mine = origin in self.members.logs(self.name)
        self._take_head(note, promise=not mine)

    def _look_at(self, note: bytes) -> None:
        """Take the head of a batch that was not stored, whatever it is worth."""
        try:
            self._was_shown(note)
        except Refusal as refusal:
            if refusal.reason is Reason.FORK:
                raise

    def _forked(self, first: bytes, second: bytes, get: Get) -> None:
        """Freeze the log of two heads that exclude each other, and raise FORK."""
        origin = checkpoint.parse_head(parse_note(second).text).origin
        keys = self.members.log_keys(origin)
        a, b = (checkpoint.only(note, keys) for note in (first, second))
        self.freeze(origin, fork.between(a, b, get).encode())
        raise Refusal(Reason.FORK, origin)

    def freeze(self, origin: str, proof: bytes) -> None:
        """Stop a log for good; `proof` is verified or made here.

        It is stopped also where the disk does not take the proof.
        """
        now = self._clock()
        self.forks = {origin: StoredFork(proof, now), **self.forks}
        logger.error("forked: %s", origin)
        self.store.freeze(origin, proof, now)
        self.forks = self.store.forks()
        self.on_fork(origin, self.forks[origin].proof)
        self.on_change()

    def judge_fork(self, forked: rpc.Forked) -> None:
        """Freeze a log that a partner proves to be forked; Refusal(PROOF) if not."""
        proven = fork.verify(forked.proof, self.members.log_keys(forked.origin))
        if proven.origin != forked.origin:
            raise Refusal(Reason.PROOF, forked.origin)
        self.freeze(forked.origin, forked.proof)

    def _held(self, batch: ledger_pb2.Batch) -> rpc.Cosigned:
        """Answer a batch that is stored already; a head beside ours is a fork."""
        self._was_shown(batch.head)
        held = self.store.head(batch.origin)
        if held is None:
            raise Refusal(Reason.POSITION, batch.origin)
        return rpc.Cosigned(
            origin=batch.origin,
            size=held.head.size,
            head=held.note,
            refusals=self._refused(batch.origin, batch.start, REFUSALS_TOLD),
        )

    def _refused(self, origin: str, start: int, limit: int) -> list[ledger_pb2.Refusal]:
        return [
            ledger_pb2.Refusal(index=entry.index, reason=entry.reason)
            for entry in self.store.refused(origin, start, limit)
        ]

    def _compare(self, verified: VerifiedHead) -> None:
        """Freeze and raise FORK unless a verified head is of the tree that is held."""
        head = verified.head
        if not head.size or self.store.root_at(head.origin, head.size) == head.root:
            return
        held = self.store.head(head.origin)
        if held is None:
            raise Refusal(Reason.MISSING, head.origin)
        get = partial(self.store.hash, head.origin)
        self._forked(verified.note, held.note, get)

    def record(self, peer: str, cosigned: rpc.Cosigned) -> int:
        """Keep a partner's cosignature; return the size that it covers.

        1. The note is a head of a log of this node, with its lines.
        2. It is one of the tree that is held.
        3. The partner's line verifies. Without one it only says how much it holds.
        """
        # 1
        origin = cosigned.origin
        if origin not in self.members.logs(self.name):
            raise Refusal(Reason.ORIGIN, origin)
        keys = self.members.log_keys(origin)
        verified = checkpoint.verify_head(cosigned.head, keys)
        if verified.head.origin != origin:
            raise Refusal(Reason.ORIGIN, origin)
        # 2
        size = verified.head.size
        if size > self.store.size(origin):
            self._take_head(cosigned.head)
            raise Refusal(Reason.MISSING, origin)
        self._compare(verified)
        # 3
        lines = checkpoint.cosignatures(cosigned.head, self.members.cosigner_keys(peer))
        if lines:
            known = [*keys, *self.members.cosigner_keys(peer)]
            self._keep_lines(
                peer, size, checkpoint.only(cosigned.head, known), cosigned
            )
        return size

    def _keep_lines(
        self, peer: str, size: int, note: bytes, cosigned: rpc.Cosigned
    ) -> None:
        now, origin = self._clock(), cosigned.origin
        with self._lock:
            if self.store.note(origin, size) is not None:
                self.store.set_note(origin, size, note, now)
            for refusal in _credible(cosigned.refusals, size):
                self.store.note_refusal(
                    origin, refusal.index, peer, refusal.reason, now
                )
            if origin == self.origin:
                self.store.cosigned(peer, size, now)
        self.on_change()

    # The start-up rule, and what follows from it.

    def hear(self, peer: str, held: Iterable[ledger_pb2.LogPosition]) -> None:
        """Compare the heads that a partner holds with what is stored.

        Raises Refusal: FORK where the own log is found forked, NOTE or HEAD where
        what it says of the own log does not verify. Of other logs only what verifies
        counts; a fork freezes that log and is no fault of the partner.
        """
        mine = self.members.logs(self.name)
        for position in held:
            if position.head and position.origin not in mine:
                self._hear_other(peer, position.head)
        fork: Refusal | None = None
        for position in held:
            try:
                if position.head and position.origin in mine:
                    self._take_head(position.head)
            except Refusal as refusal:
                if refusal.reason is not Reason.FORK:
                    raise
                fork = refusal
        self.startup.answered(peer, self._clock())
        self.settle()
        if fork is not None:
            raise fork

    def _hear_other(self, peer: str, note: bytes) -> None:
        try:
            origin = checkpoint.parse_head(parse_note(note).text).origin
            owner = self.members.node_of(origin)
            # What its owner alone says of a log is a promise of what is to come.
            mine = {key.key for key in self.members.cosigner_keys(self.name)}
            cosigned = any(line.key in mine for line in parse_note(note).lines)
            self._take_head(note, promise=owner == peer and not cosigned)
        except Refusal as refusal:
            if refusal.reason in STORAGE:
                raise
            logger.warning("heard from %s: %s", peer, refusal.reason)

    def hear_desk(self, notes: Iterable[bytes]) -> None:
        """Take the newest heads that a desk has verified.

        Raises Refusal(DATABASE | DISK | LOCKED) where they could not be compared:
        then they are to be told again.
        """
        for note in notes:
            try:
                self._take_head(note)
            except Refusal as refusal:
                if refusal.reason in STORAGE:
                    raise
                logger.warning("heard from a desk: %s", refusal.reason)

    def _take_head(self, note: bytes, *, promise: bool = False) -> None:
        """Compare a head with what is held, or remember that it is ahead of it."""
        origin = checkpoint.parse_head(parse_note(note).text).origin
        keys = self.members.log_keys(origin)
        verified = checkpoint.verify_head(note, keys)
        if verified.head.size <= self.store.size(origin):
            # A log that is frozen, or has ended, is proven to be forked already.
            ended = origin != self.members.origin(self.members.node_of(origin))
            if origin not in self.forks and not ended:
                self._compare(verified)
        elif twin := self.startup.twin(verified.head):
            self._forked(twin.note, note, partial(self.store.hash, origin))
        elif promise:
            self.startup.promised(verified)
        else:
            self.startup.saw(verified)

    def lend(self, peer: str, origin: str, start: int) -> ledger_pb2.Batch:
        """Return what a partner's own log lacks from `start` on; empty at the end."""
        if origin not in self.members.logs(peer):
            raise Refusal(Reason.ORIGIN, origin)
        if start >= self.store.size(origin):
            return ledger_pb2.Batch(origin=origin, start=start)
        return outbox.next_batch(self.store, origin, start, peer, self.kept)

    def restore(self, peer: str, batch: ledger_pb2.Batch) -> int:
        """Append to an own log what a partner held of it; return the new size.

        Judged like a partner's batch, by the own keys: nothing is signed. Wraps and
        bodies must be there where a desk of that partner was addressed.
        """
        origin = batch.origin
        if origin not in self.members.logs(self.name) or origin in self.forks:
            raise Refusal(Reason.ORIGIN, origin)
        with self._lock:
            edge = self.store.edge(origin)
            if batch.start + len(batch.envelopes) <= edge.size:
                self._look_at(batch.head)
                return edge.size
            try:
                judged = self._judge(batch, edge, peer)
                self._beside(batch, edge, judged.note)
                self._store(judged, self._lent_note(judged))
                self.startup.compared(origin, judged.head.size)
            except Refusal:
                self._look_at(batch.head)
                raise
            finally:
                self.members.reload(origin)
        self.settle()
        self.on_change()
        return judged.head.size

    def _lent_note(self, judged: Judged) -> bytes:
        others = [
            key
            for name in self.members.peers
            for key in self.members.cosigner_keys(name)
        ]
        others += self.members.policy(self.name).vkeys
        checkpoint.line_times(judged.note, others)
        keys = self.members.log_keys(judged.head.origin)
        return checkpoint.only(judged.note, [*keys, *others])

    # Lines of third parties, which only the own node asks for.

    def witnessed(self) -> rpc.Cosigned | None:
        """Return the newest head of the own log with third parties' lines, if any."""
        mirrors = {
            key.key
            for name in (self.name, *self.members.peers)
            for key in self.members.cosigner_keys(name)
        }
        others = {key.key: key for key in self.members.policy(self.name).vkeys}
        known = others.keys() - mirrors
        if not known:
            return None
        keys = [*self.members.log_keys(self.origin), *(others[one] for one in known)]
        for held in self.store.heads(self.origin, WITNESSED_SOUGHT):
            if any(line.key in known for line in parse_note(held.note).lines):
                note = checkpoint.only(held.note, keys)
                size = held.head.size
                return rpc.Cosigned(origin=self.origin, size=size, head=note)
        return None

    def take_lines(self, peer: str, told: rpc.Cosigned) -> None:
        """Keep the lines of third parties that a partner shows under its own head.

        1. The head is one of that partner's logs, and of the tree that is held.
        2. Each line of a key of the log's policy verifies; others are passed over.
        3. They are added to that head, if it is kept here.
        """
        # 1
        origin = told.origin
        if origin not in self.members.logs(peer):
            raise Refusal(Reason.ORIGIN, origin)
        keys = self.members.log_keys(origin)
        verified = checkpoint.verify_head(told.head, keys)
        if verified.head.origin != origin:
            raise Refusal(Reason.ORIGIN, origin)
        size = verified.head.size
        if size > self.store.size(origin) or origin in self.forks:
            self._take_head(told.head, promise=True)
            return
        self._compare(verified)
        # 2
        others = self.members.policy(peer).vkeys
        if not checkpoint.line_times(told.head, others):
            return
        # 3
        note = checkpoint.only(told.head, [*keys, *others])
        with self._lock:
            if self.store.note(origin, size) is None:
                return
            self.store.set_note(origin, size, note, self._clock())
        self.on_change()

    # As time goes by.

    def freshen(self, peer: str) -> rpc.Cosigned | None:
        """Cosign the newest head of a partner's log again; None if it is not due."""
        origin = self.members.origin(peer)
        with self._lock:
            held = self.store.fresh(origin)
            if held is None or origin in self.forks or not self._due(held):
                return None
            note = self._cosign(held.note)
            stored = self.store.set_note(origin, held.head.size, note, self._clock())
        del stored  # the kept head; the line sent is the new one
        return rpc.Cosigned(origin=origin, size=held.head.size, head=note)

    def _due(self, held: StoredHead) -> bool:
        if not self._may_cosign(held.head):
            return False
        mine = self.members.cosigner_keys(self.name)
        times = checkpoint.cosignatures(held.note, mine).values()
        return self._clock() - max(times, default=0) * SECOND >= HEARTBEAT

    def tick(self) -> None:
        """Give what waits its place, forget heads that others cover, erase texts."""
        self.settle()
        self._pruner.run(self._clock())
        erased = self._retainer.run(self._clock())
        if erased:
            logger.info("erased after their retention: %s", erased)

    def kept(self, stored: StoredEntry) -> StoredEntry:
        """Return an entry as it may be shown: without what is past its retention."""
        return retain.kept(stored, self.members, self._clock())

    def retain(self) -> int:
        """Erase what is past its retention; return of how many entries.

        Raises Refusal(LOCKED) where somebody reads the file for long.
        """
        return retain.erase_due(self.store, self.members, self._clock())

    def next_batch(self, peer: str, start: int, origin: str = "") -> ledger_pb2.Batch:
        """Return the next batch that a partner lacks of a log, else of the newest."""
        log = origin or self.origin
        return outbox.next_batch(self.store, log, start, peer, self.kept)

    def greeting(self, peer: str) -> list[ledger_pb2.LogPosition]:
        """Return what a hello names: the positions, and the partner's own last line.

        By it a partner that was restored knows up to where it has cosigned, where a
        newer head has no line of its yet.
        """
        found = self.positions()
        size = self.store.get_peer(peer).cosigned_size
        for held in self.store.heads(self.origin, 1, size) if size else ():
            position = ledger_pb2.LogPosition(
                origin=self.origin, size=held.head.size, head=held.note
            )
            if all(held.note != other.head for other in found):
                found.append(position)
        return found

    def positions(self) -> list[ledger_pb2.LogPosition]:
        """Return every log held, with its newest head and newest lines."""
        found = []
        for origin in self.store.origins():
            head = self.store.fresh(origin)
            if head is not None:
                found.append(
                    ledger_pb2.LogPosition(
                        origin=origin,
                        size=head.head.size,
                        head=head.note,
                        refusals=self._refused(origin, 0, REFUSALS_TOLD),
                    )
                )
        return found


Place = tuple[str, int]
"""(origin, index) of an entry."""


class _Group:
    """The envelopes that one head will cover, of all that one call asks for."""

    def __init__(
        self,
        edge: Edge,
        log: rules.Log,
        known: receive.Growing,
        places: dict[bytes, Place],
    ) -> None:
        self.log = log
        self.known = known
        self.places = places
        self.begin(edge)

    def begin(self, edge: Edge) -> None:
        """Start the next group."""
        self.edge = edge
        self.entries: list[NewEntry] = []
        self.answers: list[desk_pb.Submitted] = []
        self.weight = 0

    def take_back(self, origin: str, error: FusionError) -> None:
        """Turn the answers of what was not stored into refusals."""
        self.known.forget()
        for entry in self.entries:
            del self.places[entry.name]
        for answer in self.answers:
            new = answer.origin == origin and answer.index >= self.edge.size
            if not answer.reason and new:
                _refuse(answer, error)

    @property
    def next(self) -> int:
        return self.edge.size + len(self.entries)

    def full(self, sent: pb.Envelope) -> bool:
        """Whether this envelope must wait for the next head."""
        over = self.weight + _weight(sent) > BATCH_BYTES_MAX
        return bool(self.entries) and (over or len(self.entries) >= BATCH_ENTRIES_MAX)

    def head(self, origin: str) -> Head:
        leaves = [leaf_hash(entry.entry) for entry in self.entries]
        grown = self.edge.extend(leaves).edge
        return Head(origin, grown.size, grown.root())


def _weight(sent: pb.Envelope) -> int:
    return outbox.weight(sent.entry, sent.wraps, sent.body)


def _frozen(origin: str) -> desk_pb.Submitted:
    answer = desk_pb.Submitted(origin=origin)
    _refuse(answer, Refusal(Reason.FORK, origin))
    return answer


def _ready(
    waiting: Sequence[StoredWaiting],
) -> list[tuple[StoredWaiting, Asked]]:
    """Return what may be submitted in one go, in order.

    What speaks of something that waits itself comes in a later one: it is looked up
    among what is recorded.
    """
    names = {one.name for one in waiting}
    asked = [(one, _asked(one)) for one in waiting]
    return [(one, each) for one, each in asked if not names & set(_named(each.sent))]


def _named(sent: pb.Envelope) -> Iterator[bytes]:
    """Yield the names that an envelope speaks of; none where it cannot be read."""
    try:
        references = envelope.split(sent.entry).core.references
    except Refusal:
        return
    yield from (reference.name for reference in references)


def _asked(waiting: StoredWaiting) -> Asked:
    """Return what waits as its desk handed it over."""
    try:
        sent = pb.Envelope.FromString(waiting.envelope)
    except DecodeError:  # damaged since; refused like any other
        sent = pb.Envelope()
    return Asked(sent, waiting.desk or None)


def _settled(
    waiting: Sequence[StoredWaiting],
    answers: Sequence[desk_pb.Submitted],
    passing: frozenset[Reason],
) -> Iterator[bytes]:
    """Yield the names that have a place now, or never will.

    One that waits on may state what those after it need: no refusal of theirs by the
    log is the last word then.
    """
    for one, answer in zip(waiting, answers, strict=True):
        if answer.waiting or answer.reason in passing:
            passing |= BY_THE_LOG
            continue
        if answer.reason:
            logger.warning("refused after waiting: %s", answer.reason)
        yield one.name


def _refuse(answer: desk_pb.Submitted, error: FusionError) -> None:
    answer.ClearField("index")
    answer.reason = error.reason
    answer.text = str(error)


def _credible(
    told: Sequence[ledger_pb2.Refusal], size: int
) -> Iterator[ledger_pb2.Refusal]:
    """Yield the refusals that can be meant of a log of `size`: a partner made them."""
    for refusal in told[:BATCH_ENTRIES_MAX]:
        if refusal.index < size and refusal.reason in Reason.__members__:
            yield refusal


def _refusals(found: Sequence[tuple[int, Reason]]) -> list[ledger_pb2.Refusal]:
    return [ledger_pb2.Refusal(index=index, reason=reason) for index, reason in found]
