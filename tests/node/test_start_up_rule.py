"""The start-up rule: who must be heard before anything is signed."""

from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX
from exchange.node.start_up import StartUp

LOG, OTHER = "islamabad.pk.fusion/log/1", "beijing.cn.fusion/log/1"
NOW = 1_000_000


def _head(size: int, origin: str = LOG) -> VerifiedHead:
    return VerifiedHead(Head(origin, size, b"r" * 32), 1, b"note %d" % size)


def test_nobody_heard_is_nothing_signed() -> None:
    start = StartUp(["beijing.cn"])

    assert not start.heard_enough(NOW)
    assert not start.heard_enough(NOW + 365 * 86_400_000)


def test_the_only_partner_heard_is_enough() -> None:
    start = StartUp(["beijing.cn"])
    start.note_answer("beijing.cn", NOW)

    assert start.heard_enough(NOW)


def test_a_node_without_partners_has_nobody_to_ask() -> None:
    assert StartUp([]).heard_enough(NOW)


def test_the_other_partners_have_their_time_once_one_has_answered() -> None:
    start = StartUp(["beijing.cn", "gwadar.pk", "lahore.pk"])
    start.note_answer("beijing.cn", NOW)

    assert not start.heard_enough(NOW + ANSWERS_WAIT - 1)
    start.note_answer("gwadar.pk", NOW + ANSWERS_WAIT - 1)
    assert not start.heard_enough(NOW + ANSWERS_WAIT - 1)
    assert start.heard_enough(NOW + ANSWERS_WAIT)


def test_all_partners_heard_ends_the_waiting() -> None:
    start = StartUp(["beijing.cn", "gwadar.pk"])
    start.note_answer("gwadar.pk", NOW)
    start.note_answer("beijing.cn", NOW + 1)

    assert start.heard_enough(NOW + 1)


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
