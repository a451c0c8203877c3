"""Vectors of the numbers of bulletins: in a content, and as they come in."""

from collections.abc import Iterator
from typing import Any

from exchange.bulletin.content import encode
from exchange.v1 import bulletin_pb2
from tests.desk.forging import text
from tests.trust.nation import Nation

DESK = "ops.beijing.cn"


def contents() -> Iterator[dict[str, Any]]:
    for shows, numbers, good in (
        ("none", [], True),
        ("the first", [(DESK, 1)], True),
        ("the last that there is", [(DESK, 2**63 - 1)], True),
        ("two desks, by desk", [(DESK, 3), ("rescue.kabul.af", 1)], True),
        ("two desks, the other way", [("rescue.kabul.af", 1), (DESK, 3)], False),
        ("a desk twice", [(DESK, 1), (DESK, 2)], False),
        ("0", [(DESK, 0)], False),
        ("2^63", [(DESK, 2**63)], False),
        ("no desk", [("", 1)], False),
        ("a desk of 129 characters", [("x" * 129, 1)], False),
        ("65 desks", [(f"d{n:02}", 1) for n in range(65)], False),
    ):
        content = bulletin_pb2.Content.FromString(text(Nation()))
        for desk, number in numbers:
            content.numbers.add(desk=desk, number=number)
        yield {"shows": shows, "content": encode(content).hex(), "good": good}


def arrivals() -> Iterator[dict[str, Any]]:
    """Numbers of one desk as they come; null is a bulletin that does not open."""
    for shows, came, missing in (
        ("all in order", [1, 2, 3], []),
        ("one is withheld", [1, 3], [2]),
        ("the first two", [3], [1, 2]),
        ("it comes late", [1, 3, 2], []),
        ("one twice", [1, 1, 2], []),
        ("two gaps", [2, 5], [1, 3, 4]),
        ("one does not open", [1, None, 3], []),
        ("one does not open, two are missing", [1, None, 4], [2, 3]),
    ):
        yield {"shows": shows, "came": came, "missing": missing}


FILES = {
    "numbers": lambda: {"contents": list(contents()), "arrivals": list(arrivals())}
}
