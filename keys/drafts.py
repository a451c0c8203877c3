"""Drafts: files and folders made beside their final place, and their cleanup.

A draft is named .NAME.HEX, beside NAME. Its program holds the folder shared; a sweep
(files.sweep) exclusively, so it erases only abandoned drafts.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODE = 0o700  # of a folder
_DRAFT = re.compile(r"\.(.+)\.[0-9a-f]{16}")


def new_name(place: Path) -> Path:
    return place.with_name(f".{place.name}.{secrets.token_hex(8)}")


def is_draft(path: Path, of: str = "") -> bool:
    found = _DRAFT.fullmatch(path.name)
    return found is not None and of in {"", found[1]}


@contextmanager
def held(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Protect the drafts in a folder from sweeps; or sweep, with `alone`.

    Raises OSError, BlockingIOError if another program holds the folder.
    """
    kind = fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Yield an empty private folder that may be renamed to `place`.

    Unless renamed it is removed with its contents. Raises OSError.
    """
    with held(place.parent):
        draft = new_name(place)
        draft.mkdir(MODE)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
