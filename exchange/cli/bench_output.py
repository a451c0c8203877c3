"""Figures of a benchmark, for people and programs."""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from exchange.cli import options
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.words import say

with lazy_imports():
    from tempfile import TemporaryDirectory


def measure(name: str, *sizes: object) -> Reply:
    """Run the benchmark of that name; return what it found."""
    bench = importlib.import_module(f"exchange.bench.{name}")
    return measure_with(lambda folder: bench.measure(folder, *sizes, tell))


def measure_with(run: Callable[[Path], dict[str, object]]) -> Reply:
    """Measure in a temporary folder; return what was found."""
    with TemporaryDirectory(prefix="fusion-bench-") as folder:
        found = run(Path(folder))
    return report(found, _lines(found))


def report(figures: dict[str, object], lines: Iterable[str]) -> Reply:
    """Return figures; the exit code says whether every bar is met."""
    return Reply(figures, lines, 0 if figures["ok"] else options.CHECK_FAILED)


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
