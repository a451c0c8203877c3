"""Run a command of `fusion` that is killed, as by kill -9, where a function is called.

    python -m tests.cli.release.killed exchange.desk.link.outbox:push@2 send ...

At its second call, here.
"""

import importlib
import os
import signal
import sys
from typing import Any

from exchange.cli import run


def kill_at(where: str) -> None:
    """Let this process be killed at the n-th call of a function."""
    function, _, count = where.partition("@")
    module, _, path = function.partition(":")
    *owners, name = path.split(".")
    holder: Any = importlib.import_module(module)
    for owner in owners:
        holder = getattr(holder, owner)
    real: Any = getattr(holder, name)
    calls: list[None] = []

    def called(*arguments: object, **named: object) -> object:
        calls.append(None)
        if len(calls) == int(count):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(holder, name, called)


if __name__ == "__main__":
    kill_at(sys.argv[1])
    sys.exit(run(sys.argv[2:]))
