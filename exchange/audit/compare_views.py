"""Compare the views of one log: they are one tree, or prove a fork."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from exchange.audit.judge.keys import LogKeys, keys_of
from exchange.audit.result import Fault, LiveLog, NodeView
from exchange.audit.sources.node import AuditedNode, ShownLog
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.tree_tracker import TreeTracker
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import key_ends


class OpenView(Struct):
    reader: AuditedNode
    shown: ShownLog | None
    view: NodeView
    walked: TreeTracker | None = None

    def add(self, origin: str, reason: Reason, what: str) -> None:
        fault = Fault(origin, None, reason, what)
        self.view = replace(self.view, faults=(*self.view.faults, fault))


def compare_views(
    origin: str, views: Sequence[OpenView], pinned: Mapping[str, Bundle]
) -> LiveLog:
    """Compare the views of one log.

    1. The heads of any two lie in one tree, or prove a fork.
    2. A valid fork proof shown by a node counts.
    3. No node shows less of its own log than others hold of it.
    """
    agree, proof = True, None
    # 1
    signed = sorted(
        (view for view in views if view.view.head), key=lambda o: o.view.size
    )
    for small, large in combinations(signed, 2):
        same, found = _beside(small, large, keys_of(origin, pinned))
        agree = agree and same
        proof = proof or found
    # 2
    for view in signed:
        proof = proof or _shown_fork(view, pinned)
    # 3
    largest = signed[-1] if signed else None
    for view in views:
        own = origin.startswith(f"{view.view.node}.fusion/")
        if own and largest is not None and view.view.size < largest.view.size:
            what = f"{view.view.size} of {largest.view.size} at {largest.view.node}"
            view.add(origin, Reason.MISSING, what)
    return LiveLog(origin, tuple(view.view for view in views), agree, proof)


def _beside(
    small: OpenView, large: OpenView, keys: LogKeys
) -> tuple[bool, bytes | None]:
    """Return whether one tree has both heads, else a proof of a fork.

    No proof if the larger view's entries do not lead to its own head: that is a
    separate fault.
    """
    a, b = small.view.head, large.view.head
    if a is None or b is None or small.shown is None or large.shown is None:
        return False, None
    if a == b or not a.size:
        return True, None
    walked = large.walked or TreeTracker(0, ())
    if a.size < b.size:
        if not walked.leads_to(b):
            return False, None
        if walked.roots[a.size] == a.root:
            return True, None
    notes = [checkpoint.only(one.note, keys.log) for one in (small.shown, large.shown)]
    return False, fork.between(notes[0], notes[1], walked.get).encode()


def _shown_fork(view: OpenView, pinned: Mapping[str, Bundle]) -> bytes | None:
    """Return a proof only if it is valid for that log."""
    if view.shown is None or not view.shown.fork:
        return None
    try:
        keys = keys_of(view.shown.origin, pinned).log
        proof = fork.verify(view.shown.fork, keys)
        ends = key_ends(pinned.values())
        ends.check_evidence((proof.first, proof.second), keys)
    except Refusal:  # reported by the check of that view
        return None
    return view.shown.fork
