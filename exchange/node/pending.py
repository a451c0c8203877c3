"""What desks hand over while this node may not sign: kept, and given its place later.

A refusal is the last word only where nothing that is still missing could lift it. The
classes of reasons stand in `exchange.refusal_classes`; BY_THE_LOG is another rule: what
an envelope is refused for while its own log is not all here.
"""

import logging
from collections.abc import Iterator, Sequence

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import WAITING_BATCH, WAITING_MAX, WAITING_ROUNDS
from exchange.node import group as groups
from exchange.node import refusals, submit
from exchange.node.group import Group
from exchange.node.node import Node
from exchange.node.refusals import Submit
from exchange.node.submit import Asked
from exchange.store import StoredWaiting
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


def keep(node: Node, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Keep envelopes until they may have a place; refuse what never will.

    At most WAITING_MAX: then a desk is told BUSY, and keeps its own.
    """
    group = groups.begin(node, [one.sent.entry for one in asked])
    room = WAITING_MAX - node.store.desk_queue.count_waiting()
    kept: list[StoredWaiting] = []
    answers = []
    for one in asked:
        answer = desk_pb.Submitted(origin=node.origin)
        answers.append(answer)
        try:
            answer.name = envelope.split(one.sent.entry).name
            known = group.places.get(answer.name)
            if known is not None:
                answer.origin, answer.index = known
                continue
            _possible(node, one, group)
            _room(node, answer.name, room - len(kept))
        except Refusal as refusal:
            later = refusals.may_pass(node, refusal)
            refusals.refuse(answer, refusal, later=later)
            continue
        answer.waiting = True
        desk = one.desk or ""
        raw = one.sent.SerializeToString(deterministic=True)
        kept.append(StoredWaiting(answer.name, raw, desk, node.clock()))
    node.store.desk_queue.wait(kept)
    return answers


def _room(node: Node, name: bytes, room: int) -> None:
    """Refuse what is new where there is room for no more."""
    if room <= 0 and not node.store.desk_queue.waits([name]):
        raise Refusal(Reason.BUSY, "waiting")


def _possible(node: Node, one: Asked, group: Group) -> None:
    """Raise the Refusal that no entry which is missing here could lift."""
    try:
        submit.check(one, group.log, node.members, node.clock())
    except Refusal as refusal:
        if refusal.reason not in BY_THE_LOG:
            raise


def settle(node: Node, place: Submit) -> None:
    """Give what waits its place by `place`, as far as it may have one.

    All of it is gone through, WAITING_BATCH in one go, each behind the last: what
    cannot have a place yet holds up only what speaks of it. That is gone through once
    more when something was recorded, WAITING_ROUNDS times; the next tick goes on.
    """
    for _ in range(WAITING_ROUNDS):
        if not _round(node, place):
            return


def _round(node: Node, place: Submit) -> bool:
    """Go through all that waits; return whether another round may settle more."""
    after, recorded, passed_over = 0, False, False
    while node.may_sign and (
        batch := node.store.desk_queue.waiting(WAITING_BATCH, after)
    ):
        after = batch[-1].number
        ready = _ready(node, batch)
        passed_over |= len(ready) < len(batch)
        recorded |= bool(ready) and _place(node, ready, place)
        if len(batch) < WAITING_BATCH:
            break
    return recorded and passed_over


def _place(
    node: Node, ready: Sequence[tuple[StoredWaiting, Asked]], place: Submit
) -> bool:
    """Give some of what waits its place, or refuse it; return whether any has one."""
    answers = place([one for _, one in ready])
    settled = list(_settled(ready, answers))
    refused = [(one, answer) for _, one, answer in settled if answer.reason]
    for _, answer in refused:
        logger.warning("refused after waiting: %s", answer.reason)
    told = refusals.final(
        [one for one, _ in refused], [answer for _, answer in refused], node.clock()
    )
    node.store.desk_queue.settle([waited.name for waited, _, _ in settled], told)
    return len(refused) < len(settled)


def _ready(
    node: Node, waiting: Sequence[StoredWaiting]
) -> list[tuple[StoredWaiting, Asked]]:
    """Return what may be submitted in one go, in order.

    What speaks of something that waits itself comes in a later one: it is looked up
    among what is recorded.
    """
    asked = [(one, _asked(one)) for one in waiting]
    named = {one.name: set(_named(each.sent)) for one, each in asked}
    waits = node.store.desk_queue.waits(
        {name for names in named.values() for name in names}
    )
    return [(one, each) for one, each in asked if not waits & named[one.name]]


def _named(sent: pb.Envelope) -> Iterator[bytes]:
    """Yield the names that an envelope speaks of; none where it cannot be read."""
    try:
        references = envelope.split(sent.entry).core.references
    except Refusal:
        return
    yield from (reference.name for reference in references)


def _asked(waiting: StoredWaiting) -> Asked:
    """Return what waits as its desk handed it over."""
    try:
        sent = pb.Envelope.FromString(waiting.envelope)
    except DecodeError:  # damaged since; refused like any other
        sent = pb.Envelope()
    return Asked(sent, waiting.desk or None)


def _settled(
    ready: Sequence[tuple[StoredWaiting, Asked]],
    answers: Sequence[desk_pb.Submitted],
) -> Iterator[tuple[StoredWaiting, Asked, desk_pb.Submitted]]:
    """Yield what has a place now, or never will, with its answer.

    One that waits on may state what those after it need: no refusal of theirs by the
    log is the last word then.
    """
    liftable: frozenset[Reason] = frozenset()
    for (waited, one), answer in zip(ready, answers, strict=True):
        if answer.waiting or answer.later or answer.reason in liftable:
            liftable = BY_THE_LOG
            continue
        yield waited, one, answer
