"""The review: what would be signed, also again, and what must be confirmed before."""

from dataclasses import replace

import pytest
from msgspec import structs

from exchange.bulletin.check import check
from exchange.errors import Reason, Refusal
from exchange.limits import DAY
from tests.tui.examples import changed, review, row, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, go_on, lines, notes, terminal, text, until
from tests.tui.screens.test_compose import with_draft
from tests.tui.test_form import filled
from tui import words
from tui.drafts import Slot
from tui.form import Paragraph, Reference
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.previews import sealing
from tui.screens.review import Sending
from tui.screens.review_page import ReviewPreview, challenge, same_digits
from tui.screens.sign_again import SignAgain
from tui.screens.signature import SignScreen, sign_and_look
from tui.widgets.page import Pair


async def test_compose_review_sign() -> None:
    desk = with_draft()
    desk.abouts[bytes([1]) * 32] = row(1, state="queued", outgoing=True)
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        shown = text(app)
        assert "TLP:AMBER" in shown
        assert "Exercise" in shown
        assert "ops.beijing.cn" in shown
        assert desk.submitted == []
        await pilot.press("space", "y", then="Not signed yet")
        assert desk.submitted == []
        await pilot.press("enter", then=Compose)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        assert desk.submitted == []
        await pilot.press("down", "y", then=lambda: desk.submitted)
        assert desk.submitted[0].content.subject.text == "Convoy at risk"
        await until(pilot, lambda: desk.kept == {})
        told = "It goes by itself once the node takes it."
        await until(pilot, lambda: notes(app, told))


def test_what_was_signed_and_cannot_be_looked_at_was_signed() -> None:
    desk = three()

    def sign() -> bytes:
        desk.refuse = Refusal(Reason.DISK)
        return bytes(32)

    assert sign_and_look(desk, sign) is None
    with pytest.raises(Refusal):
        sign_and_look(desk, lambda: desk.sign_again(1))


async def test_what_was_told_before_covers_no_review_and_no_box_that_signs() -> None:
    told = "Told before it opened"
    async with terminal(with_draft(), NARROW) as (app, pilot):
        await go_on(pilot)
        app.notify(told, markup=False, timeout=60)
        await until(pilot, told)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        await until(pilot, lambda: told not in text(app))
    async with terminal(three(), NARROW) as (app, pilot):
        await pilot.press("enter", then="Suspect vehicle")
        app.notify(told, markup=False, timeout=60)
        await until(pilot, told)
        await pilot.press("a", then=SignScreen)
        await until(pilot, lambda: told not in text(app))


async def test_the_language_that_is_read_is_named_on_the_smallest_screen() -> None:
    desk = with_draft()
    desk.settings["language"] = "ur"
    async with terminal(desk, (60, 20)) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then=lambda: words.label("اردو") in lines(app)[0])


