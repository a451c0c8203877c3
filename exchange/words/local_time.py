"""The desk's local time beside UTC, where its settings name a time zone.

Signed times, and whatever a program reads, stay UTC with a Z. Only what a person reads
has the local time behind it, in brackets.
"""

import re
from datetime import UTC, datetime, tzinfo

_STAMP = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class _Zone:
    zone: tzinfo | None = None


_now = _Zone()


def use_zone(zone: tzinfo | None) -> None:
    """Show the time of a zone beside UTC from now on, in this process; None: none."""
    _now.zone = zone


def with_local(stamp: str) -> str:
    """Return an ISO time in UTC with the local time behind it, as a person reads it.

    2026-11-28T14:31:00Z becomes `2026-11-28T14:31:00Z (19:31 PKT)`; where the day is
    another one there, `(2026-11-29 00:31 PKT)`. Whatever is no such time, an empty text
    too, and every time while no zone is in use, comes back as it is.
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
    """Return the local time of day of a time in ms UTC, `19:31`; "" without a zone.

    Where the day is another one there than in UTC, `+19:31` or `-19:31` says so. "" too
    where no calendar has it: a partner may have claimed any time.
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
    """Return a line of our own words with the local time behind each of its times."""
    return _STAMP.sub(lambda found: with_local(found[0]), line)
