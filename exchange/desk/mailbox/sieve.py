"""Which messages meet the conditions that the list has no column for."""

from array import array
from collections.abc import Sequence
from itertools import chain
from math import asin, cos, degrees, radians, sin, sqrt

from exchange.desk.mailbox.asking import Fact, Filter, Near
from exchange.desk.mailbox.database import Database, Values
from exchange.desk.mailbox.noted import VAGUE_FROM

EARTH_RADIUS = 6_371.0  # km, mean
NEVER = 2**62  # ms
RARE = frozenset({"FLASH", "IMMEDIATE"})
"""Precedences of which there are so few that their rows can be read."""
METRES = 1_000  # a kilometre
_POLE = 89.0  # degrees of latitude from which a circle may hold all longitudes


class Sieve(Database):
    """Each method answers one condition for some of the numbers, in no order."""

    def having(self, fact: Fact, numbers: range) -> "array[int]":
        """Return what has one of the codes in one of the fields."""
        fields, codes = (", ".join("?" * len(each)) for each in fact)
        return self._numbers(
            "SELECT number FROM fact"  # noqa: S608  # marks
            f" WHERE field IN ({fields}) AND code IN ({codes})"
            " AND number BETWEEN ? AND ?",
            (*fact.fields, *fact.codes, numbers.start, numbers.stop - 1),
        )

    def near(self, near: Near, numbers: range, few: Sequence[int]) -> "array[int]":
        """Return what may lie within a circle: a place's own error counts for it.

        Of `few` numbers where there are any, else of all. Few places are as vague as to
        be looked for without the box around the circle.
        """
        marks = ", ".join("?" * len(few))
        rows = self._all(
            "SELECT lat, lon, error_m, number FROM spot"  # noqa: S608  # marks
            f" WHERE {f'number IN ({marks}) AND' if few else ''}"
            " number BETWEEN ? AND ? AND (error_m > ?"
            " OR lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?)",
            (*few, numbers.start, numbers.stop - 1, VAGUE_FROM, *_box(near)),
        )
        inside: dict[tuple[float, float, int], bool] = {}  # many are of one site
        found = array("q")
        for lat, lon, error_m, number in rows:
            spot = (lat, lon, error_m)
            if spot not in inside:
                far = distance(near, lat, lon) - error_m / METRES
                inside[spot] = far <= near.km
            if inside[spot]:
                found.append(number)
        return found

    def _numbers(self, sql: str, values: Values) -> "array[int]":
        """Run a query of one column; never holds more than the numbers."""
        with self._reading() as connection:
            return array("q", chain.from_iterable(connection.execute(sql, values)))


def index(wanted: Filter, conditions: int) -> str:
    """Name the shortest index that answers all conditions; the planner cannot know."""
    if wanted.precedence and wanted.precedence <= RARE:
        return "INDEXED BY message_precedence"
    if wanted.langs or wanted.tlps or wanted.desks or wanted.after or wanted.before:
        return "INDEXED BY message_filter"
    if wanted.unacknowledged:
        return "INDEXED BY message_unacknowledged"
    if wanted.unread:
        return "INDEXED BY message_unread"
    return "INDEXED BY message_filter" if conditions > 1 else ""


def conditions(wanted: Filter) -> tuple[list[str], Values]:
    """Return the conditions on columns of `message`, to be joined by AND."""
    where: list[str] = []
    values: list[str | int] = []
    if wanted.unread:
        where.append("read_at = 0")
    if wanted.unacknowledged:
        where.append("acknowledged = 0 AND acknowledge != 'NONE'")
    for column, allowed in (
        ("direction", {wanted.direction} - {""}),
        ("precedence", wanted.precedence),
        ("kind", wanted.kinds),
        ("mode", wanted.modes),
        ("state", wanted.states),
        ("lang", wanted.langs),
        ("tlp", wanted.tlps),
    ):
        if allowed:
            where.append(f"{column} IN ({', '.join('?' * len(allowed))})")
            values += sorted(allowed)
    if wanted.after or wanted.before:
        where.append("filed >= ? AND filed < ?")
        values += [wanted.after, wanted.before or NEVER]
    if wanted.desks:
        each = "desk = ? OR substr(desk, ?) = ?"
        where.append(f"({' OR '.join([each] * len(wanted.desks))})")
        for desk in sorted(wanted.desks):
            values += [desk, -len(desk) - 1, f".{desk}"]
    return where, tuple(values)


def distance(near: Near, lat: float, lon: float) -> float:
    """Return the kilometres from the middle of a circle to a place (haversine)."""
    lat1, lat2 = radians(near.lat), radians(lat)
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin(radians(lon - near.lon) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def _box(near: Near) -> tuple[float, float, float, float]:
    """Return least and greatest latitude and longitude of a circle, and the error."""
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
