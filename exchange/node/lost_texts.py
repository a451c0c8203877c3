"""The texts of own logs that are lost here, and the nodes to ask for them.

In turn: first the nodes addressed, then all others, never this one. So the node that
has a text is asked even if another lends the log back. A turn is long enough for all
that one message can name.
"""

from collections.abc import Iterable, Sequence

from exchange.limits import LACKING_MAX, LOST_TEXT_TURN
from exchange.node.node import Node
from exchange.v1 import exchange_service_pb2 as rpc


def name_lost(node: Node, peer: str) -> list[rpc.Cosigned]:
    """Name the lost texts by log, if it is this partner's turn."""
    named = []
    for origin in node.members.logs(node.name):
        indexes = []
        for text in node.store.texts.lost(origin, LACKING_MAX):
            turn = max(0, node.clock.now() - text.at) // LOST_TEXT_TURN
            nodes = {desk.partition(".")[2] for desk in text.desks}
            if peer in whom_to_ask(nodes, node.members.peers, turn, text.index):
                indexes.append(text.index)
        if indexes:
            named.append(rpc.Cosigned(origin=origin, lacking=indexes))
    return named


def whom_to_ask(
    addressed: Iterable[str], peers: Sequence[str], turn: int, index: int
) -> list[str]:
    """Return one addressed node at a time, then also one of the others.

    Neighbouring indexes begin with different nodes.
    """
    first = [peer for peer in peers if peer in set(addressed)]
    others = [peer for peer in peers if peer not in first]
    asked = [first[(turn + index) % len(first)]] if first else []
    if others and turn >= len(first):
        asked.append(others[(turn - len(first) + index) % len(others)])
    return asked
