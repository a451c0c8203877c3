"""How a desk is told that an envelope is refused, and what is kept for `status`."""

from collections.abc import Callable, Sequence

from exchange.errors import FusionError, Reason
from exchange.limits import WHERE_MAX
from exchange.node.node import Node
from exchange.node.submit import Asked, NotYet
from exchange.refusal_classes import CLASSES, RefusalClass
from exchange.store import StoredRefused
from exchange.v1 import desk_service_pb2 as desk_pb

Submit = Callable[[Sequence[Asked]], list[desk_pb.Submitted]]


def refuse(answer: desk_pb.Submitted, error: FusionError, *, later: bool) -> None:
    """Make the answer to an envelope the refusal of it; `later` is of `may_pass`."""
    answer.ClearField("index")
    answer.reason = error.reason
    answer.text = str(error)
    answer.where = error.where
    answer.later = later


def may_pass(node: Node, error: FusionError) -> bool:
    """Whether the same envelope may be recorded another time.

    1. Its class says so, or only the hour is against it.
    2. What is missing may stand in a log that is behind, or that no bundle names here.
    3. The HEAD that opens the own log stands behind it.

    While the own log itself is behind, what it could lift is not refused: it waits.
    """
    # 1, 2
    if isinstance(error, NotYet):
        return error.node is None or _behind(node, error.node)
    if error.reason is not Reason.TIME and _class_of(error) is RefusalClass.LATER:
        return True
    # 3
    if error.reason is not Reason.HEAD or node.members.before(node.origin) is None:
        return False
    return not node.store.logs.size(node.origin)


def _class_of(error: FusionError) -> RefusalClass:
    return CLASSES.get(error.reason, RefusalClass.FINAL)


def _behind(node: Node, owner: str) -> bool:
    """Whether a node's logs, or any where `owner` is "", may have more than is here.

    Of a node that no bundle lists nothing is here. A log that is forked ends here.
    """
    members, startup = node.members, node.startup
    every = [node.name, *members.peers]
    if owner and owner not in every:
        return True
    asked = [owner] if owner else every
    logs = [log for name in asked for log in members.logs(name)]
    size = node.store.logs.size
    return any(
        log not in node.forks and startup.behind(log, size(log)) for log in logs
    ) or not all(startup.heard(name) for name in asked)


def final(
    asked: Sequence[Asked], answers: Sequence[desk_pb.Submitted], now: int
) -> list[StoredRefused]:
    """Return what is to be kept of answers: what was refused for good, by name.

    What is no envelope at all has no name; who sent it was answered.
    """
    return [
        StoredRefused(
            answer.name, one.desk or "", answer.reason, answer.where[:WHERE_MAX], now
        )
        for one, answer in zip(asked, answers, strict=True)
        if answer.name and is_final(answer)
    ]


def is_final(answer: desk_pb.Submitted) -> bool:
    """Whether an answer refuses an envelope for good."""
    if not answer.reason or answer.later:
        return False
    return CLASSES.get(Reason(answer.reason)) is not RefusalClass.RESIGN


def refused_to(node: Node, desk: str) -> list[StoredRefused]:
    """Return what was refused to a desk ("": the operator) for good, newest first.

    Within REFUSED_KEPT by this process's clock; REFUSED_MAX at most. What was recorded
    after all is not among them.
    """
    told = node.store.desk_queue.refused_to(desk, node.clock.now())
    stands = node.store.entries.known_names(node.origin, [one.name for one in told])
    return [one for one in told if one.name not in stands]
