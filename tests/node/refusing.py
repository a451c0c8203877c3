"""Refusals as a partner signs them."""

from exchange.errors import STORAGE, Refusal
from exchange.ledger.merkle import leaf_hash
from exchange.store import Store
from exchange.trust.signed_refusals import RefusalList, RefusedPlace
from exchange.v1 import exchange_service_pb2 as rpc
from keys.signing import Signer
from tests.node import world as worlds
from tests.node.world import FILED

AT = FILED // 1000


def refuse(
    answer: rpc.Cosigned, store: Store, by: str, *refused: tuple[int, str]
) -> rpc.Cosigned:
    """Let an answer refuse entries of a log that is in `store`, signed by node `by`."""
    told = RefusalList(
        by,
        answer.origin,
        answer.size,
        AT,
        [
            RefusedPlace(index, _leaf(store, answer.origin, index), reason)
            for index, reason in refused
        ],
    )
    for index, reason in refused:
        answer.refusals.add(index=index, reason=reason)
    answer.refused.size, answer.refused.time = answer.size, AT
    answer.refused.signature = told.sign(worlds.keys_of(by).log)
    return answer


def _leaf(store: Store, origin: str, index: int) -> bytes:
    try:
        return store.logs.hash(origin, 0, index)
    except Refusal as refusal:
        if refusal.reason in STORAGE:  # a fault of the disk that is tried
            raise
    except OverflowError:
        pass
    return bytes(32)


def proof_of(  # noqa: PLR0913 - as it is signed
    by: str,
    origin: str,
    entry: bytes,
    index: int,
    reason: str,
    *,
    at: int = AT,
    signer: Signer | None = None,
    size: int = 0,
) -> bytes:
    """Return what proves that a node refused this entry alone."""
    places = [RefusedPlace(index, leaf_hash(entry), reason)]
    told = RefusalList(by, origin, size or index + 1, at, places)
    (proof,) = told.proofs(told.sign(signer or worlds.keys_of(by).log))
    return proof
