"""Translate a bulletin, read a translation back, compare."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import (
    NARROW,
    WIDE,
    Looking,
    lines,
    says,
    seen,
    terminal,
    text,
    until,
)
from tui.app import Terminal
from tui.screens.back_translation import Blind, Compare
from tui.screens.bulletins import Bulletins
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


def flash() -> FakeDesk:
    """A FLASH that is translated, at the desk of who has not seen it."""
    one = desk(precedence="FLASH")
    bench = written(one)
    bench.advance("TRANSLATED")
    bench._officer = "duty-2@ops.islamabad.pk"
    return one


def has(bench: FakeBench, said: str) -> bool:
    return said in {piece.translation.text for piece in bench.pieces()}


def commit(app: Terminal, said: str) -> None:
    """Type as an input method does: all at once."""
    assert app.focused is not None
    app.focused.post_message(events.Paste(said))


@asynccontextmanager
async def translating(
    one: FakeDesk, shows: str, lang: str = "zh-Hans", size: tuple[int, int] = NARROW
) -> AsyncIterator[tuple[Terminal, Looking, FakeBench]]:
    """The screen on which the first bulletin of a desk is translated."""
    bench = one.translate(1, lang)
    async with terminal(one, size) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), shows)
        yield app, pilot, bench


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
    one.translate(1, "zh-Hans").put({"s1": Put("车队在07:00Z之前没有行动。")})
    async with translating(one, "1 / 2") as (app, pilot, _):
        await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
        assert "Not finished: not marked as translated" in text(app)
        assert "✘ s0: There is no text." in text(app)
        assert "✘ s1: Must be in the translation exactly once: 06:00Z" in text(app)
        assert "? s1: Confirm" in text(app)


async def test_what_waits_for_a_releaser_is_said_before_it_is_signed() -> None:
    """What passed its checks says nothing against it."""
    one = desk()
    written(one).advance("TRANSLATED")
    async with terminal(one, NARROW) as (app, pilot):
        for waiting in ([], [env.KIND_TRANSLATION], [env.KIND_RECEIPT]):
            given = replace(one.read(1), waiting_answers=waiting)
            screen = Translate(one, given, one.translate(1, "zh-Hans"))
            await pilot.show(screen, "2 / 2")
            await pilot.press("ctrl+s", then="Sign: duty-1@ops.islamabad.pk")
            said = "It goes once a second officer has released it." in text(app)
            assert said == (env.KIND_TRANSLATION in waiting)
            assert "Not finished" not in text(app)
            assert "✘" not in text(app)
            await pilot.press("escape", "escape", then=Bulletins)


async def test_a_check_that_stands_against_a_state_is_named_in_words() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.put({"s0": Put("车队在达苏附近停止"), "s1": Put("车队走了。")})
    async with translating(one, "2 / 2", size=WIDE) as (app, pilot, _):
        await pilot.press("ctrl+t", then="Translated")
        await pilot.press("enter", then="correct the text")
        assert "s1: Must be in the translation" in text(app)
        assert "SPAN" not in text(app)
        assert bench.now.state == "INITIAL"


async def test_a_language_is_named_without_a_blank_before_it_in_chinese() -> None:
    one = desk()
    one.set_setting("language", "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await until(pilot, lambda: "车队" in text(app) or "Convoy" in text(app))
        await pilot.press("t", then="译成乌尔都语")
        assert "不看原文，从乌尔都语回译" in text(app)


async def test_what_was_typed_is_kept_by_escape() -> None:
    async with translating(desk(), "en → zh-Hans") as (_, pilot, bench):
        await pilot.press(*"车队", "escape", then=partial(has, bench, "车队"))
        await until(pilot, Bulletins)


async def test_findings_terms_and_suggestions_stand_below() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    bench.suggestions = {"s1": [Suggestion("车队没有行动。", 84)]}
    bench.put({"s0": Put("车队在达苏附近停止"), "s1": Put("车队走了。")})
    async with translating(one, "en → zh-Hans") as (app, pilot, _):
        await pilot.press("pagedown", then="The convoy did not move")
        shown = text(app)
        assert "✘ Must be in the translation exactly once: 06:00Z" in shown
        assert "? Confirm the sense of “not”" in shown
        assert "84 %" in shown
        assert "车队没有行动。" in shown
        await pilot.press("f8", "f7", "pagedown")
        await until(pilot, lambda: bench.pieces()[1].translation.origin == "MEMORY")
        assert bench.pieces()[1].translation.text == "车队没有行动。06:00Z"


async def test_what_is_typed_counts_as_unchecked_until_it_is_put_in() -> None:
    one = desk()
    one.translate(1, "zh-Hans").put({"s0": Put("车队在达苏附近停止")})
    async with translating(one, "2 / ") as (app, pilot, bench):
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
    one.translate(1, "ur").put({"s0": Put("گاڑی")})
    async with translating(one, "en → ur", "ur") as (_, pilot, _):
        target = pilot.front(Translate).target
        await pilot.press("f7", "f7")
        assert target.text == "2026-11-25 03:00Z"
        await pilot.press("f7")
        assert target.text == "2026-11-25 03:00Z"


async def test_who_reads_back_never_sees_the_original() -> None:
    one = flash()
    bench = one.translate(1, "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Blind(one, 1, bench, "en"), "1 / 2")
        assert "Convoy halted" not in text(app)
        await pilot.press(*"Convoy stopped near Dasu", "enter", then="2 / 2")
        assert "did not move" not in text(app)
        await pilot.press(*"The convoy did not move before 06:00Z.", "enter")
        await until(pilot, lambda: bench.now.back.translator)
        assert bench.now.back.translator == "duty-2@ops.islamabad.pk"
        await until(pilot, Bulletins)
        knows = FakeBench(CONTENT, "zh-Hans", Refusal(Reason.TRANSLATION, "back"))
        app.push_screen(Blind(one, 1, knows, "en"))
        await until(pilot, lambda: says(app, Reason.TRANSLATION))
        assert not isinstance(app.screen, Blind)


@pytest.mark.parametrize(
    ("key", "judge"), [("y", "duty-3@ops.islamabad.pk"), ("x", "")]
)
async def test_original_and_what_came_back_are_compared(key: str, judge: str) -> None:
    one = flash()
    bench = one.translate(1, "zh-Hans")
    bench.put_back({"s0": "Convoy stopped near Dasu", "s1": "It went at 06:00Z."})
    bench._officer = "duty-3@ops.islamabad.pk"
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Compare(bench), "It went at 06:00Z.")
        assert "The convoy did not move" in text(app)
        await pilot.press(key, then=lambda: not isinstance(app.screen, Compare))
    assert bench.now.back.judge == judge
    assert bench.now.state == ("TRANSLATED" if judge else "INITIAL")


async def test_hostile_text_of_a_partner_stays_behind_the_gutter() -> None:
    """Urdu is typed from the right beside it."""
    evil = Content(kind="WARNING", subject=segment("en", "x\x1b]0;y\x07\u202egpj"))
    one = FakeDesk((opened(1, evil),))
    async with translating(one, "en → ur", "ur", WIDE) as (app, pilot, _):
        assert "\x1b]" not in text(app)
        assert any("┃ x␛]0;y" in line for line in lines(app))
        await pilot.press(*"گاڑی")
        edit = app.screen.query_one("#target", Edit)
        assert edit.text == "گاڑی"
        assert edit.rtl


def test_a_place_is_put_in_by_its_name_in_the_target() -> None:
    span = Span(kind="PLACE", text="Dasu", value="DASU-HPP")
    assert fixed_text(span, "en", "zh-Hans") == "达苏水电站"
    nowhere = Span(kind=span.kind, text=span.text, value="NOWHERE")
    assert fixed_text(nowhere, "en", "ur") == "Dasu"
    assert fixed_text(Span(kind="TIME", text="06:00Z"), "en", "ur") == "06:00Z"


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
