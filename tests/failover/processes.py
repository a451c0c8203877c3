"""Processes of the cluster: unprivileged, in sessions of their own, killed at last."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.postgres.cluster import INSTALLED, as_unprivileged, unprivileged, versions

PACKAGES = Path("/usr/lib/python3/dist-packages")
STOPS_WITHIN = 10.0  # s
REAPER = """
read -r _
for file in "$1"/*/data/postmaster.pid; do kill -9 "$(head -n 1 "$file")"; done
rm -rf "$1"
"""


def give(path: Path) -> None:
    """Give a file or folder to the user that the servers run as."""
    if (user := unprivileged()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def run_unprivileged(
    command: Sequence[object], folder: Path, log: Path
) -> "subprocess.Popen[bytes]":
    """Start a server in its own session; it ends with the thread that started it."""
    with log.open("ab") as said:
        return subprocess.Popen(
            as_unprivileged(*map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )


def reap_after_us(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a process that kills the servers of a folder when this process dies.

    PostgreSQL is not our child, so it would live on if we crash. If we do not, end this
    process before all others.
    """
    return subprocess.Popen(
        ["sh", "-c", REAPER, "reaper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def end(process: "subprocess.Popen[bytes] | None") -> None:
    """Kill a server that we started, and wait for its end."""
    if process is not None:
        process.kill()
        process.communicate(timeout=STOPS_WITHIN)


def children(pid: int) -> list[int]:
    """Return the processes whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, _, fields = stat.read_text().rpartition(")")
            if int(fields.split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def kill_postgres(data: Path) -> None:
    """Kill a server of PostgreSQL with all its processes at once, if it runs."""
    try:
        pid = int((data / "postmaster.pid").read_text().partition("\n")[0])
    except (OSError, ValueError):
        return
    if not _is_postgres(pid):
        return
    kill(pid, signal.SIGSTOP)  # so that it starts no others meanwhile
    for child in children(pid):
        kill(child)
    kill(pid)
    wait_for(lambda: not _is_postgres(pid), STOPS_WITHIN, f"PostgreSQL {pid} lives on")


def _is_postgres(pid: int) -> bool:
    """Whether that process is a server; its number may be another process's by now."""
    try:
        return "postgres" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def wait_for(holds: Callable[[], object], within: float, failure: str) -> float:
    """Wait until something holds; return after how many seconds it did."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within:
            raise AssertionError(f"{failure} after {within:g} s")
        time.sleep(0.05)
    return time.monotonic() - began


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs; None if it is not installed.

    FUSION_POSTGRES names a version; without it, the newest counts.
    """
    wanted = os.environ.get("FUSION_POSTGRES") or next(iter(versions()), None)
    return INSTALLED / str(wanted) / "bin" if wanted else None


def lacking() -> str:
    """Return the names of programs that are not installed, "" if all are."""
    commands = ("patroni", "etcd", "setpriv")
    names = [name for name in commands if shutil.which(name) is None]
    if not names and not any(PACKAGES.glob("etcd/__init__.py")):
        names.append("python3-etcd")  # by which Patroni speaks to etcd
    return ", ".join([*names, *([] if find_postgres() else ["postgresql"])])
