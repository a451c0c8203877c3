"""Acknowledge, verify, the voice check, raw, help, palette, languages, the wipe."""

import pytest
from msgspec.structs import replace
from textual.screen import ModalScreen

from exchange.browsed_logs import ProofStep
from exchange.errors import Reason, Refusal
from exchange.v1.bulletin_pb2 import Content
from tests.tui.examples import EN, HOSTILE, opened, receipt, remark, rendition, segment
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, lines, says, terminal, text, until
from tui import words
from tui.app import End
from tui.screens.bulletins import Bulletins
from tui.screens.commands import Commands
from tui.screens.verify import WORDS
from tui.screens.voice import Voice
from tui.settings import ChangeSetting
from tui.words import label

DECLINE = ["down"] * 3


async def test_y_acknowledges_and_the_list_says_so() -> None:
    """Enter in the box does nothing."""
    desk = FakeDesk([opened(n, EN, ack_asked=True) for n in (1, 2, 3)])
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("a", then="Cannot comply")
        await pilot.press("enter", then=lambda: "Cannot comply" not in text(app))
        assert desk.acknowledged == []
        for left, key in ((2, "y"), (1, "ے"), (0, "ｙ")):
            await pilot.press("f6", then="Cannot comply")
            await pilot.press("down", key)
            await until(pilot, lambda n=left: text(app).count("! ack?") == n)  # type: ignore[misc]  # n is an int
            await pilot.press("down")
        assert desk.acknowledged == [(n, "ACKNOWLEDGED", "") for n in (3, 2, 1)]


async def test_cannot_comply_asks_for_a_reason() -> None:
    desk = three()
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("a", then="Cannot comply")
        await pilot.press(*DECLINE, "y", then="Threat on the way")
        await pilot.press("escape", then=lambda: "Threat on the way" not in text(app))
        await pilot.press("enter", then="Threat on the way")
        assert desk.acknowledged == []
        assert "As the remark says" not in text(app), "not in "
        await pilot.press("down", "enter", then="Flash · Cannot comply: Threat on the")
        assert desk.acknowledged == [], "a code alone signs nothing"
        await pilot.press("y", then=lambda: desk.acknowledged)
        assert desk.acknowledged == [(3, "CANNOT_COMPLY", "")]
        assert desk.reasons == ["THREAT"]


async def test_a_remark_in_any_language_may_say_why_beside_a_code() -> None:
    desk = three()
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        for steps in (["end"], []):
            await pilot.press("a", then="Cannot comply")
            await pilot.press("tab", *"نہیں", "enter", *DECLINE, "enter")
            await until(pilot, "As the remark says")
            await pilot.press(*steps, "enter", then="Flash · Cannot comply")
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, ModalScreen))
        assert desk.acknowledged == [(3, "CANNOT_COMPLY", "نہیں")] * 2
        assert desk.reasons == ["", "WEATHER"]


