"""A bulletin's segments as the translator sees them: source, findings, list."""

from collections.abc import Sequence

from exchange.bulletin.codes import CODES
from exchange.bulletin.spans import value_of
from exchange.desk.records import TranslationUnit
from exchange.v1.bulletin_pb2 import Span
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say

SIGNS = {"INITIAL": "·", "TRANSLATED": "t", "REVIEWED": "r", "FINAL": "✔"}


def fixed_text(span: Span, source: str, target: str) -> str:
    place = value_of(span, source) if span.kind == "PLACE" else ""
    known = CODES["site"].get(place)
    return known[target] if known else span.text


def source_items(piece: TranslationUnit) -> list[Item]:
    segment = piece.source
    spans = tuple((span.text, span.occurrence) for span in segment.spans)
    items: list[Item] = [Text(segment.text, segment.lang, "", gutter=True, spans=spans)]
    kept = [span.text for span in segment.spans]
    if kept:
        items.append(Pair(say("fixed"), "  ".join(kept), segment.lang, "dim", lang()))
    return items


def help_items(
    piece: TranslationUnit, target: str, *, unchecked: bool = False
) -> list[Item]:
    """Return the findings about a text, its terms, and similar translations.

    If the typed text is `unchecked`, say so instead: the findings are of an older text.
    """
    here = lang()
    items: list[Item] = [] if unchecked else _checked(piece)
    if unchecked:
        told = say("Not checked yet: ↵ puts it in.")
        items.append(Text(f"? {told}", here, "unsure"))
    items += [Pair(term, wanted, target, "", "") for term, wanted in piece.terms]
    for at, one in enumerate(piece.suggestions, 1):
        items.append(Pair(f"{at}. {one.percent} %", one.text, target, "dim", "en"))
    return items


def _checked(piece: TranslationUnit) -> list[Item]:
    here = lang()
    items: list[Item] = []
    for finding in piece.findings:
        sign, style = ("?", "unsure") if finding.answerable else ("✘", "bad")
        items.append(Text(f"{sign} {finding.text()}", here, style))
    if piece.translation.text and not piece.findings:
        items.append(Text(f"✔ {say('All checks passed.')}", here, "good"))
    return items


def list_items(pieces: Sequence[TranslationUnit], at: int) -> list[Item]:
    items: list[Item] = []
    for n, piece in enumerate(pieces):
        mark = "▸" if n == at else " "
        must = any(not finding.answerable for finding in piece.findings)
        sign = "✘" if must else SIGNS.get(piece.translation.state, "?")
        begin = " ".join(piece.source.text.split())[:40]
        style = "subject" if n == at else ""
        items.append(Text(f"{mark}{sign} {piece.source.id}", "en", style))
        items.append(Text(begin, piece.source.lang, "dim", gutter=True))
    return items
