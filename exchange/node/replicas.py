"""The replicas of partners' logs: their batches are judged, stored and cosigned.

The own line under a head of a partner's is set once all below it is stored, and again
as time goes by. A partner's replica of the own log is lent back to a node that has lost
a part of it.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import parse_note
from exchange.limits import HEARTBEAT, SECOND, WAITING_BATCH
from exchange.node import batch_verdict, outbox, peer_heads, submissions
from exchange.node.batch_verdict import Judged
from exchange.node.lost_entries import LostEntries
from exchange.node.node import STORAGE, Node
from exchange.store import LACKING, NewBatch, StoredHead
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


def receive(node: Node, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
    """Store and cosign a partner's batch, or raise the Refusal it is told.

    What a batch claims is verified before anything is looked up for it, and its head
    before the node's other work waits for it.
    """
    origin = batch.origin
    if origin not in node.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if origin in node.forks:
        raise Refusal(Reason.FORK, origin)
    batch_verdict.check_size(batch)
    head = batch_verdict.check_head(batch, node.members.log_keys(origin))
    with node.lock:
        publish_replica(node, origin)
        edge = node.store.logs.edge(origin)
        if batch.start + len(batch.envelopes) <= edge.size:
            return _held(node, batch)
        try:
            cosigned = _append(node, batch, head, edge)
        except Refusal:
            peer_heads.try_batch_head(node, batch.head)
            raise
    node.on_change()
    return cosigned


def _held(node: Node, batch: ledger_pb2.Batch) -> rpc.Cosigned:
    """Answer a batch that is stored already; a head beside ours is a fork."""
    peer_heads.take_batch_head(node, batch.head)
    newest = node.store.heads.newest(batch.origin)
    if newest is None:
        raise Refusal(Reason.POSITION, batch.origin)
    return rpc.Cosigned(
        origin=batch.origin,
        size=newest.head.size,
        head=newest.note,
        refusals=outbox.refusals(node.store, batch.origin, batch.start),
        lacking=outbox.lacking_texts(node.store, batch.origin),
    )


def _append(
    node: Node, batch: ledger_pb2.Batch, head: Head, edge: Edge
) -> rpc.Cosigned:
    owner = node.members.node_of(batch.origin)
    allowance = node.quota.allowance(owner)
    judged = judge_under(node, batch, head, edge, node.name, allowance.takes)
    note = checkpoint.only(judged.note, node.members.log_keys(batch.origin))
    peer_heads.compare_batch(node, batch, edge, note)
    may_cosign = node.may_cosign(judged.head)
    stored = append_judged(node, judged, note, complete=not may_cosign)
    if may_cosign:  # nothing of ours is set under what a power cut could undo
        (stored,) = publish_replica(node, batch.origin)
    node.quota.record_use(owner, allowance)
    _hear_time(node, batch)
    peer_heads.drop_reached(node, batch.origin, judged.head.size)
    return rpc.Cosigned(
        origin=batch.origin,
        size=judged.head.size,
        head=stored.note,
        refusals=_refusals(judged.refusals),
        lacking=outbox.lacking_texts(node.store, batch.origin),
    )


def _hear_time(node: Node, batch: ledger_pb2.Batch) -> None:
    """Take the time of the log's own line under a head that was verified."""
    origin = batch.origin
    lines = parse_note(batch.head).lines
    times = [checkpoint.claimed_time(line) for line in lines if line.name == origin]
    owner = node.members.node_of(origin)
    node.signed_time.heard(owner, max(times) * SECOND)


def _refusals(refusals: Sequence[tuple[int, Reason]]) -> list[ledger_pb2.Refusal]:
    return [
        ledger_pb2.Refusal(index=index, reason=reason) for index, reason in refusals
    ]


