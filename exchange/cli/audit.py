"""fusion audit: the signed history, verified by public keys alone."""

import sys
import time

import typer

from exchange.cli import options

CHECK_FAILED = 1
SECOND = 1_000  # ms
app = typer.Typer(help="Verify the signed history.")


@app.callback()
def _nothing() -> None:
    """Verify the signed history."""


@app.command()
def verify(
    home: options.Home = options.HOME_DEFAULT, json: options.Json = False
) -> int:
    """Verify every entry, signature, head and cosignature of the logs in a home.

    With the node running or stopped, and without a passphrase. Exit code 1 where
    something is not as it was signed. Roots are in base64, as in a head.
    """
    from exchange.audit import report
    from exchange.audit.verify import verify_home

    shown = Progress()
    try:
        found = verify_home(home, shown.tell, options.now())
    finally:
        shown.end()
    if json:
        options.emit(report.as_json(found))
    else:
        print("\n".join(report.lines(found)))
    return 0 if found.ok else CHECK_FAILED


class Progress:
    """A line on a terminal, from the first second on, every tenth of one."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 1 if sys.stderr.isatty() else float("inf")
        self._shown = False

    def tell(self, origin: str, done: int, size: int) -> None:
        """Show how far a log is."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.1
            self._shown = True
            print(f"\r{origin} {done}/{size}\x1b[K", end="", file=sys.stderr)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
