"""Turn a draft into the values of a form: texts by dotted path."""

from collections.abc import Iterator

from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.draft import Draft
from exchange.bulletin.structure import section_value, values_of
from exchange.bulletin.values import iso
from exchange.v1 import envelope_pb2 as env


def values_in(draft: Draft) -> dict[str, list[str]]:
    """Return every value, complete or not, except empty ones."""
    pairs = (*_header(draft), *_sections(draft), *_details(draft))
    return {path: texts for path, texts in pairs if texts}


def _sections(draft: Draft) -> Iterator[tuple[str, list[str]]]:
    for section in SECTIONS:
        message = getattr(draft.content, section.name)
        for field in section.fields:
            text = section_value(field, message)
            yield f"{section.name}.{field.name}", [text] if text else []


def _details(draft: Draft) -> Iterator[tuple[str, list[str]]]:
    for field in draft.kind.fields:
        yield f"details.{field.name}", values_of(draft.content, field)


def _header(draft: Draft) -> Iterator[tuple[str, list[str]]]:
    if draft.precedence:
        word = env.Precedence.Name(draft.precedence)
        yield "precedence", [word.removeprefix("PRECEDENCE_")]
    if draft.mode:
        yield "mode", [env.Mode.Name(draft.mode).removeprefix("MODE_")]
    if draft.tlp:
        yield "label.tlp", [env.Tlp.Name(draft.tlp).removeprefix("TLP_")]
    yield "label.releasable_to", list(draft.releasable_to)
    yield "label.caveats", list(draft.caveats)
    yield from (("to", list(draft.to)), ("info", list(draft.info)))
    yield "review", [draft.review] if draft.review else []
    if draft.release != env.RELEASE_NONE:
        yield "release", [env.Release.Name(draft.release).removeprefix("RELEASE_")]
    times = {"valid_from": draft.valid_from, "expires": draft.expires}
    yield from ((name, [iso(ms)] if ms else []) for name, ms in times.items())
