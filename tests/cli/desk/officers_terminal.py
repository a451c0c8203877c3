"""`fusion tui` as a process in a pseudo-terminal, and what stands on its screen."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pyte

from tests.cli.conftest import PASSPHRASE, piped

ROWS, COLUMNS = 40, 120
REPLIES = {b"\x1b[8$p": b"\x1b[8;0$y", b"\x1b[c": b"\x1b[?62;22c"}
# A session of its own whose terminal is standard input: to close that is SIGHUP.
CONTROL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
START = "from exchange.cli import main; main()"


class OfficersTerminal:
    """The terminal of the officer of a home, until the end of a block."""

    def __init__(
        self,
        home: Path | None,
        *arguments: str,
        command: Sequence[str] = ("tui",),
        columns: int = COLUMNS,
        asked: bool = False,
        controls: bool = True,
    ) -> None:
        """Start it; the passphrase is given at once, unless it is to be `asked` for.

        Where it does not control the process, that hears nothing when it is closed.
        """
        self.screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._fd, slave = pty.openpty()
        size = struct.pack("HHHH", ROWS, columns, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        start = CONTROL + START if controls else START
        run = [sys.executable, "-c", start, *command]
        run += ["--home", str(home)] if home else []
        env = {k: v for k, v in os.environ.items() if k != "TMUX"}
        with piped(PASSPHRASE) as reader:
            if "tui" in command and not asked:
                run += ["--passphrase-fd", str(reader)]
            self.process = subprocess.Popen(
                [*run, *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=env | {"TERM": "xterm-256color"},
                pass_fds=[reader],
                start_new_session=True,
            )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def _read(self) -> bool:
        """Take what comes within a tenth of a second; say whether more may come."""
        if not select.select([self._fd], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # the process has ended
            return False
        for question, reply in REPLIES.items():
            if question in data:
                os.write(self._fd, reply)
        self._stream.feed(data)
        return bool(data)

    def until(
        self, mark: str, *, times: int = 1, gone: bool = False, seconds: float = 60.0
    ) -> None:
        """Wait until a mark is on the screen, so many times, or is `gone` from it."""
        self.look(lambda shown: (shown.count(mark) >= times) != gone, seconds)

    def look(self, sees: Callable[[str], object], seconds: float) -> None:
        """Wait until somebody who looks at the screen `sees` something."""
        end = time.monotonic() + seconds
        while not sees(self.text()):
            assert time.monotonic() < end, self.text()
            assert self._read(), self.text()

    def type(self, keys: str, then: str = "") -> None:
        """Press keys once nothing more is painted, as who looks first; wait for a mark.

        What is typed while a box that signs is being painted does nothing.
        """
        end = time.monotonic() + 1.0
        while select.select([self._fd], [], [], 0.1)[0] and time.monotonic() < end:
            self._read()
        self.press(keys)
        self.until(then)

    def press(self, keys: str) -> None:
        """Press keys, whatever is being painted."""
        os.write(self._fd, keys.encode())

    def wait(self, seconds: float) -> None:
        """Let the officer do nothing for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)

    def end(self, number: int) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def hang_up(self) -> int:
        """Close the terminal, as when a connection is lost; return the exit code."""
        os.close(self._fd)
        self._fd = -1
        return self.process.wait(60)

    def ended(self) -> int:
        """Return the exit code, once it has ended."""
        end = time.monotonic() + 60
        while self._read():
            assert time.monotonic() < end, self.text()
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(60)
        if self._fd >= 0:
            os.close(self._fd)


terminal = OfficersTerminal  # `with terminal(home) as at`
