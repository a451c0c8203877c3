"""Which texts of a log of mine the peer lacks, and which of them were sent; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ROUND = 60  # ticks after which what was tried is tried again


@dataclass(slots=True)
class MissingTexts:
    """What the peer's newest answer names, and what was done about it.

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

    def give(self, asked: Sequence[int], given: Sequence[int], most: int) -> None:
        """Note which of those asked for were sent: `most`, or all that there are."""
        self._sent |= set(given)
        self._tried |= set(given if len(given) == most else asked)

    def tick(self) -> bool:
        """Note that time has passed; whether a new round begins."""
        self._ticks = (self._ticks + 1) % ROUND
        if not self._ticks:
            self._tried.clear()
            self._sent.clear()
        return not self._ticks
