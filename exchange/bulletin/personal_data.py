"""Find possible personal data in free text, to ask before it is signed.

No names, plates, telephone or identity numbers of persons belong in a bulletin.
Patterns only guess, so a writer may confirm a finding as harmless, for every reader to
see in `confirmed`.
"""

from collections.abc import Iterator

from exchange.bulletin.draft import Draft
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.search_words import coded_fields
from exchange.bulletin.spans import scan
from exchange.bulletin.values import known_parts
from exchange.errors import Why
from exchange.recognise.personal_data import HARMLESS, kinds_in, may_hold, prepare
from exchange.v1 import bulletin_pb2 as pb

CONFIRM = Why("looks like personal data; remove it, or --confirm that it is not")


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    content = draft.content
    yield "subject.text", content.subject.text
    for i, segment in enumerate(content.segments):
        yield f"segments.{i}.text", segment.text
    for i, attachment in enumerate(content.attachments):
        yield f"attachments.{i}.name", attachment.name
    for i, translation in enumerate(draft.translations):
        for said in translation.segments:
            yield f"translations.{i}.segments.{said.id}", said.text
    yield from _words(content)
    for i, term in enumerate(content.terms):
        for j, form in enumerate(term.forms):
            yield f"terms.{i}.forms.{j}.text", form.text


def _words(content: pb.Content) -> Iterator[tuple[str, str]]:
    """Yield the writer's own words in fields: call signs, posts, channels."""
    for name, field, texts in coded_fields(content):
        for i, text in enumerate(texts):
            place = f"{name}.{i}" if field.many else name
            if field.type is Type.WORD:
                yield place, text
            elif field.type is Type.RECORD:
                yield from _of_record(field, text, place)


def _of_record(field: Field, text: str, place: str) -> Iterator[tuple[str, str]]:
    for part, texts in known_parts(field, text):
        if part.type is Type.WORD:
            for each in texts:
                yield f"{place}.{part.name}", each


def personal_data(draft: Draft) -> list[tuple[str, str]]:
    """Return (dotted field, EMAIL | IDENTITY_CARD | PHONE | PASSPORT | PLATE) found.

    A guess from patterns: in subject, segments, names of attachments, translations,
    words of the kind's own fields, and terms.
    """
    return [(where, name) for where, text in _texts(draft) for name in find_kinds(text)]


def find_kinds(text: str) -> list[str]:
    """Return EMAIL, PHONE, ..."""
    rest = prepare(text)
    if not may_hold(rest):
        return []
    for found in scan(rest, "en"):
        if found.kind in HARMLESS:
            gap = " " * (found.end - found.start)
            rest = f"{rest[: found.start]}{gap}{rest[found.end :]}"
    return kinds_in(rest) if may_hold(rest) else []
