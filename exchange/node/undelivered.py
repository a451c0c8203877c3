"""Texts that were erased before their desks took them, told to the node of their log.

Kept until a stream took them. What a partner says so of an entry of ours is its own
word: it is kept once, and told to the desks that may read the entry.
"""

import logging
from collections.abc import Sequence

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import UNDELIVERED_TOLD
from exchange.node.state import State
from exchange.store import StoredUndelivered
from exchange.trust import names
from exchange.v1 import exchange_service_pb2 as rpc

logger = logging.getLogger(__name__)


def owed(state: State, peer: str) -> list[rpc.Undelivered]:
    """Return the first of those that a partner is still to be told of its logs."""
    found: list[StoredUndelivered] = []
    for origin in state.members.logs(peer):
        left = UNDELIVERED_TOLD - len(found)
        found += state.store.undelivered(origin, left, by=state.name)
    return [
        rpc.Undelivered(origin=one.origin, index=one.index, desks=one.desks)
        for one in found
    ]


def forget(state: State, told: Sequence[rpc.Undelivered]) -> None:
    """Forget what a stream took."""
    state.store.forget_undelivered(
        StoredUndelivered(one.origin, one.index, state.name, tuple(one.desks), 0)
        for one in told
    )


def take(state: State, peer: str, told: rpc.Undelivered) -> None:
    """Keep what a partner says of an entry of ours, or raise the Refusal it deserves.

    1. It is of a log of this node, and of an entry that stands there (ORIGIN,
       POSITION).
    2. Its desks are addressed there, and at that partner's node (RECIPIENTS).
    3. Before the entry has expired nothing is kept: no node may have erased its text.
    """
    # 1
    origin, index = told.origin, told.index
    if origin not in state.members.logs(state.name):
        raise Refusal(Reason.ORIGIN, origin)
    found = state.store.entries(origin, index, 1)
    if [(one.index, one.reason) for one in found] != [(index, "")]:
        raise Refusal(Reason.POSITION, f"{origin}#{index}")
    # 2
    core = envelope.split(found[0].entry).core
    theirs = {
        recipient.desk
        for recipient in core.recipients
        if names.node_of(recipient.desk) == peer
    }
    desks = set(told.desks)
    if not desks or not desks <= theirs:
        raise Refusal(Reason.RECIPIENTS, f"{origin}#{index}")
    # 3
    now = state.clock.now()
    if now <= core.expires:
        logger.warning("%s says that it erased %s#%d too early", peer, origin, index)
        return
    new = StoredUndelivered(origin, index, peer, tuple(sorted(desks)), now)
    if state.store.note_undelivered(new):
        state.on_change()
