"""Remove each check in turn, and see its tests red: python -m tests.mutations [MODULE].

A MODULE is named with dots, or by the end of its name (`rules`); without one, all are
taken. `--list` only names the checks; `--jobs N` removes so many at a time, each in a
process of its own. Exit code 1 where a check can be removed unseen and no sentence in
`watchers.py` explains it.
"""

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import exchange
from tests.mutations.checks import Mutation, find_mutations, remove
from tests.mutations.watchers import EXPLAINED, WATCHERS

ROOT = Path(__file__).parents[2]
OPTIONS = ("-n0", "-x", "-q", "--no-header", "-p", "no:cacheprovider")
GREEN, RED, UNCOLLECTED = 0, 1, 2
PATIENCE = 60  # s beyond four times what the tests take with every check in place


@dataclass(frozen=True)
class Run:
    """The tests of a module with one check less, in a process."""

    mutation: Mutation
    said: Path
    began: float


def run_tests(module: str, mutation: Mutation | None, said: Path) -> int:
    """Begin the tests that watch a module, without a check of it; return the process.

    It ends with the exit code of pytest.
    """
    pid = os.fork()
    if pid:
        return pid
    output = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.setsid()
    code = 3
    try:
        if mutation is not None:
            remove(mutation)
        code = int(pytest.main([*OPTIONS, *watching(module)]))
    finally:
        os._exit(code)


def watching(module: str) -> list[str]:
    """Return the files and folders of tests that watch a module, by its patterns."""
    return [str(path) for one in WATCHERS[module] for path in sorted(ROOT.glob(one))]


def import_all() -> None:
    """Load what the tests import, once for all that are forked."""
    for one in pkgutil.walk_packages(exchange.__path__, "exchange."):
        if "migrations.env" not in one.name and not one.name.endswith("__main__"):
            importlib.import_module(one.name)


def outcomes(
    module: str, mutations: Sequence[Mutation], jobs: int, folder: Path
) -> Iterator[tuple[Mutation, bool]]:
    """Yield each check and whether its tests were red without it, as they end.

    A run that hangs is ended, and counts as red. Raises RuntimeError where the tests
    are red with every check in place.
    """
    began = time.monotonic()
    _, status = os.waitpid(run_tests(module, None, folder / "whole"), 0)
    if os.waitstatus_to_exitcode(status) != GREEN:
        told = (folder / "whole").read_text()[-2_000:]
        raise RuntimeError(f"{module}: red with every check in place\n{told}")
    limit = PATIENCE + 4 * (time.monotonic() - began)
    waiting, running = list(mutations), dict[int, Run]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutation = waiting.pop(0)
            said = folder / f"{len(waiting)}"
            pid = run_tests(module, mutation, said)
            running[pid] = Run(mutation, said, time.monotonic())
        for pid, run in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.monotonic() - run.began > limit:
                os.killpg(pid, 9)
                ended, status = os.waitpid(pid, 0)
            if ended:
                del running[pid]
                yield run.mutation, _is_red(os.waitstatus_to_exitcode(status), run)
        time.sleep(0.02)


def _is_red(code: int, run: Run) -> bool:
    """Whether tests failed, or could not begin; a fault of this program is raised."""
    if code in {GREEN, RED, UNCOLLECTED} or code < 0:
        return code != GREEN
    raise RuntimeError(f"{run.mutation.name}\n{run.said.read_text()[-2_000:]}")


def chosen(names: Sequence[str]) -> list[str]:
    """Return the modules whose names end so; without names all of them."""
    found = [
        module
        for module in WATCHERS
        if not names or any(f".{module}".endswith(f".{name}") for name in names)
    ]
    if not found:
        sys.exit(f"no such module; these are watched: {' '.join(WATCHERS)}")
    return found


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  for a person


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--list", action="store_true", help="only name the checks")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    import_all()
    total, survived, unexplained = 0, 0, 0
    for module in chosen(given.modules):
        mutations = find_mutations(module)
        if given.list:
            for one in mutations:
                say(f"{one.line:5} {one.name}")
            continue
        lost = 0
        with tempfile.TemporaryDirectory() as folder:
            for one, red in outcomes(module, mutations, given.jobs, Path(folder)):
                why = EXPLAINED.get(one.name, "")
                lost += not red
                unexplained += not red and not why
                if not red:
                    say(f"survived  {one.name} (line {one.line}) {why}")
        say(f"{module}: {len(mutations) - lost} of {len(mutations)} killed")
        total, survived = total + len(mutations), survived + lost
    if total:
        share = 100 * (total - survived) / total
        say(
            f"{total - survived} of {total} killed ({share:.1f} %);"
            f" {survived} survived, {unexplained} of them unexplained"
        )
    return bool(unexplained)


if __name__ == "__main__":
    sys.exit(main())
