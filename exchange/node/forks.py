"""A log of which a fork is proven is frozen, own or replica; the others go on.

Nothing is appended to it and nothing of it cosigned.
"""

import logging
from functools import partial
from typing import NoReturn

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.merkle import Edge, Get, leaf_hash
from exchange.ledger.note import parse_note
from exchange.node.state import State
from exchange.store import StoredFork
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


def freeze(state: State, origin: str, proof: bytes) -> None:
    """Stop a log for good; `proof` is verified or made here.

    It is stopped also where the disk does not take the proof.
    """
    now = state.clock()
    state.forks = {origin: StoredFork(proof, now), **state.forks}
    logger.error("forked: %s", origin)
    state.store.freeze(origin, proof, now)
    state.forks = state.store.forks()
    state.on_fork(origin, state.forks[origin].proof)
    state.on_change()


def judge(state: State, forked: rpc.Forked) -> None:
    """Freeze a log that a partner proves to be forked; Refusal(PROOF) if not."""
    proven = fork.verify(forked.proof, state.members.log_keys(forked.origin))
    if proven.origin != forked.origin:
        raise Refusal(Reason.PROOF, forked.origin)
    freeze(state, forked.origin, forked.proof)


def prove(state: State, first: bytes, second: bytes, get: Get) -> NoReturn:
    """Freeze the log of two heads that exclude each other, and raise FORK."""
    origin = checkpoint.parse_head(parse_note(second).text).origin
    keys = state.members.log_keys(origin)
    a, b = (checkpoint.only(note, keys) for note in (first, second))
    freeze(state, origin, fork.between(a, b, get).encode())
    raise Refusal(Reason.FORK, origin)


def compare(state: State, verified: VerifiedHead) -> None:
    """Freeze and raise FORK unless a verified head is of the tree that is held."""
    head, store = verified.head, state.store
    if not head.size or store.root_at(head.origin, head.size) == head.root:
        return
    held = store.head(head.origin)
    if held is None:
        raise Refusal(Reason.MISSING, head.origin)
    prove(state, verified.note, held.note, partial(store.hash, head.origin))


def compare_batch(
    state: State, batch: ledger_pb2.Batch, edge: Edge, note: bytes
) -> None:
    """Raise FORK where a batch leads past a head that was shown, and beside it."""
    end = edge.size + len(batch.envelopes)
    passed = list(state.startup.shown(batch.origin, edge.size, end))
    if not passed:
        return
    leaves = [leaf_hash(sent.entry) for sent in batch.envelopes]
    fresh = {node[:2]: node[2] for node in edge.extend(leaves).nodes}
    stored = partial(state.store.hash, batch.origin)
    for shown in passed:
        count = shown.head.size - edge.size
        if edge.extend(leaves[:count]).edge.root() != shown.head.root:
            prove(
                state,
                shown.note,
                note,
                lambda level, at: fresh.get((level, at)) or stored(level, at),
            )
