"""Turns at the writer of a database: who appends need not wait for who tidies up."""

import time

from exchange.limits import SECOND, UPKEEP_REST


def rest(began: float) -> None:
    """Leave the writer to others for as long as it was held, UPKEEP_REST ms at most.

    `began` is of time.monotonic. A lock that is taken again at once is not handed on to
    who waits for it.
    """
    time.sleep(min(time.monotonic() - began, UPKEEP_REST / SECOND))
