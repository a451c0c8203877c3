"""Envelopes of own desks get a place in the own log, wait for one, or are refused.

Desks are answered once their envelopes are on disk. While this node may not sign, they
are kept, and get their places later. A refusal is the last word only where nothing that
is still missing could lift it. The classes of reasons stand in
`exchange.refusal_classes`; BY_THE_LOG is another rule: what an envelope is refused for
while its own log is not all here.
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

BY_THE_LOG = frozenset(  # what only a whole log can answer: what is missing may lift it
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
    """Record envelopes in the own log, and sign; one answer each, after fsync.

    A name that stands in the log already is answered with its place. While the node may
    not sign, they are kept, and answered as waiting; all are refused where the own log
    is frozen (FORK).
    """
    answers = commit(node, submissions)
    own_log.publish(node)
    return answers


def prepare(node: Node, submissions: Sequence[Submission]) -> None:
    """Look at what the bytes of envelopes say, before their turn; in any thread.

    It waits for nothing, and is lost work only where the directory changes meanwhile.
    """
    forms = node.members.forms(node.origin)
    new = [each for each in submissions if each.prepared is None]
    drafts.add_texts(node, new)
    judge_all(lambda each: submission_check.prepare(each, forms), new)


def commit(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Record envelopes, or keep them; one answer each, after fsync.

    Partners and desks see them after `own_log.publish`, or the next call of this. What
    is refused for good is kept for `status`, as far as the disk takes it: an answer is
    right without that.

    Envelopes that the log refuses are judged twice. In between, what waits gets its
    place: it may state the officer's new key. If something still waits, or lies unread,
    the second refusal is for later; if it is recorded meanwhile, there is none.
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
    """Record envelopes, or keep them, and keep nothing of those that are refused.

    All are refused if another process writes, while the own log is frozen, and while
    less than half the floor is free on the disk, unless only the operator asks.
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
    """Give the desks that call time to tell what they have verified."""
    for each in submissions:
        if each.desk is not None:
            node.startup.desk_called(each.desk, node.clock.elapsed())


# Refused.


def _refused_by_log(answers: Sequence[desk_pb.Submitted]) -> list[desk_pb.Submitted]:
    """Return the refusals that something which has no place yet could lift."""
    return [each for each in answers if each.reason in BY_THE_LOG and not each.later]


def _refused(node: Node, submission: Submission, refusal: Refusal) -> desk_pb.Submitted:
    """Answer an envelope at which nobody looks now."""
    answer = desk_pb.Submitted(origin=node.origin)
    with suppress(Refusal):
        answer.name = envelope.split(submission.sent.entry).name
    own_log.refuse(answer, refusal, later=True)
    return answer


def _final(
    submissions: Sequence[Submission], answers: Sequence[desk_pb.Submitted], now: int
) -> list[StoredRefused]:
    """Return what is to be kept of answers: what was refused for good, by name.

    What is no envelope at all has no name; who sent it was answered.
    """
    return [
        StoredRefused(
            answer.name, each.desk or "", answer.reason, answer.where[:WHERE_MAX], now
        )
        for each, answer in zip(submissions, answers, strict=True)
        if answer.name and _is_final(answer)
    ]


def _is_final(answer: desk_pb.Submitted) -> bool:
    """Whether an answer refuses an envelope for good."""
    if not answer.reason or answer.later:
        return False
    return CLASSES.get(Reason(answer.reason)) is not RefusalClass.RESIGN


def refused_to(node: Node, desk: str) -> list[StoredRefused]:
    """Return what was refused to a desk ("": the operator) for good, newest first.

    Within REFUSED_KEPT by this process's clock; REFUSED_MAX at most. What was recorded
    after all is not among them.
    """
    refused = node.store.desk_queue.refused_to(desk, node.clock.now())
    names = [each.name for each in refused]
    recorded = node.store.entries.known_names(node.origin, names)
    return [each for each in refused if each.name not in recorded]


# Kept until they may have a place.


def _keep(node: Node, submissions: Sequence[Submission]) -> list[desk_pb.Submitted]:
    """Keep envelopes until they may have a place; refuse what never will.

    At most WAITING_MAX: then a desk is told BUSY, and keeps its own.
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
            if node.lost.has_place(each.sent.entry):  # it stood in the log
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
    """Refuse what is new where there is room for no more."""
    if room <= 0 and not node.store.desk_queue.pending_names([name]):
        raise Refusal(Reason.BUSY, "waiting")


def _check_text(sent: pb.Envelope) -> None:
    """Raise Refusal(WRAPS | BODY) unless an envelope has the text that it names."""
    parsed = envelope.split(sent.entry)
    envelope.check_payload(parsed, tuple(sent.wraps), sent.body)


def _check_possible(node: Node, submission: Submission, group: AppendGroup) -> None:
    """Raise the Refusal that no entry which is missing here could lift.

    What waits here may travel by Express: a draft is refused for now (BUSY), and a
    released envelope whose draft is over for good (RELEASE).
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
    """Give what waits its place, as far as it may have one, and sign it.

    Goes through all of it, WAITING_BATCH at a time: what cannot have a place yet holds
    up only what refers to it. That is tried once more when something was recorded,
    WAITING_ROUNDS times; the next tick goes on.
    """
    node.pending_tried = node.may_sign
    for _ in range(WAITING_ROUNDS):
        if not _place_round(node):
            break
    own_log.publish(node)


def _place_round(node: Node) -> bool:
    """Go through all that waits; return whether another round may place more."""
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
    """Give some of what waits its place, or refuse it; return whether any has one."""
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
    """Return what may be submitted in one go, in order.

    What speaks of something that waits itself comes in a later one: it is looked up
    among what is recorded.
    """
    submissions = [(each, _submission(each)) for each in waiting]
    references = {each.name: set(_named(handed.sent)) for each, handed in submissions}
    waits = node.store.desk_queue.pending_names(
        {name for names in references.values() for name in names}
    )
    return [each for each in submissions if not waits & references[each[0].name]]


def _named(sent: pb.Envelope) -> Iterator[bytes]:
    """Yield the names that an envelope speaks of; none where it cannot be read."""
    try:
        references = envelope.split(sent.entry).core.references
    except Refusal:
        return
    yield from (reference.name for reference in references)


def _submission(waiting: StoredWaiting) -> Submission:
    """Return what waits as its desk handed it over."""
    try:
        sent = parse_envelope(waiting.envelope)
    except Refusal:  # damaged since; refused like any other
        sent = pb.Envelope()
    return Submission(sent, waiting.desk or None)


def _decided(
    ready: Sequence[tuple[StoredWaiting, Submission]],
    answers: Sequence[desk_pb.Submitted],
) -> Iterator[tuple[StoredWaiting, Submission, desk_pb.Submitted]]:
    """Yield what has a place now, or never will, with its answer.

    One that waits on may state what those after it need: no refusal of theirs by the
    log is the last word then.
    """
    liftable: frozenset[Reason] = frozenset()
    for (waiting, submission), answer in zip(ready, answers, strict=True):
        if answer.waiting or answer.later or answer.reason in liftable:
            liftable = BY_THE_LOG
            continue
        yield waiting, submission, answer
