"""Records that hold a key or a text, and print neither."""

from typing import Any

from msgspec import Struct


class SecretRecord(Struct, frozen=True):
    """A record that prints only its class name."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return no fields to Rich, which otherwise prints all fields of a struct."""
        return []