def judge_under(  # noqa: PLR0913, PLR0917  all by which a batch is judged
    node: Node,
    batch: ledger_pb2.Batch,
    head: Head,
    edge: Edge,
    owed: str,
    takes: Callable[[int], bool] = lambda _: True,
) -> Judged:
    """Judge a batch under a verified head; texts for desks of node `owed` must come.

    `takes` says of each text by its bytes whether it may be kept.
    """
    batch_verdict.check_root(batch, edge, head)
    entries = [sent.entry for sent in batch.envelopes]
    origin, members = batch.origin, node.members
    prepared = batch_verdict.prepare_batch(entries, members.forms(origin))
    known = members.find_known(origin, prepared.claims(entries))
    log = members.log(origin, known)
    holder = batch_verdict.Holder(
        node.name,
        owed,
        lambda facts: batch_verdict.find_readers(facts, members.desks),
        node.clock.now(),
        node.signed_time.past,
        takes,
    )
    judged = batch_verdict.judge_batch(batch, head, log, holder, prepared)
    if log.opens is not None:
        first = judged.entries[0]
        if first.reason:
            raise Refusal(Reason.HEAD, origin)
        members.check_opening(origin, envelope.split(first.entry).core.clear)
    return judged


def append_judged(
    node: Node, judged: Judged, note: bytes, *, complete: bool = True
) -> StoredHead:
    """Append a judged batch under its head with these lines.

    Unless it is `complete`, the own line is still to be set under it. Its statements
    count from then on; where nobody knows whether it was stored, the directory is read
    anew.
    """
    origin, members = judged.head.origin, node.members
    expect = node.store.logs.position(origin)
    try:
        new = NewBatch(judged.entries, judged.head, note, complete=complete)
        (stored,) = node.store.append(origin, expect, [new], node.clock())
    except BaseException:
        members.reload(origin)
        raise
    members.adopt(origin, judged.directory)
    return stored


def complete_text(node: Node, peer: str, sent: rpc.Bodies) -> rpc.Cosigned | None:
    """Keep the text that an entry of a partner's log lacked; return the new answer.

    None where the entry lacks none, or there is no room for it still. Raises
    Refusal(WRAPS | BODY) for a text that is not the one signed: it is dropped, and
    asked for still.
    """
    origin, texts = sent.origin, node.store
    if origin not in node.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    found = texts.entries.page(origin, sent.index, 1)
    if not found or found[0].index != sent.index or found[0].state != LACKING:
        return None
    parsed = envelope.split(found[0].entry)
    envelope.check_payload(parsed, tuple(sent.wraps), sent.body)
    with node.lock:
        allowance = node.quota.allowance(peer)
        taken = allowance.takes(sum(map(len, sent.wraps)) + len(sent.body))
        node.quota.record_use(peer, allowance)
    if not taken:
        return None
    if texts.texts.complete(origin, sent.index, tuple(sent.wraps), sent.body):
        node.on_change()
    newest = texts.heads.newest_with_lines(origin)
    if newest is None:
        return None
    return rpc.Cosigned(
        origin=origin,
        size=newest.head.size,
        head=newest.note,
        lacking=outbox.lacking_texts(texts, origin),
    )


# The own line.


def cosign(node: Node, note: bytes) -> bytes:
    """Return a head with the line of this node's mirror."""
    name = checkpoint.cosigner_name(node.name)
    now = node.clock() // SECOND
    return checkpoint.cosign(note, name, node.keys.mirror, now)


def publish_replica(node: Node, origin: str) -> list[StoredHead]:
    """Show what is stored of a partner's log and was not shown yet; return its heads.

    Where it may be cosigned it is, for the entries are committed by now.
    """
    heads_shown: list[StoredHead] = []
    for held in node.store.boundaries(origin):
        may_cosign = origin not in node.forks and node.may_cosign(held.head)
        note = cosign(node, held.note) if may_cosign else held.note
        heads_shown.append(StoredHead(held.head, note, held.at))
    if heads_shown:
        node.store.publish(heads_shown)
    return heads_shown


def cosign_again(node: Node, peer: str) -> rpc.Cosigned | None:
    """Cosign the newest head of a partner's log again; None if it is not due."""
    origin = node.members.origin(peer)
    with node.lock:
        newest = node.store.heads.newest_with_lines(origin)
        if newest is None or origin in node.forks or not _due(node, newest):
            return None
        note = cosign(node, newest.note)
        node.cosigned_again_at[origin] = node.clock.elapsed()
        # It is kept with all its lines; the line sent is the new one.
        node.store.heads.add_lines(origin, newest.head.size, note, node.clock())
    lacking = outbox.lacking_texts(node.store, origin)
    return rpc.Cosigned(
        origin=origin, size=newest.head.size, head=note, lacking=lacking
    )


