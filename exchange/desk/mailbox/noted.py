"""What is noted of a message beside it, to find it by; pure.

The content was decoded before it came here, so it is well formed and within bounds;
its codes need not be known to this release.
"""

from collections.abc import Iterator

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.declare import Field, Type
from exchange.bulletin.index import coded
from exchange.bulletin.values import known_parts
from exchange.v1 import bulletin_pb2

VAGUE_FROM = 10_000  # metres of error from which a place is looked for by itself
_KEPT = frozenset({"details", "place", "assessment"})
_ERROR = 1_000  # metres: of a site whose bulletin says no point
Spot = tuple[float, float, int]
"""Latitude and longitude in degrees, error in metres."""


def facts(content: bulletin_pb2.Content) -> Iterator[tuple[str, str]]:
    """Yield the coded values to filter by: ("details.actors", "BLA").

    Codes of the kind's own fields, a row's among them ("details.roster.role"), of place
    and of assessment; and the kind's own times, so that what is due is found by them:
    ISO texts sort as the times do.
    """
    for name, field, texts in coded(content):
        if name.partition(".")[0] in _KEPT:
            for text in texts:
                yield from _facts(name, field, text)


def _facts(name: str, field: Field, text: str) -> Iterator[tuple[str, str]]:
    if field.type is Type.RECORD:
        for part, texts in known_parts(field, text):
            for each in texts:
                yield from _facts(f"{name}.{part.name}", part, each)
    elif field.codes:
        yield name, text.partition(":")[0]
    elif field.type is Type.TIME or name.startswith("assessment."):
        yield name, text


def spot(content: bulletin_pb2.Content) -> Spot | None:
    """Return where a bulletin is about: its own point, else that of its site."""
    place = content.place
    if place.lat and place.lon:
        return float(place.lat), float(place.lon), place.error_m or 1
    site = gazetteer().get(place.site)
    if site is None:
        return None
    return float(site.lat), float(site.lon), place.error_m or _ERROR
