"""Rows by place, with and without a filter."""

from array import array

import pytest

from tests.tui.fake_desk import FakeDesk, three
from tui.widgets.row_window import KEEP, PAGE, Window


@pytest.mark.parametrize("number", [1, 255, 256, 257, 999_999, 1_000_000])
def test_a_million_rows_cost_one_page(number: int) -> None:
    desk = three(size=1_000_000)
    window = Window(desk)
    row = window.row(window.place(number))
    assert row is not None
    assert row.number == number
    assert desk.pages == 1


def test_pages_far_back_are_forgotten() -> None:
    desk = three(size=PAGE * (KEEP + 4))
    window = Window(desk)
    for place in range(0, desk.size, PAGE):
        window.row(place)
    assert len(window._pages) == KEEP


def test_a_filter_shows_its_numbers_only() -> None:
    desk = three(size=1_000)
    window = Window(desk)
    ids = array("q", range(1_000, 0, -3))
    window.show(ids)
    assert window.count == len(ids)
    for place in (0, 1, len(ids) - 1):
        row = window.row(place)
        assert row is not None
        assert row.number == ids[place]
        assert window.place(ids[place]) == place
    window.show(None)
    assert window.count == 1_000


def test_the_newest_stands_first_and_what_is_not_there_is_none() -> None:
    window = Window(three())
    numbers = [row.number for place in range(3) if (row := window.row(place))]
    assert numbers == [3, 2, 1]
    assert window.row(3) is None
    assert window.row(-1) is None
    empty = Window(FakeDesk(()))
    assert (empty.count, empty.row(0)) == (0, None)
    large = three(size=300)
    window = Window(large)
    large.size = 260
    assert window.row(0) is None, "it is gone"
