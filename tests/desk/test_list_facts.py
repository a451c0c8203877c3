"""The list beside its rows: addressees, and subjects as they were reviewed."""

import pytest
from msgspec.structs import replace

from exchange import words
from exchange.bulletin.translation_model import source_hash
from exchange.desk.mailbox import Mailbox, Translation
from exchange.desk.terminal.list_rows import show_rows
from exchange.v1 import bulletin_pb2, envelope_pb2
from tests.desk.made import content, entry, message, name, translation

ACTION, INFO, COPY, REVIEW = (
    envelope_pb2.RECIPIENT_CLASS_ACTION,
    envelope_pb2.RECIPIENT_CLASS_INFO,
    envelope_pb2.RECIPIENT_CLASS_COPY,
    envelope_pb2.RECIPIENT_CLASS_REVIEW,
)


def rendered(  # noqa: PLR0913  # fields of a translation
    text: str,
    *,
    state: str = "REVIEWED",
    of: str = "Convoy delayed",
    number: int = 800,
    filed: int = 1,
    segment: str = "s0",
    segment_state: str = "",
) -> Translation:
    """A translation of message 1 into Urdu, of the source `of`."""
    source = bulletin_pb2.Segment(id="s0", lang="en", text=of)
    said = bulletin_pb2.Translation(
        lang="ur",
        segments=[
            bulletin_pb2.TranslatedSegment(
                id=segment,
                text=text,
                source=source_hash(source),
                state=segment_state or state,
            )
        ],
    )
    made = translation(1, "ur", text, number)
    return replace(made, state=state, filed=filed, content=said.SerializeToString())


def test_addressees_come_by_class_without_copies_and_releasers(box: Mailbox) -> None:
    to = {"ops.gwadar.pk": INFO, "ops.islamabad.pk": COPY, "ops.beijing.cn": ACTION}
    to["watch.islamabad.pk"] = REVIEW
    box.messages.put(message(1, direction="out", entry=entry(recipients=to)))

    assert box.list_facts.addressees([1, 7]) == {1: ("ops.beijing.cn", "ops.gwadar.pk")}


@pytest.mark.parametrize("state", ["REVIEWED", "FINAL"])
def test_a_subject_that_was_reviewed_is_shown(box: Mailbox, state: str) -> None:
    box.messages.put(message(1))
    box.translations.put(rendered("قافلے میں تاخیر", state=state))

    found = box.list_facts.reviewed_subjects([name(1), name(2)], "ur")
    assert found == {name(1): "قافلے میں تاخیر"}
    assert box.list_facts.reviewed_subjects([name(1)], "zh-Hans") == {}


@pytest.mark.parametrize(
    "made",
    [
        rendered("x", state="TRANSLATED"),
        rendered("x", state="INITIAL"),
        rendered("x", segment_state="TRANSLATED"),
        rendered("x", of="Another text"),
        rendered("x", segment="s1"),
    ],
    ids=["translated", "initial", "segment", "stale", "no subject"],
)
def test_what_nobody_reviewed_of_this_subject_is_not_shown(
    box: Mailbox, made: Translation
) -> None:
    box.messages.put(message(1))
    box.translations.put(made)

    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("قافلہ 7 میں تاخیر", True),
        ("قافلہ 8 میں تاخیر", False),
        ("قافلہ 7 میں تاخیر نہیں", False),
        ("Convoy 7 delayed", False),
    ],
    ids=["right", "number", "negation", "language"],
)
def test_a_subject_that_fails_its_checks_is_not_marked_as_translated(
    box: Mailbox, text: str, *, shown: bool
) -> None:
    subject = "Convoy 7 delayed"
    box.messages.put(message(1, content=content(subject)))
    box.translations.put(rendered(text, of=subject))

    words.use("ur")
    (row,) = show_rows(box, [box.messages.row(name(1))])
    assert row.rendered == (text if shown else "")


def test_the_furthest_and_then_the_newest_review_is_shown(box: Mailbox) -> None:
    box.messages.put(message(1))
    box.translations.put(rendered("old", number=801, filed=1))
    box.translations.put(rendered("new", number=802, filed=2))
    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {name(1): "new"}
    box.translations.put(rendered("final", state="FINAL", number=803, filed=0))

    assert box.list_facts.reviewed_subjects([name(1)], "ur") == {name(1): "final"}


def test_a_translation_of_what_did_not_open_or_is_a_recall_shows_nothing(
    box: Mailbox,
) -> None:
    remark = bulletin_pb2.Remark(reason="OTHER").SerializeToString()
    recall = entry(kind=envelope_pb2.KIND_RECALL)
    box.messages.put(message(1, content=remark, entry=recall))
    box.messages.put(message(2, content=None, verdict="SEAL"))
    box.messages.put(message(3, content=content("Other")))
    box.translations.put(rendered("x"))
    box.translations.put(replace(rendered("y", number=802), about=name(2)))

    assert box.list_facts.reviewed_subjects([name(1), name(2), name(3)], "ur") == {}