def _due(node: Node, newest: StoredHead) -> bool:
    if not node.may_cosign(newest.head):
        return False
    last = node.cosigned_again_at.get(newest.head.origin)
    if last is not None:
        return node.clock.elapsed() - last >= HEARTBEAT
    mine = node.members.cosigner_keys(node.name)
    times = checkpoint.cosignatures(newest.note, mine).values()
    age = node.clock() - max(times, default=0) * SECOND
    return not 0 <= age < HEARTBEAT  # a line of the future says nothing of its age


# A log that was lost.


def load_lent(node: Node, peer: str, origin: str, start: int) -> ledger_pb2.Batch:
    """Return what a partner's own log lacks from `start` on; empty at the end."""
    if origin not in node.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if start >= node.store.logs.signed_size(origin):
        return ledger_pb2.Batch(origin=origin, start=start)
    return outbox.next_batch(node, peer, start, origin)


def restore_batch(node: Node, peer: str, batch: ledger_pb2.Batch) -> int:
    """Append to an own log what a partner held of it; return its size.

    Judged like a partner's batch, by the own keys: nothing is signed. Texts must be
    there where a desk of that partner was addressed, or be said to be absent; of what
    was for desks of this node alone, the partner has none.
    """
    origin = batch.origin
    if origin not in node.members.logs(node.name) or origin in node.forks:
        raise Refusal(Reason.ORIGIN, origin)
    batch_verdict.check_size(batch)
    head = batch_verdict.check_head(batch, node.members.log_keys(origin))
    with node.lock:
        edge = node.store.logs.edge(origin)
        if batch.start + len(batch.envelopes) <= edge.size:
            peer_heads.try_batch_head(node, batch.head)
            return edge.size
        try:
            judged = judge_under(node, batch, head, edge, peer)
            peer_heads.compare_batch(node, batch, edge, judged.note)
            append_judged(node, judged, _note(node, judged))
            peer_heads.drop_reached(node, origin, judged.head.size)
        except Refusal:
            peer_heads.try_batch_head(node, batch.head)
            raise
    submissions.place_pending(node)
    node.on_change()
    return judged.head.size


def refill(node: Node) -> None:
    """Give back to the own log what a repair has lost, as desks hand it over again.

    Up to each head in turn that was signed and is ahead of the log, once everything
    below it waits here. As when a partner lends it, nothing is signed: it is under a
    head that was. Where the entries do not make that head after all, it is said once.
    """
    lost = node.lost
    if lost.origin != node.origin or not lost.arrived:
        return
    lost.arrived = False
    waiting = _waiting_by_leaf(node, lost.leaves)
    for seen in node.store.sightings.all():
        start = node.store.logs.size(lost.origin)
        end = seen.head.size
        if seen.head.origin != lost.origin or end <= start:
            continue
        leaves = lost.between(start, end)
        if len(leaves) < end - start or not waiting.keys() >= set(leaves):
            return
        batch = ledger_pb2.Batch(
            origin=lost.origin,
            start=start,
            envelopes=[waiting[leaf] for leaf in leaves],
            head=seen.note,
        )
        try:
            restore_batch(node, node.name, batch)
        except Refusal as refusal:
            if refusal.reason in STORAGE:
                lost.arrived = True  # tried again
                raise
            logger.warning("what was lost does not fit: %s", refusal.reason)
            return
    node.lost = LostEntries()
    node.on_refilled()


def _waiting_by_leaf(node: Node, leaves: Collection[bytes]) -> dict[bytes, pb.Envelope]:
    """Return what waits and has one of these leaf hashes."""
    wanted, after = set(leaves), 0
    envelopes: dict[bytes, pb.Envelope] = {}
    while batch := node.store.desk_queue.pending(WAITING_BATCH, after):
        after = batch[-1].number
        for each in batch:
            with suppress(DecodeError):
                sent = pb.Envelope.FromString(each.envelope)
                if (leaf := leaf_hash(sent.entry)) in wanted:
                    envelopes[leaf] = sent
    return envelopes


def _note(node: Node, judged: Judged) -> bytes:
    """Return the head of what was lent with all lines under it that may be kept."""
    members = node.members
    others = [key for name in members.peers for key in members.cosigner_keys(name)]
    others += members.policy(node.name, judged.directory).vkeys
    checkpoint.line_times(judged.note, others)
    keys = members.log_keys(judged.head.origin)
    return checkpoint.only(judged.note, [*keys, *others])
