"""Translate a bulletin, read a translation back, compare."""

import threading
from functools import partial

import pytest
from msgspec.structs import replace
from textual import events

from exchange.desk.records import TranslationUnit
from exchange.errors import Reason, Refusal
from exchange.translation.memory import Suggestion
from exchange.translation.steps import Put
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Content, Span
from tests.tui.examples import opened, segment
from tests.tui.fake_bench import FakeBench
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, lines, says, seen, terminal, text, until
from tui.app import Terminal
from tui.screens.back_translation import Blind, Compare
from tui.screens.segments import fixed_text
from tui.screens.translate import Translate
from tui.widgets.text_editor import Edit

CONTENT = Content(
    kind="WARNING",
    subject=segment("en", "Convoy halted near Dasu"),
    segments=[
        segment(
            "en",
            "The convoy did not move until 06:00Z.",
            "s1",
            Span(kind="TIME", text="06:00Z", value="06:00Z"),
        )
    ],
)
DONE = {"s0": "车队在达苏附近停止", "s1": "车队在06:00Z之前没有行动。"}


def desk(**row: object) -> FakeDesk:
    return FakeDesk((opened(1, CONTENT, **row),))


def written(one: FakeDesk, officer: str = "duty-1@ops.islamabad.pk") -> FakeBench:
    """A bench at which all is translated."""
    bench = one.translate(1, "zh-Hans")
    for i, said in DONE.items():
        bench.put({i: Put(said)})
    bench.confirm([f.key for p in bench.pieces() for f in p.findings if f.answerable])
    bench._officer = officer
    return bench


def has(bench: FakeBench, said: str) -> bool:
    return said in {piece.translation.text for piece in bench.pieces()}


def commit(app: Terminal, said: str) -> None:
    """Type as an input method does: all at once."""
    assert app.focused is not None
    app.focused.post_message(events.Paste(said))


async def test_a_bulletin_is_translated_segment_by_segment_and_sent() -> None:
    one = desk()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("t", then="Translate into")
        await pilot.press("down", "enter", then="en → zh-Hans")  # Chinese
        bench = one.translate(1, "zh-Hans")
        for n, said in enumerate(DONE.values(), 1):
            commit(app, said)
            await pilot.press("enter", then=partial(has, bench, said))
            await until(pilot, seen(pilot, f"{n} / {len(DONE)}", 0))
        await until(pilot, "Confirm the sense of")
        await pilot.press("f9", then=lambda: bench.now.confirmed)
        await pilot.press("ctrl+t", then="Translated")
        await pilot.press("enter", then=lambda: bench.now.state == "TRANSLATED")
        await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
        assert bench.sent == []
        await pilot.press("down", "enter", then=lambda: bench.sent)
        assert {s.id: s.text for s in bench.sent[0].segments} == DONE


async def test_what_is_not_finished_is_said_before_it_is_signed() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.put({"s1": Put("车队在07:00Z之前没有行动。")})
    async with terminal(one, NARROW) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "1 / 2")
        await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
        assert "Not finished: not marked as translated" in text(app)
        assert "✘ s0: There is no text." in text(app)
        assert "✘ s1: Must be in the translation exactly once: 06:00Z" in text(app)
        assert "? s1: Confirm" in text(app)


async def test_what_waits_for_a_releaser_is_said_before_it_is_signed() -> None:
    for waiting in ([], [env.KIND_TRANSLATION], [env.KIND_RECEIPT]):
        given = replace(opened(1, CONTENT), waiting_answers=waiting)
        one = FakeDesk((given,))
        async with terminal(one, NARROW) as (app, pilot):
            await pilot.show(Translate(one, given, written(one)), "2 / 2")
            await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
            said = "It goes once a second officer has released it." in text(app)
            assert said == (env.KIND_TRANSLATION in waiting)


async def test_a_check_that_stands_against_a_state_is_named_in_words() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.put({"s0": Put("车队在达苏附近停止"), "s1": Put("车队走了。")})
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "2 / 2")
        await pilot.press("ctrl+t", then="Translated")
        await pilot.press("enter", then="correct the text")
        assert "s1: Must be in the translation" in text(app)
        assert "SPAN" not in text(app)


