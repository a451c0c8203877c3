"""The node: the store, the keys and the directories behind the decisions.

Every method is synchronous and may be called from any thread; `net` calls them
through `asyncio.to_thread`. One lock orders everything that appends or moves a
directory on. A signed head or a cosignature leaves this module only after the
transaction that holds it has committed.

    submit      own desks' envelopes -> own log, one head a group
    receive     a partner's batch    -> its replica, cosigned
    record      a partner's cosigned -> the kept head of the own log
    next_batch  the own log          -> what a partner lacks
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exchange import envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX
from exchange.node import outbox, receive, submit
from exchange.node.members import Members
from exchange.node.submit import Asked
from exchange.store import NewEntry, Store
from exchange.trust import rules
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Signer

REFUSALS_TOLD = 64  # of a log, the newest, in a hello


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
        self.origin = checkpoint.log_origin(members.me)
        self.store = store
        self.on_change: Callable[[], None] = lambda: None
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()

    def submit(self, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
        """Record envelopes in the own log; one answer each, after fsync.

        A name that stands in the log already is answered with its place.
        """
        with self._lock:
            group = self._begin([one.sent.entry for one in asked])
            answers = [self._take(one, group) for one in asked]
            self._commit(group)
        self.on_change()
        return answers

    def _begin(self, entries: Sequence[bytes]) -> "_Group":
        standing = self.members.standing(self.name, entries)
        known = receive.Growing(standing)
        log = self.members.log(self.name, known)
        return _Group(self.store.edge(self.origin), log, known, dict(standing.places))

    def _take(self, one: Asked, group: "_Group") -> desk_pb.Submitted:
        if group.full(one.sent):
            self._commit(group)
        answer = desk_pb.Submitted(origin=self.origin)
        group.answers.append(answer)
        try:
            answer.name = envelope.split(one.sent.entry).name
            known = group.places.get(answer.name)
            answer.index = group.next if known is None else known
            if known is None:
                self._add(one, answer.name, group)
        except Refusal as refusal:
            _refuse(answer, refusal)
        return answer

    def _add(self, one: Asked, name: bytes, group: "_Group") -> None:
        verdict = submit.check(one, group.log, self.members, self._clock())
        if verdict.statement is not None:
            group.log.directory.apply(group.next, verdict.core, verdict.statement)
        desks = receive.desks(verdict, self.members.desks)
        group.places[name] = group.next
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
            group.take_back(error)
            self.members.reload(self.name)
            group.log = self.members.log(self.name, group.known)
        group.begin(self.store.edge(self.origin))

    def _append_own(self, group: "_Group") -> None:
        head, now = group.head(self.origin), self._clock()
        keys = self._keys
        note = checkpoint.sign_head(head, keys.log, keys.log_pq, now // 1000)
        held = self.store.head(self.origin)
        expect = held.head if held else None
        self.store.append(self.origin, expect, group.entries, head, note, now)
        group.known.settle()

    def receive(self, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
        """Store and cosign a partner's batch, or raise the Refusal it is told."""
        origin = checkpoint.log_origin(peer)
        if batch.origin != origin:
            raise Refusal(Reason.ORIGIN, batch.origin)
        with self._lock:
            edge = self.store.edge(origin)
            if batch.start + len(batch.envelopes) <= edge.size:
                return self._held(peer, batch)
            try:
                cosigned = self._append(peer, batch, edge)
            except BaseException:
                self.members.reload(peer)
                raise
        self.on_change()
        return cosigned

    def _append(self, peer: str, batch: ledger_pb2.Batch, edge: Edge) -> rpc.Cosigned:
        entries = [sent.entry for sent in batch.envelopes]
        log = self.members.log(peer, self.members.standing(peer, entries))
        judged = receive.judge_batch(
            batch,
            receive.Replica(edge, log, self.members.log_keys(peer)),
            self.name,
            lambda verdict: receive.desks(verdict, self.members.desks),
        )
        now = self._clock()
        note = checkpoint.cosign(
            checkpoint.only(judged.note, self.members.log_keys(peer)),
            checkpoint.cosigner_name(self.name),
            self._keys.mirror,
            now // 1000,
        )
        held = self.store.head(batch.origin)
        expect = held.head if held else None
        stored = self.store.append(
            batch.origin, expect, judged.entries, judged.head, note, now
        )
        return rpc.Cosigned(
            origin=batch.origin,
            size=judged.head.size,
            head=stored.note,
            refusals=_refusals(judged.refusals),
        )

    def _held(self, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
        """Answer a batch that is stored already; a head beside ours is a fork."""
        verified = checkpoint.verify_head(batch.head, self.members.log_keys(peer))
        self.compare(verified.head)
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

    def compare(self, head: Head) -> None:
        """Raise FORK unless a verified head is one of the tree that is held."""
        if head.size and self.store.root_at(head.origin, head.size) != head.root:
            raise Refusal(Reason.FORK, f"{head.origin}#{head.size}")

    def record(self, peer: str, cosigned: rpc.Cosigned) -> int:
        """Keep a partner's cosignature; return the size that it covers.

        1. The note is a head of the own log, with the own lines.
        2. It is one of the tree that is held.
        3. The partner's line verifies.
        """
        # 1
        keys = self.members.log_keys(self.name)
        verified = checkpoint.verify_head(cosigned.head, keys)
        if verified.head.origin != self.origin:
            raise Refusal(Reason.ORIGIN, cosigned.origin)
        # 2
        own = self.store.head(self.origin)
        if own is None or verified.head.size > own.head.size:
            raise Refusal(Reason.MISSING, self.origin)
        self.compare(verified.head)
        # 3
        lines = checkpoint.cosignatures(cosigned.head, self.members.cosigner_keys(peer))
        if not lines:
            raise Refusal(Reason.COSIGNATURE, peer)
        now = self._clock()
        known = [*keys, *self.members.cosigner_keys(peer)]
        note = checkpoint.only(cosigned.head, known)
        with self._lock:
            self.store.set_note(self.origin, verified.head.size, note, now)
            for refusal in cosigned.refusals:
                self.store.note_refusal(
                    self.origin, refusal.index, peer, refusal.reason, now
                )
            self.store.cosigned(peer, verified.head.size, now)
        self.on_change()
        return verified.head.size

    def next_batch(self, peer: str, start: int) -> ledger_pb2.Batch:
        """Return the next batch that a partner lacks."""
        return outbox.next_batch(self.store, self.origin, start, peer)

    def positions(self) -> list[ledger_pb2.LogPosition]:
        """Return every log held, with its newest head."""
        found = []
        for origin in self.store.origins():
            head = self.store.head(origin)
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


class _Group:
    """The envelopes that one head will cover, of all that one call asks for."""

    def __init__(
        self,
        edge: Edge,
        log: rules.Log,
        known: receive.Growing,
        places: dict[bytes, int],
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

    def take_back(self, error: FusionError) -> None:
        """Turn the answers of what was not stored into refusals."""
        self.known.forget()
        for entry in self.entries:
            del self.places[entry.name]
        for answer in self.answers:
            if not answer.reason and answer.index >= self.edge.size:
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


def _refuse(answer: desk_pb.Submitted, error: FusionError) -> None:
    answer.ClearField("index")
    answer.reason = error.reason
    answer.text = str(error)


def _refusals(found: Sequence[tuple[int, Reason]]) -> list[ledger_pb2.Refusal]:
    return [ledger_pb2.Refusal(index=index, reason=reason) for index, reason in found]
