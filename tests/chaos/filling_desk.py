"""A desk whose file system is full when its mailbox is made, opened and written to.

    python -m tests.chaos.filling_desk FOLDER

Needs a mount namespace: see test_disk_full.py.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from exchange.errors import Reason, Refusal
from tests.chaos.served import make_homes
from tests.cli.conftest import PASSPHRASE

SIZE = "24m"
PAGE = 4_096  # bytes
ROOMS = (0, 1, 3, 8, 20, 33, 40)  # pages that are free
TEXT = "x" * 3_000


def main(folder: Path) -> None:
    """Go through it: each time DISK is what a desk says, or all goes well."""
    small = folder / "small"
    small.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(small)]
    subprocess.run(mounted, check=True)
    home, _ = make_homes(small)
    filling = small / "filling"
    said = []
    for room in ROOMS:
        fill(filling)
        os.truncate(filling, filling.stat().st_size - room * PAGE)
        said.append(opened(home))
    assert said[0] == said[1] == Reason.DISK, said
    assert set(said) <= {Reason.DISK, None}, said
    filling.unlink()
    with Desk.open(home, "duty-1", PASSPHRASE) as desk:
        fill(filling)
        with pytest.raises(Refusal) as refused:
            write_on(desk)
        assert refused.value.reason is Reason.DISK


def write_on(desk: Desk) -> None:
    """Write to a mailbox more than there is room for."""
    for number in range(100):
        desk.mailbox.settings.set(str(number), TEXT)


def fill(path: Path) -> None:
    """Write to a file until there is no room."""
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while file.write(bytes(PAGE)) == PAGE:
            pass


def opened(home: Path) -> Reason | None:
    """Return why a desk does not open."""
    try:
        Desk.open(home, "duty-1", PASSPHRASE).close()
    except Refusal as refused:
        return refused.reason
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