async def test_what_passed_its_checks_says_nothing_against_it() -> None:
    one = desk()
    bench = written(one)
    bench.advance("TRANSLATED")
    async with terminal(one, NARROW) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "2 / 2")
        await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
        assert "Not finished" not in text(app)
        assert "✘" not in text(app)


async def test_a_language_is_named_without_a_blank_before_it_in_chinese() -> None:
    one = desk()
    one.set_setting("language", "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await until(pilot, lambda: "车队" in text(app) or "Convoy" in text(app))
        await pilot.press("t", then="译成乌尔都语")
        assert "不看原文，从乌尔都语回译" in text(app)


async def test_what_was_typed_is_kept_by_escape() -> None:
    one = desk()
    async with terminal(one, NARROW) as (app, pilot):
        await until(pilot, lambda: one.count() and "Bulletins" in text(app))
        app.push_screen(Translate(one, one.read(1), one.translate(1, "zh-Hans")))
        await until(pilot, "en → zh-Hans")
        await pilot.press(*"车队", "escape")
        await until(
            pilot, lambda: one.translate(1, "zh-Hans").pieces()[0].translation.text
        )
        await until(pilot, lambda: not isinstance(app.screen, Translate))
        assert one.translate(1, "zh-Hans").pieces()[0].translation.text == "车队"


async def test_findings_terms_and_suggestions_stand_below() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.suggestions = {"s1": [Suggestion("车队没有行动。", 84)]}
    bench.put({"s0": Put("车队在达苏附近停止")})
    bench.put({"s1": Put("车队走了。")})
    async with terminal(one, NARROW) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "en → zh-Hans")
        await pilot.press("pagedown", then="The convoy did not move")
        shown = text(app)
        assert "✘ Must be in the translation exactly once: 06:00Z" in shown
        assert "? Confirm the sense of “not”" in shown
        assert "84 %" in shown
        assert "车队没有行动。" in shown
        await pilot.press("f8")
        await pilot.press("f7")
        await pilot.press("pagedown")
        await until(pilot, lambda: bench.pieces()[1].translation.origin == "MEMORY")
        assert bench.pieces()[1].translation.text == "车队没有行动。06:00Z"


async def test_what_is_typed_counts_as_unchecked_until_it_is_put_in() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.put({"s0": Put("车队在达苏附近停止")})
    async with terminal(one, NARROW) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "2 / ")
        commit(app, "06:00Z 车队没有走。")
        await until(pilot, "Not checked yet")
        await pilot.press("f9")  # its finding was not seen yet
        await until(pilot, "? Confirm the sense of “not”")
        assert "Not checked yet" not in text(app)
        assert not bench.now.confirmed
        await pilot.press("f9", then="✔ All checks passed.")
        commit(app, "12:00Z")
        await until(pilot, "Not checked yet")
        assert "All checks passed" not in text(app)


async def test_fixed_parts_that_are_put_in_one_after_the_other_stand_apart() -> None:
    spans = (Span(kind="DATE", text="2026-11-25"), Span(kind="TIME", text="03:00Z"))
    source = segment("en", "On 2026-11-25 at 03:00Z", "s1", *spans)
    content = Content(kind="SITREP", subject=segment("en", "x"), segments=[source])
    one = FakeDesk([opened(1, content)])
    bench = one.translate(1, "ur")
    bench.put({"s0": Put("گاڑی")})
    async with terminal(one, NARROW) as (_, pilot):
        screen = Translate(one, one.read(1), bench)
        await pilot.show(screen, "en → ur")
        await pilot.press("f7", "f7")
        assert screen.target.text == "2026-11-25 03:00Z"
        await pilot.press("f7")
        assert screen.target.text == "2026-11-25 03:00Z"


async def test_a_state_that_is_refused_says_why() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.put({"s0": Put("车队")})
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "en → zh-Hans")
        await pilot.press("f4", then="Translated")
        await pilot.press("enter")
        await until(
            pilot, lambda: says(app, Reason.TRANSLATION) or "segments" in text(app)
        )
        assert bench.now.state == "INITIAL"


