"""Acknowledge, verify, raw, help, compose and review, palette, languages."""

from dataclasses import replace

import pytest
from textual.widgets import OptionList

from exchange.errors import Reason, Refusal
from exchange.v1.bulletin_pb2 import Content
from tests.tui.fake_data import (
    HOSTILE,
    FakeDesk,
    FakeReceipt,
    FakeStep,
    FakeTranslation,
    opened,
    segment,
    three,
)
from tests.tui.looking import NARROW, WIDE, lines, terminal, text, until
from tests.tui.test_form import filled
from tui import words
from tui.screens.boxes import Ask
from tui.screens.review import Sending, challenge, same_digits
from tui.screens.verify import WORDS
from tui.widgets.form_view import FormView


async def test_enter_in_the_acknowledge_box_does_nothing() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Cannot comply" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Cannot comply" not in text(app))
        assert desk.acknowledged == []


@pytest.mark.parametrize("key", ["y", "ے", "ｙ"])
async def test_y_acknowledges_and_the_list_says_so(key: str) -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("f6")
        await until(pilot, lambda: "Cannot comply" in text(app))
        await pilot.press(key)
        await until(pilot, lambda: desk.acknowledged == [(3, "ACKNOWLEDGED", "")])
        await until(pilot, lambda: "! ack?" not in text(app))


async def test_cannot_comply_wants_a_remark_in_any_language() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Cannot comply" in text(app))
        await pilot.press("end", "enter")
        await pilot.pause()
        assert desk.acknowledged == []
        await pilot.press(*"نہیں", "enter", "end", "enter")
        await until(pilot, lambda: desk.acknowledged)
        assert desk.acknowledged == [(3, "CANNOT_COMPLY", "نہیں")]


async def test_a_refused_acknowledgement_is_said() -> None:
    desk = three(refuse=Refusal(Reason.KEYSTORE))
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "✔ VERIFIED" in text(app))
        await pilot.press("a")
        await until(pilot, lambda: "Cannot comply" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "KEYSTORE" in text(app))


async def test_the_chain_says_each_step_by_sign_and_reason() -> None:
    steps = (
        *(FakeStep(what, ok=True, detail=f"detail {what}") for what in WORDS),
        FakeStep("SIGNATURE", ok=False, detail="x", reason="SIGNATURE"),
    )
    async with terminal(three(steps=steps), WIDE) as (app, pilot):
        await pilot.press("v")
        await until(pilot, lambda: "✘ Do not rely on this bulletin." in text(app))
        shown = text(app)
        for what, said in WORDS.items():
            assert f"✔ {said}" in shown
            assert f"detail {what}" in shown
        assert "a signature does not verify" in shown
        await pilot.press("escape")
        await until(pilot, lambda: "Bulletins 3" in text(app))


async def test_a_chain_with_a_gap_is_not_called_whole() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        await pilot.press("f5")
        await until(
            pilot, lambda: "? Not everything could be checked yet." in text(app)
        )
        assert "Every step holds" not in text(app)


async def test_raw_names_invisible_characters() -> None:
    content = Content(kind="WARNING", subject=segment("en", "pay\u202edab"))
    async with terminal(FakeDesk((opened(1, content),)), WIDE) as (app, pilot):
        await until(pilot, lambda: "! Invisible characters in the text: 1" in text(app))
        await pilot.press("u")
        await until(pilot, lambda: "U+202E RIGHT-TO-LEFT OVERRIDE" in text(app))
        assert "000000  65 6e 74 72 79" in text(app)


@pytest.mark.parametrize("key", ["f1", "?", "؟"])
async def test_help_names_the_keys_of_the_screen(key: str) -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press(key)
        await until(pilot, lambda: "Acknowledge the bulletin" in text(app))
        [line] = [line for line in lines(app) if "Acknowledge the bulletin" in line]
        assert "a  f6" in line


async def test_the_palette_runs_a_verb() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.press(*"verify")
        await until(pilot, lambda: "Verify the bulletin in full" in text(app))
        await pilot.press("enter")
        await pilot.pause(0.1)
        await pilot.press("enter")
        await until(pilot, lambda: "Bytes as signed" in text(app))


def with_draft(precedence: str = "PRIORITY") -> FakeDesk:
    form = filled()
    form.values["precedence"] = [precedence]
    return three(draft=form.keep())


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


