"""The file system under a node's home is full: a clear refusal, and nothing lost.

Where this machine lets nobody mount, ENOSPC from strace stands for it (see
test_disk_errors.py): then only the room that comes back is not tried.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest


@cache
def namespace() -> list[str]:
    """Return what runs a command where it may mount; empty where nothing does."""
    for way in (["unshare", "-m"], ["unshare", "-rm"]):
        tried = [*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if not subprocess.run(tried, check=False, capture_output=True).returncode:
            return way
    return []


@pytest.mark.timeout(0)
@pytest.mark.skipif(not namespace(), reason="nobody may mount here")
@pytest.mark.parametrize("steps", ["filling", "filling_desk"])
def test_a_full_disk(tmp_path: Path, steps: str) -> None:
    """See filling.py, and for G8 and G10 filling_desk.py, for the steps."""
    done = subprocess.run(
        [*namespace(), sys.executable, "-m", f"tests.chaos.{steps}", tmp_path],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
