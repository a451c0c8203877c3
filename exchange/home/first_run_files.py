"""Whether a home is still to be made; in a module of its own, since a start asks it."""

from pathlib import Path

from exchange.config.homes import MADE, MAKING, NOTES, PARTS


def is_needed(home: Path) -> bool:
    """Whether a home is to be made, or its first run to be gone on with."""
    home = home.expanduser()
    begun = any((home / name).exists() for name in (NOTES, MAKING, MADE))
    return begun or not any((home / part).exists() for part in PARTS)
