"""Envelopes of own desks get a place in the own log, wait for one, or are refused.

Desks are answered once their envelopes are on disk. While this node may not sign, they
are kept and get their places later. The classes of reasons are in
`exchange.refusal_classes`; BY_THE_LOG is for refusals while the own log is incomplete.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress

from exchange import envelope
from exchange.envelope_parser import parse_envelope
from exchange.errors import Reason, Refusal
from exchange.limits import WAITING_BATCH, WAITING_MAX, WAITING_ROUNDS, WHERE_MAX
from exchange.node import drafts, own_log, submission_check
from exchange.node.judges import judge_all
from exchange.node.node import Node
from exchange.node.own_log import AppendGroup
from exchange.node.submission_check import Submission
from exchange.refusal_classes import CLASSES, RefusalClass
from exchange.store import StoredRefused, StoredWaiting
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

logger = logging.getLogger(__name__)

BY_THE_LOG = frozenset(  # needs a complete log: a missing entry may lift it
    {
        Reason.SIGNER_UNKNOWN,
        Reason.SIGNER_REVOKED,
        Reason.SIGNERS,
        Reason.SERIAL,
        Reason.STATEMENT,
        Reason.KEY,
        Reason.HEAD,
        Reason.MISSING,
        Reason.REFERENCES,
        Reason.RECIPIENT_UNKNOWN,
    }
)


def submit(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Record and sign; one answer each, after fsync.

    A duplicate name is answered with its place in the log. While the node may not sign,
    envelopes are kept and answered as waiting; if the own log is frozen, all are
    refused (FORK).
    """
    answers = commit(node, submissions)
    own_log.publish(node)
    return answers


def prepare(node: Node, submissions: Sequence[Submission]) -> None:
    """Judge envelopes by their bytes, in any thread.

    It waits for nothing; a directory change meanwhile only wastes the work.
    """
    forms = node.members.forms(node.origin)
    new = [each for each in submissions if each.prepared is None]
    drafts.add_texts(node, new)
    judge_all(lambda each: submission_check.prepare(each, forms), new)


