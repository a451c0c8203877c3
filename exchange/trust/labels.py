"""Handling labels: their order, and how a reference inherits them; pure.

A message's label binds messages that refer to it: they reveal some of its content.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from typing import Protocol

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb

FREED = frozenset({pb.RELATION_CORRECTS, pb.RELATION_SUPERSEDES})
"""Relations reserved to the author's desk; they may also correct a wrong label."""


class Labelled(Protocol):
    @property
    def tlp(self) -> "pb.Tlp.ValueType": ...
    @property
    def releasable_to(self) -> Collection[str]: ...
    @property
    def caveats(self) -> Collection[str]: ...


class Label(Struct, frozen=True):
    """A handling label: `releasable_to` are trust domains, `caveats` codes."""

    tlp: "pb.Tlp.ValueType"
    releasable_to: frozenset[str]
    caveats: frozenset[str]

    @classmethod
    def of(cls, labelled: Labelled) -> "Label":
        domains, caveats = labelled.releasable_to, labelled.caveats
        return cls(labelled.tlp, frozenset(domains), frozenset(caveats))

    def __and__(self, other: "Label") -> "Label":
        return Label(
            max(self.tlp, other.tlp),
            self.releasable_to & other.releasable_to,
            self.caveats | other.caveats,
        )

    def check_within(self, other: "Label") -> None:
        """Raise Refusal(NOT_RELEASABLE), naming the field, if less strict."""
        if self.tlp < other.tlp:
            raise Refusal(Reason.NOT_RELEASABLE, "label.tlp")
        if not self.releasable_to <= other.releasable_to:
            raise Refusal(Reason.NOT_RELEASABLE, "label.releasable_to")
        if not self.caveats >= other.caveats:
            raise Refusal(Reason.NOT_RELEASABLE, "label.caveats")


def merge(labels: Iterable[Label]) -> Label:
    """Return the strictest combination.

    The highest TLP value, the domains that all of them allow (possibly none: then
    nobody may have it), and every caveat. Needs at least one label.
    """
    return reduce(Label.__and__, labels)


class Handled(Struct, frozen=True):
    """A message's handling, which binds references to it; `desks` can read it."""

    mode: "pb.Mode.ValueType"
    label: Label
    desks: frozenset[str]

    @classmethod
    def of(cls, core: pb.Core) -> "Handled":
        desks = frozenset(recipient.desk for recipient in core.recipients)
        return cls(core.mode, Label.of(core), desks)

    def __and__(self, narrowing: "Handled") -> "Handled":
        """Narrow by the author's desk; the mode is unchanged."""
        label = self.label & narrowing.label
        return Handled(self.mode, label, self.desks & narrowing.desks)


def check_reference(relation: int, handling: Handled, about: Handled) -> None:
    """Raise Refusal, naming the field, unless it may be made.

    1. A drill never satisfies or triggers anything real: same mode (REFERENCES).
    2. A message sealed for no desk reveals nothing, and the author's own correction or
       replacement may change a label either way.
    3. All else is at least as strict (NOT_RELEASABLE).
    4. A narrowing is stricter, not equal, and for some of the same desks.
    """
    # 1
    if handling.mode != about.mode:
        raise Refusal(Reason.REFERENCES, "mode")
    # 2
    if not handling.desks or relation in FREED:
        return
    # 3
    handling.label.check_within(about.label)
    # 4
    if relation != pb.RELATION_NARROWS:
        return
    if handling.label == about.label:
        raise Refusal(Reason.NOT_RELEASABLE, "label")
    if not handling.desks <= about.desks:
        raise Refusal(Reason.NOT_RELEASABLE, "to")
