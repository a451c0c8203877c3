"""The desk's local time next to UTC, if its settings name a time zone.

Signed times, and times for programs, stay UTC with a Z. Only text for persons has the
local time after it, in brackets.
"""

import re
from datetime import UTC, datetime, tzinfo

_STAMP = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class _Zone:
    zone: tzinfo | None = None


_now = _Zone()


def use_zone(zone: tzinfo | None) -> None:
    """Use a zone; None shows only UTC."""
    _now.zone = zone


def with_local(stamp: str) -> str:
    """Return `2026-11-28T14:31:00Z (19:31 PKT)`.

    A differing local day is added: `(2026-11-29 00:31 PKT)`. Any other text is
    unchanged, and so is every time if no zone is in use.
    """
    if _now.zone is None:
        return stamp
    try:
        there = datetime.fromisoformat(stamp).astimezone(_now.zone)
    except (ValueError, OverflowError):
        return stamp
    other_day = f"{there:%Y-%m-%d} " if f"{there:%Y-%m-%d}" != stamp[:10] else ""
    return f"{stamp} ({other_day}{there:%H:%M %Z})"


def local_clock(ms: int) -> str:
    """Return `19:31`, or "" without a zone.

    `+19:31` or `-19:31` if the local day differs from the UTC day. Also "" if no
    calendar has the time: a partner may have claimed any.
    """
    if _now.zone is None:
        return ""
    try:
        moment = datetime.fromtimestamp(ms / 1000, UTC)
        there = moment.astimezone(_now.zone)
    except (ValueError, OverflowError):
        return ""
    days = (there.date() - moment.date()).days
    return f"{'+' if days > 0 else '-' if days < 0 else ''}{there:%H:%M}"


def add_local(line: str) -> str:
    return _STAMP.sub(lambda found: with_local(found[0]), line)
