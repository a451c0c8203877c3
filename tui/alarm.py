"""The terminal's alarm: it rings for waiting FLASH, and for escalations.

It compares the bulletins, never their number: a new one rings even if another is
acknowledged at the same time. A bulletin acknowledged by any officer of this desk is
silent.
"""

from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.codes import DRILLS
from exchange.desk.status_records import DeskStatus, DutySection
from exchange.limits import SECOND

SETTING = "alarm"
"""The officer's setting: OFF, ONCE, or after how many seconds it rings again."""
OFF, ONCE = "off", "once"
AGAIN = 60  # s, without an officer's setting
AGAIN_MIN, AGAIN_MAX = 5, 3_600  # s
CHOICES = ("30", "60", "300", ONCE, OFF)
"""The choices on the screen of settings."""


class Cause(NamedTuple):
    """A cause to ring: a bulletin, and the role it is escalated to by now."""

    number: int
    role: str = ""


class Escalated(Struct, frozen=True):
    """The bulletins of a hand-over list that were not answered in time.

    Incoming ones ring only while they still wait: the list may be older than an
    acknowledgement.
    """

    received: frozenset[Cause] = frozenset()
    sent: frozenset[Cause] = frozenset()


def escalated(sections: Sequence[DutySection]) -> Escalated:
    """Return the escalations of a hand-over list that ring; drills do not."""
    found = [
        (Cause(item.row.number, item.role or item.kinds[0]), item.row.outgoing)
        for section in sections
        if section.name == "escalated"
        for item in section.items
        if item.row.mode not in DRILLS
    ]
    return Escalated(
        frozenset(cause for cause, mine in found if not mine),
        frozenset(cause for cause, mine in found if mine),
    )


def again_after(setting: str) -> int | None:
    """Return the ms after which it rings again: 0 never again, None not at all.

    An invalid setting counts as unset: it must not silence a FLASH.
    """
    if setting == OFF:
        return None
    if setting == ONCE:
        return 0
    known = setting.isascii() and setting.isdigit() and len(setting) <= len("3600")
    seconds = int(setting) if known else AGAIN
    return min(max(seconds, AGAIN_MIN), AGAIN_MAX) * SECOND


class AlarmBell(Struct):
    _rung: frozenset[Hashable] = frozenset()
    _at: int = 0

    def rings(
        self, link: DeskStatus, raised: Escalated, setting: str, elapsed: int
    ) -> bool:
        """Return whether to ring now; `elapsed` is in ms, not by the wall clock.

        A new cause rings; a real one that still waits rings again, as the setting says.
        A drill rings once.
        """
        waiting = {Cause(number) for number in link.ringing}
        waiting |= {one for one in raised.received if one.number in link.ringing}
        waiting |= raised.sent
        drills = {Cause(number) for number in link.drilling}
        return self.rings_for(waiting, setting, elapsed, drills)

    def rings_for(
        self,
        waiting: AbstractSet[Hashable],
        setting: str,
        elapsed: int,
        drills: AbstractSet[Hashable] = frozenset(),
    ) -> bool:
        """Return the same for pending items, under any key, and for drills."""
        every = frozenset(waiting | drills)
        new, self._rung = every - self._rung, every
        again = again_after(setting)
        if again is None:
            return False
        due = bool(again and waiting and elapsed - self._at >= again)
        if new or due:
            self._at = elapsed
        return bool(new) or due
