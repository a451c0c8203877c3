"""Texts that did not travel with their entries, in one stream; pure.

The texts of my logs that the peer is missing, and those already sent. Of the peer's
texts: those erased here before my desks took them.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from exchange.node.effects import LoadUndelivered
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb

ROUND = 60  # ticks until texts are tried again


class LackedTexts(Struct):
    """The texts that a peer named as missing; a few are sent at once.

    One that could not be sent, or is still named after sending, is tried again in the
    next round.
    """

    named: tuple[int, ...] = ()
    _tried: set[int] = field(default_factory=set)
    _sent: set[int] = field(default_factory=set)
    _ticks: int = 0

    def name(self, indexes: Iterable[int]) -> None:
        """Replace the list named before."""
        self.named = tuple(indexes)
        self._tried &= set(self.named)
        self._sent &= self._tried

    def due(self) -> list[int]:
        """Return the texts to send next; none while texts are on their way."""
        if self._sent:
            return []
        return [index for index in self.named if index not in self._tried]

    def give(self, requested: Sequence[int], sent: Sequence[int], most: int) -> None:
        """Note the texts sent: `most` of those `requested`, or all that exist."""
        self._sent |= set(sent)
        self._tried |= set(sent if len(sent) == most else requested)

    def tick(self) -> bool:
        """Return whether a new round begins."""
        self._ticks = (self._ticks + 1) % ROUND
        if not self._ticks:
            self._tried.clear()
            self._sent.clear()
        return not self._ticks


class UndeliveredNotices(Struct):
    """Notices of undelivered texts, kept until it is safe to forget them.

    Not sent while the peer's own log is shorter than here: it must get that back first.
    A sent notice is forgotten after the next frame from the peer.
    """

    whole: bool = False
    _sent: Sequence[rpc.Undelivered] = ()
    _answered: bool = True

    def greet(
        self,
        theirs: Sequence[str],
        positions: Sequence[pb.LogPosition],
        hello: rpc.Hello,
    ) -> None:
        """Note whether the peer has its own logs, `theirs`, as far as `positions`."""
        sizes = {one.origin: one.size for one in hello.logs}
        mine = {one.origin: one.size for one in positions}
        self.whole = all(sizes.get(log, 0) >= mine.get(log, 0) for log in theirs)

    def came(self) -> None:
        self._answered = True

    def due(self) -> list[LoadUndelivered]:
        return [LoadUndelivered(self._sent)] if self.whole and self._answered else []

    def told(self, texts: Sequence[rpc.Undelivered]) -> None:
        self._sent, self._answered = texts, not texts
