"""The plan of a filter's query: which columns, places and times to search."""

from math import asin, cos, degrees, radians, sin, sqrt

from exchange.desk.mailbox.answers import ANSWERED
from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.filters import Filter, Near
from exchange.desk.mailbox.index_facts import VAGUE_FROM

EARTH_RADIUS = 6_371.0  # km, mean
NEVER = 2**62  # ms
NEWEST = 2**62  # above every number
BLOCK = 1_024  # numbers, as the tables have it
SPANS_MAX = 32
METRES = 1_000  # a kilometre
_SETTLED = "cosigned"  # the state that most messages come to, and stay in
_POLE = 89.0  # degrees of latitude from which a circle may hold all longitudes


def places_in(db: MailboxDatabase, near: Near) -> set[int]:
    """Return those that may lie within, given their own error.

    Few are so vague that they are searched outside the box around the circle.
    """
    rows = db.select(
        "SELECT id, lat, lon, error_m FROM place"
        " WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
        " UNION SELECT id, lat, lon, error_m FROM place WHERE error_m > ?",
        (*_box(near), VAGUE_FROM),
    )
    return {
        number
        for number, lat, lon, error_m in rows
        if distance(near, lat, lon) - error_m / METRES <= near.km
    }


def spans(db: MailboxDatabase, wanted: Filter) -> list[range]:
    """Return ranges that hold all bulletins filed in time, newest first.

    At most SPANS_MAX; numbers and times mostly grow together.
    """
    if not (wanted.after or wanted.before):
        return [range(NEWEST)]
    ranges: list[range] = []
    for (block,) in db.select(
        "SELECT block FROM block WHERE last >= ? AND first < ? ORDER BY block DESC",
        (wanted.after, wanted.before or NEVER),
    ):
        start, stop = block * BLOCK, (block + 1) * BLOCK
        if ranges and (ranges[-1].start == stop or len(ranges) == SPANS_MAX):
            stop = ranges.pop().stop
        ranges.append(range(start, stop))
    return ranges


def short(wanted: Filter) -> str:
    """Return the index with little more than the wanted rows, "" for none."""
    if wanted.unacknowledged:
        return "message_unacknowledged"
    if wanted.unread:
        return "message_unread"
    return "message_state" if wanted.states and _SETTLED not in wanted.states else ""


def unindexed_conditions(wanted: Filter) -> tuple[list[str], Values]:
    where: list[str] = []
    values: list[str | int] = []
    if wanted.unread:
        where.append("read_at = 0")
    if wanted.unacknowledged:
        where.append("acknowledged = 0 AND acknowledge != 'NONE'")
        where.append("message.number NOT IN (SELECT number FROM gone)")
        where.append(f"message.number NOT IN {ANSWERED}")
    if wanted.states:
        if _SETTLED not in wanted.states:
            where.append(f"state != '{_SETTLED}'")  # as the index has it, word by word
        where.append(f"state IN ({placeholders(wanted.states)})")
        values += sorted(wanted.states)
    if wanted.after or wanted.before:
        where.append("filed >= ? AND filed < ?")
        values += [wanted.after, wanted.before or NEVER]
    return where, tuple(values)


def conditions(wanted: Filter) -> tuple[list[str], Values]:
    where, begun = unindexed_conditions(wanted)
    values: list[str | int] = list(begun)
    for column, allowed in (
        ("direction", {wanted.direction} - {""}),
        ("precedence", wanted.precedence),
        ("kind", wanted.kinds),
        ("mode", wanted.modes),
        ("lang", wanted.langs),
        ("tlp", wanted.tlps),
    ):
        if allowed:
            where.append(f"{column} IN ({placeholders(allowed)})")
            values += sorted(allowed)
    if wanted.desks:
        each = "desk = ? OR substr(desk, ?) = ?"
        where.append(f"({' OR '.join([each] * len(wanted.desks))})")
        for desk in sorted(wanted.desks):
            values += [desk, -len(desk) - 1, f".{desk}"]
    return where, tuple(values)


def distance(near: Near, lat: float, lon: float) -> float:
    """Return kilometres (haversine)."""
    lat1, lat2 = radians(near.lat), radians(lat)
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin(radians(lon - near.lon) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def _box(near: Near) -> tuple[float, float, float, float]:
    """Return least and greatest latitude and longitude, with the error."""
    angle = (near.km + VAGUE_FROM / METRES) / EARTH_RADIUS  # radians
    north = degrees(angle)
    low, high = near.lat - north, near.lat + north
    if low < -_POLE or high > _POLE:
        return low, high, -180.0, 180.0
    wide = degrees(asin(min(1.0, sin(angle) / cos(radians(near.lat)))))
    west, east = near.lon - wide, near.lon + wide
    if west < -180.0 or east > 180.0:  # noqa: PLR2004  # degrees: over the date line
        return low, high, -180.0, 180.0
    return low, high, west, east
