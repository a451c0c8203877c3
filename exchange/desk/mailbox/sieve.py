"""Which messages meet the conditions that the list has no column for."""

from array import array
from collections.abc import Iterable
from itertools import chain
from math import asin, cos, degrees, radians, sin, sqrt

from exchange.desk.mailbox.asking import Fact, Near
from exchange.desk.mailbox.database import Database, Values
from exchange.desk.mailbox.noted import VAGUE_FROM

EARTH_RADIUS = 6_371.0  # km, mean
METRES = 1_000  # a kilometre
_SPOTS = "SELECT lat, lon, error_m, number FROM spot"
_POLE = 89.0  # degrees of latitude from which a circle may hold all longitudes


class Sieve(Database):
    """Each method answers one condition, as numbers in no order."""

    def having(self, fact: Fact) -> "array[int]":
        """Return what has one of the codes in one of the fields."""
        fields, codes = (", ".join("?" * len(each)) for each in fact)
        return self._numbers(
            "SELECT DISTINCT number FROM fact"  # noqa: S608  # marks
            f" WHERE field IN ({fields}) AND code IN ({codes})",
            (*fact.fields, *fact.codes),
        )

    def written_by(self, desks: Iterable[str]) -> "array[int]":
        """Return what officers of these desks, nodes or domains wrote."""
        known = [desk for (desk,) in self._all(_DESKS) if desk is not None]
        wanted = [
            desk
            for desk in known
            if any(f".{desk}".endswith(f".{each}") for each in desks)
        ]
        marks = ", ".join("?" * len(wanted))
        return self._numbers(
            f"SELECT number FROM message WHERE desk IN ({marks})",  # noqa: S608  # marks
            tuple(wanted),
        )

    def near(self, near: Near) -> "array[int]":
        """Return what may lie within a circle: a place's own error counts for it.

        Few are as vague as to be looked for without the box around the circle.
        """
        low, high, west, east = _box(near)
        rows = self._all(
            f"{_SPOTS} WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
            f" AND error_m <= 10000 UNION ALL {_SPOTS} WHERE error_m > 10000",
            (low, high, west, east),
        )
        inside: dict[tuple[float, float, int], bool] = {}  # many are of one site
        found = array("q")
        for *place, number in rows:
            lat, lon, error_m = spot = place[0], place[1], place[2]
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


# Each desk once, from the index alone and not from all of its rows.
_DESKS = (
    "WITH RECURSIVE each(desk) AS (SELECT min(desk) FROM message UNION ALL"
    " SELECT (SELECT min(desk) FROM message WHERE desk > each.desk) FROM each"
    " WHERE each.desk IS NOT NULL) SELECT desk FROM each"
)


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
