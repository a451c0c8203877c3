"""Grid references in degrees: MGRS (NGA.STND.0037)."""

import math
import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from exchange.bulletin.schema import Type
from exchange.bulletin.values import PATTERNS

_SQUARE = 100_000  # metres, side of a square
_WIDEST = 6.5  # degrees from a zone's middle to the edge of its squares, in Norway too
_ENDS = re.compile(r"[0-9]+")


class Point(NamedTuple):
    """Degrees of latitude and longitude (WGS 84), and the error in metres."""

    lat: float
    lon: float
    error_m: int


def point(grid: str) -> Point | None:
    """Return the middle of its cell, and the distance of the corners.

    None if it is not of the form of Type.GRID, is in the polar areas (with another
    form), or does not exist. Never raises: a partner may have written anything.
    """
    if not PATTERNS[Type.GRID].fullmatch(grid):
        return None
    convert, failures = _converter()
    try:
        lat, lon = convert(grid)
    except failures:
        return None
    zone, digits = _ENDS.findall(grid)
    if abs((lon - 6 * int(zone) + 363) % 360 - 180) > _WIDEST:
        return None
    return Point(lat, lon, math.ceil(_SQUARE / 10 ** (len(digits) // 2) / math.sqrt(2)))


def grid_of(lat: float, lon: float) -> str:
    """Return the reference of the square metre at a point (degrees, WGS 84)."""
    import mgrs  # noqa: PLC0415  # start-up counts

    return str(mgrs.MGRS().toMGRS(lat, lon))


@cache
def _converter() -> tuple[
    Callable[[str], tuple[float, float]], tuple[type[Exception], ...]
]:
    """Return the converter, and its exceptions for no such square.

    It only warns of a square outside its band, and accepts one far outside its zone.
    """
    import mgrs  # noqa: PLC0415  # start-up counts

    warnings.filterwarnings("error", "Warning in .Convert_MGRS", RuntimeWarning)
    return mgrs.MGRS().toLatLon, (mgrs.core.MGRSError, RuntimeWarning)
