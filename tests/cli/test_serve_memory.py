"""A node's process has one heap, and does not look for garbage where none is."""

import subprocess
import sys

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
