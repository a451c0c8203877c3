"""Processes of a later day: libfaketime moves the system's clock for them.

TLS reads that clock, so no parameter of ours would do. What paces a process must go on
at its own rate: its other clocks stay as they are, and so do the times of files.
Debian's package `faketime`; .ci/run installs it.
"""

from pathlib import Path

import pytest

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
REAL_NODES = [
    pytest.mark.skipif(
        LIBRARY is None, reason="libfaketime is not here; .ci/run installs it"
    ),
    pytest.mark.timeout(0),  # each wait of it ends by itself
]


def on_day(day: int) -> list[str]:
    """Return the words before a command that runs `day` days from now."""
    return [
        "env",
        f"LD_PRELOAD={LIBRARY}",
        f"FAKETIME={day:+d}d",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "FAKETIME_FORCE_MONOTONIC_FIX=0",  # else threads that wait for a time spin
        "FAKETIME_DISABLE_SHM=1",
        "NO_FAKE_STAT=1",
    ]
