"""Notices about partners and the own node's log.

A refusal of an entry is signed by the partner. A missing text, or one erased before it
was read, is only the node's word.
"""

from collections.abc import Callable

from exchange.desk.link.delivery_state import DeliveryState
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Mailbox
from exchange.desk.pinned_logs import Pinned
from exchange.limits import LACKING_KEPT_MAX
from exchange.v1 import desk_service_pb2 as pb


class PartnerNotices:
    """Takes one page's notices, within the caller's transaction."""

    def __init__(
        self, mailbox: Mailbox, pinned: Pinned, node: str, clock: Callable[[], int]
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._node = node
        self._clock = clock
        self._states = LogStates(mailbox)
        self._lacks: dict[str, dict[str, set[int]]] = {}

    def take_refusal(self, refused: pb.RefusalArrived) -> None:
        of_own_log = refused.origin in self._pinned.logs(self._node)
        if of_own_log and refused.by in self._pinned and refused.by != self._node:
            self.delivery_state(refused.origin).note_refusal(refused)

    def take_lacking(self, arrival: pb.LackingArrived, size: int) -> None:
        """Take `size`, to which the log was read here."""
        if arrival.origin not in self._pinned.logs(self._node):
            return
        known = arrival.by in self._pinned and arrival.by != self._node
        if known and arrival.index < size:
            indexes = self._lacking_of(arrival.origin).setdefault(arrival.by, set())
            if not arrival.reason:
                indexes.discard(arrival.index)
                cover = self._states.cover(arrival.origin)
                self.delivery_state(arrival.origin).text_came(arrival.index, cover)
            elif len(indexes) < LACKING_KEPT_MAX:  # no node is missing that many
                indexes.add(arrival.index)

    def take_undelivered(self, arrival: pb.UndeliveredArrived) -> None:
        if (
            arrival.origin in self._pinned.logs(self._node)
            and arrival.by in self._pinned
        ):
            self.delivery_state(arrival.origin).note_undelivered(
                arrival.index, arrival.by, arrival.desks
            )

    def write(self) -> None:
        for origin, lacking in self._lacks.items():
            if lacking != self._states.lacking(origin):
                self._states.set_lacking(origin, lacking)

    def drop_page(self) -> None:
        self._lacks = {}

    def delivery_state(self, origin: str) -> DeliveryState:
        lacking = self._lacking_of(origin)
        return DeliveryState(
            self._mailbox, self._pinned, origin, self._clock(), lacking
        )

    def _lacking_of(self, origin: str) -> dict[str, set[int]]:
        if origin not in self._lacks:
            self._lacks[origin] = self._states.lacking(origin)
        return self._lacks[origin]
