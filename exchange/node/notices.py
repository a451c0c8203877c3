"""Texts of the peer's that were erased unread, as one stream tells of them; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.node.effects import Report
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb

SINCE = 2  # version of a hello, whose sender knows the frame


@dataclass(slots=True)
class Notices:
    """What the peer was told, until it is safe to forget.

    Nothing is told to a peer whose own log is shorter than here: it has to get that
    back first. What was told is forgotten once another frame came from the peer.
    """

    whole: bool = False
    _sent: Sequence[rpc.Undelivered] = ()
    _answered: bool = True

    def greet(
        self, theirs: Sequence[str], held: Sequence[pb.LogPosition], hello: rpc.Hello
    ) -> None:
        """Take the peer's hello: `theirs` are its logs, `held` what I hold."""
        sizes = {one.origin: one.size for one in hello.logs}
        mine = {one.origin: one.size for one in held}
        whole = all(sizes.get(log, 0) >= mine.get(log, 0) for log in theirs)
        self.whole = whole and hello.version >= SINCE

    def came(self) -> None:
        """Note that a frame came from the peer."""
        self._answered = True

    def due(self) -> list[Report]:
        """Return what is to be done at a tick."""
        return [Report(self._sent)] if self.whole and self._answered else []

    def told(self, texts: Sequence[rpc.Undelivered]) -> None:
        """Note what goes to the peer now."""
        self._sent, self._answered = texts, not texts