async def test_flash_wants_its_digits() -> None:
    desk = with_draft("FLASH")
    async with terminal(desk, WIDE) as (_, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        wanted = challenge(pilot.front(Sending).draft)
        wrong = f"{(int(wanted) + 1) % 10_000:04}"
        await pilot.press("down", "y", *wrong, "enter")
        await pilot.pause(0.1)
        assert desk.submitted == []
        await pilot.press("y", *wanted, "enter", then=lambda: desk.submitted)


def test_urdu_digits_are_the_same_digits() -> None:
    assert same_digits("۰۱۲۳", "0123")
    assert not same_digits("012", "0123")
    assert not same_digits("01²3", "0113")


async def test_discard_is_asked_twice() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (_, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        await pilot.press("q")
        await pilot.pause()
        assert desk.kept
        await pilot.press("q", then=lambda: desk.kept == {})
        assert desk.submitted == []


def with_numbers() -> FakeDesk:
    """A draft that looks like personal data in subject and text."""
    form = filled()
    form.values["precedence"] = ["PRIORITY"]
    form.prose[0] = Paragraph.new("en", "Call 0301-1234567")
    form.prose[1] = Paragraph.new("ur", "فون ۰۳۰۱-۱۲۳۴۵۶۷ پر")
    return three(draft=form.keep())


async def test_each_finding_is_confirmed_by_a_key_before_it_is_signed() -> None:
    desk = with_numbers()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="! Looks like personal data")
        assert "▸ Subject: telephone number" in text(app)
        assert "  Text 1: telephone number" in text(app)
        await pilot.press("x", then="▸ Text 1: telephone number")
        await pilot.press("down", "y", then="Not signed: confirm possible")
        assert desk.submitted == []
        await pilot.press("x")
        await until(pilot, lambda: "! Looks like personal data" not in text(app))
        await pilot.press("y", then=lambda: desk.submitted)
    [sent] = desk.submitted
    assert list(sent.content.confirmed) == [
        "subject.text PHONE",
        "segments.0.text PHONE",
    ]


async def test_what_was_confirmed_is_kept_until_the_text_is_another() -> None:
    """Of another value it goes unsaid: it would be refused, no key takes it back."""
    desk = with_numbers()
    async with terminal(desk, WIDE) as (_, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="▸ Subject: telephone number")
        await pilot.press("x", "e", then=Compose)
        form = pilot.front(Compose).form
        assert form is not None
        await until(pilot, lambda: form.confirmed == ["subject.text PHONE"])
        form.confirmed = ["details.call_sign PLATE", "subject.text PHONE"]
        await pilot.press("ctrl+s", then=Sending)
        box = pilot.front(Sending)
        assert list(box.draft.content.confirmed) == ["subject.text PHONE"]
        form.write("segments.0", Paragraph.new("en", "Call 0301-7654321"))
        assert form.confirmed == []


async def test_a_refusal_at_review_is_said_in_the_language() -> None:
    refusal = Refusal(Reason.RECIPIENT_UNKNOWN, "to.0")
    desk = replace(with_draft(), refuse=refusal)
    async with terminal(desk, WIDE) as (_, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="✘ To")
    desk.settings["language"] = "zh-Hans"
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        said = "不知道该席位的密钥"
        await pilot.press("ctrl+s", then=lambda: text(app).count(said) == 2)
        assert "RECIPIENT_UNKNOWN" not in text(app)


async def test_it_is_shown_as_each_reader_will_see_it() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        assert "Likely" in text(app)
        await pilot.press(
            "[", then=lambda: "当前状况" in text(app) or "演习" in text(app)
        )
        assert "Convoy at risk" in text(app)  # the original, not replaced
        assert "Signed by" in text(app)  # the officer's own language
        await pilot.press("[", then=lambda: words.join_words("مشق") in text(app))
        await pilot.press("]", "]", then="Likely")


async def test_what_is_fixed_stands_under_its_text_with_its_value() -> None:
    form = filled()
    form.values["precedence"] = ["PRIORITY"]
    form.prose[0] = Paragraph.new("en", "Bomb at Dasu town by 06:00Z")
    desk = three(draft=form.keep())
    async with terminal(desk, (120, 60)) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", "end", then="Time 06:00Z")
        assert "Place Dasu town; Time 06:00Z" in text(app)
        await pilot.press("[", "end", then="地点 Dasu town = 达苏镇")


@pytest.mark.parametrize(
    ("days", "style"), [(2, ""), (9, "unsure")], ids=["fresh", "dark"]
)
async def test_the_age_of_a_key_is_told(days: int, style: str) -> None:
    desk = replace(with_draft(), key_age=days * DAY)
    review = desk.review(filled().draft())
    [item] = [
        one
        for one in sealing(review)
        if isinstance(one, Pair) and "ops.beijing.cn" in one.value
    ]
    assert f"key {days} days old" in item.value
    assert item.style == style


async def test_what_is_asked_and_how_it_is_handled_is_told() -> None:
    form = filled()
    form.values |= {"precedence": ["PRIORITY"], "label.tlp": ["RED"]}
    form.values["request.acknowledge"] = ["ACTION"]
    form.values["request.acknowledge_by"] = ["2026-11-25T06:00:00Z"]
    form.references = [Reference("UPDATES", "ab" * 32)]
    desk = three(draft=form.keep())
    async with terminal(desk, NARROW) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        handled = lines(app)[1]
        assert "EXERCISE" in handled
        assert "TLP:RED cn pk" in handled
        assert "For action ops.beijing.cn" in handled
        shown = text(app)
        assert "until 2026-11-25 06:00Z" in shown
        assert "✔ The label is at least as strict" in shown


async def test_a_flash_with_findings_asks_for_no_digits_yet() -> None:
    form = filled()
    form.values["precedence"] = ["FLASH"]
    form.prose[0] = Paragraph.new("en", "Call 0301-1234567")
    desk = three(draft=form.keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then=Sending)
        await pilot.press("down", "y", then="Not signed: confirm possible")
        assert isinstance(app.screen, Sending)
        before = challenge(app.screen.draft)
        await pilot.press("f9")
        await until(pilot, lambda: "! Looks like personal data" not in text(app))
        assert challenge(app.screen.draft) != before
        assert desk.submitted == []


def test_no_finding_is_confirmed_twice() -> None:
    filled_in = filled().draft()
    filled_in.content.subject.text = "Call 0301-1234567"
    draft = check(filled_in)
    once = draft.confirm("subject.text PHONE").confirm("subject.text PHONE")
    assert list(once.content.confirmed) == ["subject.text PHONE"]
    assert list(draft.content.confirmed) == []
    found = review(once, personal=["subject.text PHONE"])
    assert Sending(three(), once, ReviewPreview(found, {}), Slot(three())).open == []


def waiting() -> FakeDesk:
    """Bulletin 1, of this desk, waits to be signed again."""
    desk = three()
    row = changed(desk.bulletins[0].row, outgoing=True, state="resign")
    desk.bulletins = [structs.replace(desk.bulletins[0], row=row), *desk.bulletins[1:]]
    desk.state = status(to_sign=1, unsent=2)
    desk.again = filled().draft()
    return desk


async def test_it_is_reviewed_and_signed_and_left_by_escape() -> None:
    """Nothing is signed again that does not wait for it."""
    desk = waiting()
    async with terminal(desk, WIDE, "1 to sign again") as (app, pilot):
        assert "2 not sent" in text(app)
        assert "sign!" in text(app)
        await pilot.press("S", then="does not wait to be signed again")
        assert isinstance(app.screen, Bulletins)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: pilot.front(Bulletins).in_reader)
        await pilot.press("S", then=SignAgain)
        assert "this will be signed and sent" in text(app)
        await pilot.press("y")  # on Cancel: signs nothing
        await pilot.press("q", "p", "escape", then=Bulletins)
        assert desk.signed_again == []

        await pilot.press("S", then=SignAgain)
        await pilot.press("down", "y", then=lambda: desk.signed_again == [1])
        await until(pilot, Bulletins)
