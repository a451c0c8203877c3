"""The corridor as strips of stops: its segments, and the stop nearest to a place.

A stop is a place of the gazetteer; any other place in a bulletin goes to the stop
nearest to it.
"""

import math
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from exchange.bulletin.codes import CODES, gazetteer
from exchange.bulletin.grid import point
from exchange.desk.board.records import ELSEWHERE
from exchange.v1 import bulletin_pb2

NEAR = 60.0  # km from a stop within which a point counts as there
_EARTH = 6_371.0  # km


class Stop(NamedTuple):
    code: str
    km: float


class Segment(NamedTuple):
    code: str
    stops: tuple[Stop, ...]

    @property
    def length(self) -> float:
        """The kilometre of its last stop; never 0, so that places can be divided."""
        return max(self.stops[-1].km, 1.0)


@cache
def segments() -> tuple[Segment, ...]:
    """Return the segments from Khunjerab on."""
    return tuple(
        Segment(code, stops) for code in CODES["corridor"] if (stops := _stops(code))
    )


def _stops(segment: str) -> tuple[Stop, ...]:
    found = (site for site in gazetteer().values() if site.segment == segment)
    return tuple(sorted((Stop(x.code, float(x.km)) for x in found), key=_km))


def _km(stop: Stop) -> float:
    return stop.km


@cache
def segment_of(stop: str) -> Segment | None:
    """Return None for ELSEWHERE."""
    return next((x for x in segments() if any(stop == y.code for y in x.stops)), None)


def stop_of(place: bulletin_pb2.Place) -> str:
    """Return the nearest stop, by the first of these that the place has.

    Its site; its segment and kilometre; its point or its grid, if a stop is within
    NEAR. Else ELSEWHERE. Never raises: a partner may have written anything.
    """
    if place.site in gazetteer():
        return place.site
    if found := _along(place.segment, place.km):
        return found
    return next(_near(place), ELSEWHERE)


def _along(segment: str, km: str) -> str:
    stops = next((x.stops for x in segments() if x.code == segment), ())
    try:
        at = float(km or 0)
    except ValueError:
        return ""
    return min(stops, key=lambda stop: abs(stop.km - at)).code if stops else ""


def _near(place: bulletin_pb2.Place) -> Iterator[str]:
    for lat, lon in _points(place):
        far, code = min(
            (distance(lat, lon, float(x.lat), float(x.lon)), x.code)
            for x in gazetteer().values()
        )
        if far <= NEAR:
            yield code


def _points(place: bulletin_pb2.Place) -> Iterator[tuple[float, float]]:
    with suppress(ValueError):  # it has none
        lat, lon = float(place.lat), float(place.lon)
        if math.isfinite(lat) and math.isfinite(lon):
            yield lat, lon
    if found := point(place.mgrs):
        yield found.lat, found.lon


def distance(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Return km over ground."""
    a, b = math.radians(lat), math.radians(to_lat)
    across = math.radians(to_lon - lon)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(across)
    return _EARTH * math.acos(min(1.0, max(-1.0, cosine)))
