"""Rounds: a load, a fault in the middle of it, the repair, and a look for losses."""

import random
import time
from dataclasses import dataclass

from tests.failover.faults import FAULTS, Scene
from tests.failover.nations import Nations
from tests.failover.processes import wait_for

AT_WORK = 0.8  # s under load, at most, before something breaks
WRITES_WITHIN = 90.0  # s
LOSE_ONE = {"primary-lost", "primary-partitioned"}
"""Faults after which a server stays away until it is brought back."""


@dataclass(frozen=True)
class Round:
    """The times of one round, in s, and the number of bulletins acknowledged so far."""

    over: float
    """From the fault to the first entry acknowledged after it."""
    whole: float
    """How long it took to mend what was broken."""
    acknowledged: int

    def __str__(self) -> str:
        return (
            f"writes again after {self.over:.1f} s, whole {self.whole:.1f} s later,"
            f" {self.acknowledged} acknowledged, each there once"
        )


def play(nations: Nations, fault: str, chance: random.Random) -> Round:
    """Break something once; raise AssertionError if anything is lost by it.

    A cluster of two, which commits on both, writes again only when both are back; of
    three, one may be away.
    """
    nations.begin()
    try:
        time.sleep(chance.random() * AT_WORK)
        began = time.monotonic()
        FAULTS[fault](Scene(nations.cluster, nations, chance))
        broken = time.monotonic()
        spared = len(nations.cluster.members) > 2 or fault not in LOSE_ONE
        whole = 0.0 if spared else _mend(nations)
        wait_for(
            lambda: nations.last > broken, WRITES_WITHIN, "nothing was acknowledged"
        )
        over = nations.last - began
        whole = _mend(nations) if spared else whole
    finally:
        _mend(nations)
        nations.stop()
    return Round(over, whole, nations.verify())


def _mend(nations: Nations) -> float:
    """Bring back all that was broken; return after how many seconds it was whole."""
    began = time.monotonic()
    nations.cluster.mend()
    nations.cluster.wait_until_whole()
    nations.mend()
    return time.monotonic() - began
