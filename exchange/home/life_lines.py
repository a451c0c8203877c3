"""Lines about keys and certificates that end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exchange.trust.lives import ENDED, is_due
from exchange.words import say, say_n


def due_lives(home: Path, now: int) -> list[dict[str, Any]]:
    """Due or ended, ready for JSON."""
    from exchange.home.key_table import (  # noqa: PLC0415 - start-up counts
        lives_of,
        named_life,
    )

    return [named_life(one, now) for one in lives_of(home) if is_due(one, now)]


def line(life: Mapping[str, Any]) -> str:
    """Return the key, its end, and the command to run (`key_table.named_life`)."""
    key = f"{life['role']} {life['name']}"
    when, command = life["ends"], life["renew"]
    if life["waits"]:
        return say(
            "{key}: its next key may be used from {when} on; stop the node then, and"
            " run: {command}",
            key=key,
            when=life["next_from"],
            command=command,
        )
    if life["next_from"]:
        return say(
            "{key}: its next key may be used now; stop the node, then run: {command}",
            key=key,
            command=command,
        )
    if life["days"] == ENDED:
        return say(
            "{key} ended {when}; run: {command}", key=key, when=when, command=command
        )
    return say_n(
        "{key} must be renewed within {n} day, and ends {when}; run: {command}",
        "{key} must be renewed within {n} days, and ends {when}; run: {command}",
        life["days"],
        key=key,
        when=when,
        command=command,
    )
