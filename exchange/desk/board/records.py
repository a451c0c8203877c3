"""The records of a board. Times are int milliseconds UTC, 0 for none.

Texts are as signed: they are a partner's.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from exchange.limits import DAY, MINUTE

Sort: TypeAlias = Literal["WARNING", "INCIDENT", "CONVOY", "POSTURE"]
"""The sorts of signs, the most urgent to see first."""
SORTS: tuple[Sort, ...] = ("WARNING", "INCIDENT", "CONVOY", "POSTURE")
Gravity: TypeAlias = Literal["grave", "watch", "calm"]
GRAVITIES: tuple[Gravity, ...] = ("grave", "watch", "calm")
"""The colours of a board, the gravest first."""
_GRAVE = frozenset(("EXTREME", "SEVERE", "CRITICAL", "OVERDUE"))
_WATCH = frozenset(("HIGH", "HALTED", "DIVERTED"))
ELSEWHERE = ""
"""The stop of bulletins without a place near the corridor."""


class Sign(NamedTuple):
    sort: Sort
    numbers: tuple[int, ...]
    """The bulletins behind it, by number; it shows the first of them."""
    stop: str
    """A code of the gazetteer, or ELSEWHERE."""
    code: str
    """The code it shows, "" if none.

    A warning's severity, an incident's form of attack, a convoy's state, a site's
    level.
    """
    call_sign: str
    """Of a convoy; else ""."""
    happened: int
    """When it was or begins, as its author says; 0 if unknown."""
    to: int
    """Until when it was, as its author says; else 0."""
    filed: int
    until: int
    """When a warning or a level ends, or a convoy's alarm is; else 0."""
    precedence: str
    tlp: str
    subject: str
    lang: str

    @property
    def at(self) -> int:
        """The time when it happened, or else when it was filed."""
        return self.happened or self.filed

    @property
    def in_days(self) -> bool:
        """Whether the author gave whole days (UTC)."""
        begins, ends = self.happened % DAY, self.to % DAY
        return bool(self.to) and not begins and (not ends or ends >= DAY - MINUTE)

    def gravity(self, now: int) -> Gravity:
        """Return it by the code; an incident and a late convoy are grave.

        A warning is not calm.
        """
        if self.sort == "INCIDENT" or self.is_late(now) or self.code in _GRAVE:
            return "grave"
        return "watch" if self.sort == "WARNING" or self.code in _WATCH else "calm"

    def is_late(self, now: int) -> bool:
        return self.sort == "CONVOY" and 0 < self.until <= now


CODES: dict[Sort, str] = {
    "WARNING": "severity",
    "INCIDENT": "attack",
    "CONVOY": "movement_state",
    "POSTURE": "posture",
}
"""The list of each sort's codes."""


class Board(Struct, frozen=True):
    """A board: the signs of one mode, the newest first."""

    mode: str
    at: int
    """The time of the desk when it was read."""
    signs: Sequence[Sign] = ()
    cut: bool = False
    """Whether there are more than a board shows."""

    def at_stop(self, stop: str) -> list[Sign]:
        """Return the gravest first, of these the most urgent sort."""
        return sorted((x for x in self.signs if x.stop == stop), key=self.urgency)

    def urgency(self, sign: Sign) -> tuple[int, int]:
        """Return a key to sort by: the gravest, of these the most urgent sort."""
        return GRAVITIES.index(sign.gravity(self.at)), SORTS.index(sign.sort)

    @property
    def tlp(self) -> str:
        return strictest(sign.tlp for sign in self.signs)


STRICTEST = ("RED", "AMBER_STRICT", "AMBER", "GREEN", "CLEAR")


def strictest(labels: Iterable[str]) -> str:
    found = set(labels)
    return next((tlp for tlp in STRICTEST if tlp in found), "")


class Week(NamedTuple):
    """Counts of seven days, which begin at `start` (a Monday, UTC)."""

    start: int
    bulletins: int
    warnings: int
    incidents: int
    answered: int
    """Warnings and incidents filed in it that an officer answered."""
    median: int
    """Their median time (ms) from filing to the first answer; 0 if none."""
    ninety: int
    """The time (ms) within which nine of ten were answered."""


class WeekCounts(NamedTuple):
    weeks: Sequence[Week]
    tlp: str
    """The strictest TLP of the board and of the counted bulletins, "" for none."""
    cut: bool = False
    """Whether only the newest are counted."""
