"""Texts that did not travel with their entries, as one stream tells of them; pure.

Which texts of a log of mine the peer lacks, and which of them were sent. Of the peer's
texts: those that were erased here before my desks took them.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from exchange.node.effects import LoadUndelivered
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb

ROUND = 60  # ticks after which what was tried is tried again


class LackedTexts(Struct):
    """Texts that the peer's newest answer names, and those sent or tried since.

    A few texts are on their way at once. What could not be given, or was given and is
    named still, is tried again in the next round.
    """

    named: tuple[int, ...] = ()
    _tried: set[int] = field(default_factory=set)
    _sent: set[int] = field(default_factory=set)
    _ticks: int = 0

    def name(self, indexes: Iterable[int]) -> None:
        """Take the list of an answer: it counts instead of any before."""
        self.named = tuple(indexes)
        self._tried &= set(self.named)
        self._sent &= self._tried

    def due(self) -> list[int]:
        """Return what may be given now; nothing while texts are on their way."""
        if self._sent:
            return []
        return [index for index in self.named if index not in self._tried]

    def give(self, requested: Sequence[int], sent: Sequence[int], most: int) -> None:
        """Note which of those asked for were sent: `most`, or all that there are."""
        self._sent |= set(sent)
        self._tried |= set(sent if len(sent) == most else requested)

    def tick(self) -> bool:
        """Note that time has passed; whether a new round begins."""
        self._ticks = (self._ticks + 1) % ROUND
        if not self._ticks:
            self._tried.clear()
            self._sent.clear()
        return not self._ticks


class UndeliveredNotices(Struct):
    """Notices of texts erased unread, kept until it is safe to forget them.

    Nothing is told to a peer whose own log is shorter than here: it has to get that
    back first. What was told is forgotten once another frame came from the peer.
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
        """Take the peer's hello: `theirs` are its logs, `positions` what I hold."""
        sizes = {one.origin: one.size for one in hello.logs}
        mine = {one.origin: one.size for one in positions}
        self.whole = all(sizes.get(log, 0) >= mine.get(log, 0) for log in theirs)

    def came(self) -> None:
        """Note that a frame came from the peer."""
        self._answered = True

    def due(self) -> list[LoadUndelivered]:
        """Return what is to be done at a tick."""
        return [LoadUndelivered(self._sent)] if self.whole and self._answered else []

    def told(self, texts: Sequence[rpc.Undelivered]) -> None:
        """Note what goes to the peer now."""
        self._sent, self._answered = texts, not texts
