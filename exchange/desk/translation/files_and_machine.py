"""Translations from outside the desk: files of translators, and a machine.

    data = export(desk, name, "ur")                  # XLIFF, to be written to a file
    taken = take(desk, data)                         # the returned texts
    texts = ask(desk, name, "ur", settings, folder)  # of a machine, if its gate allows
    take_machine(desk, name, "ur", texts)

An officer answers for imported texts as translator: a file never makes a text more than
TRANSLATED, a machine's is INITIAL.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from exchange.bulletin.translations import STATES, segments_of
from exchange.config import TranslatorConfig
from exchange.desk.client import Desk
from exchange.desk.incoming import translation_memory
from exchange.desk.outgoing.prepare import cite
from exchange.desk.translation import terms
from exchange.desk.translation.pending_translation import (
    PendingTranslation,
    Put,
    TranslationSource,
)
from exchange.errors import Reason, Refusal, Why
from exchange.translation import machine, xliff
from exchange.translation.xliff import Candidate, ReturnedSegment
from exchange.trust import names
from exchange.trust.labels import Labelled
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

INITIAL, TRANSLATED = STATES[0], STATES[1]
HERE_ONLY = "DUTY_DESK_ONLY"
_STAYS = Why(
    "its label does not let the text leave the desk as a file; work with it here"
)
ASKED_FIRST = "ORIGINATOR_CONTROLLED"


class ImportedTexts(NamedTuple):
    name: bytes
    lang: str
    put: tuple[str, ...]
    """Texts that differ from before."""
    over: tuple[str, ...]
    """Those of them that had been changed here since the file was written."""
    translated: tuple[str, ...]
    """Brought to TRANSLATED."""


# Files.


def export(
    desk: Desk, name: bytes, lang: str, machines: Mapping[str, str] | None = None
) -> bytes:
    """Return it with the translation so far.

    Memory and terms in it go no further than the bulletin's own label. `machines` are a
    machine's texts by segment, to choose from. Raises Refusal as `leaving`.
    """
    source = leaving(desk, name, lang)
    return xliff.write(
        source.content,
        PendingTranslation(desk, name, lang).current(),
        lang,
        name=name,
        glossary=terms.glossary_for(desk, source.label),
        suggestions=_candidates(desk, source, lang, machines or {}),
        notes=_notes(source),
    )


def leaving(desk: Desk, name: bytes, lang: str) -> TranslationSource:
    """Check that its text may leave the desk as a file.

    Raises Refusal: STALE if it was replaced or recalled, NOT_RELEASABLE if the label in
    force keeps it at this desk.
    """
    source = PendingTranslation(desk, name, lang).require_standing()
    check_export(source.label, desk.officer.desk)
    return source


def check_export(label: Labelled, own: str) -> None:
    """Refuse to let a text leave the desk as a file.

    1. It is releasable to the nation of this desk.
    2. It is not for the duty desk only.
    """
    # 1
    if names.domain_of(own) not in label.releasable_to:
        raise Refusal(Reason.NOT_RELEASABLE, f"label.releasable_to: {own}", _STAYS)
    # 2
    if HERE_ONLY in label.caveats:
        raise Refusal(Reason.NOT_RELEASABLE, f"label.caveats: {HERE_ONLY}", _STAYS)


def is_grave(label: Labelled) -> bool:
    """Return whether a person must confirm the export.

    TLP:RED is for the named recipients alone, and some texts need their author's
    consent.
    """
    return label.tlp == env.TLP_RED or ASKED_FIRST in label.caveats


def label_line(label: Labelled) -> str:
    """Return TLP:AMBER cn pk PROTECT_SOURCE."""
    tlp = env.Tlp.Name(label.tlp).removeprefix("TLP_")
    lists = (*sorted(label.releasable_to), *sorted(label.caveats))
    return " ".join((f"TLP:{tlp}", *lists))


def _notes(source: TranslationSource) -> list[tuple[str, str]]:
    core = source.about.core
    mode = env.Mode.Name(core.mode).removeprefix("MODE_")
    precedence = env.Precedence.Name(core.precedence).removeprefix("PRECEDENCE_")
    return [
        ("label", label_line(source.label)),
        ("kind", f"{source.content.kind} {precedence} {mode}"),
    ]


def _candidates(
    desk: Desk, source: TranslationSource, lang: str, machines: Mapping[str, str]
) -> dict[str, list[Candidate]]:
    remembered = translation_memory.suggest_by_segment(desk.mailbox, source.about, lang)
    candidates = {
        i: [Candidate(s.text, "MEMORY", s.percent, s.source) for s in each]
        for i, each in remembered.items()
    }
    for i, text in machines.items():
        candidates.setdefault(i, []).append(Candidate(text, "MACHINE"))
    return candidates


def take(desk: Desk, data: bytes, where: str = "XLIFF") -> ImportedTexts:
    """Put all texts of a returned file, or nothing.

    1. The file is well formed; its bulletin is here (NOT_FOUND) and matches it.
    2. Texts changed since the export are put.
    3. Texts marked translated or more become TRANSLATED if this officer is the
       translator and no check blocks it. Review is never by file.
    """
    # 1
    returned = xliff.read(data, where)
    name, lang = returned.name, returned.lang
    if not desk.mailbox.messages.knows(name):
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
    source = cite(desk.mailbox, name)
    if source.core.kind != env.KIND_BULLETIN or source.content is None:
        raise Refusal(Reason.KIND, name.hex()[:16])
    content = pb.Content.FromString(source.content)
    xliff.check(returned, content, name)
    pending = PendingTranslation(desk, name, lang)
    # 2
    with desk.mailbox.database.transaction():
        texts = {s.id: s.text for s in pending.current().segments}
        new = [s for s in returned.segments if _is_new(s, texts.get(s.id, ""))]
        if new:
            pending.put({s.id: _put(s) for s in new})
        # 3
        wanted = {s.id for s in returned.segments if s.state != INITIAL}
        done = _advance(desk, pending, wanted)
    return ImportedTexts(
        name,
        lang,
        put=tuple(s.id for s in new),
        over=tuple(s.id for s in new if _was_changed(s, texts.get(s.id, ""))),
        translated=done,
    )


def _is_new(segment: ReturnedSegment, text_here: str) -> bool:
    text = segment.target.plain
    return bool(text) and segment.changed and text != text_here


def _was_changed(segment: ReturnedSegment, text_here: str) -> bool:
    return (
        bool(text_here)
        and hashlib.sha256(text_here.encode()).digest() != segment.before
    )


def _put(segment: ReturnedSegment) -> Put:
    match = segment.match if segment.origin == "MEMORY" else 0
    return Put(segment.target.plain, segment.origin, match)


def _advance(
    desk: Desk, pending: PendingTranslation, wanted: set[str]
) -> tuple[str, ...]:
    """Advance them as far as this officer may; return which."""
    work = pending.current()
    if work.translator != desk.officer.name:
        return ()
    against = {f.segment for f in pending.findings() if f.blocks(TRANSLATED)}
    ready = [
        segment.id
        for segment in work.segments
        if segment.id in wanted - against and segment.state == INITIAL
    ]
    if ready:
        pending.advance(TRANSLATED, ready)
    return tuple(ready)


# A machine.


def ask(  # noqa: PLR0913, PLR0917 - of which bulletin, whom, and how
    desk: Desk,
    name: bytes,
    lang: str,
    settings: TranslatorConfig | None,
    folder: Path,
    segments: Collection[str] | None = None,
) -> Mapping[str, str]:
    """Return them for segments without a text, or as named.

    Nothing is sent unless `machine.gate` lets the bulletin pass by the label in force.
    Raises Refusal(MACHINE | NOT_RELEASABLE | FIELD_UNKNOWN), STALE if it was replaced
    or recalled.
    """
    pending = PendingTranslation(desk, name, lang)
    source = pending.require_standing()
    allowed = machine.gate(settings, source.label)
    there = segments_of(source.content)
    done = {s.id for s in pending.current().segments}
    if segments is None:
        asked = [there[i] for i in there if i not in done]
    else:
        asked = [_named(there, i) for i in segments]
    if not asked:
        return {}
    return machine.translate_segments(machine.load(allowed, folder), asked, lang)


def _named(there: Mapping[str, pb.Segment], i: str) -> pb.Segment:
    if i not in there:
        raise Refusal(Reason.FIELD_UNKNOWN, "--segment")
    return there[i]


def take_machine(
    desk: Desk, name: bytes, lang: str, texts: Mapping[str, str]
) -> pb.Translation:
    """Put a machine's texts as INITIAL; a person must work on them."""
    made = {i: Put(text, "MACHINE") for i, text in texts.items()}
    return PendingTranslation(desk, name, lang).put(made)
