"""The own log: what desks hand over is judged and stored, then signed, a group a head.

Desks are answered once their envelopes are committed. Only then is the head signed that
covers them; and only when that is stored too does anything of it leave (FORMATS B3). It
is stored by the next append or, where none comes, by `publish`.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from exchange import envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.limits import SECOND
from exchange.node import batch_verdict, pending, refusals
from exchange.node import group as groups
from exchange.node.group import Group
from exchange.node.node import Node
from exchange.node.submit import Asked, check
from exchange.store import StoredHead
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)


def submit(node: Node, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes in the own log, and sign; one answer each, after fsync.

    A name that stands in the log already is answered with its place. While the node may
    not sign, they are kept, and answered as waiting; all are refused where the own log
    is frozen (FORK).
    """
    answers = commit(node, asked)
    publish(node)
    return answers


def settle(node: Node) -> None:
    """Give what waits its place, as far as it may have one, and sign it."""
    pending.settle(node, lambda asked: place(node, asked))
    publish(node)


def commit(node: Node, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them; one answer each, after fsync.

    Partners and desks see them after `publish`, or the next call of this. What is
    refused for good is kept for `status`, as far as the disk takes it: an answer is
    right without that.
    """
    answers = place(node, asked)
    now = node.clock()
    try:
        node.store.desk_queue.refuse(refusals.final(asked, answers, now), now)
    except Refusal as refusal:
        logger.warning("refusals were not kept: %s", refusal.reason)
    return answers


def place(node: Node, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them, and keep nothing of those that are refused.

    All are refused while the own log is frozen; and while the disk has not its floor
    free, unless only the operator asks.
    """
    with node.lock:
        if node.origin in node.forks:
            fork = Refusal(Reason.FORK, node.origin)
            return [_refused(node, one, fork) for one in asked]
        if any(one.desk is not None for one in asked) and not node.quota.room():
            full = Refusal(Reason.DISK, node.name)
            return [_refused(node, one, full) for one in asked]
        if node.may_sign:
            answers, shown = _record(node, asked)
        else:
            _expect_desks(node, asked)
            answers, shown = pending.keep(node, asked), False
    if shown or any(answer.waiting for answer in answers):
        node.on_change()
    return answers


def publish(node: Node) -> None:
    """Sign what stands in the own log and is not signed yet; now it may leave.

    Nothing while this node may not sign.
    """
    with node.lock:
        if not (unsigned := node.store.boundaries(node.origin)):
            return
        if not node.may_sign:
            return
        node.store.publish(_sign(node, unsigned))
    node.on_change()


def _sign(node: Node, unsigned: Sequence[StoredHead]) -> list[StoredHead]:
    """Return heads for boundaries that have none, signed in rising order.

    The boundaries were read from the database: it alone knows what was committed, also
    where nobody was told.
    """
    keys, now = node.keys, node.clock()
    return [
        StoredHead(
            held.head,
            checkpoint.sign_head(held.head, keys.log, keys.log_pq, now // SECOND),
            now,
        )
        for held in unsigned
    ]


def _expect_desks(node: Node, asked: Sequence[Asked]) -> None:
    """Give the desks that call time to tell what they have verified."""
    for one in asked:
        if one.desk is not None:
            node.startup.desk_called(one.desk, node.clock.elapsed())


def _refused(node: Node, one: Asked, refusal: Refusal) -> desk_pb.Submitted:
    """Answer an envelope at which nobody looks now."""
    answer = desk_pb.Submitted(origin=node.origin)
    with suppress(Refusal):
        answer.name = envelope.split(one.sent.entry).name
    refusals.refuse(answer, refusal, later=True)
    return answer


def _record(node: Node, asked: Sequence[Asked]) -> tuple[list[desk_pb.Submitted], bool]:
    """Return the answers, and whether heads of before were published."""
    try:
        group = groups.begin(node, [one.sent.entry for one in asked])
        answers = [_answer(node, one, group) for one in asked]
        _commit(node, group)
    except BaseException:
        node.members.reload(node.origin)  # it may hold what was not stored
        raise
    return answers, group.published


def _answer(node: Node, one: Asked, group: Group) -> desk_pb.Submitted:
    if group.full(one.sent):
        _commit(node, group)
    answer = desk_pb.Submitted(origin=node.origin)
    group.answers.append(answer)
    try:
        answer.name = envelope.split(one.sent.entry).name
        known = group.places.get(answer.name)
        answer.origin, answer.index = known or (node.origin, group.next)
        if known is None:
            _add(node, one, group)
    except Refusal as refusal:
        later = refusals.may_pass(node, refusal)
        refusals.refuse(answer, refusal, later=later)
    return answer


def _add(node: Node, one: Asked, group: Group) -> None:
    members = node.members
    verdict = check(one, group.log, members, node.clock())
    if group.log.opens is not None:
        members.check_opening(node.origin, verdict.core.clear)
        group.log = replace(group.log, opens=None)
    if verdict.statement is not None:
        group.log.directory.apply(group.next, verdict.core, verdict.statement)
    desks = batch_verdict.desks(verdict, members.desks)
    group.add(node.origin, verdict, one.sent, desks)


def _commit(node: Node, group: Group) -> None:
    """Append what the group holds; on failure take its answers back."""
    if not group.entries:
        return
    try:
        _append(node, group)
    except FusionError as error:
        group.take_back(node.origin, error)
        node.members.reload(node.origin)
        group.log = node.members.log(node.origin, group.known)
    group.begin(node.store.logs.edge(node.origin))


def _append(node: Node, group: Group) -> None:
    origin, edge = node.origin, group.edge
    expect = Head(origin, edge.size, edge.root()) if edge.size else None
    before = _sign(node, node.store.boundaries(origin))
    node.store.append(
        origin,
        expect,
        group.entries,
        group.head(origin),
        b"",
        node.clock(),
        complete=False,
        before=before,
    )
    group.published |= bool(before)
    group.known.settle()
