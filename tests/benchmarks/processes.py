"""The time and memory of processes, and what else the machine did meanwhile.

From /proc of Linux: a process's `stat` and `status`, and the machine's `stat`. Seconds
of a core there come in ticks of 10 ms.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

TICK = os.sysconf("SC_CLK_TCK")  # a second
PROC = Path("/proc")
QUIET = 0.15  # cores that others may use where a figure shall mean something
LOOK = 1.0  # s that a machine is looked at while nothing is measured
KIB = 1024  # bytes
MIB = 1024 * KIB


def cpu_seconds(pid: int) -> float:
    """Return the seconds of a core that a process has used, all its threads."""
    # The name, in brackets, may hold anything; user and system time are 14 and 15.
    fields = (PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int) -> tuple[int, int]:
    """Return the bytes that a process holds in memory, and the most that it held."""
    lines = (PROC / str(pid) / "status").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    resident, peak = (int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM"))
    return resident * KIB, peak * KIB


def compiling_prefix(folder: Path) -> tuple[str, ...]:
    """Return words before a command, by which Python keeps compiled files in a folder.

    As an installation has them, whatever the environment here says.
    """
    kept = f"PYTHONPYCACHEPREFIX={folder / 'compiled'}"
    return ("env", "-u", "PYTHONDONTWRITEBYTECODE", kept)


def own_cpu_seconds() -> float:
    """Return the seconds of a core of this process and of its ended children."""
    return sum(os.times()[:4])


class Moment(Struct, frozen=True):
    """The clock, and how busy the whole machine and some processes have been."""

    at: float  # s
    machine: float  # s of cores
    processes: float  # s of cores

    @classmethod
    def now(cls, pids: Iterable[int] = ()) -> "Moment":
        """Take the time of this process and of those."""
        used = own_cpu_seconds() + sum(map(cpu_seconds, pids))
        return cls(time.monotonic(), _machine_seconds(), used)

    def others(self, since: "Moment") -> float:
        """Return the cores that others used since then, on average."""
        used = (self.machine - since.machine) - (self.processes - since.processes)
        return max(0.0, used / max(self.at - since.at, 1 / TICK))


def others_now() -> float:
    """Return the cores that others use, looked at for LOOK s."""
    before = Moment.now()
    time.sleep(LOOK)
    return Moment.now().others(before)


def _machine_seconds() -> float:
    """Return the seconds that all cores have worked: not idle, not waiting for I/O."""
    fields = (PROC / "stat").read_text("utf-8").split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft = map(int, fields[:7])
    return (user + nice + system + irq + soft) / TICK
