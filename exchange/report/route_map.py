"""The corridor as a map, from the coordinates of its places; without any border.

North is up, and in every language east is on the right.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from exchange.bulletin.codes import gazetteer
from exchange.desk.board.corridor import Segment, distance, segments
from exchange.desk.board.records import Board
from exchange.report.board_drawing import SHAPES, numbered
from exchange.report.canvas import WIDTH, Canvas
from exchange.report.labels import MEDIA, Labels
from exchange.report.words import Words

_HEIGHT = 660  # px
_EDGE = 24  # px
_BETWEEN = 25.0  # km between two segments, up to which one goes on in the other
_SLACK = 5.0  # km by which the kilometres of two stops may be rounded


class _Point(NamedTuple):
    lat: float
    lon: float


def draw_map(words: Words, board: Board, ident: str) -> Canvas:
    canvas = Canvas(words, ident, _HEIGHT, mirrored=False)
    at = _laid_out()
    roads = {segment.code: road_of(segment) for segment in segments()}
    for segment in segments():
        road = roads[segment.code]
        for one, other in pairwise(road):
            canvas.line("road", *at[one], *at[other])
        for stop in (stop.code for stop in segment.stops if stop.code not in road):
            canvas.line("lead", *at[stop], *at[_nearest(stop, road)])
        elsewhere = [x for code, y in roads.items() if code != segment.code for x in y]
        for stop in (road[0], road[-1]):
            beyond = _nearest(stop, elsewhere)
            if _apart(stop, beyond) <= _rest(segment, stop) + _BETWEEN:
                canvas.line("road", *at[stop], *at[beyond])
    for x, y in at.values():
        canvas.mark("stop", x, y)
    numbers, signs = numbered(board), dict[str, list[str]]()
    for stop in at:
        if found := board.at_stop(stop):
            gravest = found[0]
            canvas.mark(SHAPES[gravest.sort], *at[stop], gravest.gravity(board.at))
            signs[stop] = [words.number(numbers[sign]) for sign in found]
    ends = [end for x in roads.values() for end in (x[0], x[-1])]
    for medium in MEDIA:
        _name(Labels(canvas, medium), at, signs, ends)
    return canvas


def road_of(segment: Segment) -> list[str]:
    """Return the stops on the road: the most that can be, in its order.

    A road is not shorter than the straight line between two stops of it; the other
    stops are places beside it.
    """
    best: list[list[str]] = []
    for place, stop in enumerate(segment.stops):
        before = (
            best[earlier]
            for earlier, other in enumerate(segment.stops[:place])
            if _apart(stop.code, other.code) <= stop.km - other.km + _SLACK
        )
        best.append([*max(before, key=len, default=[]), stop.code])
    return max(best, key=len)


def _name(
    labels: Labels,
    at: Mapping[str, tuple[float, float]],
    signs: Mapping[str, Sequence[str]],
    ends: Sequence[str],
) -> None:
    """Write the numbers of signs with the names of their places, then other names.

    A number is written without its place if both have no room.
    """
    words = labels.canvas.words
    for stop in signs:
        labels.keep_free(*at[stop], 8)
    for stop, numbers in signs.items():
        said = words.join(numbers)
        if not _write(labels, *at[stop], f"{said} {words.code('site', stop)}"):
            _write(labels, *at[stop], said)
    for x, y in at.values():
        labels.keep_free(x, y, 3)
    for stop in dict.fromkeys((*ends, *at)):
        if stop not in signs:
            _write(labels, *at[stop], words.code("site", stop))


def _write(labels: Labels, x: float, y: float, text: str) -> bool:
    """Write a text on the first side of a point that has room."""
    size = labels.medium.size
    return (
        labels.write(x + 11, y + size / 2 - 1, text)
        or labels.write(x - 11, y + size / 2 - 1, text, "end")
        or labels.write(x, y - 13, text, "middle")
        or labels.write(x, y + size + 11, text, "middle")
    )


def _rest(segment: Segment, stop: str) -> float:
    """Return the km of a segment from its stop to its nearer end."""
    km = next(one.km for one in segment.stops if one.code == stop)
    return min(km, segment.length - km)


def _laid_out() -> dict[str, tuple[float, float]]:
    """Return the place of each stop, in px; lengths are true at the middle latitude."""
    points = {stop.code: _point(stop.code) for x in segments() for stop in x.stops}
    south, north = _ends([x.lat for x in points.values()])
    west, east = _ends([x.lon for x in points.values()])
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(
        (_HEIGHT - 2 * _EDGE) / (north - south),
        (WIDTH - 2 * _EDGE) / ((east - west) * narrow),
    )
    left = (WIDTH - (east - west) * narrow * scale) / 2
    return {
        code: (left + (lon - west) * narrow * scale, _EDGE + (north - lat) * scale)
        for code, (lat, lon) in points.items()
    }


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _point(stop: str) -> _Point:
    site = gazetteer()[stop]
    return _Point(float(site.lat), float(site.lon))


def _apart(one: str, other: str) -> float:
    return distance(*_point(one), *_point(other))


def _nearest(stop: str, among: Sequence[str]) -> str:
    return min(among, key=lambda other: _apart(stop, other))
