"""Findings of the checks in a received translation, for its readers.

A translator's desk asks the checks before each state. Of what a partner sent his desk
was asked, or nobody: so they are asked again here, and what does not go with the state
that a text claims is shown beside it. It is marked and never hidden: a check may err,
and the original counts.

Terms are left out. Which words are agreed hangs on the version of the glossary, which
may be another one at each desk and on each day: such marks would come and go without a
change of the text, and teach readers to overlook those at a wrong number.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from exchange import words
from exchange.bulletin.prose_view import Doubt
from exchange.bulletin.translations import segments_of, stale
from exchange.translation.checks import Finding, check
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2 as pb

LINES = 6  # that are told of a segment; a hostile text may have thousands
LONGEST = 160  # characters of one, as a span may be a whole segment
_NO_TERMS = Glossary(0, ())


@lru_cache(maxsize=16)  # asked for whenever the list changes beside an open bulletin
def against(source: bytes, data: bytes) -> Mapping[str, Sequence[Finding]]:
    """Return by segment what the state that it claims does not allow.

    `source` is a serialized Content, `data` a checked Translation of it. What its
    signer confirmed is left out, and what is of another text of the source. Up to
    0.1 s a segment of a hostile text: not in a thread that draws.
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
    """Return whether the subject in a translation passes the checks of its state.

    `data` is a checked Translation of it. Each pair of subjects is checked once.
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


@lru_cache(maxsize=256)  # pages of a list, shown again and again
def _holds(
    source: bytes, lang: str, confirmed: Sequence[str], text: str, state: str
) -> bool:
    segment, answered = pb.Segment.FromString(source), frozenset(confirmed)
    found = check(segment, text, lang, _NO_TERMS, answered, subject=True)
    return not any(one.blocks(state) for one in found)


def finding_lines(
    by_segment: Mapping[str, Sequence[Finding]], lang: str
) -> dict[str, Sequence[Doubt]]:
    """Return findings in words of a language, a line each, the gravest first.

    The lines may hold a partner's text: they are safe for no terminal, but each stays
    one line.
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
