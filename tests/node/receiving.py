"""A batch of a partner's, taken in whole: judged and stored, as a link does it."""

from exchange.envelope_parser import parse_batch
from exchange.node import batch_chain, replicas
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
