"""Each identity has its own bucket of calls."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import BUCKETS_MAX, CALLS_BURST, CALLS_RATE, MINUTE
from exchange.net.call_budget import Budget, Places
from tests.benchmarks.latency import SINGLE_RATE


def spent(budget: Budget, who: str, now: int) -> int:
    """Return how many calls pass at one moment."""
    count = 0
    while True:
        try:
            budget.spend(who, now)
        except Refusal as refusal:
            assert refusal.reason is Reason.RATE  # noqa: PT017  one of two ends
            return count
        count += 1


def test_a_burst_passes_and_then_the_rate() -> None:
    budget = Budget(rate=10, burst=5)

    assert [spent(budget, "a", at) for at in (0, 0, 100, 1_000)] == [5, 0, 1, 5]


def test_one_caller_cannot_spend_for_another() -> None:
    budget = Budget(rate=1, burst=3)
    spent(budget, "a", 0)

    assert spent(budget, "b", 0) == 3


def test_a_desk_may_keep_up_what_a_node_is_to_take_of_it() -> None:
    budget = Budget()
    after_the_burst = spent(budget, "a", 0)

    calls = [spent(budget, "a", at) for at in range(100, 10_100, 100)]

    assert sum(calls) / 10 >= SINGLE_RATE  # a second
    assert sum(calls) / 10 == CALLS_RATE
    assert after_the_burst == CALLS_BURST


@pytest.mark.parametrize("back", [1, 3_600_000])
def test_a_clock_set_back_fills_nothing(back: int) -> None:
    budget = Budget(rate=10, burst=5)
    spent(budget, "a", 10_000_000)

    assert spent(budget, "a", 10_000_000 - back) == 0
    assert spent(budget, "a", 10_000_000 - back + 100) == 1


async def held(places: Places, who: str, stack: AsyncExitStack) -> int:
    """Return how many places one gets at one moment."""
    count = 0
    while True:
        try:
            await stack.enter_async_context(places.hold(who))
        except Refusal:
            return count
        count += 1


async def test_so_many_calls_are_at_work_and_the_next_when_one_has_ended() -> None:
    places = Places(most=3, waiting=1, wait_ms=1)
    async with AsyncExitStack() as others, AsyncExitStack() as stack:
        assert await held(places, "a", stack) == 3
        assert await held(places, "b", others) == 3
        assert await held(places, "a", stack) == 0
        await stack.aclose()
        assert await held(places, "a", stack) == 3


async def test_a_call_waits_for_a_place_and_those_behind_it_in_order() -> None:
    places = Places(most=1, waiting=2, wait_ms=MINUTE)
    done = []

    async def call(name: str) -> None:
        async with places.hold("a"):
            done.append(name)

    async with places.hold("a"):
        calls = [asyncio.create_task(call(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refusal:
            await call("one too many")
        assert done == []
    await asyncio.gather(*calls)

    assert refusal.value.reason is Reason.RATE
    assert done == ["first", "second"]


async def test_a_caller_that_goes_away_while_it_waits_leaves_its_place() -> None:
    places = Places(most=1, waiting=1, wait_ms=MINUTE)

    async def call() -> None:
        async with places.hold("a"):
            pass

    async with places.hold("a"):
        for _ in range(3):
            waiting = asyncio.create_task(call())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            assert waiting.cancelled()
    await call()


async def test_a_call_that_fails_leaves_its_place() -> None:
    places = Places(most=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="a fault"):
            async with places.hold("a"):
                raise ValueError("a fault")


def test_buckets_that_are_full_again_are_forgotten() -> None:
    """Of auditors there may be many, over the years that a node runs."""
    budget = Budget(rate=10, burst=5)
    for number in range(BUCKETS_MAX):
        budget.spend(number, number)
    assert spent(budget, "busy", 9_900) == 5

    budget.spend("last", 10_000)

    assert len(budget._left) == 2
    assert spent(budget, "busy", 10_000) == 1
