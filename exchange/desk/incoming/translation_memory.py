"""Learn pairs of texts from translations, and suggest from them.

Keeps memories apart as `exchange.translation.memory` requires.
"""

from exchange.bulletin.prose import known_language
from exchange.bulletin.translations import segments_of, source_hash
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox import Mailbox
from exchange.translation.memory import (
    SUGGESTED_MAX,
    MemoryLabel,
    Suggestion,
    TextPair,
    suggest,
)
from exchange.trust import labels
from exchange.trust.labels import Labelled
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

CHECKED = frozenset({"REVIEWED", "FINAL"})
"""The states in which a text is worth remembering."""


def learn(
    mailbox: Mailbox,
    about: bytes,
    core: pb.Core,
    translation: bulletin_pb2.Translation,
    officer: str,
) -> int:
    """Remember texts signed here or verified; return how many pairs were new.

    `about` names its source, `core` is the translation's own header. The pairs' label
    is as strict as the translation's and as its source's label in force; if that
    releases it to no nation, no pair is kept.
    """
    if not mailbox.messages.knows(about):
        return 0
    label = labels.Label.of(core) & mailbox.references.handling_of(about).label
    pairs = _pairs(mailbox, about, core, translation, officer)
    if not label.releasable_to:
        return 0
    return mailbox.memory.remember(MemoryLabel.of(label), pairs, about)


def _pairs(
    mailbox: Mailbox,
    about: bytes,
    core: pb.Core,
    translation: bulletin_pb2.Translation,
    officer: str,
) -> list[TextPair]:
    """Return texts that a second person reviewed, if the source has not changed."""
    if (
        not mailbox.messages.knows(about)
        or (content := mailbox.messages.read(about).content) is None
    ):
        return []
    source = segments_of(bulletin_pb2.Content.FromString(content))
    return [
        TextPair(
            lang=source[segment.id].lang,
            text=source[segment.id].text,
            target_lang=translation.lang,
            target_text=segment.text,
            officer=officer,
            changed=core.filed,
        )
        for segment in translation.segments
        if (segment.state or translation.state) in CHECKED
        and segment.id in source
        and source_hash(source[segment.id]) == segment.source
    ]


def suggestions(
    mailbox: Mailbox,
    label: Labelled,
    segment: bulletin_pb2.Segment,
    lang: str,
    limit: int = SUGGESTED_MAX,
) -> list[Suggestion]:
    """Return the best first, of texts like a segment.

    `label` is the one in force of its bulletin; only pairs with that label.
    """
    pairs = mailbox.memory.find_pairs(
        MemoryLabel.of(label), segment.lang, lang, segment.text
    )
    return suggest(pairs, segment.text, limit)


def suggest_by_segment(
    mailbox: Mailbox, about: About, lang: str
) -> dict[str, list[Suggestion]]:
    content = bulletin_pb2.Content.FromString(about.content or b"")
    return {
        i: suggestions(
            mailbox, about.binding_handling.label, segment, known_language(lang)
        )
        for i, segment in segments_of(content).items()
    }
