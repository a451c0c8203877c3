"""The own log: what desks hand over is judged, signed and stored, a group a head."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from exchange import envelope
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.node import group as groups
from exchange.node import opening, receive, refusals, submit, waiting
from exchange.node.group import Group
from exchange.node.state import State
from exchange.node.submit import Asked
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)


def take(state: State, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them; one answer each, after fsync.

    What is refused for good is kept for `status`, as far as the disk takes it: an
    answer is right without that.
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
        do = _record if state.may_sign else waiting.keep
        answers = do(state, asked)
    if not all(answer.reason for answer in answers):
        state.on_change()
    return answers


def _refused(state: State, one: Asked, refusal: Refusal) -> desk_pb.Submitted:
    """Answer an envelope at which nobody looks now."""
    answer = desk_pb.Submitted(origin=state.origin)
    with suppress(Refusal):
        answer.name = envelope.split(one.sent.entry).name
    refusals.refuse(answer, refusal, later=True)
    return answer


def _record(state: State, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    try:
        group = groups.begin(state, [one.sent.entry for one in asked])
        answers = [_answer(state, one, group) for one in asked]
        _commit(state, group)
    except BaseException:
        state.members.reload(state.origin)  # it may hold what was not stored
        raise
    return answers


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
    """Sign and append what the group holds; on failure take its answers back."""
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
    origin, keys = state.origin, state.keys
    head, now = group.head(origin), state.clock()
    note = checkpoint.sign_head(head, keys.log, keys.log_pq, now // 1000)
    held = state.store.head(origin)
    expect = held.head if held else None
    state.store.append(origin, expect, group.entries, head, note, now)
    group.known.settle()
