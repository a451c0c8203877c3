"""The replicas of partners' logs, apart from new batches (batch_chain.py).

A partner's replica of the own log is lent back to a node that lost a part of it.
"""

import logging
from collections.abc import Collection
from contextlib import suppress

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.envelope_parser import ReceivedBatch
from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.merkle import leaf_hash
from exchange.limits import DIRECTORY_ANSWER, HEARTBEAT, SECOND, WAITING_BATCH
from exchange.node import (
    batch_chain,
    batch_verdict,
    directory_heads,
    outbox,
    peer_heads,
    submissions,
    told_refusals,
)
from exchange.node.batch_verdict import Judged
from exchange.node.lost_entries import LostEntries
from exchange.node.node import Node
from exchange.store import LACKING, NewBatch, StoredHead
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


def answer_held(node: Node, batch: ReceivedBatch) -> rpc.Cosigned:
    """Compare nothing: its head was compared when judged."""
    newest = node.store.heads.newest(batch.origin)
    if newest is None:
        raise Refusal(Reason.POSITION, batch.origin)
    answer = rpc.Cosigned(
        origin=batch.origin,
        size=newest.head.size,
        head=newest.note,
        lacking=outbox.lacking_texts(node.store, batch.origin),
    )
    refused = told_refusals.newest_refused(node, batch.origin, batch.start)
    told_refusals.tell(node, answer, newest.head, refused)
    return answer


def complete_text(node: Node, peer: str, sent: rpc.Bodies) -> rpc.Cosigned | None:
    """Return the new answer.

    The entry is in the partner's log, or in an own log whose text a repair lost. None
    for an own log, if no text is missing, or if there is no room yet. Refusal(WRAPS |
    BODY) for a text other than the signed one, which is still requested.
    """
    origin, texts = sent.origin, node.store
    if origin not in {*node.members.logs(peer), *node.members.logs(node.name)}:
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
    if origin in node.members.logs(node.name):
        return None
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


def cosign_again(node: Node, peer: str) -> rpc.Cosigned | None:
    """Return None if it is not due."""
    origin = node.members.origin(peer)
    with node.lock:
        newest = node.store.heads.newest_with_lines(origin)
        if newest is None or origin in node.forks or not _due(node, newest):
            return None
        note = batch_chain.cosign(node, newest.note)
        node.cosigned_again_at[origin] = node.clock.elapsed()
        # All lines are kept; only the new one and the log's own are sent.
        node.store.heads.add_lines(origin, newest.head.size, note, node.clock())
    members = node.members
    lines = [*members.log_keys(origin), *members.cosigner_keys(node.name)]
    answer = rpc.Cosigned(
        origin=origin,
        size=newest.head.size,
        head=checkpoint.only(note, lines),
        lacking=outbox.lacking_texts(node.store, origin),
        directory=directory_heads.take_answer(node, origin),
    )
    told_refusals.tell(node, answer, newest.head, [])
    return answer


def _due(node: Node, newest: StoredHead) -> bool:
    if not node.may_cosign(newest.head):
        return False
    origin = newest.head.origin
    pause = DIRECTORY_ANSWER if origin in node.directory.answers else HEARTBEAT
    last = node.cosigned_again_at.get(origin)
    if last is not None:
        return node.clock.elapsed() - last >= pause
    mine = node.members.cosigner_keys(node.name)
    times = checkpoint.cosignatures(newest.note, mine).values()
    age = node.clock() - max(times, default=0) * SECOND
    return not 0 <= age < pause  # the age of a line dated ahead is unknown


# A log that was lost.


def load_lent(node: Node, peer: str, origin: str, start: int) -> rpc.Frame:
    """Return a batch of its own log; empty at the end."""
    if origin not in node.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if start >= node.store.logs.signed_size(origin):
        return rpc.Frame(batch=ledger_pb2.Batch(origin=origin, start=start))
    return outbox.next_batch(node, peer, start, origin)


def restore_batch(node: Node, peer: str, batch: ReceivedBatch) -> int:
    """Return the size of the log then.

    Judged like a partner's batch: nothing is signed. Texts for desks of that partner
    must be there or be marked absent; it has none that were for this node only.
    """
    origin = batch.origin
    if origin not in node.members.logs(node.name) or origin in node.forks:
        raise Refusal(Reason.ORIGIN, origin)
    batch_verdict.check_size(batch)
    keys, ends = node.members.log_keys(origin), node.members.ends
    head = batch_verdict.check_head(batch, keys, ends)
    with node.lock:
        edge = node.store.logs.edge(origin)
        if batch.start + len(batch.envelopes) <= edge.size:
            peer_heads.try_batch_head(node, batch.head)
            return edge.size
        try:
            rooted = batch_verdict.check_root(batch, edge, head)
            judged = batch_chain.judge_under(node, batch, rooted, peer)
            peer_heads.compare_batch(node, origin, edge, rooted.leaves, judged.note)
            new = NewBatch(judged.entries, judged.head, _note(node, judged))
            batch_chain.append_judged(node, [new], judged.directory)
            node.directory.stated = True  # unknown here, so assumed
            peer_heads.drop_reached(node, origin, judged.head.size)
        except Refusal:
            peer_heads.try_batch_head(node, batch.head)
            raise
    submissions.place_pending(node)
    node.on_change()
    return judged.head.size


def refill(node: Node) -> None:
    """Refill the places that a repair lost, as desks resubmit the entries.

    Go up to each signed head ahead of the log in turn, once all entries below it wait
    here. If they do not make that head, one warning is logged.
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
        envelopes = tuple(waiting[leaf] for leaf in leaves)
        batch = ReceivedBatch(lost.origin, start, envelopes, seen.note)
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
    members = node.members
    others = [key for name in members.peers for key in members.cosigner_keys(name)]
    others += members.policy(node.name, judged.directory).vkeys
    checkpoint.line_times(judged.note, others)
    keys = members.log_keys(judged.head.origin)
    return checkpoint.only(judged.note, [*keys, *others])