async def test_a_wrong_field_is_marked_and_nothing_reviewed() -> None:
    form = filled()
    del form.values["label.tlp"]
    desk = three(draft=form.keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✘ Handling" in text(app))
        assert "signed and sent" not in text(app)


async def test_escape_keeps_the_draft() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Kind of bulletin" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Compose:" in text(app))
        await pilot.press(*["down"] * 9, "enter")
        await until(pilot, lambda: "0 / 200" in text(app))
        await pilot.press("ctrl+l", *"گاڑی", "escape")
        await until(pilot, lambda: "0 / 200" not in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Bulletins" in text(app))
        assert '"lang": "ur", "text": "گاڑی"' in desk.draft


async def test_picking_one_and_many() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.query(OptionList))
        await pilot.press("home", "enter")
        await until(
            pilot, lambda: "Mode                            Actual" in text(app)
        )
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "[x]" in text(app))
        await pilot.press("home", "space", "enter")
        await until(
            pilot, lambda: "Releasable to                   China " in text(app)
        )


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


async def test_personal_data_is_warned_of_on_top() -> None:
    desk = replace(with_draft(), warnings=("segments.0.text",))
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "! Looks like personal data" in text(app))


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


async def test_the_chain_gives_reasons_in_the_language() -> None:
    step = FakeStep("SIGNATURE", ok=False, detail="x", reason="SIGNATURE")
    desk = three(steps=(step,), settings={"language": "zh-Hans"})
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("v")
        await until(pilot, lambda: "SIGNATURE: 有签名未通过核验" in text(app))


async def test_hostile_text_on_every_screen_does_nothing() -> None:
    """Markup is not read, actions do not run, no control character is drawn."""
    content = Content(
        kind="WARNING" + HOSTILE,
        subject=segment("en", HOSTILE),
        segments=[segment("ur", HOSTILE, HOSTILE)],
        actors=[HOSTILE],
    )
    content.details.add(field=HOSTILE, value=HOSTILE)
    content.place.site = HOSTILE
    bad = replace(
        opened(1, content, author=HOSTILE, mode=HOSTILE, origin=HOSTILE, state=HOSTILE),
        tlp=HOSTILE,
        caveats=(HOSTILE,),
        reason=HOSTILE,
        recipients=((HOSTILE, HOSTILE),),
        translations=(FakeTranslation(HOSTILE, {"s0": HOSTILE}, HOSTILE, HOSTILE),),
        receipts=(FakeReceipt(HOSTILE, HOSTILE, 1, HOSTILE),),
    )
    step = FakeStep(HOSTILE, ok=False, detail=HOSTILE, reason=HOSTILE)
    refusal = Refusal(Reason.SEAL, HOSTILE)
    desk = FakeDesk((bad,), steps=(step,), refuse=refusal)
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "Evil" in lines(app)[3])
        for key in (
            "]",
            "[",
            "v",
            "escape",
            "u",
            "escape",
            "a",
            "y",
            "n",
            "?",
            "escape",
        ):
            await pilot.press(key)
            await pilot.pause(0.05)
            shown = text(app)
            odd = {c for c in shown if c != "\n" and not c.isprintable()}
            assert odd <= {"\xa0"}, key
            assert "\u202e" not in shown
        await pilot.press("ctrl+p")
        await pilot.pause(0.1)
        assert app.is_running


async def test_the_words_change_with_the_language() -> None:
    desk = three(settings={"language": "ur"})
    try:
        async with terminal(desk, WIDE) as (app, pilot):
            await until(pilot, lambda: "ﺢﺿﺍﻭ" not in text(app))
            app.speak("en")
            await until(pilot, lambda: "Bulletins 3" in text(app))
            assert desk.settings["language"] == "en"
    finally:
        words.use("en")


async def test_moves_and_emptying_in_the_form_do_what_they_say() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        view = app.screen.query_one(FormView)
        paths = [row.path for row in view.rows]
        await pilot.press(*["down"] * paths.index("when.from"), "enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("ctrl+u", *"2026-11-26 01:00", "enter", "down", "down")
        await pilot.pause()
        assert view.rows[view.cursor].path == paths[paths.index("when.from") + 2]
        await pilot.press("up", "up", "backspace", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert isinstance(app.screen, Ask)
        assert app.screen.heading == view.rows[paths.index("when.to")].label
        assert view.form is not None
        assert "when.from" not in view.form.values


async def test_what_a_field_does_not_take_is_said_at_once() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Convoy at risk" in text(app))
        view = app.screen.query_one(FormView)
        view.go("when.to")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"soon", "enter")
        await until(pilot, lambda: "✘ When: Until" in text(app))
