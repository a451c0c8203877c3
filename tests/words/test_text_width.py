"""How wide a text is."""

import pytest

from exchange.words.text_width import cells


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("车队", 4), ("قا\u200cفلہ", 5), ("e\u0301", 1), ("ذریعۂ\u0650", 5)],
)
def test_cells_are_those_of_a_terminal(text: str, width: int) -> None:
    assert cells(text) == width
