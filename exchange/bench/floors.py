"""The floors: the best that this machine can do, to compare figures with."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NODE = 65  # bytes that a node of a tree is hashed over
PAGE = 4_096  # bytes of a page of a database
WHILE = 0.5  # s that a rate is measured


def per_second(do: Callable[[], int], seconds: float = WHILE) -> float:
    """Return how often it is done a second; `do` does some and says how many."""
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        done += do()
    return done / passed


def hashes() -> float:
    """Return how many nodes of a tree one core hashes a second."""
    data, many = bytes(NODE), 1_000

    def some() -> int:
        for _ in range(many):
            hashlib.sha256(data).digest()
        return many

    return per_second(some)


def syncs(folder: Path) -> float:
    """Return how often a page can be written and synced there a second."""
    with tempfile.TemporaryFile(dir=folder) as file:

        def one() -> int:
            os.pwrite(file.fileno(), bytes(PAGE), 0)
            os.fdatasync(file.fileno())
            return 1

        return per_second(one)
