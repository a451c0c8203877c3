"""The envelopes on their way from this node: how many, and what delays them."""

from collections.abc import Iterator, Mapping

from exchange.errors import Reason
from exchange.node.posture import OFF
from exchange.v1.desk_service_pb2 import GetStatusResponse, OnTheWay, PeerStatus

SENT, QUEUED = "SENT", "QUEUED"
"""Reasons without a fault: it is on the line; others go before it."""


def count(status: GetStatusResponse, on_line: Mapping[str, int]) -> None:
    """Add the counts to a status that is otherwise complete.

    `on_line`: entries sent and not answered, by partner.

    1. Those that wait here for a place in the log.
    2. Those in the log and not at a partner, in the order in which they are sent.
    3. Those that a partner has without their text.
    """
    rows = []
    # 1
    if n := status.waiting:
        node = status.node
        rows.append(OnTheWay(state="queued", node=node, reason=Reason.BUSY, count=n))
    for peer in status.peers:
        # 2
        rows += _to_partner(status, peer, on_line.get(peer.name, 0))
        # 3
        if n := peer.lacking:
            row = OnTheWay(node=peer.name, reason=Reason.MISSING, count=n)
            rows.append(_local(peer, row))
    status.on_the_way.extend(rows)


def _to_partner(
    status: GetStatusResponse, peer: PeerStatus, on_line: int
) -> Iterator[OnTheWay]:
    """Yield one or two rows for entries not cosigned yet.

    As many as fit the window are on the line, the rest queue behind them.
    """
    n, name = peer.queued, peer.name
    if not n:
        return
    if status.emcon not in {"", OFF}:
        own = OnTheWay(node=status.node, reason=Reason.EMCON, count=n)
        yield _local(peer, own)
    elif not peer.up:
        reason = peer.reason or Reason.UNREACHABLE
        dark = OnTheWay(node=name, reason=reason, since=peer.since, count=n)
        yield _local(peer, dark)
    elif peer.emcon:
        yield _local(peer, OnTheWay(node=name, reason=Reason.EMCON, count=n))
    else:
        sent = min(on_line, n)
        for some, reason in ((sent, SENT), (n - sent, QUEUED)):
            if some:
                yield _local(peer, OnTheWay(node=name, reason=reason, count=some))


def _local(peer: PeerStatus, row: OnTheWay) -> OnTheWay:
    row.state, row.to = "local", peer.name
    return row
