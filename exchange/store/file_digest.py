"""The digest of a closed database file, beside it.

SQLite's pages contain dead bytes of no row, so checks of rows miss changes to them. The
last process to close the file writes its SHA-256 beside it; opening it to write first
deletes that. While a digest exists, any changed byte is damage. It is no proof against
a forger, who writes both files.
"""

import hashlib
import os
from pathlib import Path

SUFFIX = ".sha256"


def digest_path(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def drop_digest(path: Path) -> None:
    digest_path(path).unlink(missing_ok=True)


def write_digest(path: Path) -> None:
    """Write nothing if others have the file open (a WAL exists)."""
    if not path.exists() or path.with_name(f"{path.name}-wal").exists():
        return
    beside = digest_path(path)
    draft = beside.with_name(f"{beside.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{_digest(path)}\n")
    draft.replace(beside)


def has_changed(path: Path) -> bool:
    try:
        noted = digest_path(path).read_bytes()
    except FileNotFoundError:
        return False  # open, or its node was killed
    return noted != f"{_digest(path)}\n".encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
