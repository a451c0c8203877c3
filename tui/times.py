"""Times as officers read them: UTC with Z, from milliseconds since the epoch."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from exchange.words import word
from tui.words import say

DATED = (
    word("{day} Jan {time}"),
    word("{day} Feb {time}"),
    word("{day} Mar {time}"),
    word("{day} Apr {time}"),
    word("{day} May {time}"),
    word("{day} Jun {time}"),
    word("{day} Jul {time}"),
    word("{day} Aug {time}"),
    word("{day} Sep {time}"),
    word("{day} Oct {time}"),
    word("{day} Nov {time}"),
    word("{day} Dec {time}"),
)
LAST = 253_370_764_800_000  # ms; behind it comes the last year of the calendar
CLOCKS = (0, 5, 8)  # hours from UTC: Zulu, Islamabad, Beijing


class _ZoneInUse:
    zone: tzinfo | None = None


_now = _ZoneInUse()


def use_zone(zone: tzinfo | None) -> None:
    """Show its time beside Z from now on; None for Z alone."""
    _now.zone = zone


def zone() -> tzinfo | None:
    return _now.zone


def _local(ms: int) -> str:
    """Show the time after Z, with its date if that differs."""
    if _now.zone is None:
        return ""
    here = _at(ms).astimezone(_now.zone)
    same = here.date() == _at(ms).date()
    return f" ({here:%H:%M})" if same else f" ({here:%m-%d %H:%M})"


def _at(ms: int, hours: int = 0) -> datetime:
    """Return a time; one beyond the calendar becomes the last one possible."""
    ms = min(max(ms, 0), LAST)
    return datetime.fromtimestamp(ms / 1000, timezone(timedelta(hours=hours)))


def clock(ms: int) -> str:
    """14:31Z; "" for 0."""
    return f"{_at(ms):%H:%MZ}" if ms else ""


def seconds(ms: int) -> str:
    """14:31:07Z; "" for 0."""
    return f"{_at(ms):%H:%M:%SZ}" if ms else ""


def day_clock(ms: int) -> str:
    """11-24 14:31Z; "" for 0."""
    return f"{_at(ms):%m-%d %H:%MZ}" if ms else ""


def near(ms: int, now: int) -> str:
    """11-24 14:31Z, after its year if `now` is in another one; "" for 0."""
    year = "" if _at(ms).year == _at(now).year else f"{_at(ms):%Y-}"
    return f"{year}{day_clock(ms)}" if ms else ""


def stamp(ms: int) -> str:
    """2026-11-24 14:31Z, with the local time if a zone is set; "" for 0.

    A time beyond the calendar is shown in seconds.
    """
    if not 0 <= ms <= LAST:
        return f"{ms // 1000} s"
    return f"{_at(ms):%Y-%m-%d %H:%MZ}{_local(ms)}" if ms else ""


def dated(ms: int) -> str:
    """26 Nov 14:02Z, in words of the language in use, not shaped; "" for 0."""
    if not ms:
        return ""
    at = _at(ms)
    return say(DATED[at.month - 1]).format(day=at.day, time=f"{at:%H:%MZ}")


def clocks(ms: int) -> str:
    """Return the time in the three zones: 14:31Z 19:31 22:31."""
    zulu, *others = (f"{_at(ms, hours):%H:%M}" for hours in CLOCKS)
    return " ".join((f"{zulu}Z", *others))


def now() -> int:
    """Return ms UTC."""
    return int(datetime.now(UTC).timestamp() * 1000)
