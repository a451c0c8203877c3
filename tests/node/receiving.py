"""Logs that go from node to node, batch by batch: judged and stored as by a link."""

from exchange.envelope_parser import parse_batch
from exchange.node import batch_chain, outbox, peer_heads, replicas
from exchange.node.node import Node
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2


def receive_batch(node: Node, peer: str, sent: ledger_pb2.Batch) -> rpc.Cosigned:
    """Return the answer to a batch, or raise the Refusal that it is told."""
    batch = parse_batch(sent)
    judged = batch_chain.judge_next(node, peer, batch)
    if judged is None:
        return replicas.answer_held(node, batch)
    return batch_chain.store_judged(node, [judged])


def restore_batch(node: Node, peer: str, sent: ledger_pb2.Batch) -> int:
    """Return the size of an own log with what a partner held of it."""
    return replicas.restore_batch(node, peer, parse_batch(sent))


def next_batch(me: Node, peer: Node, *, check: bool = False) -> ledger_pb2.Batch:
    """Return what comes next to a node of a partner's log."""
    start = me.store.logs.size(peer.origin)
    return outbox.next_batch(peer, me.name, start, check=check).batch


def take_next(me: Node, peer: Node) -> rpc.Cosigned:
    """Let a node take what comes next of a partner's log; return its answer."""
    return receive_batch(me, peer.name, next_batch(me, peer))


def carry(me: Node, peer: Node) -> None:
    """Replicate all of a node's log to another, and bring the answers back."""
    while peer.store.logs.size(me.origin) < me.store.logs.signed_size(me.origin):
        peer_heads.record_cosignature(me, peer.name, take_next(peer, me))


def fetch(me: Node, peer: Node, origin: str = "") -> int:
    """Let a node have back what another holds of a log of its own; return its size."""
    origin = origin or me.origin
    while (start := me.store.logs.size(origin)) < peer.store.logs.signed_size(origin):
        lent = replicas.load_lent(peer, me.name, origin, start).batch
        restore_batch(me, peer.name, lent)
    return start
