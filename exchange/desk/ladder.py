"""The ladder of acknowledgement: the step asked, and each desk's step; pure.

Only desks that are asked count: a merely informed one stills no alarm.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Protocol, TypeVar

from msgspec import Struct

from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


class Step(IntEnum):
    NOTHING = 0
    OPENED = 1
    ACKNOWLEDGED = 2
    DONE = 3


_ASKED = {
    "NONE": Step.NOTHING,
    "RECEIPT": Step.OPENED,
    "READ": Step.ACKNOWLEDGED,
    "ACTION": Step.DONE,
}
_SAID = {
    "OPENED": Step.OPENED,
    "ACKNOWLEDGED": Step.ACKNOWLEDGED,
    "COMPLETED": Step.DONE,
    "CANNOT_COMPLY": Step.DONE,
}
_ALARMING = {pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO}


class Declared(Protocol):
    """An officer's declaration about a message."""

    @property
    def author(self) -> str:
        """The officer."""

    @property
    def relation(self) -> str:
        """The step's name: OPENED, ACKNOWLEDGED, ..."""

    @property
    def filed(self) -> int:
        """The time, ms UTC."""


_Said = TypeVar("_Said", bound=Declared)


class Ladder(Struct, frozen=True):
    """The step that is asked (`goal`), and how far each desk asked has come."""

    goal: Step
    reached: Mapping[str, Step]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(d for d, step in sorted(self.reached.items()) if step < self.goal)

    @property
    def heard(self) -> bool:
        """Whether a desk has acknowledged the message, which silences the alarm."""
        least = min(self.goal, Step.ACKNOWLEDGED)
        return any(step >= least for step in self.reached.values())

    @property
    def answer(self) -> Step:
        """The lowest step that counts: the goal, if below ACKNOWLEDGED."""
        return min(self.goal, Step.ACKNOWLEDGED) or Step.ACKNOWLEDGED


def goal(acknowledge: str) -> Step:
    """Return the step asked; ACKNOWLEDGED for a code that only a newer list has."""
    return _ASKED.get(acknowledge, Step.ACKNOWLEDGED)


def step_of(relation: str) -> Step:
    """Return the step of a relation; UNOPENABLE and the like have none."""
    return _SAID.get(relation, Step.NOTHING)


def asked_desks(core: pb.Core) -> tuple[str, ...]:
    """Return the action addressees; of a recall, every desk it was sent to."""
    classes = {pb.RECIPIENT_CLASS_ACTION}
    if core.kind == pb.KIND_RECALL:
        classes = _ALARMING
    return tuple(
        sorted({r.desk for r in core.recipients if r.recipient_class in classes})
    )


def climb(
    acknowledge: str, desks: Iterable[str], receipts: Iterable[tuple[str, str]]
) -> Ladder:
    """Return the ladder after receipts, as (officer, relation)."""
    reached = dict.fromkeys(desks, Step.NOTHING)
    for officer, relation in receipts:
        desk = names.desk_of(officer)
        if desk in reached:
            reached[desk] = max(reached[desk], step_of(relation))
    return Ladder(goal(acknowledge), reached)


def furthest(receipts: Iterable[_Said], desk: str) -> _Said | None:
    """Return the last if several, None if none; UNOPENABLE counts before nothing."""
    said = (
        one
        for one in receipts
        if names.desk_of(one.author) == desk
        and (step_of(one.relation) or one.relation == "UNOPENABLE")
    )
    return max(said, key=lambda one: (step_of(one.relation), one.filed), default=None)
