"""Batches that a node sends, as messages of protobuf for tests to read and change."""

from exchange.node import outbox, replicas
from exchange.node.node import Node
from exchange.v1 import ledger_pb2
from exchange.wire_batch import OutgoingBatch


def message(batch: OutgoingBatch) -> ledger_pb2.Batch:
    """Return what a partner reads."""
    read = ledger_pb2.Batch.FromString(b"".join(batch.parts))
    assert read.ByteSize() == batch.size
    assert read.start + len(read.envelopes) == batch.end
    assert (read.origin, read.start) == (batch.origin, batch.start)
    return read


def outgoing(batch: ledger_pb2.Batch) -> OutgoingBatch:
    """Return it as a node sends it."""
    data = batch.SerializeToString()
    end = batch.start + len(batch.envelopes)
    return OutgoingBatch(batch.origin, batch.start, end, (data,), len(data))


def next_batch(
    node: Node, peer: str, start: int, origin: str = "", *, check: bool = False
) -> ledger_pb2.Batch:
    """Return what a node sends to a partner next."""
    return message(outbox.next_batch(node, peer, start, origin, check=check))


def load_lent(node: Node, peer: str, origin: str, start: int) -> ledger_pb2.Batch:
    """Return what a node lends to a partner."""
    return message(replicas.load_lent(node, peer, origin, start))
