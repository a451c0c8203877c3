"""Heartbeats of nodes, the newest few of each, in memory."""

import threading
from collections import deque
from collections.abc import Sequence

from exchange.desk.link_records import NO_BEAT
from exchange.limits import BEATS_KEPT
from exchange.v1.desk_service_pb2 import GetStatusResponse


class Heartbeats:
    """Heartbeats by node; any thread may use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, deque[int]] = {}

    def of(self, node: str) -> Sequence[int]:
        """Return the oldest first."""
        with self._lock:
            return tuple(self._of.get(node, ()))

    def answered(self, node: str, took: int, told: GetStatusResponse) -> None:
        """Record an answer that `took` ms; a partner beats by its last frame."""
        with self._lock:
            named = {node, *(peer.name for peer in told.peers)}
            for gone in self._of.keys() - named:
                del self._of[gone]  # a node may name others each time
            self._note(node, took)
            for peer in told.peers:
                heard = peer.up and peer.heard_at and told.time
                late = max(0, told.time - peer.heard_at) if heard else NO_BEAT
                self._note(peer.name, late)

    def silent(self) -> None:
        with self._lock:
            for node in self._of:
                self._note(node, NO_BEAT)

    def _note(self, node: str, beat: int) -> None:
        self._of.setdefault(node, deque(maxlen=BEATS_KEPT)).append(beat)
