"""The machine that a figure was measured on, in words, and how quiet it was."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.benchmarks.processes import QUIET, others_now


def machine() -> dict[str, object]:
    """Return the machine in the words that go beside a figure."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


class Load(Struct):
    """The cores that others used before and after what is measured."""

    before: float
    after: float = 0.0

    def as_json(self, during: float) -> dict[str, object]:
        """Return them with those `during` it, and whether that is quiet enough."""
        seen = {"before": self.before, "during": during, "after": self.after}
        return {
            "others": {when: round(used, 2) for when, used in seen.items()},
            "quiet": max(seen.values()) <= QUIET,
        }


@contextmanager
def watch_load() -> Iterator[Load]:
    """Look at what others do before and after the block; within, nothing may run on."""
    load = Load(others_now())
    yield load
    load.after = others_now()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, platform.processor())
