"""A hook: a command of the operator's, given a notice and held to its bounds.

It is run as it stands in the settings, by no shell, and nothing of a notice is ever
among its arguments: the notice is a line of JSON on its standard input, and plain text
in its environment.
"""

import os
import selectors
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

import msgspec
from msgspec import Struct

from exchange.clock import elapsed_ms
from exchange.limits import HOOK_OUTPUT_MAX, SECOND
from exchange.watch.notice import Notice, plain
from exchange.words import say

STEP = 100  # ms between two looks whether the watch is to end


class CallOutcome(Struct, frozen=True):
    """How a call ended: `said` is why it failed, "" where it did well; `took` in ms."""

    said: str
    took: int

    @property
    def well(self) -> bool:
        """Whether the notice reached somebody, as far as the hook says."""
        return not self.said


def call(
    command: Sequence[str], notice: Notice, limit: int, stop: Event
) -> CallOutcome:
    """Run a hook once, for at most `limit` ms; `stop` ends it early, as a failure.

    1. Started in a session of its own, its output in one pipe.
    2. Given the notice; what it prints is read as it comes, and the first
       HOOK_OUTPUT_MAX bytes are kept: none waits for us, however much it prints.
    3. Past its time, all of its session is killed.
    It did well if it ended with 0 within its time.
    """
    begun = elapsed_ms()
    # 1
    try:
        process = _start(command, notice)
    except (OSError, ValueError) as error:
        name = error.strerror if isinstance(error, OSError) else ""
        said = plain(name or type(error).__name__)
        return CallOutcome(said, elapsed_ms() - begun)
    # 2
    given = msgspec.json.encode(notice.as_json()) + b"\n"
    with process:
        try:
            printed, in_time = _talk(process, given, begun + limit, stop)
        finally:
            # 3
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    if in_time:
        fault = say("exit code {code}", code=code) if code else ""
    elif stop.is_set():
        fault, printed = say("stopped with the watch"), b""
    else:
        fault = say("not ended within {n} s", n=limit // SECOND)
    return CallOutcome(_with_output(fault, printed), elapsed_ms() - begun)


def _start(command: Sequence[str], notice: Notice) -> "subprocess.Popen[bytes]":
    """Start a hook; OSError or ValueError where the system does not run it."""
    return subprocess.Popen(  # noqa: S603 - the operator's own command, no shell
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | notice.environment(),
        start_new_session=True,
    )


def _with_output(fault: str, printed: bytes) -> str:
    """Return a fault and the beginning of the output; "" where there is no fault."""
    told = plain(printed.decode("utf-8", "replace").strip())
    return ": ".join(filter(None, (fault, told))) if fault else ""


def _talk(
    process: "subprocess.Popen[bytes]", given: bytes, until: int, stop: Event
) -> tuple[bytes, bool]:
    """Give a process its input and read what it prints, up to a time (ms elapsed).

    Returns the beginning of it, and whether the process ended by then. A child that
    keeps the pipe open is not waited for.
    """
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    printed = b""
    os.set_blocking(process.stdin.fileno(), False)
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while elapsed_ms() < until and not stop.is_set():
            for key, _ in selector.select(STEP / SECOND) if selector.get_map() else ():
                if key.fileobj is process.stdin:
                    given = _write(process.stdin.fileno(), given)
                    if not given:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                elif data := _read(process.stdout.fileno()):
                    printed = (printed + data)[:HOOK_OUTPUT_MAX]
                else:
                    selector.unregister(process.stdout)
            if not selector.get_map():
                stop.wait(STEP / SECOND)
            if process.poll() is not None:
                return _rest(process.stdout.fileno(), printed), True
    return printed, False


def _write(handle: int, data: bytes) -> bytes:
    """Write what a pipe takes; return the rest, none where nobody reads it."""
    try:
        return data[os.write(handle, data) :]
    except BlockingIOError:
        return data
    except OSError:
        return b""


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:
        return b""


def _rest(handle: int, printed: bytes) -> bytes:
    """Return what was printed, with what is still in the pipe, as far as it is kept."""
    while len(printed) < HOOK_OUTPUT_MAX and (data := _read(handle)):
        printed += data
    return printed[:HOOK_OUTPUT_MAX]