async def test_a_refused_acknowledgement_is_said() -> None:
    desk = three(refuse=Refusal(Reason.KEYSTORE))
    async with terminal(desk, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("a", then="Cannot comply")
        await pilot.press("down", "y", then=lambda: says(app, Reason.KEYSTORE))
        assert desk.acknowledged == []
        desk.refuse = None
        await pilot.press("y", then=lambda: desk.acknowledged)


async def test_the_chain_says_each_step_by_sign_and_reason() -> None:
    """One with a gap is not called whole; the reason is in the language."""
    refused = ProofStep("SIGNATURE", ok=False, detail="x", reason="SIGNATURE")
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("f5", then="? Not everything can be checked yet.")
        assert "Every step passed" not in text(app)
        await pilot.press("escape", then="Bulletins 3")
        passed = (ProofStep(what, ok=True, detail=f"detail {what}") for what in WORDS)
        desk.steps = (*passed, refused)
        await pilot.press("v", then="✘ Do not rely on this bulletin.")
        shown = text(app)
        for what, said in WORDS.items():
            assert f"✔ {said}" in shown
            assert f"detail {what}" in shown
        assert "a signature does not verify" in shown
        await pilot.press("escape", then="Bulletins 3")
        app.post_message(ChangeSetting("language", "zh-Hans"))
        await until(pilot, lambda: "Bulletins 3" not in text(app))
        await pilot.press("v", then="SIGNATURE：有签名未通过核验")


async def test_raw_names_invisible_characters() -> None:
    content = Content(kind="WARNING", subject=segment("en", "pay\u202edab"))
    async with terminal(FakeDesk((opened(1, content),)), WIDE) as (app, pilot):
        await until(pilot, "! Invisible characters in the text: 1")
        await pilot.press("u", then="U+202E RIGHT-TO-LEFT OVERRIDE")
        assert "000000  65 6e 74 72 79" in text(app)


async def test_help_names_the_keys_of_the_screen() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        for key in ("f1", "?", "؟"):
            await pilot.press(key, then="Acknowledge the bulletin")
            [line] = [line for line in lines(app) if "Acknowledge the bulletin" in line]
            assert "a  F6" in line
            await pilot.press("escape", then=Bulletins)


async def test_the_palette_runs_a_verb_and_names_its_one_key() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        offered = [each.words for each in Commands(app.screen)._all()]
        for said in ("Next language of the bulletin ]", "Next hit n", "Leave ^Q"):
            assert said in offered
        await pilot.press("ctrl+p")
        await pilot.press(*"verify", then="Verify the bulletin in full")
        await pilot.press("enter", then="Bytes as signed")


@pytest.mark.parametrize(
    ("language", "asks", "none"),
    [
        ("en", "Search the commands", "No command has these words."),
        ("zh-Hans", "搜索命令", "没有包含这些词的命令。"),
        ("ur", None, None),
    ],
)
async def test_the_palette_has_no_words_but_our_own(
    language: str, asks: str | None, none: str | None
) -> None:
    desk = three(settings={"language": language})
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("ctrl+p")
        asked = asks or label("Search the commands")
        await until(pilot, asked)
        await pilot.press(*"qqqq")
        said = none or label("No command has these words.")
        await until(pilot, said)
        await pilot.pause(0.7)  # until Textual would say it
        assert "No matches" not in text(app)
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert app.is_running


@pytest.mark.parametrize("size", [NARROW, (40, 24)])
async def test_a_message_is_shaped_and_in_visual_order(size: tuple[int, int]) -> None:
    """A toast draws what it is given; the terminal's own order is off."""
    async with terminal(three(settings={"language": "ur"}), size) as (app, pilot):
        told = words.say("Open a bulletin first.")
        columns = size[0] // 2 - 4
        drawn = words.wrap_words(told, columns).split("\n")
        assert len(drawn) == 1 + (size != NARROW)
        await pilot.press("R")
        await until(pilot, lambda: all(part.strip() in text(app) for part in drawn))
        assert told not in text(app)


@pytest.mark.parametrize(("key", "title"), [("a", "确认"), ("R", "撤回通知")])
async def test_the_title_of_a_box_is_in_the_language(key: str, title: str) -> None:
    row = opened(3, EN, precedence="FLASH", outgoing=key == "R")
    desk = FakeDesk((row,), settings={"language": "zh-Hans"})
    async with terminal(desk, WIDE, "已核验") as (_, pilot):
        await pilot.press(key, then=f"{title} │ beijing.cn#1 ")


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
        opened(
            1,
            content,
            **dict.fromkeys(("author", "mode", "origin", "state", "verdict"), HOSTILE),
        ),
        tlp=HOSTILE,
        caveats=(HOSTILE,),
        recipients=((HOSTILE, HOSTILE),),
        translations=(rendition(HOSTILE, {"s0": HOSTILE}, HOSTILE, HOSTILE),),
        receipts=(receipt(HOSTILE, HOSTILE, remark(HOSTILE)),),
    )
    step = ProofStep(HOSTILE, ok=False, detail=HOSTILE, reason=HOSTILE)
    refusal = Refusal(Reason.SEAL, HOSTILE)
    desk = FakeDesk((bad,), steps=(step,), refuse=refusal)
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "Evil" in lines(app)[3])
        languages, pages = ("]", "["), ("v", "escape", "u", "escape")
        for key in (*languages, *pages, "a", "down", "y", "n", "?", "escape"):
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
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: "ﺢﺿﺍﻭ" not in text(app))
        app.post_message(ChangeSetting("language", "en"))
        await until(pilot, "Bulletins 3")
        assert desk.settings["language"] == "en"


SPOKEN = ("stopwatch adviser ahead alkali", "absurd almighty acme amulet")


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_words_and_digits_are_seen_whole(language: str) -> None:
    async with terminal(three(settings={"language": language}), NARROW) as (_, pilot):
        await pilot.press("v", then="812")
        await pilot.press("V", then=Voice)
        for size in ((200, 60), NARROW, (60, 20)):
            await pilot.resize(size)
            for row in (*SPOKEN, "01234 56789 01234 56789"):
                await until(pilot, row)
        await pilot.press("escape", then="812")


async def test_it_ends_so_that_all_can_be_erased_once_it_was_typed() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("f12", then="Erase this home")
        await pilot.press(*"wipe", "enter", then=lambda: not app.is_running)

    assert app.how is End.ERASE


async def test_another_word_erases_nothing_nor_does_leaving_the_box() -> None:
    async with terminal(three()) as (app, pilot):
        await pilot.press("f12", then="Erase this home")
        await pilot.press(*"yes", "enter", then="Not erased.")
        assert app.how is End.LEFT
        await pilot.press("f12", then="Erase this home")
        await pilot.press("escape")
        await pilot.pause()

        assert app.how is End.LEFT
        assert app.is_running
