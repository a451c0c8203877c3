"""A node that counts the signatures it verifies, for `members`.

In all else it is `fusion serve`: the two functions that verify are wrapped before any
module of the node is imported.
"""

import mmap
import struct
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import NamedTuple

from keys import signing

FILE = "verified"  # in its home
FORMAT = struct.Struct("<QQ")


class Verified(NamedTuple):
    """How many signatures a node has verified since it was made."""

    ed25519: int
    ml_dsa_44: int


def read_verified(home: Path) -> Verified:
    """Return what the node of a home has counted, over all its starts."""
    return Verified(*FORMAT.unpack((home / FILE).read_bytes()))


def count_verifications() -> None:
    """Count what this process verifies from now on; its last argument is the home.

    No module that verifies may have been imported before.
    """
    count = _open_counter(Path(sys.argv[-1]) / FILE)
    verify, verify_signed = signing.verify, signing.verify_signed

    @wraps(verify)
    def counted(
        algorithm: str, public: bytes, signature: bytes, message: bytes
    ) -> None:
        count(algorithm == signing.ML_DSA_44)
        verify(algorithm, public, signature, message)

    @wraps(verify_signed)
    def counted_signed(public: bytes, signed: bytes) -> None:
        count(False)
        verify_signed(public, signed)

    signing.verify, signing.verify_signed = counted, counted_signed


def _open_counter(path: Path) -> Callable[[bool], None]:
    """Return a function that counts one more ML-DSA-44 or Ed25519 check in a file."""
    if not path.exists():
        path.write_bytes(bytes(FORMAT.size))
    with path.open("r+b") as file:
        shown = mmap.mmap(file.fileno(), FORMAT.size)
    counts, lock = list(FORMAT.unpack(shown)), threading.Lock()

    def count(large: bool) -> None:  # noqa: FBT001  which of the two
        with lock:
            counts[large] += 1
            FORMAT.pack_into(shown, 0, *counts)

    return count
