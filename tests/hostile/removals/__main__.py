"""See hostile tests red without their checks: python -m tests.hostile.removals [CASE].

Copies the tree to a temporary folder, runs the tests there as they are, then takes one
check after another away, each time with the tests that must fail. Without a CASE (`P36
W2`) all are taken; `--jobs N` does so many at a time, each in a copy of its own. Exit
code 1 where a test stayed green, could not begin, or was red with every check in place.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import cache_from_source
from pathlib import Path
from queue import SimpleQueue

from tests.hostile.removals import ROOT, Change, Removal, removals, terminal_removals

LEFT_OUT = (".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
OPTIONS = ("-n0", "-q", "--no-header", "-p", "no:cacheprovider")
PATIENCE = 1_800  # s, for the tests of one removal
SPACE = 8 << 30  # bytes of addresses a process, where a bound was taken away
TAIL = 3_000
RED, GREEN, UNKNOWN = "red", "green", "did not run"


def copy_tree(folder: Path) -> Path:
    """Copy what is tested into a folder; return the copy."""
    made = folder / "tree"
    shutil.copytree(ROOT, made, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (made / ".venv").symlink_to(sys.prefix)
    return made


def run_tests(tree: Path, tests: Sequence[str]) -> tuple[dict[str, str], str]:
    """Run tests in a copy; return how each ended, and the end of what pytest said.

    A test of several parameters is red where one of them fails. What fails before it
    begins, or is not found, has not run.
    """
    told = tree.parent / "told.xml"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--junitxml={told}", *tests]
    # What tests start must take the copy's code too, not what is installed.
    places = os.environ | {"PYTHONPATH": str(tree)}
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=places,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return dict.fromkeys(tests, UNKNOWN), f"not ended after {PATIENCE} s"
    ends = dict.fromkeys(tests, UNKNOWN)
    for one in ET.parse(told).iter("testcase") if told.exists() else ():  # noqa: S314  ours
        path = f"{one.get('classname', '').replace('.', '/')}.py"
        whole = f"{path}::{one.get('name')}"
        name = next((t for t in tests if whole == t or whole.startswith(f"{t}[")), "")
        if one.find("failure") is not None:
            ends[name] = RED
        elif one.find("error") is None and ends.get(name) != RED:
            ends[name] = GREEN
    ends.pop("", None)
    return ends, (done.stdout + done.stderr)[-TAIL:]


def without(tree: Path, removal: Removal) -> tuple[dict[str, str], str]:
    """Run the tests of a removal without its check; put the check back."""
    made = removal.files(tree)
    kept = {path: path.read_text() for path in made}
    try:
        write(made)
        return run_tests(tree, removal.red)
    finally:
        write(kept)


def write(files: Mapping[Path, str]) -> None:
    """Write code; what was compiled of it in the same second would be taken for it."""
    for path, text in files.items():
        path.write_text(text)
        if path.suffix == ".py":
            Path(cache_from_source(str(path))).unlink(missing_ok=True)


def chosen(names: Sequence[str]) -> list[Removal]:
    """Return the removals of the named cases; without names all of them."""
    wanted = {name.upper() for name in names}
    every = [*removals(), *terminal_removals()]
    if unknown := wanted.difference(*(one.cases for one in every)):
        sys.exit(f"no removal is named for: {' '.join(sorted(unknown))}")
    return [one for one in every if not wanted or one.cases & wanted]


def join_equal(every: Sequence[Removal]) -> list[Removal]:
    """Return removals of which no two take the same away: their tests run together."""
    equal: dict[tuple[Change, ...], list[Removal]] = {}
    for one in every:
        equal.setdefault(one.changes, []).append(one)
    return [
        replace(
            some[0],
            case=" ".join(dict.fromkeys(one.case for one in some)),
            red=tuple(dict.fromkeys(test for one in some for test in one.red)),
        )
        for some in equal.values()
    ]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  for a person


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.removals")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--unchecked", action="store_true", help="see them red alone")
    given = parser.parse_args()
    every = join_equal(chosen(given.cases))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, most))  # all children inherit it
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(given.jobs):
            place = Path(folder) / str(number)
            place.mkdir()
            trees.put(copy_tree(place))

        def work(removal: Removal) -> tuple[Removal, dict[str, str], str]:
            tree = trees.get()
            try:
                return removal, *without(tree, removal)
            finally:
                trees.put(tree)

        if not given.unchecked:
            tree = trees.get()
            ends, told = run_tests(tree, sorted({t for one in every for t in one.red}))
            trees.put(tree)
            for test, end in ends.items():
                if end != GREEN:
                    say(f"{end} with every check in place: {test}\n{told}")
                    failed += 1
        with ThreadPoolExecutor(given.jobs) as pool:
            for removal, ends, told in pool.map(work, every):
                for test, end in ends.items():
                    say(f"{removal.case:4} {end:12} {test}")
                    failed += end != RED
                if UNKNOWN in ends.values():
                    say(told)
    say(f"{len(every)} removals, {failed} tests not as they must be")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
