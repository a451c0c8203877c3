"""Key files: 0600, created exclusively, replaced atomically, fsynced.

Errors are KeyFileError and name the file, never its folder.
"""

import os
import secrets
import stat
from pathlib import Path

from keys.errors import KeyFileError

MODE = 0o600
SIZE_MAX = 1024 * 1024  # bytes; the largest of ours is under 64 KiB


def read(path: Path) -> bytes:
    """Return a private file whole; refuse one that others can read or write."""
    try:
        # Not blocking: a pipe in its place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be read") from None
    try:
        # Before a file object is made of it: that fails on a folder.
        _check(os.fstat(handle), path.name)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(SIZE_MAX)
    finally:
        os.close(handle)


def _check(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{name}: not a regular file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{name}: others can read it")
    if status.st_size > SIZE_MAX:
        raise KeyFileError(f"{name}: too large")


def create(path: Path, data: bytes) -> None:
    """Write a new file, whole or not at all; KeyFileError if it is there already."""
    draft = _write_draft(path, data)
    try:
        os.link(draft, path)  # unlike a rename, refuses to overwrite
    except FileExistsError:
        raise KeyFileError(f"{path.name}: exists already") from None
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be written") from None
    finally:
        draft.unlink()
    _sync_folder(path)


def replace(path: Path, data: bytes) -> None:
    """Put a new version in the place of a file; a crash leaves one of the two."""
    draft = _write_draft(path, data)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise KeyFileError(f"{path.name}: cannot be replaced") from None
    _sync_folder(path)


def remove(path: Path) -> None:
    """Remove a file, if it is there, so that it stays away after a power cut."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be removed") from None
    _sync_folder(path)


def _write_draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be written") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError:
        draft.unlink()
        raise KeyFileError(f"{path.name}: cannot be written") from None
    return draft


def _sync_folder(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be written") from None
    finally:
        os.close(handle)
