"""Heads that others hold, and their lines under heads of the own log.

A head is compared with the store, or remembered until the store catches up. Heads
decide whether this node may sign (start_up.py), and prove forks. A forked log, own or
replica, is frozen: no more entries and no cosignatures; other logs go on.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import NoReturn

from msgspec.structs import replace

from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.merkle import Edge, Get
from exchange.ledger.note import Key, parse_note
from exchange.limits import LACKING_MAX, SECOND, SEEN_MAX
from exchange.node import directory_heads, submissions, told_refusals
from exchange.node.node import Node
from exchange.store import Answer, Sighting, StoredFork
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2

logger = logging.getLogger(__name__)


def hear_partner(
    node: Node, peer: str, positions: Iterable[ledger_pb2.LogPosition]
) -> None:
    """Compare a partner's heads; then place pending envelopes.

    Refusal: FORK if the own log is forked, NOTE or HEAD if one of its heads does not
    verify. Invalid heads of other logs are ignored; a fork freezes that log and is no
    fault of the partner.
    """
    mine = node.members.logs(node.name)
    positions = list(positions)
    node.signed_time.greeted(peer, [position.head for position in positions])
    for position in positions:
        if position.head and position.origin not in mine:
            _hear_other(node, peer, position.head)
    fork: Refusal | None = None
    for position in positions:
        try:
            if position.head and position.origin in mine:
                take_head(node, position.head)
        except Refusal as refusal:
            if refusal.reason is not Reason.FORK:
                raise
            fork = refusal
    node.startup.note_answer(peer, node.clock.elapsed())
    submissions.place_pending(node)
    for one in positions:
        directory_heads.hear(node, peer, one.origin, one.directory, answers=False)
    if fork is not None:
        raise fork


def _hear_other(node: Node, peer: str, note: bytes) -> None:
    members = node.members
    try:
        origin = checkpoint.head_of(note).origin
        owner = members.node_of(origin)
        # A head that only its owner has signed is a promise of entries to come.
        mine = {key.key for key in members.cosigner_keys(node.name)}
        cosigned = any(line.key in mine for line in parse_note(note).lines)
        take_head(node, note, promise=owner == peer and not cosigned)
    except Refusal as refusal:
        if refusal.reason in STORAGE:
            raise
        logger.warning("heard from %s: %s", peer, refusal.reason)


def hear_desk(node: Node, desk: str, notes: Iterable[bytes]) -> None:
    """Raise Refusal(DATABASE | DISK | LOCKED) if they could not be compared.

    The desk must send them again.
    """
    refused: Counter[str] = Counter()
    for note in notes:
        try:
            take_head(node, note)
        except Refusal as refusal:
            if refusal.reason in STORAGE:
                raise
            refused[refusal.reason] += 1
    node.startup.desk_heard(desk)
    if refused:
        told = ", ".join(f"{n} {reason}" for reason, n in sorted(refused.items()))
        logger.warning("heard from a desk: heads that do not verify: %s", told)


def claimed_sizes(notes: Iterable[bytes]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for note in notes:
        with suppress(Refusal):
            head = checkpoint.head_of(note)
            sizes[head.origin] = head.size
    return sizes


def take_head(node: Node, note: bytes, *, promise: bool = False) -> None:
    """Remember a head if it is ahead."""
    members = node.members
    verified = members.verify_head(note)
    origin = verified.head.origin
    node.signed_time.heard(members.node_of(origin), verified.time_s * SECOND)
    if verified.head.size <= node.store.logs.size(origin):
        # A frozen or ended log is proven to be forked already.
        ended = origin != members.origin(members.node_of(origin))
        if origin not in node.forks and not ended:
            compare_head(node, verified)
    elif twin := node.startup.head_beside(verified.head):
        prove_fork(node, twin.note, note, partial(node.store.logs.hash, origin))
    else:
        start_up = node.startup
        (start_up.remember_promise if promise else start_up.remember)(verified)
        new = Sighting(verified.head, verified.note, promise, node.clock())
        node.store.sightings.keep(new)


def drop_reached(node: Node, origin: str, size: int) -> None:
    if node.startup.drop_reached(origin, size):
        node.store.sightings.drop(origin, size)


def recall_sightings(node: Node) -> None:
    """Compare heads seen that the store has reached.

    A head that does not verify, or is no member's any more, is ignored.
    """
    for seen in node.store.sightings.all():
        origin = seen.head.origin
        with suppress(Refusal):  # a fork is frozen by it
            take_head(node, seen.note, promise=seen.promised)
        if seen.head.size <= node.store.logs.size(origin):
            node.store.sightings.drop(origin, seen.head.size)


def take_batch_head(node: Node, note: bytes) -> None:
    origin = checkpoint.head_of(note).origin
    mine = origin in node.members.logs(node.name)
    take_head(node, note, promise=not mine)


def try_batch_head(node: Node, note: bytes) -> None:
    """Compare a head, if valid; raise Refusal(FORK)."""
    try:
        take_batch_head(node, note)
    except Refusal as refusal:
        if refusal.reason is Reason.FORK:
            raise


def freeze(node: Node, origin: str, proof: bytes) -> None:
    """Stop it permanently; `proof` is verified or made here.

    The log stops even if the disk does not take the proof.
    """
    now = node.clock()
    node.forks = {origin: StoredFork(proof, now), **node.forks}
    logger.error("forked: %s", origin)
    node.store.forks.add(origin, proof, now)
    node.forks = node.store.forks.all()
    node.on_fork(origin, node.forks[origin].proof)
    node.on_change()


def judge_fork(node: Node, forked: rpc.Forked) -> None:
    """Raise Refusal(PROOF) if it is invalid."""
    proven = fork.verify(forked.proof, node.members.log_keys(forked.origin))
    if proven.origin != forked.origin:
        raise Refusal(Reason.PROOF, forked.origin)
    node.members.check_evidence(proven.first, proven.second)
    freeze(node, forked.origin, forked.proof)


def prove_fork(node: Node, first: bytes, second: bytes, get: Get) -> NoReturn:
    """Freeze the log with a proof, and raise FORK; HEAD for other heads."""
    node.members.check_evidence(first, second)
    origin = checkpoint.head_of(second).origin
    keys = node.members.log_keys(origin)
    a, b = (checkpoint.only(note, keys) for note in (first, second))
    freeze(node, origin, fork.between(a, b, get).encode())
    raise Refusal(Reason.FORK, origin)


def compare_head(node: Node, verified: VerifiedHead) -> None:
    """Freeze the log and raise FORK if the head is not of the stored tree."""
    head, store = verified.head, node.store
    if not head.size or store.logs.root_at(head.origin, head.size) == head.root:
        return
    held = store.heads.newest(head.origin)
    if held is None:
        raise Refusal(Reason.MISSING, head.origin)
    prove_fork(node, verified.note, held.note, partial(store.logs.hash, head.origin))


def compare_batch(
    node: Node, origin: str, edge: Edge, leaves: Sequence[bytes], note: bytes
) -> None:
    """Raise FORK if leaves contradict a head that they pass.

    They follow the edge of the store, up to the head of `note`.
    """
    end = edge.size + len(leaves)
    passed = list(node.startup.heads_between(origin, edge.size, end))
    if not passed:
        return
    fresh = {node[:2]: node[2] for node in edge.extend(leaves).nodes}
    stored = partial(node.store.logs.hash, origin)
    for shown in passed:
        count = shown.head.size - edge.size
        if edge.extend(leaves[:count]).edge.root() != shown.head.root:
            prove_fork(
                node,
                shown.note,
                note,
                lambda level, at: fresh.get((level, at)) or stored(level, at),
            )


# Lines under heads of the own log.


def record_cosignature(node: Node, peer: str, cosigned: rpc.Cosigned) -> int:
    """Return the size that it covers.

    1. The note is a head of a log of this node, with its lines.
    2. It is of the stored tree.
    3. The partner's line verifies, by a valid key. Without a line the answer only says
       how much the partner holds.
    """
    # 1
    origin, members = cosigned.origin, node.members
    verified = _newest_head(node, cosigned) or head_of(node, node.name, cosigned)
    # 2
    size = verified.head.size
    if size > node.store.logs.size(origin):
        take_head(node, cosigned.head)
        raise Refusal(Reason.MISSING, origin)
    compare_head(node, verified)
    # 3
    mirror = members.ends.unrevoked(members.cosigner_keys(peer))
    times = members.ends.line_times(cosigned.head, mirror)
    note = None
    if times:
        node.signed_time.answered(peer, times.values())
        counted = [key for key in mirror if key.key in times]
        keys = [*members.log_keys(origin), *counted]
        note = checkpoint.only(cosigned.head, keys)
    refused = told_refusals.take(node, peer, cosigned)
    with node.cosigned_sizes.lock:
        try:
            told = _is_told(node, peer, origin, times, size)
            answer = _answer(node, peer, note, cosigned, size)
            answer = replace(answer, refusals=refused, announced=told)
            node.store.partners.answer(origin, answer)
        except BaseException:
            node.cosigned_sizes.clear()
            raise
    node.on_change()
    directory_heads.hear(node, peer, origin, cosigned.directory, answers=True)
    return size


def _is_told(
    node: Node, peer: str, origin: str, keys: Iterable[Key], size: int
) -> bool:
    """Return whether to notify desks of the line.

    Always for an ended log; otherwise if it raises the size up to which the policy is
    met, or is the first to cover an entry for the partner's desks.
    """
    if origin != node.origin:
        return True
    if node.cosigned_sizes.take(node.members.policy(node.name), keys, size):
        return True
    start = _answered_size(node, peer, origin)
    groups = node.store.entries.readers(origin, start, size)
    return any(desk.partition(".")[2] == peer for desks in groups for desk in desks)


def _newest_head(node: Node, cosigned: rpc.Cosigned) -> VerifiedHead | None:
    """Return None unless it is the newest here.

    Its note begins with the stored one and has no other line by the log's keys: this
    node signed those lines, and need not verify them.
    """
    origin, shown = cosigned.origin, cosigned.head
    held = node.store.heads.newest(origin) if origin == node.origin else None
    if held is None or not held.note or not shown.startswith(held.note):
        return None
    own = {vkey.key for vkey in node.members.log_keys(origin)}
    signed, lines = (
        [line for line in parse_note(note).lines if line.key in own]
        for note in (held.note, shown)
    )
    if lines != signed:
        return None
    time_s = max(map(checkpoint.claimed_time, signed), default=0)
    return VerifiedHead(held.head, time_s, shown)


def head_of(node: Node, owner: str, cosigned: rpc.Cosigned) -> VerifiedHead:
    """Raise Refusal(ORIGIN) unless it is of `owner`'s log, or its own fault."""
    origin = cosigned.origin
    if origin in node.members.logs(owner):
        keys = node.members.log_keys(origin)
        verified = node.members.ends.verify_head(cosigned.head, keys)
        if verified.head.origin == origin:
            return verified
    raise Refusal(Reason.ORIGIN, origin)


def _answer(
    node: Node, peer: str, note: bytes | None, cosigned: rpc.Cosigned, size: int
) -> Answer:
    lacking = cosigned.lacking[:LACKING_MAX]
    return Answer(
        by=peer,
        start=_answered_size(node, peer, cosigned.origin),
        size=size,
        at=node.clock(),
        note=note,
        lacking=lacking,
        full=len(lacking) == LACKING_MAX,
        own=cosigned.origin == node.origin,
    )


def _answered_size(node: Node, peer: str, origin: str) -> int:
    if origin == node.origin:
        return node.store.partners.get_peer(peer).cosigned_size
    mirror = {key.key for key in node.members.cosigner_keys(peer)}
    for held in node.store.heads.falling(origin, SEEN_MAX):  # of a log that has ended
        if any(line.key in mirror for line in parse_note(held.note).lines):
            return held.head.size
    return 0
