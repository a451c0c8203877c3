"""Runs the commands of a document as a person would: in a shell, at a terminal.

Passphrases and confirmations are typed where they are asked for. Addresses are
changed to free ports, and whoever reads at a command's speed waits after each block
until the nodes that run have caught up with each other; a person is slow enough.
"""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PASSPHRASE = "correct horse"  # noqa: S105 - opens nothing outside of the tests
ANSWERS = (
    # As `show --lang zh` asks for it, too.
    (
        re.compile("(assphrase of [^\n]*:|Again:|口令：) $".encode()),
        f"{PASSPHRASE}\n".encode(),
    ),
    (re.compile(rb"Type yes[^\n:]*: $"), b"yes\n"),
)
ADDRESSES = ("127.0.0.1:7443", "127.0.0.1:7444")
"""In the documents."""
TALKING = re.compile(r"fusion (send|ack)|agency\.py")
PATIENCE = 100.0  # s for a whole walk
SETTLE = """
settle() {
    for home in "$@"; do
        test -d "$home/desk" || continue
        for try in $(seq 150); do
            fusion status --home "$home" --json 2>/dev/null >status.json || break
            grep -q '"agree": true' status.json && ! grep -q '"queued": [1-9]' \
                status.json && break
            sleep 0.1
        done
    done
}
ready() {
    for try in $(seq 300); do
        fusion status --home "$1" >/dev/null 2>&1 && return
        sleep 0.1
    done
}
"""


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of that language."""
    fenced = rf"^```{language}\n(.*?)^```$"
    return re.findall(fenced, document, re.MULTILINE | re.DOTALL)


def free_ports(texts: list[str], *addresses: str) -> list[str]:
    """Put free ports of this machine in the place of addresses."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in addresses]
    for address, each in zip(addresses, held, strict=True):
        found = f"127.0.0.1:{each.getsockname()[1]}"
        texts = [text.replace(address, found) for text in texts]
        each.close()
    return texts


def script(parts: list[str], homes: list[str]) -> str:
    """Return the blocks as one script that stops at the first failure."""
    lines = ["set -e", SETTLE]
    for part in parts:
        lines.append(part)
        served = re.findall(r"fusion serve --home (\S+) &", part)
        lines += [f"ready {home}" for home in served]
        if served or TALKING.search(part):
            lines.append(f"settle {' '.join(homes)}")
    return "\n".join([*lines, "echo the end"])


def walk(text: str, folder: Path, patience: float = PATIENCE) -> str:
    """Run a script in a folder, at a terminal; return all that it showed.

    `.venv` there is the environment of the tests.
    """
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "walk.sh").write_text(text)
    ours, theirs = os.openpty()
    terminal = os.ttyname(theirs)
    shell = 'exec bash walk.sh <>"$0" >"$0" 2>&1'  # its first terminal: its own
    with subprocess.Popen(
        ["bash", "-c", shell, terminal], cwd=folder, start_new_session=True
    ) as process:
        try:
            shown = _converse(process, ours, patience)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            os.close(ours)
            os.close(theirs)
    return shown.decode(errors="replace").replace("\r\n", "\n")


def _converse(process: "subprocess.Popen[bytes]", ours: int, patience: float) -> bytes:
    """Read until the shell ends, and answer what is asked."""
    shown, answered, until = b"", 0, time.monotonic() + patience
    while time.monotonic() < until:
        readable, _, _ = select.select([ours], [], [], 0.1)
        if readable:
            shown += os.read(ours, 65_536)
        elif process.poll() is not None:
            return shown
        for question, answer in ANSWERS:
            if found := question.search(shown, answered):
                os.write(ours, answer)
                answered = found.end()
    raise AssertionError(shown.decode(errors="replace"))
