"""Each identity has its own bucket of calls."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.net.budget import Budget


def spent(budget: Budget, who: str, now: int) -> int:
    """Return how many calls pass at one moment."""
    count = 0
    while True:
        try:
            budget.spend(who, now)
        except Refusal:
            return count
        count += 1


def test_a_burst_passes_and_then_the_rate() -> None:
    budget = Budget(rate=10, burst=5)

    assert [spent(budget, "a", at) for at in (0, 0, 100, 1_000)] == [5, 0, 1, 5]


def test_one_caller_cannot_spend_for_another() -> None:
    budget = Budget(rate=1, burst=3)
    spent(budget, "a", 0)

    assert spent(budget, "b", 0) == 3


def test_the_refusal_names_its_reason() -> None:
    budget = Budget(rate=1, burst=1)
    budget.spend("a", 0)

    with pytest.raises(Refusal) as refused:
        budget.spend("a", 0)

    assert refused.value.reason == Reason.RATE


@pytest.mark.parametrize("back", [1, 3_600_000])
def test_a_clock_set_back_fills_nothing(back: int) -> None:
    budget = Budget(rate=10, burst=5)
    spent(budget, "a", 10_000_000)

    assert spent(budget, "a", 10_000_000 - back) == 0
    assert spent(budget, "a", 10_000_000 - back + 100) == 1
