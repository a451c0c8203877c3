"""A command imports what it needs and nothing that takes long beside."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE

RUN = """
import os, sys
from exchange.cli import run
code = run(sys.argv[1:])
sys.stderr.write(f"{code} " + " ".join(sys.modules))
"""
ALL_RULES = "exchange.recognise.scan"


def modules(*arguments: object) -> set[str]:
    """Return what a command has imported at its end, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        check=True,
        text=True,
    )
    code, *found = done.stderr.splitlines()[-1].split()
    assert code in {"0", "3"}, done.stderr
    return set(found)


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["--help"], {"asyncio", "pydantic", "grpc", "textual", "nacl"}),
        (["status", "--home"], {"pydantic", "textual"}),
        (
            ["list", "--passphrase-fd", "0", "--home"],
            {"pydantic", "textual", ALL_RULES},
        ),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_what_takes_long_is_not_imported(
    home: Path, arguments: list[str], never: set[str]
) -> None:
    given = [*arguments, home] if arguments[-1] == "--home" else arguments

    assert modules(*given) & never == set()
