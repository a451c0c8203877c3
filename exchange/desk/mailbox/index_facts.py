"""The facts of a message by which it is found: codes, times, a spot; pure.

The content was decoded before it came here, so it is well formed and within bounds;
its codes need not be known to this release.
"""

from collections.abc import Iterable, Iterator, Sequence

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.grid import point
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.search_words import coded_fields
from exchange.bulletin.values import known_parts
from exchange.v1 import bulletin_pb2

VAGUE_FROM = 10_000  # metres of error from which a place is looked for by itself
_KEPT = frozenset({"details", "place", "assessment"})
_ERROR = 1_000  # metres: of what is at a site, or near a grid that is not its own
Fact = tuple[str, str]
"""A field and a code of it."""
Coded = Sequence[tuple[str, Field, list[str]]]
"""The coded fields of a content, where they were asked for already."""
Spot = tuple[float, float, int]
"""Latitude and longitude in degrees, error in metres."""


def facts(content: bulletin_pb2.Content, coded: Coded | None = None) -> Iterator[Fact]:
    """Yield the coded values to filter by: ("details.actors", "BLA").

    Codes of the kind's own fields, a row's among them ("details.roster.role"), of place
    and of assessment; and the kind's own times, so that what is due is found by them:
    ISO texts sort as the times do.
    """
    for name, field, texts in coded or coded_fields(content):
        if name.partition(".")[0] in _KEPT:
            for text in texts:
                yield from _facts(name, field, text)


def _facts(name: str, field: Field, text: str) -> Iterator[Fact]:
    if field.type is Type.RECORD:
        for part, texts in known_parts(field, text):
            for each in texts:
                yield from _facts(f"{name}.{part.name}", part, each)
    elif field.codes:
        yield name, text.partition(":")[0]
    elif field.type is Type.TIME or name.startswith("assessment."):
        yield name, text


def spot(content: bulletin_pb2.Content, coded: Coded | None = None) -> Spot | None:
    """Return where a bulletin is about: the first that is on the ground of these.

    Its own point; its grid; its site; a grid in a field of the kind's own, where a
    casualty is fetched or an observer stands. A kilometre of a segment says too little:
    the gazetteer's own are of the road nearest to a site, which may lie far from it.
    """
    place = content.place
    if place.lat and place.lon:
        return float(place.lat), float(place.lon), place.error_m or 1
    if found := point(place.mgrs):
        return found.lat, found.lon, max(found.error_m, place.error_m)
    if site := gazetteer().get(place.site):
        return float(site.lat), float(site.lon), place.error_m or _ERROR
    return next(_own(coded or coded_fields(content)), None)


def _own(coded: Iterable[tuple[str, Field, list[str]]]) -> Iterator[Spot]:
    """Yield where the kind's own grids are; what is about them is not far away."""
    for name, field, texts in coded:
        if field.type is Type.GRID and name.startswith("details."):
            for found in filter(None, map(point, texts)):
                yield found.lat, found.lon, max(found.error_m, _ERROR)
