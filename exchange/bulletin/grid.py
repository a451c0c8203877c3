"""Grid references in degrees: MGRS (NGA.STND.0037)."""

import math
import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from exchange.bulletin.schema import Type
from exchange.bulletin.values import PATTERNS

_SQUARE = 100_000  # metres of the side of a square
_WIDEST = 6.5  # degrees from a zone's middle to where its squares end, in Norway too
_ENDS = re.compile(r"[0-9]+")


class Point(NamedTuple):
    """Degrees of latitude and longitude (WGS 84), and metres that it may be off."""

    lat: float
    lon: float
    error_m: int


def point(grid: str) -> Point | None:
    """Return the middle of a grid's cell, and how far its corners are from there.

    None for what is no grid in the form of Type.GRID, for the polar areas, which have
    grids of another form, and for a square that there is not. Never raises: a partner
    may have written anything.
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


@cache
def _converter() -> tuple[
    Callable[[str], tuple[float, float]], tuple[type[Exception], ...]
]:
    """Return what converts, and what it raises for a square that there is not.

    Of a square outside of its band it only warns, and of one far outside of its zone
    it says nothing; neither is on the ground where it says.
    """
    import mgrs  # noqa: PLC0415  # start-up counts

    warnings.filterwarnings("error", "Warning in .Convert_MGRS", RuntimeWarning)
    return mgrs.MGRS().toLatLon, (mgrs.core.MGRSError, RuntimeWarning)
