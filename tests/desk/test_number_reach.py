"""Whatever the order, a mailbox counts numbers as the specification does."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.desk_numbers import (
    GO_ON,
    MISUSED,
    DeskCount,
    DeskNumbers,
    NumberVerdict,
)
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, NUMBERS_ALARMED
from tests import third_counter

DESK = "ops.beijing.cn"
NOW = 1_800_000_000_000


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[DeskNumbers]:
    mailbox = Mailbox(tmp_path / "mailbox", bytes(32))
    with mailbox.database.transaction():
        yield mailbox.numbers
    mailbox.close()


def come(
    numbers: DeskNumbers, *came: int | None, desk: str = DESK, at: int = NOW
) -> None:
    named = {one: str(one).encode() for one in came if one is not None}
    numbers.note_logged(desk, DeskCount(named, came.count(None)), at, sent=False)


def say(numbers: DeskNumbers, number: int, verdict: str) -> None:
    numbers.say(NumberVerdict(DESK, number, verdict, "duty-1", NOW))


def found(numbers: DeskNumbers, desk: str) -> tuple[list[int], list[tuple[int, int]]]:
    missing = [n for gap in numbers.gaps() if gap.desk == desk for n in gap.numbers]
    jumps = [(x.reach, x.number) for x in numbers.jumps() if x.desk == desk]
    return missing, jumps


@pytest.mark.parametrize("seed", range(40))
def test_as_the_specification_counts_in_any_order(
    numbers: DeskNumbers, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret
    tops = [8, 40, 1_030, 2_100, 2**63 - 1]
    came: list[int | None] = [
        chance.choice([None, *(chance.randint(1, top) for top in tops)])
        for _ in range(chance.randint(1, 30))
    ]
    for order, desk in enumerate(("a.cn", DESK)):
        chance.shuffle(came)
        for first in range(0, len(came), 1 + order * 6):
            come(numbers, *came[first : first + 1 + order * 6], desk=desk)
        reach, holes, beyond = third_counter.count(came)
        missing = [n for a, b in holes for n in range(a, b + 1)]
        jumps = [] if beyond is None else [(reach, beyond)]
        assert found(numbers, desk) == (missing[-1_024:], jumps)
        for one in filter(None, came):
            assert numbers.in_reach(desk, one) == (one <= reach)


def test_what_is_said_last_of_a_number_counts(numbers: DeskNumbers) -> None:
    come(numbers, 1, 2, 5_000)
    say(numbers, 5_000, GO_ON)
    assert found(numbers, DESK) == ([], [])
    assert numbers.in_reach(DESK, 5_001)
    say(numbers, 5_000, MISUSED)
    assert found(numbers, DESK) == ([], [])
    assert not numbers.in_reach(DESK, 5_001)
    assert not numbers.in_reach(DESK, 5_000)
    come(numbers, 5_000)  # shown again by a node that was restored
    assert found(numbers, DESK) == ([], [])
    say(numbers, 5_000, GO_ON)
    assert numbers.in_reach(DESK, 5_000)


def test_a_number_in_the_midst_that_was_misused_is_not_missing(
    numbers: DeskNumbers,
) -> None:
    come(numbers, 1, 2, 3, 4, 6)
    say(numbers, 3, MISUSED)
    assert found(numbers, DESK) == ([5], [])
    assert numbers.in_reach(DESK, 4)


@pytest.mark.parametrize("verdict", [MISUSED, GO_ON])
def test_of_a_number_that_did_not_come_nothing_is_said(
    numbers: DeskNumbers, verdict: str
) -> None:
    come(numbers, 1, 2, 5_000)
    for number in (3, 2**63 - 1):
        with pytest.raises(Refusal) as refused:
            say(numbers, number, verdict)
        assert refused.value.reason is Reason.NOT_FOUND
    assert numbers.verdicts() == []


def test_a_gap_is_as_old_as_the_first_bulletin_above_it(numbers: DeskNumbers) -> None:
    """What comes late, and leaves less missing, does not make it younger."""
    come(numbers, 1, 6)
    come(numbers, 5, at=NOW + 9 * DAY)
    come(numbers, 8, at=NOW + 9 * DAY)
    old, young = [2, 3, 4], [7]
    assert [list(x.numbers) for x in numbers.gaps(NOW)] == [old + young]
    (gap,) = numbers.gaps(NOW + 1)
    assert (list(gap.numbers), gap.above) == (young, [(8, b"8")])
    (gap,) = numbers.gaps(NOW + NUMBERS_ALARMED - 180 * DAY)
    assert gap.above == [(5, b"5"), (8, b"8")]
    assert numbers.gaps(NOW + 10 * DAY) == []
