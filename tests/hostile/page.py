"""docs/security-cases.md, from promises.toml, cases.toml and the names of the tests.

`python -m tests.hostile.page` writes it.
"""

import ast
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.rpc import code_pb2

from exchange.errors import Reason
from exchange.net.grpc_status import CODES

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/security-cases.md"
NUMBERS = re.compile(r"test_((?:[abcioptw]\d{1,2}_)+)")
CELLS = {"can": "The thief can", "until": "Until", "undone": "Undone by"}
"""The columns of the table of stolen keys, as promises.toml names them."""
HEAD = """\
# Security: the test of each promise and of each hostile case

For reviewers: find the tests behind a sentence of [security.md](security.md), or the
case that you have in mind. `python -m tests.hostile.page` writes this page; do not
edit it. Run a test with `python -m pytest TEST`.

## Promises
"""
STOLEN = "\n## Stolen keys\n"
CASES = """
## Hostile cases

O: outsider. P: malicious partner. W: thief of a desk. I: insider at the own node.
B: finder of a backup. C: owner of the infrastructure. A and T: attacks that once got
through. The words in capitals are those of [errors](spec/errors.md). A test has the
numbers of its cases in its name.
"""


@dataclass(frozen=True)
class Case:
    """One hostile act, what is promised against it, and how it ends."""

    act: str
    promise: str = ""
    reasons: tuple[Reason, ...] = ()
    result: str = ""  # where no reason says it, or beside them
    void: str = ""  # the design's words by which the case does not arise
    page: str = ""  # with that rule, and
    rule: str = ""  # its words there


def cases() -> dict[str, Case]:
    """Return each case by its number, in their order."""
    read = tomllib.loads((HERE / "cases.toml").read_text())
    return {
        number: Case(**{**case, "reasons": tuple(map(Reason, case.get("reasons", ())))})
        for number, case in read.items()
    }


def numbers_of(name: str) -> list[str]:
    """Return the numbers of the cases that a test bears in its name."""
    found = NUMBERS.match(name)
    return found[1].upper().strip("_").split("_") if found else []


def numbered_tests() -> dict[str, list[str]]:
    """Return the tests of each case, as `path::name`."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for number in numbers_of(node.name):
                    named = f"tests/hostile/{path.name}::{node.name}"
                    found.setdefault(number, []).append(named)
    return found


def ending(case: Case) -> str:
    """Return how a case ends: status and reason, or in words."""
    if case.void:
        place = case.page.removeprefix("docs/")
        return f"does not arise: “{case.rule}” ([{place}]({place}))"
    by_status: dict[str, list[str]] = {}
    for reason in case.reasons:
        status = code_pb2.Code.Name(CODES[reason])
        by_status.setdefault(status, []).append(reason)
    words = [f"{status} {', '.join(each)}" for status, each in by_status.items()]
    return "; ".join([*words, *filter(None, [case.result])])


def _promised() -> dict[str, Any]:
    return tomllib.loads((HERE / "promises.toml").read_text())


def promises() -> dict[str, list[str]]:
    """Return the tests of each promise of docs/security.md."""
    found: dict[str, list[str]] = _promised()["promises"]
    return found


def stolen_keys() -> dict[str, dict[str, list[str]]]:
    """Return the tests of each cell of the table of stolen keys, by key and column."""
    found: dict[str, dict[str, list[str]]] = _promised()["keys"]
    return found


def listed(tests: Sequence[str]) -> str:
    """Return tests as a list in Markdown."""
    return "".join(f"- `{test}`\n" for test in tests)


def of_key(cells: Mapping[str, Sequence[str]]) -> str:
    """Return the tests of a row of the table of stolen keys."""
    return "".join(
        f"\n{CELLS[column]}:\n\n{listed(tests)}"
        for column, tests in cells.items()
        if tests
    )


def of_case(case: Case, tests: Sequence[str]) -> str:
    """Return the words of a case, its end and its tests."""
    promise = f"Promise: {case.promise}\n\n" if case.promise else ""
    tested = f"\n{listed(tests)}" if tests else ""
    return f"\n{case.act}\n\n{promise}Result: {ending(case)}\n{tested}"


def page() -> str:
    """Return docs/security-cases.md."""
    tests = numbered_tests()
    parts = [HEAD]
    parts += [f"\n### {name}\n\n{listed(of)}" for name, of in promises().items()]
    parts.append(STOLEN)
    parts += [f"\n### {key}\n{of_key(of)}" for key, of in stolen_keys().items()]
    parts.append(CASES)
    parts += [
        f"\n### {number}\n{of_case(case, tests.get(number, []))}"
        for number, case in cases().items()
    ]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
