"""Threads that verify many entries at once: libsodium releases the GIL meanwhile."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from exchange.limits import JUDGE_THREADS, JUDGED_AT_ONCE

Item = TypeVar("Item")
Verdict = TypeVar("Verdict")

_JUDGES = ThreadPoolExecutor(JUDGE_THREADS, "judge")  # of all nodes of the process


def judge_all(judge: Callable[[Item], Verdict], items: Sequence[Item]) -> list[Verdict]:
    """Return verdicts in order; raise the first exception.

    The caller's own thread judges a few: handing them over would take longer.
    """
    if len(items) <= JUDGED_AT_ONCE:
        return [judge(item) for item in items]

    def judge_some(start: int) -> list[Verdict]:
        return [judge(item) for item in items[start : start + JUDGED_AT_ONCE]]

    parts = _JUDGES.map(judge_some, range(0, len(items), JUDGED_AT_ONCE))
    return [verdict for part in parts for verdict in part]
