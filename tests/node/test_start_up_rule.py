"""The start-up rule: who must be heard before anything is signed."""

import pytest

from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX
from exchange.node.start_up import StartUp

LOG, OTHER = "islamabad.pk.fusion/log/1", "beijing.cn.fusion/log/1"
NOW = 1_000_000


def _head(size: int, origin: str = LOG) -> VerifiedHead:
    return VerifiedHead(Head(origin, size, b"r" * 32), 1, b"note %d" % size)


YEAR = 365 * 86_400_000


@pytest.mark.parametrize(
    ("answers", "after", "enough"),
    [
        ([], 0, False),
        ([], YEAR, False),
        ([0], ANSWERS_WAIT - 1, False),
        ([0, ANSWERS_WAIT - 1], ANSWERS_WAIT - 1, False),
        ([0, ANSWERS_WAIT - 1], ANSWERS_WAIT, True),
        ([0, 1, 2], 2, True),
    ],
)
def test_all_partners_are_heard_or_the_others_have_had_their_time_since_one_was(
    answers: list[int], after: int, *, enough: bool
) -> None:
    partners = ["beijing.cn", "gwadar.pk", "lahore.pk"]
    start = StartUp(partners)
    for partner, at in zip(partners, answers, strict=False):
        start.note_answer(partner, NOW + at)

    assert start.heard_enough(NOW + after) is enough


def test_a_node_without_partners_has_nobody_to_ask() -> None:
    assert StartUp([]).heard_enough(NOW)


def test_the_greatest_head_seen_is_remembered_for_each_log() -> None:
    start = StartUp(["beijing.cn"])
    for head in (_head(5), _head(9), _head(7), _head(3, OTHER)):
        start.remember(head)

    assert start.ahead(LOG, 8) == _head(9).head
    assert start.ahead(LOG, 9) is None
    assert start.ahead(OTHER, 2) == _head(3, OTHER).head
    assert start.ahead("lahore.pk.fusion/log/1", 0) is None


def test_what_a_log_promises_of_itself_holds_nobody_back() -> None:
    start = StartUp(["beijing.cn"])
    start.remember_promise(_head(5, OTHER))
    start.remember_promise(_head(3, OTHER))
    start.remember(_head(2))

    assert start.ahead(OTHER, 0) is None
    assert start.behind(OTHER, 4)
    assert start.behind(LOG, 1)
    assert not start.behind(LOG, 2)
    assert not start.behind(OTHER, 5)
    assert not start.behind("lahore.pk.fusion/log/1", 0)
    assert not start.heard("beijing.cn")
    start.note_answer("beijing.cn", 0)
    assert start.heard("beijing.cn")


def test_whatever_was_shown_is_remembered_until_it_was_compared() -> None:
    start = StartUp(["beijing.cn"])
    start.remember(_head(5))
    start.remember_promise(_head(9))
    start.remember(_head(7))

    assert list(start.heads_between(LOG, 4, 7)) == [_head(5), _head(7)]
    assert list(start.heads_between(LOG, 5, 9)) == [_head(9), _head(7)]
    start.drop_reached(LOG, 7)
    assert list(start.heads_between(LOG, 0, 9)) == [_head(9)]


def test_of_two_heads_of_one_size_the_second_finds_the_first() -> None:
    start = StartUp(["beijing.cn"])
    start.remember_promise(_head(5, OTHER))

    assert start.head_beside(_head(5, OTHER).head) is None
    assert start.head_beside(Head(OTHER, 5, b"s" * 32)) == _head(5, OTHER)
    assert start.head_beside(Head(OTHER, 6, b"s" * 32)) is None
    assert start.head_beside(Head(LOG, 5, b"s" * 32)) is None


def test_a_log_cannot_fill_the_memory_with_heads_that_never_come() -> None:
    start = StartUp(["beijing.cn"])
    for size in range(1, SEEN_MAX + 9):
        start.remember_promise(_head(size, OTHER))

    assert len(list(start.heads_between(OTHER, 0, 10**6))) == SEEN_MAX
