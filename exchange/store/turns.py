"""Turns at the writer of a database: appends do not wait for upkeep."""

import time

from exchange.limits import SECOND, UPKEEP_REST


def rest(began: float) -> None:
    """Sleep as long as the writer was held, at most UPKEEP_REST ms.

    `began` is by time.monotonic. A lock that is taken again at once would not go to a
    waiting thread.
    """
    time.sleep(min(time.monotonic() - began, UPKEEP_REST / SECOND))
