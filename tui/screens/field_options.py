"""The options of a field, and their search words."""

from collections.abc import Mapping

from exchange.bulletin.codes import CODES, aliases
from exchange.bulletin.schema import Field, Type
from tui.desk import Desk
from tui.fields import TABLES
from tui.words import lang


def options_of(field: Field) -> dict[str, str]:
    if field.type is Type.FLAG:
        words = CODES["word"]
        return {"true": words["YES"][lang()], "false": words["NO"][lang()]}
    if field.codes and field.type not in TABLES:
        return {code: said[lang()] for code, said in CODES[field.codes].items()}
    return {}


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
