"""Figures of a benchmark, for people and programs."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from exchange.cli import options
from exchange.words import say


def run(measure: Callable[[Path], dict[str, object]], *, json: bool) -> int:
    """Measure in a folder for the time being, print what was found; return the code."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="fusion-bench-") as folder:
        found = measure(Path(folder))
    return report(found, _lines(found), json=json)


def report(figures: dict[str, object], lines: Iterable[str], *, json: bool) -> int:
    """Print figures as JSON, or these lines; return the exit code."""
    if json:
        options.emit(figures)
    else:
        print("\n".join(lines))
    return 0 if figures["ok"] else options.CHECK_FAILED


def tell(line: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    """Tell people what --json tells programs."""
    yield say("every bar is met") if figures["ok"] else say("A BAR IS MISSED")
    if not figures["machine"].get("quiet", True):
        yield say(
            "THE MACHINE WAS BUSY: these figures tell little;"
            " measure again when nothing else runs"
        )
    for name, value in figures.items():
        if isinstance(value, dict):
            said = ", ".join(f"{key} {each}" for key, each in value.items())
            yield f"{name:14} {said}"
        elif _is_table(value):
            yield from _table(name, value)
        elif isinstance(value, list):
            yield from (f"{name:14} {each}" for each in value)
        elif name not in {"name", "ok"}:
            yield f"{name:14} {value}"


def _is_table(value: object) -> bool:
    """Whether it is several rows of the same plain values."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return False
    plain = all(isinstance(each, int | float) for row in value for each in row.values())
    return plain and len(value) > 1 and len({tuple(row) for row in value}) == 1


def _table(name: str, rows: list[dict[str, float]]) -> Iterator[str]:
    """Yield a line for each value, with the rows beside each other."""
    yield f"{name}:"
    for key in rows[0]:
        yield f"  {key:18}" + "".join(f"{row[key]:>11}" for row in rows)
