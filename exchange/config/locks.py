"""Who holds a part of a home: one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.errors import Reason, Refusal


@contextmanager
def locked(folder: Path, name: str = "lock") -> Iterator[None]:
    """Hold a part of a home for this process; raise Refusal(LOCKED) at once.

    Another `name` holds it for another purpose.
    """
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(Reason.LOCKED, folder.name) from None
        yield
    finally:
        os.close(handle)
