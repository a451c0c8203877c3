"""Verdicts in threads: in the order of the items, and each item once."""

import threading

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import JUDGE_THREADS, JUDGED_AT_ONCE
from exchange.node.judges import judge_all


@pytest.mark.parametrize("count", [0, 1, JUDGED_AT_ONCE, 5 * JUDGED_AT_ONCE + 1])
def test_each_is_judged_once_and_told_in_order(count: int) -> None:
    judged: list[int] = []

    def judge(item: int) -> int:
        judged.append(item)
        return -item

    assert judge_all(judge, range(count)) == [-item for item in range(count)]
    assert sorted(judged) == list(range(count))


def test_many_are_judged_by_several_threads_at_once() -> None:
    together = threading.Barrier(JUDGE_THREADS)

    def judge(item: int) -> None:
        if item % JUDGED_AT_ONCE == 0:
            together.wait(10)  # breaks where only one thread works

    judge_all(judge, range(JUDGE_THREADS * JUDGED_AT_ONCE))


def test_what_is_raised_of_one_is_raised_of_all() -> None:
    def judge(item: int) -> None:
        if item == JUDGED_AT_ONCE + 1:
            raise Refusal(Reason.SIZE)

    with pytest.raises(Refusal):
        judge_all(judge, range(3 * JUDGED_AT_ONCE))
