"""The clock of this machine, compared with the times that a home knows."""

from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from exchange import config
from exchange.bulletin.values import iso
from exchange.errors import FusionError
from exchange.limits import MINUTE
from exchange.store import Store
from exchange.trust.lives import Life
from exchange.words import say

AHEAD_MAX = 5 * MINUTE  # another nation's signed time may be so far past our clock
DATED_HERE = frozenset({"log", "mirror", "root"})  # roles of keys whose life binds none


def find_fault(home: Path, now: int, lives: Iterable[Life]) -> str:
    """Return how far the clock is behind, and the remedy; "" if nothing shows it.

    Signed time shows it, or a key or certificate of the home's `lives` that is not
    valid yet.
    """
    signed, by = signed_time(home)
    if signed > now + AHEAD_MAX:
        return say(
            "clock: {now}, behind {signed}, which {by} signed; set this clock",
            now=iso(now),
            signed=iso(signed),
            by=by,
        )
    issued = [one for one in lives if one.role not in DATED_HERE]
    last = max(issued, key=lambda one: one.begins, default=None)
    if last is None or last.begins <= now:
        return ""
    return say(
        "clock: {now}, but {key} is valid only from {begin} on; set this clock",
        now=iso(now),
        key=f"{last.role} {last.name}",
        begin=iso(last.begins),
    )


def signed_time(home: Path) -> tuple[int, str]:
    """Return the newest (ms UTC) that another node or a witness signed, and its name.

    (0, "") if this home's node has none, or its database cannot be read.
    """
    with suppress(FusionError):
        place = config.database_of(config.node_home(home))
        if not config.is_absent(place):
            with closing(Store(place, read_only=True)) as store:
                times = store.retention.times()
            return times.signed, times.by
    return 0, ""
