"""The desk of `exchange.desk` is what the screens ask for."""

from exchange.desk.terminal.view import View
from tests.tui.fake_data import FakeDesk, three
from tui.data import Desk


def as_desk(desk: Desk) -> Desk:
    """Only the type checker can tell that a View fits; it reads this."""
    return desk


def of_view(view: View) -> Desk:
    return as_desk(view)


def test_both_desks_have_what_is_asked_for() -> None:
    asked = {name for name in dir(Desk) if not name.startswith("_")}
    for desk in (View, FakeDesk):
        assert asked <= set(dir(desk)), desk
    assert as_desk(three()).count() == 3
