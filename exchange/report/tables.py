"""Tables, names and places: what every part of the page is made of."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exchange.audit.result import shown
from exchange.report.html import Child, Children, Element, tag
from exchange.report.words import Words
from exchange.v1 import envelope_pb2 as pb

NAME_SHOWN = 160  # characters; a name of the ledger has 128 at most
FIRST_LOG = ".fusion/log/1"
_PIECE = re.compile(r"[^./@]{0,20}[./@]?(?<=.)")  # what stays on one line


class Column(NamedTuple):
    """A column's title, and whether it holds numbers, which stand at the end."""

    title: Children
    number: bool = False


def table(
    words: Words,
    caption: Element,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Children]],
    total: int | None = None,
) -> Element:
    """Return a table, and how many rows it leaves out where there are `total`."""
    body = [_row(columns, row) for row in rows]
    heads = (tag("th", c.title, scope="col", class_=_class(c)) for c in columns)
    return tag(
        "div",
        tag(
            "table",
            caption,
            tag("thead", tag("tr", heads)),
            tag("tbody", body),
        ),
        _left_out(words, len(body), total),
        class_="wide",
    )


def caption(text: str) -> Element:
    """Return what stands above a table."""
    return tag("caption", text)


def titled(text: str) -> Element:
    """Return the caption of a table whose heading says it already.

    Only those are told it again who do not see the page.
    """
    return tag("caption", text, class_="unseen")


def _left_out(words: Words, rows: int, total: int | None) -> Element | None:
    if total is None or total <= rows:
        return None
    text = words.fill(
        "The first {rows} of {total}. The complete list: {command}",
        rows=words.number(rows),
        total=words.number(total),
        command=command("fusion audit report --json"),
    )
    return tag("p", text, class_="more")


def _row(columns: Sequence[Column], cells: Sequence[Children]) -> Element:
    first, *others = cells
    return tag(
        "tr",
        tag("th", first, scope="row", class_=_class(columns[0])),
        (
            tag("td", cell, class_=_class(column))
            for column, cell in zip(columns[1:], others, strict=True)
        ),
    )


def _class(column: Column) -> str | None:
    return "number" if column.number else None


def row(*cells: Children) -> Sequence[Children]:
    """Return the cells of one row, whatever each is."""
    return cells


def name(text: str) -> Element:
    """Return a name from the ledger: bounded, Latin, one line, apart from the text."""
    safe = shown(text)
    bounded = safe if len(safe) <= NAME_SHOWN else f"{safe[:NAME_SHOWN]}…"
    pieces = _PIECE.findall(bounded)
    broken = ((tag("wbr"), piece) for piece in pieces[1:])
    return tag("bdi", pieces[:1], *broken, dir="ltr", class_="name")


def command(text: str) -> Element:
    """Return what one types."""
    return tag("bdi", text, dir="ltr", class_="name")


def place(origin: str, idx: int | None = None) -> Element:
    """Return where an entry stands, or a log."""
    return name(place_text(origin, idx))


def place_text(origin: str, idx: int | None) -> str:
    """Return where an entry stands, as commands take it: `islamabad.pk#412`."""
    return origin if idx is None else f"{origin.removesuffix(FIRST_LOG)}#{idx}"


def desk(words: Words, text: str) -> Child:
    """Return the name of a desk, or that no statement names the signer."""
    return name(text) if text else words.say("unknown signer")


def precedence(words: Words, value: int) -> str:
    """Return the label of a precedence."""
    return words.code("precedence", _code(pb.Precedence.Name(value)))  # type: ignore[arg-type]


def relation(words: Words, value: int) -> str:
    """Return the label of a relation."""
    return words.code("relation", _code(pb.Relation.Name(value)))  # type: ignore[arg-type]


def mode(words: Words, value: int) -> str:
    """Return the label of a mode."""
    return words.code("mode", _code(pb.Mode.Name(value)))  # type: ignore[arg-type]


def _code(name: str) -> str:
    return name.partition("_")[2]
