"""The tables, names and places that each part of the page uses."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exchange.audit.result import shown
from exchange.report.html import PARTS
from exchange.report.words import Words
from exchange.v1 import envelope_pb2 as pb

NAME_SHOWN = 160  # characters; a name of the ledger has 128 at most
_PIECE = re.compile(r"[^./@]{0,20}[./@]?(?<=.)")  # a piece that stays on one line


class Column(NamedTuple):
    """A column's title, and whether it has numbers, which are end-aligned."""

    title: str
    number: bool = False


def table(
    words: Words,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    total: int | None = None,
) -> str:
    """Return a table that says how many rows of `total` are omitted."""
    body = [list(zip(columns, row, strict=True)) for row in rows]
    more = _left_out(words, len(body), total)
    sideways = words.say("⇆ A table that is wider than the screen moves sideways.")
    found: str = PARTS.table(caption, columns, body, more, sideways)
    return found


def caption(text: str) -> str:
    found: str = PARTS.caption(text)
    return found


def short_caption(text: str) -> str:
    """Return a table's caption that repeats its heading.

    Only a screen reader gets it.
    """
    found: str = PARTS.caption(text, unseen=True)
    return found


def _left_out(words: Words, rows: int, total: int | None) -> str | None:
    if total is None or total <= rows:
        return None
    return words.fill(
        "The first {rows} of {total}. The complete list: {command}",
        rows=words.number(rows),
        total=words.number(total),
        command=PARTS.name(["fusion audit report --json"]),
    )


def name(text: str) -> str:
    """Return a name, bounded: Latin, one line, apart from the text."""
    safe = shown(text)
    bounded = safe if len(safe) <= NAME_SHOWN else f"{safe[:NAME_SHOWN]}…"
    found: str = PARTS.name(_PIECE.findall(bounded))
    return found


def place(origin: str, idx: int | None = None) -> str:
    return name(place_text(origin, idx))


def place_text(origin: str, idx: int | None) -> str:
    """Return the place of an entry, as commands take it: `islamabad.pk/2#412`.

    A node's first log needs no number. The place of a log is its origin.
    """
    if idx is None:
        return origin
    node, _, number = origin.partition(".fusion/log/")
    log = node if number in {"", "1"} else f"{node}/{number}"
    return f"{log}#{idx}"


def desk(words: Words, text: str) -> str:
    return name(text) if text else words.say("unknown signer")


def precedence(words: Words, value: int) -> str:
    return words.code("precedence", _code(pb.Precedence.Name(value)))  # type: ignore[arg-type]


def relation(words: Words, value: int) -> str:
    return words.code("relation", _code(pb.Relation.Name(value)))  # type: ignore[arg-type]


def mode(words: Words, value: int) -> str:
    return words.code("mode", _code(pb.Mode.Name(value)))  # type: ignore[arg-type]


def _code(name: str) -> str:
    return name.partition("_")[2]
