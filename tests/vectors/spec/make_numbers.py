"""Vectors of the numbers of bulletins: in a content, and as they come in."""

from collections.abc import Iterator
from typing import Any

from exchange.bulletin.content import encode
from exchange.v1 import bulletin_pb2
from tests import third_counter
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
    """Numbers of one desk as they come; null is a bulletin that does not open.

    Then what officers say of numbers, and what is so after all that: numbers that are
    missing by the first and the last of those that follow each other.
    """
    far = 2**63 - 1
    closed = [None] * 3
    for shows, came, said in (
        ("all in order", [1, 2, 3], []),
        ("one is withheld", [1, 3], []),
        ("the first two", [3], []),
        ("it comes late", [1, 3, 2], []),
        ("one twice", [1, 1, 2], []),
        ("two gaps", [2, 5], []),
        ("one does not open", [1, None, 3], []),
        ("one does not open, two are missing", [1, None, 4], []),
        ("the last in reach", [1, 1_025], []),
        ("one too far", [1, 1_026], []),
        ("one too far, and one that does not open", [1, None, 1_026], []),
        ("a step on the way, later", [1, 1_026, 900], []),
        ("steps from the first", [1_024, 2_048, 3_072], []),
        ("the last that there is", [1, far, 2], []),
        ("it was misused", [1, far, 2], [(far, "MISUSED")]),
        ("misused, then written by that desk", [1, 3, 2, 3, 4], [(3, "MISUSED")]),
        ("one of two too far was misused", [1, 5_000, far], [(far, "MISUSED")]),
        ("go on from there", [1, 5_000, 5_002], [(5_000, "GO_ON")]),
        ("go on, and one more too far", [1, 5_000, far], [(5_000, "GO_ON")]),
        ("go on, then misused", [1, far, 2], [(far, "GO_ON"), (far, "MISUSED")]),
        ("a gap is dismissed", [1, 5, 7], [(5, "GO_ON")]),
        ("more do not open than are missing", [1, *closed, 4], []),
    ):
        reach, missing, beyond = third_counter.count(came, said)
        found = {"reach": reach, "missing": missing, "out_of_reach": beyond}
        words = [{"number": number, "verdict": word} for number, word in said]
        yield {"shows": shows, "came": came, "said": words, **found}


def senders() -> Iterator[dict[str, Any]]:
    """The largest number that a mailbox gave, what its log has, the next it gives."""
    for shows, given, logged, next_ in (
        ("the first", 0, [], 1),
        ("all logged", 3, [1, 2, 3], 4),
        ("one refused by its node", 3, [1, 2], 4),
        ("a mailbox that was restored", 1, [1, 2, 3], 4),
        ("a colleague's in reach", 3, [1, 2, 3, 1_027], 1_028),
        ("a thief's out of reach", 3, [1, 2, 3, 1_028], 4),
        ("a thief's last that there is", 3, [1, 2, 3, 2**63 - 1], 4),
        ("that of a thief, come up to", 1_100, [3, 2_000], 1_101),
        ("a copy does not open", 3, [1, 2, 3, None, 1_028], 1_029),
    ):
        found = {"given": given, "logged": logged, "next": next_}
        yield {"shows": shows, **found}


FILES = {
    "numbers": lambda: {
        "contents": list(contents()),
        "arrivals": list(arrivals()),
        "senders": list(senders()),
    }
}
