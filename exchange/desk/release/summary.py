"""The header and text that a releaser signs, in lines of the language in use.

The header is exactly the one that his signature covers.
"""

from collections.abc import Iterator

from exchange.bulletin import content as bulletin
from exchange.bulletin import translations
from exchange.bulletin.codes import label
from exchange.bulletin.facts import Named, header_facts, line
from exchange.bulletin.render import render
from exchange.desk.incoming.examine_entry import ExaminedEntry, decode_remark
from exchange.desk.outgoing.drafts import draft_from
from exchange.desk.remarks import DECLINE, remark_lines
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang, say


def text_lines(entry: ExaminedEntry, named: Named) -> Iterator[str]:
    if entry.core.kind in {pb.KIND_TRANSLATION, pb.KIND_RECEIPT}:
        for fact in header_facts(entry.core, lang(), named):
            yield line(fact, lang())
    if entry.core.kind == pb.KIND_TRANSLATION:
        told = bulletin.decode_translation(entry.content or b"")
        yield say(
            "translation into {language} by {officer}",
            language=label("language", told.lang, lang()),
            officer=entry.author,
        )
        for text in told.segments:
            yield f"> {text.text}"
        return
    if entry.core.kind == pb.KIND_RECEIPT:
        yield from (f"> {said}" for said in _remark_lines(entry))
        return
    said = bulletin.decode(entry.content or b"", entry.core)
    yield from render(said, entry.core, lang(), None, named).splitlines()


def _remark_lines(entry: ExaminedEntry) -> list[str]:
    return remark_lines(decode_remark(entry.content or b""), DECLINE, lang())


def text_json(entry: ExaminedEntry) -> dict[str, object]:
    """Return it in the form of an input file."""
    if entry.core.kind == pb.KIND_TRANSLATION:
        said = bulletin.decode_translation(entry.content or b"")
        return translations.to_json(said)
    if entry.core.kind == pb.KIND_RECEIPT:
        return {"remark": _remark_lines(entry)}
    found = bulletin.to_json(draft_from(entry.core, entry.content or b""))
    del found["translations"]
    return found
