"""Times as officers read them: UTC with Z, from milliseconds since the epoch."""

from datetime import UTC, datetime, timedelta, timezone

CLOCKS = (0, 5, 8)  # hours from UTC: Zulu, Islamabad, Beijing


def _at(ms: int, hours: int = 0) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone(timedelta(hours=hours)))


def clock(ms: int) -> str:
    """14:31Z; "" for none."""
    return f"{_at(ms):%H:%MZ}" if ms else ""


def seconds(ms: int) -> str:
    """14:31:07Z; "" for none."""
    return f"{_at(ms):%H:%M:%SZ}" if ms else ""


def day_clock(ms: int) -> str:
    """11-24 14:31; blank for none."""
    return f"{_at(ms):%m-%d %H:%M}" if ms else ""


def stamp(ms: int) -> str:
    """2026-11-24 14:31Z; "" for none."""
    return f"{_at(ms):%Y-%m-%d %H:%MZ}" if ms else ""


def clocks(ms: int) -> str:
    """Return the time in the three zones: 14:31Z 19:31 22:31."""
    zulu, *others = (f"{_at(ms, hours):%H:%M}" for hours in CLOCKS)
    return " ".join((f"{zulu}Z", *others))


def now() -> int:
    """Return the present, in ms UTC."""
    return int(datetime.now(UTC).timestamp() * 1000)
