"""A hook: an operator's command that receives a notice, within bounds.

It runs exactly as in the settings, without a shell; the notice is a line of JSON on
standard input, and plain text in the environment, never in arguments.
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

STEP = 100  # ms between two checks of `stop`


class CallOutcome(Struct, frozen=True):
    """`said` is the failure, "" on success; `took` is in ms."""

    said: str
    took: int

    @property
    def well(self) -> bool:
        return not self.said


def call(
    command: Sequence[str], notice: Notice, limit: int, stop: Event
) -> CallOutcome:
    """Run a hook once, for at most `limit` ms; `stop` ends it early, as a failure.

    1. Start it in its own session, with all output in one pipe.
    2. Give it the notice; read all output, so that it never blocks, and keep the first
       HOOK_OUTPUT_MAX bytes.
    3. Kill its whole session after its time.

    Success is exit code 0 in time.
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
    """Raise OSError or ValueError if the system cannot run it."""
    return subprocess.Popen(  # noqa: S603 - the operator's own command, no shell
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | notice.environment(),
        start_new_session=True,
    )


def _with_output(fault: str, printed: bytes) -> str:
    """Return "" without a fault."""
    told = plain(printed.decode("utf-8", "replace").strip())
    return ": ".join(filter(None, (fault, told))) if fault else ""


def _talk(
    process: "subprocess.Popen[bytes]", given: bytes, until: int, stop: Event
) -> tuple[bytes, bool]:
    """Write the input and read the output, until a time (ms elapsed).

    Return the output's start, and whether it ended in time. A child that keeps the pipe
    open does not delay this.
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
    """Write what fits; return the rest, b"" if the reader is gone."""
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
    """Return up to HOOK_OUTPUT_MAX bytes."""
    while len(printed) < HOOK_OUTPUT_MAX and (data := _read(handle)):
        printed += data
    return printed[:HOOK_OUTPUT_MAX]
