"""Locks on the parts of a home: one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.errors import Reason, Refusal, Why
from keys import files

_READ_ONLY = Why(
    "cannot be written; check the owner and mode of the folder,"
    " and whether the disk is read-only"
)


@contextmanager
def hold_lock(
    folder: Path, why: Why | None = None, *, shared: bool = False
) -> Iterator[None]:
    """Hold a part of a home for this process; raise Refusal(LOCKED | HOME) at once.

    To write to a node's database, or copy its write-ahead log back, hold the node's
    part. To use a desk, hold its part `shared`; to change its keys, alone. Drafts of
    killed programs in the part are erased first.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise Refusal(Reason.HOME, folder.name, _READ_ONLY) from None
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(Reason.LOCKED, folder.name, why) from None
        files.sweep(folder)
        yield
    finally:
        os.close(handle)
