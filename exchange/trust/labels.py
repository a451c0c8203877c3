"""Handling labels: their order, and what one message's owes to another's; pure.

The label of a message binds what refers to it: an answer tells of
what it answers, a remark of what it is about. Asked when a draft is composed, when a
node takes an envelope, and when a desk reads one.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from typing import Protocol

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb

FREED = frozenset({pb.RELATION_CORRECTS, pb.RELATION_SUPERSEDES})
"""Relations that only the author's desk may state; they may mend a wrong label too."""


class Labelled(Protocol):
    """A header, a draft or a label."""

    @property
    def tlp(self) -> "pb.Tlp.ValueType": ...  # noqa: D102
    @property
    def releasable_to(self) -> Collection[str]: ...  # noqa: D102
    @property
    def caveats(self) -> Collection[str]: ...  # noqa: D102


class Label(Struct, frozen=True):
    """A handling label: `releasable_to` are trust domains, `caveats` codes."""

    tlp: "pb.Tlp.ValueType"
    releasable_to: frozenset[str]
    caveats: frozenset[str]

    @classmethod
    def of(cls, labelled: Labelled) -> "Label":
        """Return the label of a header or a draft."""
        domains, caveats = labelled.releasable_to, labelled.caveats
        return cls(labelled.tlp, frozenset(domains), frozenset(caveats))

    def __and__(self, other: "Label") -> "Label":
        """Return the label of a text that tells of both."""
        return Label(
            max(self.tlp, other.tlp),
            self.releasable_to & other.releasable_to,
            self.caveats | other.caveats,
        )

    def check_within(self, other: "Label") -> None:
        """Raise Refusal(NOT_RELEASABLE), naming the field, unless as strict."""
        if self.tlp < other.tlp:
            raise Refusal(Reason.NOT_RELEASABLE, "label.tlp")
        if not self.releasable_to <= other.releasable_to:
            raise Refusal(Reason.NOT_RELEASABLE, "label.releasable_to")
        if not self.caveats >= other.caveats:
            raise Refusal(Reason.NOT_RELEASABLE, "label.caveats")


def merge(labels: Iterable[Label]) -> Label:
    """Return the most restrictive of all: for a text that tells of each of them.

    The highest TLP value, the domains that all of them allow (there may be none, and
    then nobody may have it), and every caveat. At least one label.
    """
    return reduce(Label.__and__, labels)


class Handled(Struct, frozen=True):
    """The handling of a message binds those that refer to it; `desks` can read it."""

    mode: "pb.Mode.ValueType"
    label: Label
    desks: frozenset[str]

    @classmethod
    def of(cls, core: pb.Core) -> "Handled":
        """Return the handling that a header states."""
        desks = frozenset(recipient.desk for recipient in core.recipients)
        return cls(core.mode, Label.of(core), desks)

    def __and__(self, narrowing: "Handled") -> "Handled":
        """Return the handling once the author's desk has narrowed it, in its mode."""
        label = self.label & narrowing.label
        return Handled(self.mode, label, self.desks & narrowing.desks)


def check_reference(relation: int, handling: Handled, about: Handled) -> None:
    """Raise Refusal, naming the field, where a message may not refer so to another.

    1. A drill never satisfies or triggers anything real: same mode (REFERENCES).
    2. What is sealed for nobody tells nothing, and the author's own correction or
       replacement may mend a label, either way.
    3. All else is as strict (NOT_RELEASABLE).
    4. What narrows is stricter, not the same again, and for some of the same desks.
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