def commit(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Record or keep; one answer each, after fsync.

    Partners and desks see them after `own_log.publish`, or the next call of this. Final
    refusals are kept for `status`, if the disk takes them. Envelopes refused by the log
    are judged twice, and pending ones are placed in between: one may state the
    officer's new key. If any still waits, or lies unread, the second refusal is not
    final.
    """
    answers = _place(node, submissions)
    if _refused_by_log(answers):
        if not node.pending_tried:
            place_pending(node)
        more = node.has_unread() or node.store.desk_queue.count_pending() > 0
        answers = _place(node, submissions)
        for answer in _refused_by_log(answers):
            answer.later = more
    now = node.clock()
    try:
        node.store.desk_queue.refuse(_final(submissions, answers, now), now)
    except Refusal as refusal:
        logger.warning("refusals were not kept: %s", refusal.reason)
    return answers


def _place(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Refuse all if another process writes, or the own log is frozen.

    Also if less than half the floor is free on the disk, unless all are the operator's.
    """
    prepare(node, submissions)
    with node.lock:
        if not node.term.writes:
            other = Refusal(Reason.NOT_WRITER, node.name)
            return [_refused(node, each, other) for each in submissions]
        if node.origin in node.forks:
            fork = Refusal(Reason.FORK, node.origin)
            return [_refused(node, each, fork) for each in submissions]
        of_desks = any(each.desk is not None for each in submissions)
        if of_desks and not node.quota.own_room():
            full = Refusal(Reason.DISK, node.name)
            return [_refused(node, each, full) for each in submissions]
        if node.may_sign:
            answers, published = own_log.append_submissions(node, submissions)
        else:
            _expect_desks(node, submissions)
            answers, published = _keep(node, submissions), False
    kept = any(answer.waiting or answer.awaits_release for answer in answers)
    if published or kept:
        node.on_change()
    return answers


def _expect_desks(node: Node, submissions: Sequence[Submission]) -> None:
    for each in submissions:
        if each.desk is not None:
            node.startup.desk_called(each.desk, node.clock.elapsed())


# Refusals.


def _refused_by_log(answers: Sequence[desk_pb.Submitted]) -> list[desk_pb.Submitted]:
    """Return the refusals that a pending entry could lift."""
    return [each for each in answers if each.reason in BY_THE_LOG and not each.later]


def _refused(node: Node, submission: Submission, refusal: Refusal) -> desk_pb.Submitted:
    """Refuse an envelope for now, without judging it."""
    answer = desk_pb.Submitted(origin=node.origin)
    with suppress(Refusal):
        answer.name = envelope.split(submission.sent.entry).name
    own_log.refuse(answer, refusal, later=True)
    return answer


def _final(
    submissions: Sequence[Submission], answers: Sequence[desk_pb.Submitted], now: int
) -> list[StoredRefused]:
    """Return the final refusals; senders of unreadable envelopes were answered."""
    return [
        StoredRefused(
            answer.name, each.desk or "", answer.reason, answer.where[:WHERE_MAX], now
        )
        for each, answer in zip(submissions, answers, strict=True)
        if answer.name and _is_final(answer)
    ]


def _is_final(answer: desk_pb.Submitted) -> bool:
    if not answer.reason or answer.later:
        return False
    return CLASSES.get(Reason(answer.reason)) is not RefusalClass.RESIGN


def refused_to(node: Node, desk: str) -> list[StoredRefused]:
    """Return refusals, the newest first; "" is the operator.

    Within REFUSED_KEPT by this process's clock; REFUSED_MAX at most. Envelopes recorded
    later are left out.
    """
    refused = node.store.desk_queue.refused_to(desk, node.clock.now())
    names = [each.name for each in refused]
    recorded = node.store.entries.known_names(node.origin, names)
    return [each for each in refused if each.name not in recorded]


# Pending envelopes.


def _keep(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Keep envelopes until they may have a place; refuse impossible ones.

    At most WAITING_MAX: beyond it a desk gets BUSY, and keeps its own.
    """
    group = own_log.begin_group(node, submissions)
    room = WAITING_MAX - node.store.desk_queue.count_pending()
    kept: list[StoredWaiting] = []
    answers = []
    for each in submissions:
        answer = desk_pb.Submitted(origin=node.origin)
        answers.append(answer)
        try:
            answer.name = envelope.split(each.sent.entry).name
            known = group.places.get(answer.name)
            if known is not None:
                answer.origin, answer.index = known
                continue
            if node.lost.has_place(each.sent.entry):  # it was in the log
                _check_text(each.sent)
            else:
                _check_possible(node, each, group)
            _check_room(node, answer.name, room - len(kept))
        except Refusal as refusal:
            own_log.refuse(answer, refusal, later=own_log.may_pass(node, refusal))
            continue
        answer.waiting = True
        desk, raw = each.desk or "", each.sent.SerializeToString()
        kept.append(StoredWaiting(answer.name, raw, desk, node.clock()))
    node.store.desk_queue.enqueue_pending(kept)
    node.lost.arrived, node.pending_tried = True, False
    return answers


def _check_room(node: Node, name: bytes, room: int) -> None:
    """Raise BUSY for a new one if there is no room."""
    if room <= 0 and not node.store.desk_queue.pending_names([name]):
        raise Refusal(Reason.BUSY, "waiting")


def _check_text(sent: pb.Envelope) -> None:
    parsed = envelope.split(sent.entry)
    envelope.check_payload(parsed, tuple(sent.wraps), sent.body)


def _check_possible(node: Node, submission: Submission, group: AppendGroup) -> None:
    """Raise a Refusal that no missing entry could lift.

    Kept envelopes may travel by Express: a draft is refused for now (BUSY), a released
    envelope with a closed draft for good (RELEASE).
    """
    prepared = submission_check.prepare(submission, group.forms)
    if prepared.is_draft():
        raise Refusal(Reason.BUSY, "draft")
    if prepared.is_released():
        drafts.check_open(node, prepared.name)
    try:
        submission_check.check(submission, group.log, group.forms, group.asked)
    except Refusal as refusal:
        if refusal.reason not in BY_THE_LOG:
            raise


def place_pending(node: Node) -> None:
    """Try all, WAITING_BATCH at a time, and sign.

    One without a place delays only those that refer to it. They are retried after any
    was recorded, WAITING_ROUNDS times; the next tick goes on.
    """
    node.pending_tried = node.may_sign
    for _ in range(WAITING_ROUNDS):
        if not _place_round(node):
            break
    own_log.publish(node)


def _place_round(node: Node) -> bool:
    """Return whether another round may place more."""
    after, recorded, passed_over = 0, False, False
    while node.may_sign and (
        batch := node.store.desk_queue.pending(WAITING_BATCH, after)
    ):
        after = batch[-1].number
        ready = _ready(node, batch)
        passed_over |= len(ready) < len(batch)
        recorded |= bool(ready) and _place_ready(node, ready)
        if len(batch) < WAITING_BATCH:
            break
    return recorded and passed_over


def _place_ready(node: Node, ready: Sequence[tuple[StoredWaiting, Submission]]) -> bool:
    answers = _place(node, [submission for _, submission in ready])
    decided = list(_decided(ready, answers))
    refused = [(each, answer) for _, each, answer in decided if answer.reason]
    for _, answer in refused:
        logger.warning("refused after waiting: %s", answer.reason)
    final = _final(
        [each for each, _ in refused], [answer for _, answer in refused], node.clock()
    )
    names = [waiting.name for waiting, _, _ in decided]
    node.store.desk_queue.drop_pending(names, final)
    return len(refused) < len(decided)


def _ready(
    node: Node, waiting: Sequence[StoredWaiting]
) -> list[tuple[StoredWaiting, Submission]]:
    """Return the envelopes that do not refer to a pending one.

    References are looked up among recorded entries.
    """
    submissions = [(each, _submission(each)) for each in waiting]
    references = {each.name: set(_named(handed.sent)) for each, handed in submissions}
    waits = node.store.desk_queue.pending_names(
        {name for names in references.values() for name in names}
    )
    return [each for each in submissions if not waits & references[each[0].name]]


def _named(sent: pb.Envelope) -> Iterator[bytes]:
    """Yield none if it is unreadable."""
    try:
        references = envelope.split(sent.entry).core.references
    except Refusal:
        return
    yield from (reference.name for reference in references)


def _submission(waiting: StoredWaiting) -> Submission:
    try:
        sent = parse_envelope(waiting.envelope)
    except Refusal:  # damaged since; refused like any other
        sent = pb.Envelope()
    return Submission(sent, waiting.desk or None)


def _decided(
    ready: Sequence[tuple[StoredWaiting, Submission]],
    answers: Sequence[desk_pb.Submitted],
) -> Iterator[tuple[StoredWaiting, Submission, desk_pb.Submitted]]:
    """Yield those placed or finally refused.

    One that still waits may state a key that later ones need: their refusals by the log
    are not final then.
    """
    liftable: frozenset[Reason] = frozenset()
    for (waiting, submission), answer in zip(ready, answers, strict=True):
        if answer.waiting or answer.later or answer.reason in liftable:
            liftable = BY_THE_LOG
            continue
        yield waiting, submission, answer
