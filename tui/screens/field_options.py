"""The options of a field, and their search words."""

from collections.abc import Mapping

from exchange.bulletin.codes import CODES, aliases, gazetteer
from exchange.bulletin.grid import grid_of
from exchange.bulletin.schema import Field, Type
from exchange.desk.board.corridor import segment_of
from tui.desk import Desk
from tui.fields import TABLES
from tui.words import lang

SITE = "place.site"


def options_of(field: Field) -> dict[str, str]:
    if field.type is Type.FLAG:
        words = CODES["word"]
        return {"true": words["YES"][lang()], "false": words["NO"][lang()]}
    if field.codes and field.type not in TABLES:
        return {code: said[lang()] for code, said in CODES[field.codes].items()}
    return {}


def takes_place(field: Field) -> bool:
    return field.type is Type.GRID or field.codes in {"site", "corridor"}


def place_value(field: Field, stop: str) -> str:
    """Return a stop of the corridor as its grid, its segment, or itself."""
    if field.type is Type.GRID:
        here = gazetteer()[stop]
        return grid_of(float(here.lat), float(here.lon))
    if field.codes == "corridor":
        segment = segment_of(stop)
        return segment.code if segment else ""
    return stop


def desk_options(desk: Desk, *, of_node: bool) -> dict[str, str]:
    node = desk.link().node
    every = desk.desks()
    return {d: d for d in every if not of_node or d.partition(".")[2] == node}


def words_of(codes: str) -> Mapping[str, tuple[str, ...]]:
    known = aliases(codes)
    return {
        code: (*said.values(), *known.get(code, ()))
        for code, said in CODES[codes].items()
    }
