"""A command imports what it needs; a node's process has one heap, without garbage."""

import subprocess
import sys

import pytest

from tests.cli.conftest import PASSPHRASE, AtHome

RUN = """
import os, sys
from exchange.cli import run
code = run(sys.argv[1:])
sys.stderr.write(f"{code} " + " ".join(sys.modules))
"""
PAGES = "exchange.cli.help_pages"
ALL_RULES = "exchange.recognise.scan"
HEAVY = {"asyncio", "pydantic", "grpc", "textual", "nacl", "rich"}
HEAVY |= {"sqlmodel", "sqlalchemy", "cryptography", "google.protobuf"}


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
    assert code == ("2" if "-x" in arguments else "3" if "status" in arguments else "0")
    return set(found)


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["--help"], HEAVY),
        (["status", "--home"], {"pydantic", "textual"}),
        (
            ["list", "--passphrase-fd", "0", "--home"],
            {"pydantic", "textual", ALL_RULES},
        ),
        (["fsck", "--home"], {"grpc"}),
        # Neither Babel nor a catalogue is read in English; Babel in no language.
        (["--lang", "en", "list", "-x"], {"babel", "tomllib", PAGES}),
        (["--lang", "ur", "-x"], {"babel"}),
        (["--lang", "zh", "-x"], {"babel"}),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_takes_long_is_not_imported(
    begun: AtHome, arguments: list[str], never: set[str]
) -> None:
    given = [*arguments, begun.home] if arguments[-1] == "--home" else arguments

    assert modules(*given) & never == set()


CODE = """
import gc
import exchange.net.server
from exchange.cli.program import spare_what_stays
made = len(gc.get_objects())
spare_what_stays()
print(made, len(gc.get_objects()), gc.get_threshold()[0])
"""


def test_what_the_start_made_is_passed_over() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], check=True, capture_output=True, text=True
    )
    made, left, threshold = map(int, done.stdout.split())

    assert made > 10_000
    assert left < made / 100
    assert threshold >= 10_000


HEAPS = """
import ctypes, sys, threading
from exchange.cli.serve import share_heap
if sys.argv[1] == "shared":
    share_heap()
kept = []
def take():
    kept.append([bytes(20_000 + n) for n in range(200)])
threads = [threading.Thread(target=take) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


def heaps(how: str) -> int:
    """Return how many heaps a process of several threads has (glibc only)."""
    done = subprocess.run(
        [sys.executable, "-c", HEAPS, how], check=True, capture_output=True, text=True
    )
    return done.stdout.count("<heap nr=")


def test_the_threads_of_a_node_share_one_heap() -> None:
    assert heaps("shared") == 1 < heaps("apart")
