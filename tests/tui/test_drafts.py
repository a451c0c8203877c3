"""The draft of an editor: saved in order, never over another, until it is sent."""

import threading
from functools import partial

import pytest

from exchange.desk.records import NONE, Mark, SavedDraft
from exchange.errors import Reason, Refusal
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.test_form import filled
from tui.draft_titles import title
from tui.drafts import (
    BACK,
    FORM,
    TRANSLATION,
    EditorDraft,
    Slot,
    Typed,
    drafts,
    of_bulletin,
    parse_typed,
    typed_json,
)
from tui.paragraph import Paragraph

SAID = [Typed("s0", "گاڑی", of="车", done=True), Typed("s1", "خبر", percent=84)]


def texts(desk: FakeDesk) -> list[str]:
    return list(desk.kept.values())


def with_one() -> tuple[FakeDesk, Slot]:
    """A desk, and a slot in which "one" was saved."""
    desk = three()
    slot = Slot(desk)
    slot.put(lambda: "one")
    slot.save()
    return desk, slot


def test_each_editor_has_a_draft_of_its_own() -> None:
    desk = three()
    first, second = Slot(desk), Slot(desk)
    for slot, text in ((first, "one"), (second, "two"), (first, "one, more")):
        slot.put(partial(str, text))
        slot.save()
    assert sorted(texts(desk)) == ["one, more", "two"]
    before = first.mark
    first.put(lambda: "one, more")
    first.save()
    assert first.mark == before, "the same is not saved again"


def test_the_last_of_what_was_put_in_is_saved() -> None:
    desk = three()
    slot = Slot(desk)
    slot.put(lambda: "one")
    slot.put(lambda: "two")
    slot.save()
    slot.save()
    assert texts(desk) == ["two"]
    assert slot.mark[1] == 1, "once"


def test_what_holds_nothing_unfinished_any_more_is_dropped() -> None:
    desk = three()
    slot = Slot(desk)
    slot.put(lambda: "")
    slot.save()
    assert slot.mark == NONE
    slot.put(lambda: "one")
    slot.save()
    slot.put(lambda: "")
    slot.save()
    assert texts(desk) == []
    slot.put(lambda: "two")
    slot.save()
    assert texts(desk) == ["two"]


def test_what_could_not_be_saved_waits() -> None:
    desk = three(full=True)
    slot = Slot(desk)
    slot.put(lambda: "one")
    with pytest.raises(Refusal):
        slot.save()
    slot.put(lambda: "one")
    desk.full = False
    slot.save()
    assert texts(desk) == ["one"]


def test_what_was_put_in_while_a_save_was_refused_is_saved_instead() -> None:
    class Slow(FakeDesk):
        def save_draft(self, mark: Mark, text: str) -> Mark:
            if text == "one":
                slot.put(lambda: "two")
                raise Refusal(Reason.DISK, "mailbox.db")
            return super().save_draft(mark, text)

    desk = Slow(three().bulletins)
    slot = Slot(desk)
    slot.put(lambda: "one")
    with pytest.raises(Refusal):
        slot.save()
    slot.save()
    assert texts(desk) == ["two"]


def test_a_draft_that_was_sent_is_not_saved_again() -> None:
    desk, slot = with_one()
    slot.put(lambda: "two")  # a timer has just handed it over
    slot.end(desk.drop_draft, for_good=True)
    slot.save()
    slot.put(lambda: "three")
    slot.save()
    assert texts(desk) == []


def test_a_draft_that_was_refused_stays_and_is_saved_on() -> None:
    desk, slot = with_one()

    def refuse(mark: Mark) -> None:
        desk.drop_draft(mark)  # as where the own node refuses what is queued
        raise Refusal(Reason.RECIPIENT_UNKNOWN, "to.0")

    with pytest.raises(Refusal):
        slot.end(refuse, for_good=True)
    slot.put(lambda: "one")
    slot.save()
    assert texts(desk) == ["one"]


def test_what_is_typed_while_a_text_is_put_in_begins_another_draft() -> None:
    desk, slot = with_one()

    def put_in(mark: Mark) -> None:
        desk.drop_draft(mark)
        slot.put(lambda: "more")

    slot.end(put_in)
    slot.save()
    assert texts(desk) == ["more"]


def test_nothing_is_saved_while_it_is_sent() -> None:
    desk = three()
    slot = Slot(desk)
    slot.put(lambda: "one")
    sending, may = threading.Event(), threading.Event()

    def send(_: Mark) -> None:
        sending.set()
        assert may.wait(60)

    sender = threading.Thread(target=lambda: slot.end(send, for_good=True))
    sender.start()
    assert sending.wait(60)
    saver = threading.Thread(target=slot.save)
    saver.start()
    saver.join(0.1)
    assert texts(desk) == []
    may.set()
    for thread in (sender, saver):
        thread.join(60)
    assert texts(desk) == []


def test_a_discarded_draft_is_gone_for_good() -> None:
    desk = three(draft="old")
    [draft] = drafts(desk)
    slot = Slot(desk, draft)
    slot.put(lambda: "new")
    slot.discard()
    slot.save()
    assert texts(desk) == []


def test_a_draft_of_a_translation_is_found_by_bulletin_and_language() -> None:
    desk = three()
    for editor, number, lang in ((TRANSLATION, 3, "en"), (BACK, 3, "ur")):
        desk.save_draft(NONE, typed_json(editor, number, lang, SAID))
    desk.save_draft(NONE, "{}")
    assert [d.editor for d in drafts(desk)] == [FORM, BACK, TRANSLATION]
    found = of_bulletin(desk, BACK, 3, "ur")
    assert found is not None
    assert parse_typed(found) == SAID
    assert of_bulletin(desk, BACK, 3, "en") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "[]", "3", '{"editor": "TRANSLATION"}', "[" * 100_000),
        '{"editor": "BACK", "number": "x", "lang": "ur"}',
        '{"editor": "BACK", "number": 3, "lang": "ur"}',
        '{"editor": "BACK", "number": 3, "lang": "ur", "typed": [{"segment": 1}]}',
    ],
)
def test_what_no_program_of_ours_saved_is_refused_where_it_is_opened(
    text: str,
) -> None:
    desk = three(draft=text) if text else three()
    for draft in drafts(desk) or [EditorDraft(SavedDraft(NONE, 0, text.encode()))]:
        with pytest.raises(Refusal) as refusal:
            parse_typed(draft)
        assert refusal.value.reason is Reason.INPUT


def test_a_draft_without_a_subject_is_known_by_its_kind_and_as_a_drill() -> None:
    form = filled()
    form.prose[0] = Paragraph.new("en", " ")
    for mode, said in (("EXERCISE", "Exercise · Warning"), ("ACTUAL", "Warning")):
        form.values["mode"] = [mode]
        draft = EditorDraft(SavedDraft(NONE, 0, form.keep().encode()))
        assert title(draft) == said
    del form.values["mode"]
    assert title(EditorDraft(SavedDraft(NONE, 0, form.keep().encode()))) == "Warning"
    form.prose[0] = Paragraph.new("en", "Bridge closed")
    assert title(EditorDraft(SavedDraft(NONE, 0, form.keep().encode()))).endswith(
        ": Bridge closed"
    )
