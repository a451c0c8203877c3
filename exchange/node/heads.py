"""Heads that others hold: compared with what is stored, or remembered till they can be.

From them follows whether this node may sign (recover.py), and that a log is forked.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import SECOND
from exchange.node import forks
from exchange.node.state import STORAGE, State
from exchange.store import Sighting
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


def hear(
    state: State,
    peer: str,
    held: Iterable[ledger_pb2.LogPosition],
    settle: Callable[[], None],
) -> None:
    """Compare the heads that a partner holds with what is stored, then `settle`.

    Raises Refusal: FORK where the own log is found forked, NOTE or HEAD where
    what it says of the own log does not verify. Of other logs only what verifies
    counts; a fork freezes that log and is no fault of the partner.
    """
    mine = state.members.logs(state.name)
    held = list(held)
    state.signed_time.greeted(peer, [position.head for position in held])
    for position in held:
        if position.head and position.origin not in mine:
            _hear_other(state, peer, position.head)
    fork: Refusal | None = None
    for position in held:
        try:
            if position.head and position.origin in mine:
                take(state, position.head)
        except Refusal as refusal:
            if refusal.reason is not Reason.FORK:
                raise
            fork = refusal
    state.startup.answered(peer, state.clock.elapsed())
    settle()
    if fork is not None:
        raise fork


def _hear_other(state: State, peer: str, note: bytes) -> None:
    members = state.members
    try:
        origin = checkpoint.parse_head(parse_note(note).text).origin
        owner = members.node_of(origin)
        # What its owner alone says of a log is a promise of what is to come.
        mine = {key.key for key in members.cosigner_keys(state.name)}
        cosigned = any(line.key in mine for line in parse_note(note).lines)
        take(state, note, promise=owner == peer and not cosigned)
    except Refusal as refusal:
        if refusal.reason in STORAGE:
            raise
        logger.warning("heard from %s: %s", peer, refusal.reason)


def hear_desk(state: State, desk: str, notes: Iterable[bytes]) -> None:
    """Take the newest heads that a desk has verified.

    Raises Refusal(DATABASE | DISK | LOCKED) where they could not be compared:
    then they are to be told again.
    """
    refused: Counter[str] = Counter()
    for note in notes:
        try:
            take(state, note)
        except Refusal as refusal:
            if refusal.reason in STORAGE:
                raise
            refused[refusal.reason] += 1
    state.startup.desk_heard(desk)
    if refused:
        told = ", ".join(f"{n} {reason}" for reason, n in sorted(refused.items()))
        logger.warning("heard from a desk: heads that do not verify: %s", told)


def take(state: State, note: bytes, *, promise: bool = False) -> None:
    """Compare a head with what is held, or remember that it is ahead of it."""
    members = state.members
    origin = checkpoint.parse_head(parse_note(note).text).origin
    keys = members.log_keys(origin)
    verified = checkpoint.verify_head(note, keys)
    state.signed_time.heard(members.node_of(origin), verified.time_s * SECOND)
    if verified.head.size <= state.store.size(origin):
        # A log that is frozen, or has ended, is proven to be forked already.
        ended = origin != members.origin(members.node_of(origin))
        if origin not in state.forks and not ended:
            forks.compare(state, verified)
    elif twin := state.startup.twin(verified.head):
        forks.prove(state, twin.note, note, partial(state.store.hash, origin))
    else:
        if promise:
            state.startup.promised(verified)
        else:
            state.startup.saw(verified)
        new = Sighting(verified.head, verified.note, promise, state.clock())
        state.store.sightings.keep(new)


def reached(state: State, origin: str, size: int) -> None:
    """Forget the heads that were seen ahead of a log, up to the size that it has."""
    if state.startup.compared(origin, size):
        state.store.sightings.drop(origin, size)


def recall(state: State) -> None:
    """Go on from the heads that earlier processes have seen.

    One that the store has reached is compared with it; one that does not verify, or is
    of nobody's log any more, says nothing.
    """
    for seen in state.store.sightings.all():
        origin = seen.head.origin
        with suppress(Refusal):  # a fork is frozen by it
            take(state, seen.note, promise=seen.promised)
        if seen.head.size <= state.store.size(origin):
            state.store.sightings.drop(origin, seen.head.size)


def take_of_batch(state: State, note: bytes) -> None:
    """Take the head of a batch, of which nothing else is of use."""
    origin = checkpoint.parse_head(parse_note(note).text).origin
    mine = origin in state.members.logs(state.name)
    take(state, note, promise=not mine)


def look_at(state: State, note: bytes) -> None:
    """Take the head of a batch that was not stored, whatever it is worth."""
    try:
        take_of_batch(state, note)
    except Refusal as refusal:
        if refusal.reason is Reason.FORK:
            raise
