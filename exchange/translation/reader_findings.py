"""Findings of the checks in a received translation, for its readers.

A partner's desk may not have run them. Findings that contradict a text's claimed state
are shown next to it. The text is never hidden: a check may err.

Terms are not checked. They depend on the version of the glossary, which may differ by
desk and day.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from exchange import words
from exchange.bulletin.prose_view import Doubt
from exchange.bulletin.translations import segments_of, stale
from exchange.translation.checks import Finding, check
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2 as pb

LINES = 6  # shown for a segment; a hostile text may have thousands
LONGEST = 160  # characters of a line, since a span may be a whole segment
_NO_TERMS = Glossary(0, ())


@lru_cache(maxsize=16)  # called when the list changes next to an open bulletin
def against(source: bytes, data: bytes) -> Mapping[str, Sequence[Finding]]:
    """Return those that block a segment's claimed state.

    `source` is a serialized Content, `data` a checked Translation of it. Omits findings
    that the signer confirmed, and segments of another source text. Takes up to 0.1 s a
    segment of a hostile text: do not call it in a drawing thread.
    """
    content = pb.Content.FromString(source)
    translation = pb.Translation.FromString(data)
    sources, gone = segments_of(content), set(stale(content, translation))
    confirmed = frozenset(translation.confirmed)
    by_segment = {
        each.id: [
            finding
            for finding in check(
                sources[each.id],
                each.text,
                translation.lang,
                _NO_TERMS,
                confirmed,
                subject=each.id == content.subject.id,
            )
            if finding.blocks(each.state)
        ]
        for each in translation.segments
        if each.id not in gone
    }
    return {i: findings for i, findings in by_segment.items() if findings}


def subject_holds(content: pb.Content, data: bytes) -> bool:
    """Return whether a translated subject passes the checks of its state.

    `data` is a checked Translation of `content`. Each pair of subjects is checked once.
    """
    translation = pb.Translation.FromString(data)
    source = segments_of(content).get(content.subject.id)
    if source is None:
        return False
    known = source.SerializeToString(), translation.lang, tuple(translation.confirmed)
    return all(
        _holds(*known, each.text, each.state)
        for each in translation.segments
        if each.id == content.subject.id
    )


@lru_cache(maxsize=256)  # pages of a list, shown repeatedly
def _holds(
    source: bytes, lang: str, confirmed: Sequence[str], text: str, state: str
) -> bool:
    segment, answered = pb.Segment.FromString(source), frozenset(confirmed)
    found = check(segment, text, lang, _NO_TERMS, answered, subject=True)
    return not any(one.blocks(state) for one in found)


def finding_lines(
    by_segment: Mapping[str, Sequence[Finding]], lang: str
) -> dict[str, Sequence[Doubt]]:
    """Return a line for each in that language, the gravest first.

    They may contain a partner's text, not safe to print to a terminal.
    """
    return {i: list(_lines(findings, lang)) for i, findings in by_segment.items()}


def _lines(findings: Sequence[Finding], lang: str) -> Sequence[Doubt]:
    ordered = sorted(findings, key=lambda finding: finding.answerable)
    lines = [_line(finding, lang) for finding in ordered[:LINES]]
    if more := ordered[LINES:]:
        said = words.of(lang).ngettext("{n} more", "{n} more", len(more))
        lines.append(Doubt(said.format(n=len(more)), wrong=not more[0].answerable))
    return lines


def _line(finding: Finding, lang: str) -> Doubt:
    text = finding.text(lang).replace("\n", "\u240a")
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    return Doubt(text, wrong=not finding.answerable)
