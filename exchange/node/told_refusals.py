"""The refusals of entries, as a node sends them and as it takes them from partners.

Both are signed (exchange/trust/signed_refusals.py): one without a valid signature is
not kept, because it would prove nothing to others.
"""

import logging

from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.limits import BATCH_ENTRIES_MAX, SECOND
from exchange.node.node import Node
from exchange.store import SaidRefusal
from exchange.trust.signed_refusals import (
    SIGNATURE_SIZE,
    RefusalList,
    RefusedPlace,
    ShownRefusal,
)
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)

REFUSALS_TOLD = 64  # of a log, the newest, in a hello

Refused = list[tuple[int, str]]
"""Index and reason of entries that are refused, in the order of their indexes."""


def newest_refused(node: Node, origin: str, start: int = 0) -> Refused:
    found = node.store.entries.refused(origin, start, REFUSALS_TOLD)
    return sorted((entry.index, entry.reason) for entry in found)


def tell(
    node: Node,
    answer: rpc.Cosigned | ledger_pb2.LogPosition,
    head: Head,
    refused: Refused,
) -> None:
    """Add them to an answer up to `head`.

    Refusals that may not be signed yet (start_up.py) are left out: the first answer
    with the own line carries the newest.
    """
    origin = head.origin
    late = origin in node.untold_refusals
    if not refused and not late:
        return
    if late:
        refused = sorted(
            {**dict(newest_refused(node, origin)), **dict(refused)}.items()
        )
    refused = refused[-BATCH_ENTRIES_MAX:]
    node.untold_refusals.add(origin)
    if not node.may_cosign(head):
        return
    time_s = node.clock() // SECOND
    told = RefusalList(
        node.name, origin, head.size, time_s, _places(node, origin, refused)
    )
    try:
        signature = told.sign(node.keys.log)
    except Refusal:  # of the token, or another process writes: sent later
        return
    node.untold_refusals.discard(origin)
    for index, reason in refused:
        answer.refusals.add(index=index, reason=reason)
    answer.refused.size, answer.refused.time = head.size, time_s
    answer.refused.signature = signature


def _places(node: Node, origin: str, refused: Refused) -> list[RefusedPlace]:
    return [
        RefusedPlace(index, node.store.logs.hash(origin, 0, index), reason)
        for index, reason in refused
    ]


def take(node: Node, peer: str, cosigned: rpc.Cosigned) -> list[SaidRefusal]:
    """Return those of entries of an own log.

    None of them if the signature does not verify over all, or its key had ended.
    Refusal for a fault of the database.
    """
    if not cosigned.refusals:
        return []
    try:
        return _verified(node, peer, cosigned)
    except Refusal as refusal:
        if refusal.reason in STORAGE:
            raise
        logger.warning("refusals of %s are not kept: %s", peer, refusal.reason)
        return []


def _verified(node: Node, peer: str, cosigned: rpc.Cosigned) -> list[SaidRefusal]:
    origin, members, signed = cosigned.origin, node.members, cosigned.refused
    refused = [(one.index, one.reason) for one in cosigned.refusals]
    indexes = [index for index, _ in refused]
    end = min(signed.size, node.store.logs.size(origin))
    rise = indexes == sorted(set(indexes)) and indexes[-1] < end
    if not rise or len(indexes) > BATCH_ENTRIES_MAX:
        raise Refusal(Reason.POSITION, origin)
    if len(signed.signature) != SIGNATURE_SIZE:
        raise Refusal(Reason.SIGNATURE, origin)
    places = _places(node, origin, refused)
    told = RefusalList(peer, origin, signed.size, signed.time, places)
    proofs = list(told.proofs(signed.signature))
    keys = [key for log in members.logs(peer) for key in members.log_keys(log)]
    ShownRefusal(peer, origin, places[0]).verify(proofs[0], keys, members.ends)
    return [
        SaidRefusal(index, reason, proof)
        for (index, reason), proof in zip(refused, proofs, strict=True)
        if reason in Reason.__members__
    ]
