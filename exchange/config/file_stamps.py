"""By what a program that stays open sees that a file is another one by now."""

from pathlib import Path

Stamp = tuple[int, int, int]
"""By which a file is known to be another: its inode, time of change (ns) and size."""


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
