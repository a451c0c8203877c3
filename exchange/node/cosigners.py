"""What others sign and say of the own log: partners, and third parties.

Lines of third parties are asked for by the node whose log it is alone, which shows
them on; partners keep them.
"""

from collections.abc import Iterator, Sequence

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import BATCH_ENTRIES_MAX, LACKING_MAX, SEEN_MAX
from exchange.node import heads
from exchange.node.node import Node
from exchange.store import Answer
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2


def record(node: Node, peer: str, cosigned: rpc.Cosigned) -> int:
    """Keep a partner's cosignature; return the size that it covers.

    1. The note is a head of a log of this node, with its lines.
    2. It is one of the tree that is held.
    3. The partner's line verifies. Without one it only says how much it holds.
    """
    # 1
    origin, members = cosigned.origin, node.members
    if origin not in members.logs(node.name):
        raise Refusal(Reason.ORIGIN, origin)
    keys = members.log_keys(origin)
    verified = checkpoint.verify_head(cosigned.head, keys)
    if verified.head.origin != origin:
        raise Refusal(Reason.ORIGIN, origin)
    # 2
    size = verified.head.size
    if size > node.store.logs.size(origin):
        heads.take(node, cosigned.head)
        raise Refusal(Reason.MISSING, origin)
    heads.compare(node, verified)
    # 3
    mirror = members.cosigner_keys(peer)
    times = checkpoint.cosignatures(cosigned.head, mirror)
    note = None
    if times:
        node.signed_time.answered(peer, times.values())
        note = checkpoint.only(cosigned.head, [*keys, *mirror])
    _keep(node, peer, note, cosigned, size)
    return size


def _keep(
    node: Node, peer: str, note: bytes | None, cosigned: rpc.Cosigned, size: int
) -> None:
    origin = cosigned.origin
    lacking = cosigned.lacking[:LACKING_MAX]
    node.store.partners.answer(
        origin,
        Answer(
            by=peer,
            start=_answered(node, peer, origin),
            size=size,
            at=node.clock(),
            note=note,
            refusals=list(_credible(cosigned.refusals)),
            lacking=lacking,
            full=len(lacking) == LACKING_MAX,
            own=origin == node.origin,
        ),
    )
    node.on_change()


def _answered(node: Node, peer: str, origin: str) -> int:
    """Return up to where a partner has answered for an own log before."""
    if origin == node.origin:
        return node.store.partners.get_peer(peer).cosigned_size
    mirror = {key.key for key in node.members.cosigner_keys(peer)}
    for held in node.store.heads.falling(origin, SEEN_MAX):  # of a log that has ended
        if any(line.key in mirror for line in parse_note(held.note).lines):
            return held.head.size
    return 0


def _credible(
    told: Sequence[ledger_pb2.Refusal],
) -> Iterator[tuple[int, str]]:
    """Yield the refusals that have a reason that there is."""
    for refusal in told[:BATCH_ENTRIES_MAX]:
        if refusal.reason in Reason.__members__:
            yield refusal.index, refusal.reason


# Third parties.

WITNESSED_SOUGHT = 32  # heads, the newest, among which third parties' lines are sought


def witnessed(node: Node) -> rpc.Cosigned | None:
    """Return the newest head of the own log with third parties' lines, if any."""
    members, origin = node.members, node.origin
    mirrors = {
        key.key
        for name in (node.name, *members.peers)
        for key in members.cosigner_keys(name)
    }
    others = {key.key: key for key in members.policy(node.name).vkeys}
    known = others.keys() - mirrors
    if not known:
        return None
    keys = [*members.log_keys(origin), *(others[one] for one in known)]
    for held in node.store.heads.falling(origin, WITNESSED_SOUGHT):
        if any(line.key in known for line in parse_note(held.note).lines):
            note = checkpoint.only(held.note, keys)
            return rpc.Cosigned(origin=origin, size=held.head.size, head=note)
    return None


def take_lines(node: Node, peer: str, told: rpc.Cosigned) -> None:
    """Keep the lines of third parties that a partner shows under its own head.

    1. The head is one of that partner's logs, and of the tree that is held.
    2. Each line of a key of the log's policy verifies; others are passed over.
    3. They are added to that head, if it is kept here.
    """
    # 1
    origin, members, store = told.origin, node.members, node.store
    if origin not in members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    keys = members.log_keys(origin)
    verified = checkpoint.verify_head(told.head, keys)
    if verified.head.origin != origin:
        raise Refusal(Reason.ORIGIN, origin)
    size = verified.head.size
    if size > store.logs.size(origin) or origin in node.forks:
        heads.take(node, told.head, promise=True)
        return
    heads.compare(node, verified)
    # 2
    others = members.policy(peer).vkeys
    if not checkpoint.line_times(told.head, others):
        return
    # 3
    note = checkpoint.only(told.head, [*keys, *others])
    with node.lock:
        if store.heads.note(origin, size) is None:
            return
        store.heads.add_lines(origin, size, note, node.clock())
    node.on_change()
