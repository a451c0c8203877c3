"""The searchable facts of a message: codes, times, a spot; pure.

The content is already decoded: well formed and within bounds. Its codes may be unknown
to this release.
"""

from collections.abc import Iterable, Iterator, Sequence

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.grid import point
from exchange.bulletin.schema import FIGURES, Field, Type
from exchange.bulletin.search_words import coded_fields
from exchange.bulletin.values import known_parts
from exchange.v1 import bulletin_pb2

VAGUE_FROM = 10_000  # metres of error from which a place is searched without a box
_KEPT = frozenset({"details", "place", "assessment"})
_ERROR = 1_000  # metres: at a site, or near a grid in another field
Fact = tuple[str, str]
"""A field and one of its codes."""
Coded = Sequence[tuple[str, Field, list[str]]]
"""The coded fields of a content, if already extracted."""
Spot = tuple[float, float, int]
"""Latitude and longitude in degrees, error in metres."""


def facts(content: bulletin_pb2.Content, coded: Coded | None = None) -> Iterator[Fact]:
    """Yield the coded values to filter by: ("details.actors", "BLA").

    Codes of the kind's own fields, also within rows ("details.roster.role"), of place
    and assessment; its times, as ISO texts, which sort; and its own figures.
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
    elif (
        (field.type in FIGURES and name.startswith("details."))
        or field.type is Type.TIME
        or name.startswith("assessment.")
    ):
        yield name, text


def spot(content: bulletin_pb2.Content, coded: Coded | None = None) -> Spot | None:
    """Return the first known of these.

    Its own point; its grid; its site; a grid in one of the kind's own fields, such as a
    pick-up point or an observer's position. A kilometre of a segment is too vague: the
    road may be far from a site.
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
    """Yield grids of the kind's own fields; the subject is near them."""
    for name, field, texts in coded:
        if field.type is Type.GRID and name.startswith("details."):
            for found in filter(None, map(point, texts)):
                yield found.lat, found.lon, max(found.error_m, _ERROR)
