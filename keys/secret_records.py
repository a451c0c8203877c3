"""Records that hold a key or a text, and show neither when they are printed."""

from typing import Any

from msgspec import Struct


class SecretRecord(Struct, frozen=True):
    """A record of which only the name of its class is printed."""

    def __repr__(self) -> str:
        """Return the name of its class; no field is printed."""
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return no field to the printers of Rich, which ask a struct for all."""
        return []
