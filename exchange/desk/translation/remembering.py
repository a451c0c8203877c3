"""What a desk learns from translations, and suggests from what it has learnt.

`exchange.translation.memory` says what keeps memories apart; here it is seen to.
"""

from exchange.bulletin.prose import known_language
from exchange.bulletin.translations import segments_of, source_hash
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox import Mailbox
from exchange.translation.memory import SUGGESTED_MAX, Label, Pair, Suggestion, suggest
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

CHECKED = frozenset({"REVIEWED", "FINAL"})
"""The states in which a text is worth remembering."""


def learn(
    mailbox: Mailbox,
    about: bytes,
    core: pb.Core,
    said: bulletin_pb2.Translation,
    officer: str,
) -> int:
    """Remember the texts of a translation that was signed here or verified.

    `about` names its source, `core` is the translation's own header, whose label, at
    least as strict as the source's, is that of the pairs. Kept are the segments that a
    second person has reviewed (REVIEWED, FINAL) and whose source is still the text that
    was translated. Returns how many pairs were new.
    """
    if not mailbox.knows(about) or (content := mailbox.read(about).content) is None:
        return 0
    source = segments_of(bulletin_pb2.Content.FromString(content))
    pairs = [
        Pair(
            lang=source[segment.id].lang,
            text=source[segment.id].text,
            target_lang=said.lang,
            target_text=segment.text,
            officer=officer,
            changed=core.filed,
        )
        for segment in said.segments
        if (segment.state or said.state) in CHECKED
        and segment.id in source
        and source_hash(source[segment.id]) == segment.source
    ]
    return mailbox.remember(Label.of(core), pairs)


def suggestions(
    mailbox: Mailbox,
    core: pb.Core,
    segment: bulletin_pb2.Segment,
    lang: str,
    limit: int = SUGGESTED_MAX,
) -> list[Suggestion]:
    """Return earlier translations into `lang` of texts like a segment, best first.

    `core` is the header of the segment's bulletin: from pairs of the same label only.
    """
    pairs = mailbox.remembered(Label.of(core), segment.lang, lang, segment.text)
    return suggest(pairs, segment.text, limit)


def suggested(mailbox: Mailbox, about: About, lang: str) -> dict[str, list[Suggestion]]:
    """Return the suggestions for each segment of a bulletin (`Desk.about`), by id."""
    content = bulletin_pb2.Content.FromString(about.content or b"")
    return {
        i: suggestions(mailbox, about.core, segment, known_language(lang))
        for i, segment in segments_of(content).items()
    }
