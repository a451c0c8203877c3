"""A bulletin beside its translation, segment by segment."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.bulletin.translations import segments_of
from exchange.desk.incoming.relations import About
from exchange.translation.checks import Finding, check
from exchange.translation.glossary import Glossary
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2 as pb


@dataclass(frozen=True, slots=True)
class Source:
    """The bulletin that is translated."""

    name: bytes
    about: About
    content: pb.Content

    @property
    def precedence(self) -> int:
        """By which its translation is held to more or less."""
        return self.about.core.precedence

    @property
    def label(self) -> Label:
        """The label in force, by which its text is handled."""
        return self.about.handled.label


@dataclass(frozen=True, slots=True)
class Part:
    """A segment beside its translation, empty where there is none yet."""

    source: pb.Segment
    said: pb.TranslatedSegment
    findings: Sequence[Finding]
    terms: Sequence[tuple[str, str]]
    """Each agreed term: as the source has it, and as the target shall."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A segment of the source beside what came back of its translation."""

    source: pb.Segment
    text: str
    back: str


def found_in(
    source: Source, work: pb.Translation, said: pb.TranslatedSegment, glossary: Glossary
) -> list[Finding]:
    """Return what the checks find in one text, confirmed findings aside."""
    segment = segments_of(source.content)[said.id]
    subject = segment.id == source.content.subject.id
    confirmed = frozenset(work.confirmed)
    return check(segment, said.text, work.lang, glossary, confirmed, subject=subject)


def terms_of(
    segment: pb.Segment, lang: str, glossary: Glossary
) -> list[tuple[str, str]]:
    """Return each agreed term of a segment, with the form for the target."""
    pairs = [
        (segment.text[one.start : one.end], glossary.wanted(one.term, lang))
        for one in glossary.asked(segment)
    ]
    return list(dict.fromkeys(pairs))
