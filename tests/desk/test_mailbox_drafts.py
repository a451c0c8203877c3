"""Drafts in the mailbox: each its officer's, none over another."""

from exchange.desk.mailbox import NONE, Mailbox, Mark
from exchange.errors import Reason
from exchange.limits import DRAFT_MAX, DRAFTS_MAX
from tests.expecting import refusing

MINE, OTHER = "duty-1@ops.islamabad.pk", "duty-2@ops.islamabad.pk"


def texts(box: Mailbox, officer: str = MINE) -> list[bytes]:
    return [draft.data for draft in box.drafts.of(officer)]


def test_each_is_saved_under_its_own_id(box: Mailbox) -> None:
    first = box.drafts.save(MINE, NONE, b"one", 5)
    second = box.drafts.save(MINE, NONE, b"two", 4)
    again = box.drafts.save(MINE, first, b"one, more", 3)
    assert again[0] == first[0] != second[0]
    assert [tuple(draft) for draft in box.drafts.of(MINE)] == [
        (second, 4, b"two"),  # by the order in which they were begun, not by a clock
        (again, 3, b"one, more"),
    ]
    box.drafts.drop(MINE, second)
    box.drafts.drop(MINE, second)
    assert texts(box) == [b"one, more"]
    third = box.drafts.save(MINE, NONE, b"three", 1)
    assert third[0] not in {first[0], second[0]}, "ids are not used again"


def test_what_another_program_saved_or_dropped_is_not_overwritten(
    box: Mailbox,
) -> None:
    mark = box.drafts.save(MINE, NONE, b"both began here", 1)
    box.drafts.save(MINE, mark, b"said here", 2)
    mine = box.drafts.save(MINE, mark, b"said there", 3)
    assert mine[0] != mark[0]
    assert texts(box) == [b"said there", b"said here"]
    box.drafts.drop(MINE, mark)  # sent there as it was; what was saved since stays
    assert texts(box) == [b"said there", b"said here"]
    box.drafts.drop(MINE, mine)
    assert box.drafts.save(MINE, mine, b"not gone", 4)[0] != mine[0]
    assert texts(box) == [b"not gone", b"said here"]


def test_a_draft_is_its_officers(box: Mailbox) -> None:
    mark = box.drafts.save(MINE, NONE, b"mine", 1)
    assert texts(box, OTHER) == []
    box.drafts.drop(OTHER, mark)
    box.drafts.save(OTHER, mark, b"another's", 2)
    assert (texts(box), texts(box, OTHER)) == ([b"mine"], [b"another's"])


def refused(box: Mailbox, mark: Mark, data: bytes, officer: str = MINE) -> str:
    with refusing(Reason.TOO_LONG) as refusal:
        box.drafts.save(officer, mark, data, 1)
    return refusal.value.where


def test_how_many_and_how_long_they_are_has_a_bound(box: Mailbox) -> None:
    marks = [box.drafts.save(MINE, NONE, b"x", 1) for _ in range(DRAFTS_MAX)]
    assert refused(box, NONE, b"one more") == "drafts"
    kept = box.drafts.save(MINE, marks[0], b"y" * DRAFT_MAX, 1)
    assert refused(box, kept, b"y" * (DRAFT_MAX + 1)) == "draft"
    assert len(texts(box)) == DRAFTS_MAX
    assert len(texts(box)[-1]) == DRAFT_MAX
    box.drafts.save(OTHER, NONE, b"x", 1)
    box.drafts.drop(MINE, marks[1])
    box.drafts.save(MINE, NONE, b"one more", 1)


def test_no_screen_is_renewed_for_a_draft(box: Mailbox) -> None:
    told: list[object] = []
    box.database.on_change.append(told.append)
    mark = box.drafts.save(MINE, NONE, b"x", 1)
    box.drafts.drop(MINE, mark)
    assert told == []
    box.settings.set("x", "y")
    assert told
