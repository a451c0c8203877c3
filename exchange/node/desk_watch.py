"""One Watch of a desk: urgent envelopes, drafts, and arrivals after its cursor."""

from collections.abc import Mapping
from functools import partial

from exchange.node import views
from exchange.node.drafts import DraftWatch
from exchange.node.node import Node
from exchange.node.urgent import UrgentWatch
from exchange.v1 import desk_service_pb2 as desk_pb


class DeskWatch:
    """`after` is the last arrival that the desk was sent."""

    def __init__(
        self, node: Node, desk: str, after: int, sizes: Mapping[str, int] | None = None
    ) -> None:
        self._node = node
        self._desk = desk
        self._after = after
        self._urgent = UrgentWatch(node, desk, after, sizes)
        self._drafts = DraftWatch(node, desk)

    def next_page(self) -> tuple[desk_pb.WatchResponse | None, bool]:
        """Return a page or None, and whether the desk is then up to date.

        Urgent envelopes go first, then drafts, then arrivals. If an urgent one comes
        while a page is read, the page is read again.
        """
        store, unstored = self._node.store, self._node.unstored
        while True:
            shown, waiting = unstored.shown, unstored.rows()  # older than the view
            came = partial(unstored.came_since, shown)
            with store.viewing():
                if news := self._urgent.news(waiting):
                    return desk_pb.WatchResponse(urgent=news), False
                if drafts := self._drafts.news():
                    return desk_pb.WatchResponse(drafts=drafts), False
                found = views.arrivals(self._node, self._desk, self._after, came)
                if came():
                    continue
                newest = store.arrivals.newest()
            if not found:
                return None, newest <= self._after
            self._after = found[-1].number
            return desk_pb.WatchResponse(arrivals=found), newest <= self._after
