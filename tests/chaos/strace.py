"""A process whose system calls fail, by strace (Debian's package `strace`).

Only calls on one database are touched: the file, its WAL, its shared memory.
"""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BESIDE = ("", "-wal", "-shm")
PATIENCE = 60  # s


@dataclass(frozen=True)
class Ended:
    """How a traced process ended, and what strace saw."""

    code: int
    out: bytes
    err: str
    trace: str

    @property
    def injected(self) -> int:
        """How many calls failed by our doing."""
        return self.trace.count("(INJECTED)")


def paths(database: Path) -> list[str]:
    """Return the options that touch only what SQLite keeps of a database."""
    names = [f"{database}{suffix}" for suffix in BESIDE]
    return [word for name in names for word in ("-P", name)]


def run(command: Sequence[object], options: Sequence[str], log: Path) -> Ended:
    """Run a command under strace to its end."""
    traced = ["strace", "-f", "-o", log, *options, "--", *command]
    done = subprocess.run(
        list(map(str, traced)), capture_output=True, timeout=PATIENCE, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr.decode(), log.read_text())


def fails(call: str, when: str, error: str = "EIO") -> list[str]:
    """Return the options that fail a system call: its `when`-th, `3+`: and all later.

    The filter is the kernel's (seccomp), so that other calls cost nothing.
    """
    inject = f"inject={call}:error={error}:when={when}"
    return ["--seccomp-bpf", "-e", f"trace={call}", "-e", inject]


CALL = re.compile(
    r'^\d+ +(?P<name>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?:, "(?P<text>[^"]*)")?'
)


def calls(trace: str) -> list[tuple[str, str, str]]:
    """Return (call, path, text) of each line of a trace with `-y`."""
    found = map(CALL.match, trace.splitlines())
    return [(m["name"], m["path"], m["text"] or "") for m in found if m]
