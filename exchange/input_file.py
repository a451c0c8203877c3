"""Read a file from outside: whole, up to a limit, or one Refusal."""

from pathlib import Path

from exchange.errors import Reason, Refusal, too_large, unreadable
from exchange.limits import REQUEST_MAX


def read_file(path: Path, limit: int = REQUEST_MAX) -> bytes:
    """Raise Refusal(INPUT | TOO_LONG)."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    if len(data) > limit:
        raise Refusal(Reason.TOO_LONG, str(path), too_large(limit))
    return data
