"""Whether a home is still to be made; a separate module, loaded at each start."""

from pathlib import Path

from exchange.config.homes import MADE, MAKING, NOTES, PARTS


def is_needed(home: Path) -> bool:
    home = home.expanduser()
    begun = any((home / name).exists() for name in (NOTES, MAKING, MADE))
    return begun or not any((home / part).exists() for part in PARTS)
