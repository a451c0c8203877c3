import pytest

from exchange.desk.mailbox import Mailbox, saved_searches
from exchange.errors import Reason
from tests.expecting import refusing


def test_a_search_is_kept_under_its_name(box: Mailbox) -> None:
    box.saved_searches.save(" رات ", "is:unread گاڑی")
    box.saved_searches.save("dasu", "site:DASU-HPP")
    box.saved_searches.save("dasu", "near:DASU-HPP:50km")
    assert box.saved_searches.all() == [
        ("dasu", "near:DASU-HPP:50km"),
        ("رات", "is:unread گاڑی"),
    ]
    assert box.saved_searches.line("رات") == "is:unread گاڑی"
    box.saved_searches.drop("dasu")
    assert [search.name for search in box.saved_searches.all()] == ["رات"]


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "\x1b[2J", "\u202ea"])
def test_names_that_are_none(box: Mailbox, name: str) -> None:
    for ask in (
        box.saved_searches.line,
        box.saved_searches.drop,
        lambda n: box.saved_searches.save(n, "x"),
    ):
        with refusing(Reason.FIELD_VALUE):
            ask(name)
    assert box.saved_searches.all() == []


def test_what_is_not_kept(box: Mailbox) -> None:
    for ask in (box.saved_searches.line, box.saved_searches.drop):
        with refusing(Reason.FIELD_VALUE):
            ask("absent")


def test_there_are_not_too_many_and_none_is_too_long(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_searches, "SEARCHES_MAX", 1)
    box.saved_searches.save("first", "x")
    box.saved_searches.save("first", "y")
    for name, line in (("second", "x"), ("first", "x" * 5_000)):
        with refusing(Reason.TOO_LONG):
            box.saved_searches.save(name, line)
    assert box.saved_searches.all() == [("first", "y")]
