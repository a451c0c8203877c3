"""The clocks of a process: the wall clock, and time elapsed, both in ms.

Elapsed time orders and paces what a process does; the wall clock dates what people
read (FORMATS B1). Both are parameters of whatever asks for them.
"""

import time


def wall_ms() -> int:
    """Return the wall clock, ms UTC."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Return the ms since some moment in the past; never set, suspend counted."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
