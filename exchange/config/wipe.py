"""Erase parts of a home: keys first, in seconds, then the rest.

A mailbox is worth nothing without the keys, so those are overwritten and removed before
anything large is touched. No disk promises that what was overwritten is gone (flash
memory keeps blocks aside, file systems keep copies): the keys must be revoked as well,
and whoever calls says so.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from exchange.config.homes import absent
from exchange.errors import Reason, Refusal, Why
from keys import files

PARTS = ("nation", "node", "desk", "auditor")
_KEY = re.compile(r"\.keys?(\.|$)")  # duty-1.key, sealing.keys, .tls.key.93f0c1...


class WipeResult(Struct, frozen=True):
    """The outcome of a wipe: how many files went, and what is still there.

    `running` are parts that a program still holds, with keys in its memory.
    """

    keys: int
    others: int
    remaining: tuple[Path, ...]
    running: tuple[str, ...]


def find_parts(home: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return the folders of a home that are to be erased: all, or those named.

    Raises Refusal: FIELD_VALUE for a name of no part, HOME where one that is named is
    not there, or none is.
    """
    if set(names) - set(PARTS):
        why = Why("give one of: {parts}", parts=", ".join(PARTS))
        raise Refusal(Reason.FIELD_VALUE, "--part", why)
    home = home.expanduser()
    found = [home / name for name in names or PARTS]
    there = [folder for folder in found if folder.is_dir() and not folder.is_symlink()]
    if not there or (names and len(there) != len(found)):
        missing = [folder.name for folder in found if folder not in there]
        raise Refusal(Reason.HOME, missing[0], absent(home))
    return there


def wipe(folders: Sequence[Path]) -> WipeResult:
    """Erase folders of a home; what cannot be erased is in the result.

    1. Key files are overwritten and removed: from here on nothing sealed opens.
    2. So are all other files, the large ones by their beginning alone, which has the
       salt of a mailbox.
    3. The folders go.
    """
    running = tuple(folder.name for folder in folders if _is_held(folder))
    found = [path for folder in folders for path in _files(folder)]
    # 1
    keys = {path for path in found if _KEY.search(path.name)}
    erased_keys = sum(files.destroy(path) for path in keys)
    # 2
    others = sum(files.destroy(path) for path in found if path not in keys)
    # 3
    for folder in folders:
        for below, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):  # something in it remains, and is named
                Path(below).rmdir()
    remaining = [path for folder in folders for path in _files(folder)]
    return WipeResult(erased_keys, others, tuple(remaining), running)


def _files(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and below, but folders; no link is followed."""
    for below, inner, names in os.walk(folder):
        yield from (Path(below, name) for name in names)
        yield from (
            Path(below, name) for name in inner if Path(below, name).is_symlink()
        )


def _is_held(folder: Path) -> bool:
    """Whether a program holds this part."""
    try:
        handle = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
