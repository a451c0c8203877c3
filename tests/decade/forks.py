"""Runs commands as forks of one process, which has imported what they need.

    python -m tests.decade.forks

To import is most of what the start of a command takes. It reads a line of JSON for
each: the arguments, and the paths of its standard input, output and error. It answers
with a line, the exit code, and ends where its input ends.
"""

import json
import os
import sys
from importlib import import_module

from exchange.cli import main

NEEDED = (
    *(f"exchange.cli.{name}" for name in ("fsck", "keys", "list", "send")),
    *("exchange.cli.show", "exchange.cli.status", "exchange.cli.trust"),
    *("exchange.cli.audit.export", "exchange.cli.audit.verify", "exchange.desk.client"),
    *("exchange.audit.verify_database", "exchange.store.migrations"),
    *(
        "exchange.home.renewal",
        "exchange.trust.enrol.answers",
        "exchange.bulletin.form",
    ),
    *("exchange.bulletin.prose_view", "exchange.bulletin.personal_data"),
)
"""What they import as they run, with all that this imports itself."""


def serve() -> None:
    """Run commands until the input ends; return in the process that is a command."""
    for name in NEEDED:
        import_module(name)
    for line in sys.stdin:
        arguments, *paths = json.loads(line)
        child = os.fork()
        if not child:
            become(arguments, paths)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  the answer


def become(arguments: list[str], paths: list[str]) -> None:
    """Be `fusion` with these arguments, in a process that was forked for it."""
    for number, path in enumerate(paths):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDWR | os.O_NOCTTY
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  until the process ends
    sys.argv = ["fusion", *arguments]
    main()


if __name__ == "__main__":
    serve()
