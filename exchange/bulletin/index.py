"""What a search for a bulletin's coded fields should find, in any language."""

from collections.abc import Iterator

from exchange.bulletin.codes import CODES
from exchange.bulletin.common import SECTIONS
from exchange.bulletin.declare import Field, Type
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.structure import section_value, values_of
from exchange.v1 import bulletin_pb2 as pb


def coded(content: pb.Content) -> Iterator[tuple[str, Field, list[str]]]:
    """Yield each field that is there: its dotted name, declaration and text forms."""
    for section in SECTIONS:
        if content.HasField(section.name):  # type: ignore[arg-type]  # one of the four
            message = getattr(content, section.name)
            for field in section.fields:
                if text := section_value(field, message):
                    yield f"{section.name}.{field.name}", field, [text]
    kind = KINDS.get(content.kind)
    for field in kind.fields if kind else ():
        if texts := values_of(content, field):
            yield f"details.{field.name}", field, texts


def code_labels_text(content: pb.Content) -> str:
    """Return the words for the search index: every code and its labels, a line each.

    Call signs, grids and the like are among them; numbers and times are not.
    """
    kind = KINDS.get(content.kind)
    lines = [content.kind, *(kind.labels.values() if kind else ())]
    for _, field, texts in coded(content):
        codes = [text.partition(":")[0] for text in texts]
        if field.codes:
            labels = [CODES[field.codes].get(code, {}) for code in codes]
            lines += [word for each in labels for word in each.values()]
        if field.codes or field.type in {Type.WORD, Type.GRID}:
            lines += codes
    return "\n".join(dict.fromkeys(lines))
