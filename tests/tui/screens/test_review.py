"""The review: what would be signed, and what must be confirmed before."""

from dataclasses import replace

from exchange.errors import Reason, Refusal
from tests.tui.fake_data import FakeDesk, three
from tests.tui.looking import WIDE, terminal, text, until
from tests.tui.screens.test_compose import with_draft
from tests.tui.test_form import filled
from tui.form import Prose
from tui.screens.compose import Compose
from tui.screens.review import Sending, challenge, same_digits


async def test_compose_review_sign() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "this will be signed and sent" in text(app))
        shown = text(app)
        assert "TLP:AMBER" in shown
        assert "Exercise" in shown
        assert "ops.beijing.cn" in shown
        assert desk.submitted == []
        await pilot.press("enter", "space")
        await pilot.pause()
        assert desk.submitted == []
        await pilot.press("y")
        await until(pilot, lambda: desk.submitted)
        assert desk.submitted[0].content.subject.text == "Convoy at risk"
        await until(pilot, lambda: desk.draft == "")


async def test_flash_wants_its_digits() -> None:
    desk = with_draft("FLASH")
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "this will be signed and sent" in text(app))
        assert isinstance(app.screen, Sending)
        wanted = challenge(app.screen.draft)
        wrong = f"{(int(wanted) + 1) % 10_000:04}"
        await pilot.press("y", *wrong, "enter")
        await pilot.pause(0.1)
        assert desk.submitted == []
        await pilot.press("y", *wanted, "enter")
        await until(pilot, lambda: desk.submitted)


def test_urdu_digits_are_the_same_digits() -> None:
    assert same_digits("۰۱۲۳", "0123")
    assert not same_digits("012", "0123")
    assert not same_digits("01²3", "0113")


async def test_discard_is_asked_twice() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "this will be signed and sent" in text(app))
        await pilot.press("q")
        await pilot.pause()
        assert desk.draft
        await pilot.press("q")
        await until(pilot, lambda: desk.draft == "")
        assert desk.submitted == []


def with_numbers() -> FakeDesk:
    """A draft that looks like personal data in subject and text."""
    form = filled()
    form.values["precedence"] = ["PRIORITY"]
    form.prose[0] = Prose.new("en", "Call 0301-1234567")
    form.prose[1] = Prose.new("ur", "فون ۰۳۰۱-۱۲۳۴۵۶۷ پر")
    return three(draft=form.keep())


async def test_each_finding_is_confirmed_by_a_key_before_it_is_signed() -> None:
    desk = with_numbers()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Compose:" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "! Looks like personal data" in text(app))
        assert "▸ Subject: telephone number" in text(app)
        assert "  Text 1: telephone number" in text(app)
        await pilot.press("x")
        await until(pilot, lambda: "▸ Text 1: telephone number" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "Not signed: confirm first" in text(app))
        assert desk.submitted == []
        await pilot.press("x")
        await until(pilot, lambda: "! Looks like personal data" not in text(app))
        await pilot.press("y")
        await until(pilot, lambda: desk.submitted)
    [sent] = desk.submitted
    assert list(sent.content.confirmed) == [
        "subject.text PHONE",
        "segments.0.text PHONE",
    ]


async def test_what_was_confirmed_is_kept_until_the_text_is_another() -> None:
    desk = with_numbers()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Compose:" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "▸ Subject: telephone number" in text(app))
        await pilot.press("x", "e")
        await until(pilot, lambda: isinstance(app.screen, Compose))
        assert isinstance(app.screen, Compose)
        form = app.screen.form
        assert form is not None
        await until(pilot, lambda: form.confirmed == ["subject.text PHONE"])
        form.write("segments.0", Prose.new("en", "Call 0301-7654321"))
        assert form.confirmed == []


async def test_a_refusal_at_review_is_said() -> None:
    desk = replace(with_draft(), refuse=Refusal(Reason.RECIPIENT_UNKNOWN, "to.0"))
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✘ To" in text(app))


async def test_what_is_refused_is_said_in_the_language() -> None:
    refusal = Refusal(Reason.RECIPIENT_UNKNOWN, "to.0")
    desk = replace(with_draft(), refuse=refusal, settings={"language": "zh-Hans"})
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: text(app).count("不知道该席位的密钥") == 2)
        assert "(RECIPIENT_UNKNOWN)" in text(app)
