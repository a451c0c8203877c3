"""A whole bulletin as readable text in one language.

Facts come from coded fields alone; prose is in the reader's language if translated, and
as written. The result may contain a partner's text: show it in a terminal only through
`tui.text`.
"""

from exchange.bulletin.codes import label
from exchange.bulletin.draft import Draft
from exchange.bulletin.facts import (
    Fact,
    FactGroup,
    Named,
    facts,
    header_facts,
    line,
    parts,
)
from exchange.bulletin.format_value import time_text, value_text
from exchange.bulletin.prose_view import Passage, ProseText, Rendition, passages
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

__all__ = [
    "Fact",
    "FactGroup",
    "facts",
    "header_facts",
    "parts",
    "render",
    "time_text",
    "value_text",
]
_QUOTE = "> "  # before prose, which could otherwise pass for the text around it


def render(
    content: pb.Content,
    header: env.Core | Draft,
    lang: str,
    shown: Rendition | None = None,
    named: Named = bytes.hex,
) -> str:
    """Return a bulletin as plain text in logical order.

    Doubts about a segment are above it, each on a line after its sign. A mode other
    than ACTUAL is the first and the last line.
    """
    mode = env.Mode.Name(header.mode)[len("MODE_") :]
    banner = [] if mode == "ACTUAL" else [f"*** {label('mode', mode, lang)} ***"]
    blocks = [_part(part, lang) for part in parts(content, header, lang, named=named)]
    blocks += [_passage(each) for each in passages(content, shown, lang)]
    return "\n\n".join((*banner, *blocks, *banner)) + "\n"


def _title(text: str) -> list[str]:
    return [f"== {text} =="] if text else []


def _part(part: FactGroup, lang: str) -> str:
    return "\n".join((*_title(part.title), *(line(fact, lang) for fact in part.facts)))


def _passage(passage: Passage) -> str:
    pieces = [_piece(piece) for piece in passage.pieces]
    return "\n".join((*_title(passage.title), f"\n{_QUOTE.rstrip()}\n".join(pieces)))


def _piece(piece: ProseText) -> str:
    mark = f"[{piece.mark}] " if piece.mark else ""
    doubts = [f"{doubt.sign} {doubt.text}" for doubt in piece.doubts]
    lines = f"{mark}{piece.text}".split("\n")
    return "\n".join((*doubts, *(f"{_QUOTE}{each}" for each in lines)))
