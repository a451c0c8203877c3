"""Commands on a day that is set: each is a fork of a process of that day (`forks`)."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.cli.conftest import PASSPHRASE
from tests.decade.moved_clock import on_day
from tests.two_desks import Said

PATIENCE = 180.0  # s for a command


class Commands:
    """Runs commands, one at a time; close it at the end."""

    def __init__(self) -> None:
        self._day: int | None = None
        self._process: subprocess.Popen[str] | None = None

    def run(self, day: int, *arguments: object, terminal: str = "") -> Said:
        """Run a command on a day; return what it left.

        A passphrase is on its standard input, or that is a terminal, given as a path.
        """
        with tempfile.TemporaryDirectory() as folder:
            given, out, err = (Path(folder) / name for name in ("in", "out", "err"))
            given.write_text(f"{PASSPHRASE}\n")
            asked = [list(map(str, arguments)), terminal or str(given)]
            code = self._ask(day, [*asked, str(out), str(err)])
            return Said(code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the process, with whatever it still runs."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def _ask(self, day: int, asked: list[object]) -> int:
        if day != self._day or self._process is None:
            self.close()
            self._day, self._process = day, _start(day)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        assert ready, asked
        return int(process.stdout.readline())


def _start(day: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*on_day(day), sys.executable, "-m", "tests.decade.forks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
