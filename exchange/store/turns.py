"""Turns at the writer of a database: appends do not wait for upkeep."""

import time

from exchange.limits import SECOND, UPKEEP_REST


def rest(began: float) -> None:
    """Leave the writer to others for as long as it was held, UPKEEP_REST ms at most.

    `began` is by time.monotonic. A lock that is taken again at once would not go to a
    waiting thread.
    """
    time.sleep(min(time.monotonic() - began, UPKEEP_REST / SECOND))
