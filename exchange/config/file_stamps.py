"""Stamps by which a long-running program detects that a file was replaced."""

from pathlib import Path

Stamp = tuple[int, int, int]
"""Inode, time of change (ns) and size."""


def stamp_of(path: Path) -> Stamp | None:
    """Return None if it cannot be read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
