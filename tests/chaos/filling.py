"""A node whose file system is full, and then is not.

    python -m tests.chaos.filling FOLDER

Makes two homes in FOLDER, the first one's node on a small file system of its own, and
takes them through it. Needs a mount namespace: see test_disk_full.py.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from exchange import config
from exchange.bulletin.content import from_json
from exchange.cli import run
from exchange.desk.client import Desk
from exchange.desk.mailbox import Queued
from exchange.desk.outgoing.result import Sent
from exchange.errors import TEXTS, Reason
from tests.chaos.served import Served, acquainted, make_homes, serving, settle, verify
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import bulletin

SMALL, LARGE = "3m", "64m"
AT_ONCE = 8  # bulletins
TEXT = "x" * 3_000
TRIES = 200  # hand-overs in which the disk must be full


def main(folder: Path) -> None:
    """Go through it.

    1. Desks are answered until the disk is full, and told that it is then.
    2. The node works on: it answers, and all that it has verifies.
    3. It ends in good order, and starts on the full disk, or says why it does not.
    4. With room again everything arrives, once.
    5. Closed in good order before, it cannot start on the full disk, and says why.
    """
    homes = make_homes(folder)
    node = config.node_home(homes[0]).folder
    on_small_disk(node)
    served = [Served(home) for home in homes]
    with serving(served):
        acquainted(homes)
        # 1
        taken = fill(homes[0])
        # 2
        assert served[0].process is not None
        assert served[0].process.poll() is None
        status = ["status", "--json", "--home", str(homes[0])]
        assert run(status) == 0
        verify(homes[0], taken)
        send(homes[1], homes[0].name)
        assert served[0].process.poll() is None
        # 3
        code, said = served[0].end()
        assert code == 0, said
        assert "Traceback" not in said, said
    verify(homes[0], taken)
    with ballast(node):
        started(served[0])
        verify(homes[0], taken)
    # 4
    mount("-o", f"remount,size={LARGE}", str(node))
    with serving(served):
        settle(homes)
    # 5
    with ballast(node):
        line = started(served[0])
        assert Reason.DISK in line or TEXTS[Reason.DISK] in line, line
    verify(homes[0], taken)


@contextlib.contextmanager
def ballast(folder: Path) -> Iterator[None]:
    """Leave no room as long as the block lasts."""
    path = folder / "ballast"
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4_096))
    assert not os.statvfs(folder).f_bavail
    yield
    path.unlink()


def mount(*options: str) -> None:
    subprocess.run(["mount", *options], check=True)


def on_small_disk(folder: Path) -> None:
    """Move a folder onto a small file system that is mounted in its place."""
    aside = folder.rename(folder.with_name("aside"))
    folder.mkdir(mode=0o700)
    mount("-t", "tmpfs", "-o", f"size={SMALL},mode=700", "tmpfs", str(folder))
    shutil.copytree(aside, folder, dirs_exist_ok=True)


def fill(home: Path) -> set[bytes]:
    """Send until the node says that its disk is full; return what it took."""
    taken: set[bytes] = set()
    left: Sequence[Queued] = ()
    found: Sequence[Sent] = ()
    draft = from_json(bulletin(translations=[], segments=[text()]))
    with Desk.open(home, "", PASSPHRASE) as desk:
        for _ in range(TRIES):
            found = desk.send_all([draft] * AT_ONCE)
            taken |= {sent.name for sent in found if sent.state != "queued"}
            if left := desk.mailbox.outbox.pending(AT_ONCE):
                break
        assert {sent.state for sent in found[-len(left) :]} == {"queued"}
        told = desk.client.submit([queued.envelope for queued in left])
        assert {answer.reason for answer in told} == {Reason.DISK}
    assert taken
    return taken


def text() -> dict[str, str]:
    return {"id": "s1", "lang": "en", "text": TEXT}


def send(home: Path, to: str) -> None:
    """Let the other side's officer send something that cannot be replicated now."""
    with Desk.open(home, "", PASSPHRASE) as desk:
        desk.send_all([from_json(bulletin(to=[f"ops.{to}"], translations=[]))] * 3)
        desk.try_sync(2)


def started(served: Served) -> str:
    """Return what a node says on stderr that starts on a full disk, and has ended."""
    ready = "ready" in served.start()
    code, said = served.end()
    assert code == (0 if ready else 2), (code, said)
    assert ready or said.count("\n") == 1, said
    assert "Traceback" not in said, said
    return said


if __name__ == "__main__":
    main(Path(sys.argv[1]))