async def test_who_reads_back_never_sees_the_original() -> None:
    one = desk(precedence="FLASH")
    bench = written(one)
    bench.advance("TRANSLATED")
    bench._officer = "duty-2@ops.islamabad.pk"
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Blind(one, 1, bench, "en"), "1 / 2")
        assert "Convoy halted" not in text(app)
        await pilot.press(*"Convoy stopped near Dasu", "enter", then="2 / 2")
        assert "did not move" not in text(app)
        await pilot.press(*"The convoy did not move before 06:00Z.", "enter")
        await until(pilot, lambda: bench.now.back.translator)
    assert bench.now.back.translator == "duty-2@ops.islamabad.pk"


async def test_who_knows_the_original_reads_nothing_back() -> None:
    bench = FakeBench(CONTENT, "zh-Hans", refuse=Refusal(Reason.TRANSLATION, "back"))
    one = desk()
    async with terminal(one, WIDE) as (app, pilot):
        app.push_screen(Blind(one, 1, bench, "en"))
        await until(pilot, lambda: says(app, Reason.TRANSLATION))
        assert not isinstance(app.screen, Blind)


@pytest.mark.parametrize(
    ("key", "judge"), [("y", "duty-3@ops.islamabad.pk"), ("x", "")]
)
async def test_original_and_what_came_back_are_compared(key: str, judge: str) -> None:
    one = desk(precedence="FLASH")
    bench = written(one)
    bench.advance("TRANSLATED")
    bench._officer = "duty-2@ops.islamabad.pk"
    bench.put_back({"s0": "Convoy stopped near Dasu", "s1": "It went at 06:00Z."})
    bench._officer = "duty-3@ops.islamabad.pk"
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Compare(bench), "It went at 06:00Z.")
        assert "The convoy did not move" in text(app)
        await pilot.press(key, then=lambda: not isinstance(app.screen, Compare))
    assert bench.now.back.judge == judge
    assert bench.now.state == ("TRANSLATED" if judge else "INITIAL")


async def test_hostile_text_of_a_partner_stays_behind_the_gutter() -> None:
    evil = Content(kind="WARNING", subject=segment("en", "x\x1b]0;y\x07\u202egpj"))
    one = FakeDesk((opened(1, evil),))
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), one.translate(1, "ur")), "en → ur")
        assert "\x1b]" not in text(app)
        assert any("┃ x␛]0;y" in line for line in lines(app))


def test_a_place_is_put_in_by_its_name_in_the_target() -> None:
    span = Span(kind="PLACE", text="Dasu", value="DASU-HPP")
    assert fixed_text(span, "en", "zh-Hans") == "达苏水电站"
    nowhere = Span(kind=span.kind, text=span.text, value="NOWHERE")
    assert fixed_text(nowhere, "en", "ur") == "Dasu"
    assert fixed_text(Span(kind="TIME", text="06:00Z"), "en", "ur") == "06:00Z"


async def test_urdu_is_typed_from_the_right() -> None:
    one = three()
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), one.translate(1, "ur")), "en → ur")
        await pilot.press(*"گاڑی")
        edit = app.screen.query_one("#target", Edit)
        assert edit.text == "گاڑی"
        assert edit.rtl


async def test_an_answer_that_comes_after_the_screen_was_left_does_no_harm() -> None:
    one, may = desk(), threading.Event()
    bench = one.translate(1, "ur")
    found = bench.pieces()

    def slowly() -> list[TranslationUnit]:
        may.wait(60)
        return found

    bench.pieces = slowly  # type: ignore[method-assign]  # as a busy desk is
    async with terminal(one, WIDE) as (app, pilot):
        app.push_screen(Translate(one, one.read(1), bench))
        await pilot.pause()
        await pilot.press("escape", then=lambda: not isinstance(app.screen, Translate))
        may.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.fault() is None
        assert "Bulletins" in text(app)
