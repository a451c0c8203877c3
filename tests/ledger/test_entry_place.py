"""The place of an entry as people write it."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import entry_place
from exchange.ledger.entry_place import EntryPlace
from tests.expecting import refusing

LOGS = [f"islamabad.pk.fusion/log/{number}" for number in (1, 2, 10)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("islamabad.pk#3", EntryPlace("islamabad.pk", None, 3)),
        ("islamabad.pk/2#3", EntryPlace("islamabad.pk", 2, 3)),
        ("islamabad.pk.fusion/log/2#3", EntryPlace("islamabad.pk", 2, 3)),
        ("islamabad.pk/999999999#0", EntryPlace("islamabad.pk", 999_999_999, 0)),
        ("islamabad.pk/0#3", None),
        ("islamabad.pk/02#3", None),
        ("islamabad.pk/#3", None),
        ("islamabad.pk/log/2#3", None),
        ("islamabad.pk/2", None),
        ("islamabad.pk#", None),
        ("islamabad.pk/2#٣", None),
        ("islamabad.pk/2#" + "9" * 19, None),
        (" islamabad.pk#3", None),
        ("ISLAMABAD.PK#3", None),
    ],
)
def test_one_form_of_each(text: str, place: EntryPlace | None) -> None:
    assert entry_place.parse(text) == place


def test_one_log_needs_no_number() -> None:
    place = EntryPlace("islamabad.pk", None, 3)

    assert place.choose(LOGS[1:2]) == LOGS[1]
    assert entry_place.log_name(LOGS[0], several=False) == "islamabad.pk"
    assert entry_place.log_name(LOGS[0], several=True) == "islamabad.pk/1"


def test_of_several_logs_a_number_says_which() -> None:
    assert EntryPlace("islamabad.pk", 10, 3).choose(LOGS) == LOGS[2]
    with pytest.raises(Refusal) as refused:
        EntryPlace("islamabad.pk", None, 3).choose(LOGS[::-1])
    assert str(refused.value) == (
        "NAME: that node has several logs; give one of islamabad.pk/1#3,"
        " islamabad.pk/2#3, islamabad.pk/10#3 (AMBIGUOUS)"
    )


@pytest.mark.parametrize("number", [None, 3])
def test_what_no_log_has_is_not_found(number: int | None) -> None:
    with refusing(Reason.NOT_FOUND):
        EntryPlace("islamabad.pk", number, 3).choose(LOGS if number else [])
