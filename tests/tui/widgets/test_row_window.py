"""Rows by place, with and without a filter."""

from array import array

import pytest

from tests.tui.examples import EN, opened
from tests.tui.fake_desk import FakeDesk, three
from tui.widgets.row_window import KEEP, PAGE, Window


def test_the_newest_stands_first() -> None:
    window = Window(three())
    numbers = [row.number for place in range(3) if (row := window.row(place))]
    assert numbers == [3, 2, 1]
    assert window.row(3) is None
    assert window.row(-1) is None


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


def test_a_row_that_is_gone_is_none_not_a_crash() -> None:
    desk = three(size=300)
    window = Window(desk)
    desk.size = 260
    assert window.row(0) is None


def test_an_empty_desk() -> None:
    window = Window(FakeDesk(()))
    assert window.count == 0
    assert window.row(0) is None
    FakeDesk((opened(1, EN),))
