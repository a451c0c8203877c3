"""What a bench says to people; programs get --json."""

import sys
from collections.abc import Iterator

from exchange.words import say


def tell(line: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def lines(found: dict[str, object]) -> Iterator[str]:
    """Tell people what --json tells programs."""
    yield say("every bar is met") if found["ok"] else say("A BAR IS MISSED")
    for name, value in found.items():
        if isinstance(value, dict):
            said = ", ".join(f"{key} {each}" for key, each in value.items())
            yield f"{name:14} {said}"
        elif name not in {"name", "ok"}:
            yield f"{name:14} {value}"
