"""The table of docs/security.md, from the cases and the tests that bear their numbers.

`python -m tests.hostile.table` writes it.
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from google.rpc import code_pb2

from exchange.errors import Reason
from exchange.net.grpc_status import CODES

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs/security.md"
HEADING = "## Each hostile case\n"
NUMBERS = re.compile(r"test_((?:[abcioptw]\d{1,2}_)+)")
COLUMNS = """
| case | what is tried | promise | result | shown by |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Case:
    """One hostile act, what is promised against it, and how it ends."""

    act: str
    promise: str = ""
    reasons: tuple[Reason, ...] = ()
    result: str = ""  # where no reason says it, or beside them
    void: str = ""  # the design's words by which the case does not arise
    page: str = ""  # where that rule stands, and
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
    told = [f"{status} {', '.join(each)}" for status, each in by_status.items()]
    return "; ".join([*told, *filter(None, [case.result])])


def table() -> str:
    """Return the table as it stands in the document."""
    found = numbered_tests()
    rows = [
        f"| {number} | {case.act} | {case.promise or '-'} | {ending(case)} |"
        f" {' '.join(f'`{name}`' for name in found.get(number, [])) or '-'} |\n"
        for number, case in cases().items()
    ]
    return COLUMNS + "".join(rows)


def parts() -> tuple[str, str, str]:
    """Return what stands before the table, the table, and what stands behind it."""
    before, _, rest = DOCUMENT.read_text().partition(HEADING)
    said, _, rest = rest.partition(COLUMNS)
    written, gap, behind = rest.partition("\n## ")
    return before + HEADING + said, COLUMNS + written, gap + behind


if __name__ == "__main__":
    before, _, behind = parts()
    DOCUMENT.write_text(before + table() + behind)
