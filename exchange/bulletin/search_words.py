"""The words that find a bulletin's coded fields in a search, in any language."""

from collections.abc import Iterable, Iterator
from functools import cache

from exchange.bulletin.codes import CODES, aliases
from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.structure import section_value, values_by_field
from exchange.bulletin.values import known_parts
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

_SOUGHT = frozenset({Type.WORD, Type.GRID, Type.PATIENT})


def coded_fields(content: pb.Content) -> Iterator[tuple[str, Field, list[str]]]:
    for section in SECTIONS:
        if content.HasField(section.name):  # type: ignore[arg-type]  # one of the four
            message = getattr(content, section.name)
            for field in section.fields:
                if text := section_value(field, message):
                    yield f"{section.name}.{field.name}", field, [text]
    kind = KINDS.get(content.kind)
    for field, texts in values_by_field(content, kind.fields if kind else ()):
        if texts:
            yield f"details.{field.name}", field, texts


def code_labels_text(
    content: pb.Content,
    core: env.Core | None = None,
    coded: Iterable[tuple[str, Field, list[str]]] | None = None,
) -> str:
    """Return the words for the search index, a line each.

    Every code with its labels and aliases, including the header's if given; call signs,
    grids and the like, but neither numbers nor times. `coded` are its `coded_fields`,
    if the caller has them already.
    """
    kind = KINDS.get(content.kind)
    lines = [content.kind, *(kind.labels.values() if kind else ())]
    lines += _header(core.precedence, core.mode, core.tlp) if core else ()
    for _, field, texts in coded_fields(content) if coded is None else coded:
        for text in texts:
            lines += _words(field, text)
    return "\n".join(dict.fromkeys(lines))


@cache
def _header(
    precedence: "env.Precedence.ValueType",
    mode: "env.Mode.ValueType",
    tlp: "env.Tlp.ValueType",
) -> tuple[str, ...]:
    said = {
        "precedence": env.Precedence.Name(precedence),
        "mode": env.Mode.Name(mode),
        "tlp": env.Tlp.Name(tlp),
    }
    words: list[str] = []
    for codes, name in said.items():
        code = name.removeprefix(f"{codes.upper()}_")
        words += (code, *CODES[codes].get(code, {}).values())
    return tuple(words)


def _words(field: Field, text: str) -> Iterator[str]:
    if field.type is Type.RECORD:
        for part, texts in known_parts(field, text):
            for each in texts:
                yield from _words(part, each)
        return
    code = text.partition(":")[0]
    if field.codes:
        yield from CODES[field.codes].get(code, {}).values()
        yield from aliases(field.codes).get(code, ())
    if field.codes or field.type in _SOUGHT:
        yield code
