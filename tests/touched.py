"""Run the tests that a change touches: `python -m tests.touched [--since COMMIT]`.

Those of a changed module are the files of tests that import it, of a changed helper of
the tests likewise; TABLE has those of other files. The longest are left to the whole
run, unless they were changed themselves.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conftest import LONGEST

ROOT = Path(__file__).parent.parent
MOST = 25  # files of tests for one module, those of its own package first
TABLE = {
    "protos/": ("tests/test_project.py",),
    "docs/spec/": ("tests/spec",),
    "docs/decisions/": ("tests/test_decisions.py", "tests/test_architecture.py"),
    "docs/": ("tests/test_project.py", "tests/test_security.py"),
    "exchange/words/": ("tests/words",),
    "tui/locale/": ("tests/words", "tests/tui/test_words.py"),
    "exchange/report/locale/": ("tests/words",),
    "pyproject.toml": ("tests/test_project.py",),
    "requirements.lock": ("tests/test_project.py",),
    "README.md": ("tests/test_project.py",),
}
"""What is tried after a change of a file that is no Python, by how its path begins."""


def changed(since: str) -> list[str]:
    """Return the paths that differ from a commit, new ones too; no removed ones."""
    asked = (
        ("diff", "--name-only", "--diff-filter=d", since),
        ("ls-files", "--others", "--exclude-standard"),
    )
    said = (
        subprocess.run(("git", *one), cwd=ROOT, check=True, capture_output=True)
        for one in asked
    )
    return sorted({path for one in said for path in one.stdout.decode().split()})


def find_tests(paths: Iterable[str]) -> list[str]:
    """Return the tests of these paths, each once."""
    found: dict[str, None] = {}
    for path in paths:
        for test in _tests_of(path):
            if test == path or test not in LONGEST:
                found[test] = None
    return list(found)


def _tests_of(path: str) -> Iterator[str]:
    place = Path(path)
    if place.suffix != ".py":
        rows = (tests for begin, tests in TABLE.items() if path.startswith(begin))
        yield from next(rows, ())
    elif place.name.startswith("test_"):
        yield path
    else:
        package = Path("tests", *place.parts[1:-1]).as_posix()
        near = sorted(_importing(place), key=lambda one: not one.startswith(package))
        yield from near[:MOST]


def _importing(place: Path) -> Iterator[str]:
    parts = place.with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    whole = ".".join(parts)
    said = (f"from {whole} import", f"import {whole}\n")
    inside = f"from {'.'.join(parts[:-1])} import"
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text("utf-8")
        lines = (line for line in text.splitlines() if line.startswith(inside))
        if any(words in text for words in said) or any(
            parts[-1] in line.partition(" import ")[2].replace(",", " ").split()
            for line in lines
        ):
            yield file.relative_to(ROOT).as_posix()


def main() -> int:
    """Run them; the exit code is that of pytest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", default="HEAD", help="a commit; default: the last")
    tests = find_tests(changed(parser.parse_args().since))
    if not tests:
        sys.stdout.write("no test is touched\n")
        return 0
    sys.stdout.write("\n".join(["touched:", *tests, ""]))
    command = (sys.executable, "-m", "pytest", "-q", *tests)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
