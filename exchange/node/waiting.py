"""What desks hand over while this node may not sign: kept, and given its place later.

A refusal is the last word only where nothing that is still missing could lift it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import WAITING_BATCH
from exchange.node import group as groups
from exchange.node import submit
from exchange.node.group import Group
from exchange.node.state import STORAGE, State
from exchange.node.submit import Asked
from exchange.store import StoredWaiting
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

logger = logging.getLogger(__name__)

PASSING = STORAGE | frozenset(  # another time the same envelope may be recorded
    {
        Reason.BUSY,
        Reason.CONFLICT,
        Reason.HEAD,  # the one that opens the log stands behind it
    }
)
BY_OTHER_LOGS = frozenset({Reason.REFERENCES, Reason.RECIPIENT_UNKNOWN})
BY_THE_LOG = frozenset(  # what only the whole log can answer
    {
        Reason.SIGNER_UNKNOWN,
        Reason.SIGNER_REVOKED,
        Reason.SIGNERS,
        Reason.SERIAL,
        Reason.STATEMENT,
        Reason.KEY,
        Reason.HEAD,
        Reason.MISSING,
    }
    | BY_OTHER_LOGS
)

Submit = Callable[[Sequence[Asked]], list[desk_pb.Submitted]]


def keep(state: State, asked: Sequence[Asked]) -> list[desk_pb.Submitted]:
    """Keep envelopes until they may have a place; refuse what never will."""
    group = groups.begin(state, [one.sent.entry for one in asked])
    kept: list[StoredWaiting] = []
    answers = []
    for one in asked:
        answer = desk_pb.Submitted(origin=state.origin)
        answers.append(answer)
        try:
            answer.name = envelope.split(one.sent.entry).name
            known = group.places.get(answer.name)
            if known is not None:
                answer.origin, answer.index = known
                continue
            _possible(state, one, group)
        except Refusal as refusal:
            groups.refuse(answer, refusal)
            continue
        answer.waiting = True
        desk = one.desk or ""
        raw = one.sent.SerializeToString(deterministic=True)
        kept.append(StoredWaiting(answer.name, raw, desk, state.clock()))
    state.store.wait(kept)
    return answers


def _possible(state: State, one: Asked, group: Group) -> None:
    """Raise the Refusal that no entry which is missing here could lift."""
    try:
        submit.check(one, group.log, state.members, state.clock())
    except Refusal as refusal:
        if refusal.reason not in BY_THE_LOG:
            raise


def settle(state: State, take: Submit) -> None:
    """Give what waits its place by `take`, as far as it may have one."""
    while state.may_sign:
        ready = _ready(state.store.waiting(WAITING_BATCH))
        if not ready:
            return
        waiting, asked = zip(*ready, strict=True)
        answers = take(asked)
        passing = PASSING
        if not state.startup.caught_up(state.store.size):
            passing |= BY_OTHER_LOGS
        gone = list(_settled(waiting, answers, passing))
        state.store.settle(gone)
        if len(gone) < len(ready):
            return


def _ready(
    waiting: Sequence[StoredWaiting],
) -> list[tuple[StoredWaiting, Asked]]:
    """Return what may be submitted in one go, in order.

    What speaks of something that waits itself comes in a later one: it is looked up
    among what is recorded.
    """
    names = {one.name for one in waiting}
    asked = [(one, _asked(one)) for one in waiting]
    return [(one, each) for one, each in asked if not names & set(_named(each.sent))]


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
    waiting: Sequence[StoredWaiting],
    answers: Sequence[desk_pb.Submitted],
    passing: frozenset[Reason],
) -> Iterator[bytes]:
    """Yield the names that have a place now, or never will.

    One that waits on may state what those after it need: no refusal of theirs by the
    log is the last word then.
    """
    for one, answer in zip(waiting, answers, strict=True):
        if answer.waiting or answer.reason in passing:
            passing |= BY_THE_LOG
            continue
        if answer.reason:
            logger.warning("refused after waiting: %s", answer.reason)
        yield one.name
