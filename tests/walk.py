"""Runs the commands of a document as a person would: in a shell, at a terminal.

Passphrases and confirmations are typed where they are asked for. Addresses are
changed to free ports, and whoever reads at a command's speed waits after each block
until the nodes that run have caught up with each other; a person is slow enough.
"""

import contextlib
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from exchange.cli import run
from exchange.demo.sites import free_ports

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
OVER = "over"
ASKED, ANSWERED = "asked", "answered"  # pipes beside the script
TRIES = {"ready": 300, "settle": 150, "await": 200, "signing": 200}
PAUSE = 0.1  # s between two tries
ASK = """
here=$PWD
ask() {
    echo "$@" >"$here/asked"
    read -r done <"$here/answered"
}
settle() { ask settle "$@"; }
ready() { ask ready "$1"; }
"""
"""How the script lets the test wait for a node: a poll is a call there, and here it
would be the start of a process."""


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of that language."""
    fenced = rf"^```{language}\n(.*?)^```$"
    return re.findall(fenced, document, re.MULTILINE | re.DOTALL)


def with_free_ports(texts: list[str], *addresses: str) -> list[str]:
    """Put free ports of this machine in the place of addresses."""
    for address, port in zip(addresses, free_ports(len(addresses)), strict=True):
        texts = [text.replace(address, f"127.0.0.1:{port}") for text in texts]
    return texts


def script(parts: list[str], homes: list[str]) -> str:
    """Return the blocks as one script that stops at the first failure."""
    lines = ["set -e", ASK]
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
    with (
        _waiting(folder),
        subprocess.Popen(
            ["bash", "-c", shell, terminal], cwd=folder, start_new_session=True
        ) as process,
    ):
        try:
            shown = _converse(process, ours, patience)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            os.close(ours)
            os.close(theirs)
    return shown.decode(errors="replace").replace("\r\n", "\n")


@contextlib.contextmanager
def _waiting(folder: Path) -> Iterator[None]:
    """Answer meanwhile what the script asks for, once it is so."""
    for name in (ASKED, ANSWERED):
        os.mkfifo(folder / name)
    # Open both ways: nobody is waited for, and none of them ends with a writer.
    with (
        (folder / ASKED).open("r+b", buffering=0) as asked,
        (folder / ANSWERED).open("r+b", buffering=0) as answered,
    ):

        def answer() -> None:
            while (line := asked.readline().decode().split()) != [OVER]:
                what, *about = line
                for _ in range(TRIES[what]):
                    if _is_so(folder, what, about):
                        break
                    time.sleep(PAUSE)
                answered.write(b"done\n")

        waiter = threading.Thread(target=answer)
        waiter.start()
        try:
            yield
        finally:
            asked.write(f"{OVER}\n".encode())
            waiter.join()


def _is_so(folder: Path, what: str, about: list[str]) -> bool:
    if what == "settle":
        return all(_has_settled(folder / home) for home in about)
    home, *pattern = about
    if what == "ready":
        return not _status(folder / home)[0]
    if what == "signing":
        return '"signing": true' in _status(folder / home, "--json")[1]
    return bool(re.search(" ".join(pattern), _status(folder / home)[1]))


def _has_settled(home: Path) -> bool:
    """Whether a node that runs agrees with its partner and has nothing to send."""
    if not (home / "desk").is_dir():
        return True
    code, said = _status(home, "--json")
    if code:
        return True
    told = json.loads(said)
    return bool(told["agree"]) and not any(peer["queued"] for peer in told["peers"])


def _status(home: Path, *options: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run(["status", "--home", str(home), *options])
    return code, out.getvalue()


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
