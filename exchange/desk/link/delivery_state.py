"""The delivery states of a log's messages, by partners' lines and refusals."""

from collections.abc import Collection, Iterable, Mapping

from exchange import envelope
from exchange.desk.link import heads
from exchange.desk.link.heads import Cover, HeldSize, HeldSizes
from exchange.desk.mailbox import Mailbox, Unsettled
from exchange.desk.mailbox.messages import SETTLED_AT_ONCE
from exchange.desk.mailbox.records import Proven, core_of
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import leaf_hash
from exchange.trust import names
from exchange.trust.signed_refusals import RefusedPlace, ShownRefusal
from exchange.v1 import desk_service_pb2 as pb

PROVEN = frozenset({"delivered", "cosigned"})
"""States that need verified lines."""


class DeliveryState:
    """Marks one log's messages, within the caller's transaction."""

    def __init__(
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        origin: str,
        now: int,
        lacking: Mapping[str, set[int]],
    ) -> None:
        """Take `now` in ms UTC; `lacking` is node -> entries without their text."""
        self._mailbox = mailbox
        self._pinned = pinned
        self._origin = origin
        self._node = pinned.origins.get(origin, "")
        self._now = now
        self._lacking = lacking

    def settle(self, before: Cover, cover: Cover, sizes: HeldSizes) -> None:
        """Mark messages delivered and cosigned; drop delivered ones from the outbox."""
        self._deliver(before, cover)
        newest = self._mailbox.logs.head(self._origin)
        own = HeldSize(newest.size, newest.time_s) if newest else HeldSize(0, 0)
        agreed = heads.agreed_size(sizes, self._pinned.policy(self._origin), own)
        messages, start = self._mailbox.messages, 0
        while some := messages.list_unsettled(self._origin, agreed.size, start):
            messages.set_proven(
                [
                    Proven(
                        old.number,
                        "cosigned",
                        agreed.time_s,
                        _by(cover, sizes, old.index),
                    )
                    for old in some
                ]
            )
            start = some[-1].index + 1
        self._let_out(cover)

    def _let_out(self, cover: Cover) -> None:
        """Drop envelopes that each addressed node holds with its text.

        If no other node is addressed (a bulletin between desks of one node, a bare
        receipt), any partner will do. A node that no bundle lists any more cannot
        confirm, and is not waited for.

        An envelope not found at its stated place is submitted again: the own node lost
        its newest entries, and the partners hold another there.
        """
        read = self._mailbox.logs.head(self._origin)
        held = max((line.size for line in cover.values()), default=0)
        held = min(held, read.size if read else 0)
        for name in self._mailbox.outbox.list_misplaced(self._origin, held):
            self._mailbox.outbox.note_lost(name)
        for kept in self._mailbox.outbox.list_unconfirmed(self._origin, held):
            nodes = [node for node in kept.nodes if node in self._pinned]
            if kept.index is not None and (
                not nodes
                or heads.delivering_line(cover, nodes, kept.index, self._lacking)
            ):
                self._mailbox.outbox.drop(kept.name)

    def _deliver(self, before: Cover, cover: Cover) -> None:
        start, end = heads.new_range(before, cover)
        for first in range(start, end, SETTLED_AT_ONCE):
            stop = min(first + SETTLED_AT_ONCE, end)
            steps = []
            for old in self._mailbox.messages.list_recorded(self._origin, first, stop):
                nodes = self._addressed(old)
                line = heads.delivering_line(cover, nodes, old.index, self._lacking)
                if line is not None:
                    by = _of(nodes)
                    steps.append(Proven(old.number, "delivered", line.time_s, by))
            self._mailbox.messages.set_proven(steps)

    def text_came(self, index: int, cover: Cover) -> None:
        """Mark a message delivered: the line was there before the text."""
        for old in self._mailbox.messages.list_recorded(self._origin, index, index + 1):
            nodes = self._addressed(old)
            if heads.delivering_line(cover, nodes, index, self._lacking) is not None:
                name = old.name
                self._mailbox.messages.set_state(
                    name, "delivered", self._now, by=_of(nodes)
                )

    def _addressed(self, old: Unsettled) -> set[str]:
        """Return the addressed nodes but the one that records the message."""
        core = core_of(old.entry)
        nodes = {names.node_of(recipient.desk) for recipient in core.recipients}
        return nodes - {self._node}

    def note_refusal(self, refused: pb.RefusalArrived) -> None:
        """Take it only if the partner signed it.

        If verified lines already prove delivery, it is only one more step.
        """
        by, reason = refused.by, refused.reason
        if reason not in Reason.__members__ or not self._node:
            return
        try:
            name = self._mailbox.search.resolve(f"{self._origin}#{refused.index}")
        except Refusal:
            return  # a receipt or a translation: they have no row
        leaf = leaf_hash(self._mailbox.messages.read(name).entry)
        place = RefusedPlace(refused.index, leaf, reason)
        keys, ends = self._pinned.keys_of_logs(by), self._pinned.ends
        try:
            ShownRefusal(by, self._origin, place).verify(refused.proof, keys, ends)
        except Refusal:
            return  # only the node's word
        shown = self._mailbox.messages.row(name).state in PROVEN
        keep = (
            self._mailbox.messages.add_step
            if shown
            else self._mailbox.messages.set_state
        )
        keep(name, "refused", self._now, by=by, why=reason)

    def note_undelivered(self, index: int, by: str, desks: Iterable[str]) -> None:
        """Record the addressed desks of node `by` that did not get the message."""
        try:
            name = self._mailbox.search.resolve(f"{self._origin}#{index}")
        except Refusal:
            return  # a receipt or a translation: they have no row
        core = envelope.split(self._mailbox.messages.read(name).entry).core
        asked = {recipient.desk for recipient in core.recipients}
        missed = sorted(
            desk for desk in asked & set(desks) if names.node_of(desk) == by
        )
        if missed:
            why = " ".join(missed)
            self._mailbox.messages.set_state(
                name, "undelivered", self._now, by=by, why=why
            )


def _of(nodes: Collection[str]) -> str:
    """Return "" if several nodes hold it."""
    return min(nodes) if len(nodes) == 1 else ""


def _by(cover: Cover, sizes: HeldSizes, index: int) -> str:
    nodes = [node for node, line in cover.items() if line.size > index]
    others = [key[0] for key, line in sizes.items() if line.size > index]
    return min(nodes or others, default="")
