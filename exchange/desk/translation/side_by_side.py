"""A bulletin beside its translation, segment by segment."""

from exchange.bulletin.translations import segments_of
from exchange.desk.incoming.relations import About
from exchange.translation.checks import Finding, check
from exchange.translation.glossary import Glossary
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2 as pb
from keys.secret_records import SecretRecord


class TranslationSource(SecretRecord, frozen=True):
    name: bytes
    about: About
    content: pb.Content

    @property
    def precedence(self) -> int:
        return self.about.core.precedence

    @property
    def label(self) -> Label:
        return self.about.binding_handling.label


def check_text(
    source: TranslationSource,
    work: pb.Translation,
    text: pb.TranslatedSegment,
    glossary: Glossary,
) -> list[Finding]:
    """Return the findings that are not confirmed."""
    segment = segments_of(source.content)[text.id]
    subject = segment.id == source.content.subject.id
    confirmed = frozenset(work.confirmed)
    return check(segment, text.text, work.lang, glossary, confirmed, subject=subject)


def terms_of(
    segment: pb.Segment, lang: str, glossary: Glossary
) -> list[tuple[str, str]]:
    """Return each with the form for the target."""
    pairs = [
        (segment.text[one.start : one.end], glossary.preferred_form(one.term, lang))
        for one in glossary.required_terms(segment)
    ]
    return list(dict.fromkeys(pairs))
