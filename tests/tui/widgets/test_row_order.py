"""The order of a list: every number has one place, and each place its number."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.fold_records import FoldedAnswer, ThreadLine
from tests.tui.fake_threads import FakeThreads
from tui.widgets.row_order import (
    Arrival,
    Folded,
    Order,
    Picked,
    PickedUrgentFirst,
    UrgentFirst,
)


def held(order: Order) -> list[int]:
    """Return the numbers by place, after each was found again at its own."""
    numbers = [order.number(place) for place in range(order.count)]
    assert [order.place(number) for number in numbers] == list(range(order.count))
    return numbers


@given(st.integers(0, 60), st.data())
def test_all_stand_once_the_urgent_ones_first(newest: int, data: st.DataObject) -> None:
    every = st.integers(1, newest) if newest else st.nothing()
    first = data.draw(st.lists(every, unique=True))
    numbers = held(UrgentFirst(newest, array("q", first)))

    assert numbers[: len(first)] == first
    rest = numbers[len(first) :]
    assert rest == sorted(set(range(1, newest + 1)) - set(first), reverse=True)


@given(st.integers(0, 60), st.frozensets(st.integers(1, 60)))
def test_arrivals_and_picks_stand_newest_first(
    newest: int, some: frozenset[int]
) -> None:
    assert held(Arrival(newest)) == list(range(newest, 0, -1))
    picked = sorted(some, reverse=True)
    assert held(Picked(array("q", picked))) == picked


def test_a_million_rows_below_a_thousand_urgent_ones() -> None:
    first = array("q", range(1_000_000, 0, -1_000))
    order = UrgentFirst(1_000_000, first)
    assert order.number(1_000) == 999_999
    assert order.number(order.count - 1) == 1
    assert order.place(1) == 999_999


def receipt(name: int) -> FoldedAnswer:
    return FoldedAnswer(bytes([name]), "OPENED", ("duty-1@ops.beijing.cn",), 1)


@given(
    st.integers(0, 2_500),
    st.lists(st.sets(st.integers(1, 2_500), min_size=2, max_size=6), max_size=5),
    st.data(),
)
def test_a_thread_is_one_line_at_the_place_of_its_newest(
    newest: int, groups: list[set[int]], data: st.DataObject
) -> None:
    """Unfolded, the messages, translations and receipts of it have lines, too."""
    heads: dict[int, int] = {}
    for group in groups:
        left = sorted(n for n in group if n <= newest and n not in heads)
        if len(left) > 1:
            heads |= dict.fromkeys(left, data.draw(st.sampled_from(left)))
    some = st.sampled_from([*heads, newest, 1])
    numbers = st.dictionaries(some, st.integers(1, 3), max_size=6)
    answered = data.draw(numbers) if newest else {}
    answers = {
        number: [receipt(at) for at in range(n)] for number, n in answered.items()
    }
    threads = FakeThreads(heads, answers=answers)
    every = sorted({heads.get(number, number) for number in (*heads, *answers)})
    opened = data.draw(st.sets(st.sampled_from(every))) if every else set()
    order = Folded(newest, threads, opened)

    wanted = []
    for number in range(newest, 0, -1):
        head = heads.get(number, number)
        if number == threads.newest(number):
            lines = threads.lines(head) if head in opened else []
            wanted += [ThreadLine(head), *lines]
    found = [
        ThreadLine(order.number(place), order.answer(place))
        for place in range(order.count)
    ]
    assert found == wanted
    for place, line in list(enumerate(found))[:60]:
        number, below = line.number, heads.get(line.number, line.number) != line.number
        assert order.depth(place) == below + (line.answer is not None)
        assert order.place(*line.key) == place
        assert order.place(number, b"gone") == order.place(number)
    for number, head in heads.items():
        assert order.number(order.place(number)) in {number, head}


@given(st.frozensets(st.integers(1, 60)), st.lists(st.integers(1, 60), unique=True))
def test_of_some_the_urgent_ones_stand_first(
    some: frozenset[int], first: list[int]
) -> None:
    ids = array("q", sorted(some, reverse=True))
    urgent = [number for number in first if number in some]

    numbers = held(PickedUrgentFirst(ids, array("q", first)))

    assert numbers == [*urgent, *(n for n in ids if n not in urgent)]
