"""Whether a home is still to be made; in a module of its own, since a start asks it."""

from pathlib import Path

NOTES = "first-run.json"
"""The file of an officer's choices in the first run, until it is over."""
MAKING, MADE = ".making", ".made"
"""The parts of a home while they are made, and made but not in their places."""
PARTS = ("nation", "node", "desk", "auditor")


def is_needed(home: Path) -> bool:
    """Whether a home is to be made, or its first run to be gone on with."""
    home = home.expanduser()
    begun = any((home / name).exists() for name in (NOTES, MAKING, MADE))
    return begun or not any((home / part).exists() for part in PARTS)
