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
from exchange.node import group as groups
from exchange.node import opening, receive, refusals, submit, waiting
from exchange.node.group import Group
from exchange.node.state import State
from exchange.node.submit import Asked
from exchange.store import StoredHead
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)


def take(state: State, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them; one answer each, after fsync.

    Partners and desks see them after `publish`, or the next call of this. What is
    refused for good is kept for `status`, as far as the disk takes it: an answer is
    right without that.
    """
    answers = place(state, asked)
    now = state.clock()
    try:
        state.store.refuse(refusals.final(asked, answers, now), now)
    except Refusal as refusal:
        logger.warning("refusals were not kept: %s", refusal.reason)
    return answers


def place(state: State, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them, and keep nothing of those that are refused.

    All are refused while the own log is frozen; and while the disk has not its floor
    free, unless only the operator asks.
    """
    with state.lock:
        if state.origin in state.forks:
            fork = Refusal(Reason.FORK, state.origin)
            return [_refused(state, one, fork) for one in asked]
        if any(one.desk is not None for one in asked) and not state.quota.room():
            full = Refusal(Reason.DISK, state.name)
            return [_refused(state, one, full) for one in asked]
        if state.may_sign:
            answers, shown = _record(state, asked)
        else:
            _expect_desks(state, asked)
            answers, shown = waiting.keep(state, asked), False
    if shown or any(answer.waiting for answer in answers):
        state.on_change()
    return answers


def publish(state: State) -> None:
    """Sign what stands in the own log and is not signed yet; now it may leave.

    Nothing while this node may not sign.
    """
    with state.lock:
        if not (unsigned := state.store.boundaries(state.origin)):
            return
        if not state.may_sign:
            return
        state.store.publish(_sign(state, unsigned))
    state.on_change()


def _sign(state: State, unsigned: Sequence[StoredHead]) -> list[StoredHead]:
    """Return heads for boundaries that have none, signed in rising order.

    The boundaries were read from the database: it alone knows what was committed, also
    where nobody was told.
    """
    keys, now = state.keys, state.clock()
    return [
        StoredHead(
            held.head,
            checkpoint.sign_head(held.head, keys.log, keys.log_pq, now // SECOND),
            now,
        )
        for held in unsigned
    ]


def _expect_desks(state: State, asked: Sequence[Asked]) -> None:
    """Give the desks that call time to tell what they have verified."""
    for one in asked:
        if one.desk is not None:
            state.startup.desk_called(one.desk, state.clock.elapsed())


def _refused(state: State, one: Asked, refusal: Refusal) -> desk_pb.Submitted:
    """Answer an envelope at which nobody looks now."""
    answer = desk_pb.Submitted(origin=state.origin)
    with suppress(Refusal):
        answer.name = envelope.split(one.sent.entry).name
    refusals.refuse(answer, refusal, later=True)
    return answer


def _record(
    state: State, asked: Sequence[Asked]
) -> tuple[list[desk_pb.Submitted], bool]:
    """Return the answers, and whether heads of before were published."""
    try:
        group = groups.begin(state, [one.sent.entry for one in asked])
        answers = [_answer(state, one, group) for one in asked]
        _commit(state, group)
    except BaseException:
        state.members.reload(state.origin)  # it may hold what was not stored
        raise
    return answers, group.published


def _answer(state: State, one: Asked, group: Group) -> desk_pb.Submitted:
    if group.full(one.sent):
        _commit(state, group)
    answer = desk_pb.Submitted(origin=state.origin)
    group.answers.append(answer)
    try:
        answer.name = envelope.split(one.sent.entry).name
        known = group.places.get(answer.name)
        answer.origin, answer.index = known or (state.origin, group.next)
        if known is None:
            _add(state, one, group)
    except Refusal as refusal:
        later = refusals.may_pass(state, refusal)
        refusals.refuse(answer, refusal, later=later)
    return answer


def _add(state: State, one: Asked, group: Group) -> None:
    members = state.members
    verdict = submit.check(one, group.log, members, state.clock())
    if group.log.opens is not None:
        opening.check(state, state.origin, verdict.core.clear)
        group.log = replace(group.log, opens=None)
    if verdict.statement is not None:
        group.log.directory.apply(group.next, verdict.core, verdict.statement)
    desks = receive.desks(verdict, members.desks)
    group.add(state.origin, verdict, one.sent, desks)


def _commit(state: State, group: Group) -> None:
    """Append what the group holds; on failure take its answers back."""
    if not group.entries:
        return
    try:
        _append(state, group)
    except FusionError as error:
        group.take_back(state.origin, error)
        state.members.reload(state.origin)
        group.log = state.members.log(state.origin, group.known)
    group.begin(state.store.edge(state.origin))


def _append(state: State, group: Group) -> None:
    origin, edge = state.origin, group.edge
    expect = Head(origin, edge.size, edge.root()) if edge.size else None
    before = _sign(state, state.store.boundaries(origin))
    state.store.append(
        origin,
        expect,
        group.entries,
        group.head(origin),
        b"",
        state.clock(),
        complete=False,
        before=before,
    )
    group.published |= bool(before)
    group.known.settle()
