"""Measure this machine against the required figures.

    python -m tests.benchmarks NAME [--json] [options]
    python -m tests.benchmarks all [--html FILE] [--json]

What each measures, and its bars, is in docs/performance.md. The exit code is 1 if a bar
is missed, 2 if nothing could be measured.
"""

import argparse
import gc
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from exchange.cli.program import LOADED_OBJECTS
from exchange.errors import FusionError
from tests.benchmarks import all_figures
from tests.benchmarks.page import render
from tests.benchmarks.sizes import SIZES

Found = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        with TemporaryDirectory(prefix="fusion-benchmarks-") as folder:
            found = _measure(options, Path(folder))
    except FusionError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(found))
    else:
        print("\n".join(_lines(found)))
    return 0 if found["ok"] else 1


def _measure(options: argparse.Namespace, folder: Path) -> Found:
    if options.name == "all":
        found = all_figures.measure(folder, _tell, all_figures.benches())
        if options.html:
            options.html.write_text(render(found), "utf-8")
        return found
    sizes = {size.option: getattr(options, size.option) for size in SIZES[options.name]}
    if options.name == "exchange" and options.database:
        sizes["entries"] = options.database
        return all_figures.run(
            "exchange_on_server", tuple(sizes.values()), folder, _tell
        )
    return all_figures.run(options.name, tuple(sizes.values()), folder, _tell)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser("python -m tests.benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    each = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    shown = partial(each.add_parser, formatter_class=argparse.HelpFormatter)
    for name, sizes in SIZES.items():
        own = shown(name, help=", ".join(f"--{size.option}" for size in sizes))
        for size in sizes:
            own.add_argument(
                f"--{size.option}",
                type=size.read,
                default=size.full,
                metavar="N",
                help=f"{size.help} (%(default)s)",
            )
        if name == "exchange":
            helped = "measure on this server of PostgreSQL, in turns with files"
            own.add_argument("--database", metavar="URL", help=helped)
    shown("all", help="all of them, for an hour; 20 GB of temporary files")
    each.choices["all"].add_argument(
        "--html", type=Path, metavar="FILE", help="write a page with plots"
    )
    for own in each.choices.values():
        own.add_argument("--json", action="store_true", help="print one object")
    return parser.parse_args(arguments)


def _tell(line: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "every bar is met" if figures["ok"] else "A BAR IS MISSED"
    if not figures["machine"].get("quiet", True):
        yield (
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


if __name__ == "__main__":
    gc.set_threshold(LOADED_OBJECTS, *gc.get_threshold()[1:])  # as the program does
    sys.exit(main())
