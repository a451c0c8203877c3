"""What is typed survives: it is saved, offered again, and asked about."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from exchange.desk.records import NONE, Mark
from exchange.errors import Reason, Refusal
from exchange.translation.steps import Put
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import (
    NARROW,
    WIDE,
    Looking,
    go_on,
    lines,
    says,
    terminal,
    text,
    until,
)
from tests.tui.screens.test_compose import begun, composing, go, with_draft
from tests.tui.screens.test_review import with_numbers
from tests.tui.screens.test_translate import commit, desk, flash
from tui import words
from tui.app import Terminal
from tui.drafts import TRANSLATION, Typed, typed_json
from tui.form import Form
from tui.screens.acknowledge import Acknowledge
from tui.screens.back_translation import Blind
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Ask
from tui.screens.editor import Editor
from tui.screens.exit_box import Leaving
from tui.screens.paragraph_editor import Write
from tui.screens.review import Sending
from tui.screens.translate import Translate
from tui.widgets.bar import beside_key


def saved(one: FakeDesk) -> Form:
    [kept] = one.kept.values()
    return Form.load(kept, "en")


def holds(one: FakeDesk, test: Callable[[Form], object]) -> Callable[[], object]:
    """What `until` waits for: that the one draft is a form of which that is true."""
    return lambda: len(one.kept) == 1 and test(saved(one))


# The form.


async def test_a_text_is_saved_while_it_is_typed() -> None:
    one = three()
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        go(app, "subject")
        await pilot.press("enter", "ctrl+u", *"Bridge 7", "ctrl+l")
        await until(pilot, holds(one, lambda f: f.prose[0].text == "Bridge 7"))
        await until(pilot, holds(one, lambda f: f.prose[0].lang == "en"))
        assert isinstance(app.screen, Write)
        await pilot.press(*" at 06:00Z", "escape", "escape", then=Bulletins)
    assert saved(one).prose[0].text == "Bridge 7 at 06:00Z"
    assert "06:00Z" in {span.text for span in saved(one).prose[0].spans}


async def test_who_never_stops_to_type_is_saved_all_the_same() -> None:
    one = three()
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        go(app, "subject")
        await pilot.press("enter", "ctrl+u")
        while not (one.kept and "xx" in saved(one).prose[0].text):
            await pilot.press("x")


async def test_a_value_is_saved_while_it_is_typed_and_not_when_it_is_left() -> None:
    one = three()
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        go(app, "expires")
        await pilot.press("enter", then=Ask)
        await pilot.press("ctrl+u", *"2026-12-")
        await until(
            pilot, holds(one, lambda f: f.values.get("expires") == ["2026-12-"])
        )
        await pilot.press("escape")
        await until(pilot, holds(one, lambda f: "expires" not in f.values))


async def test_a_row_of_a_table_is_saved_while_it_is_typed() -> None:
    one = three()
    async with composing(one, begun("MEDEVAC")) as (app, pilot, _):
        go(app, "details.mist")
        await pilot.press("enter", "+", "enter", then=Ask)
        await pilot.press(*"P77")

        def has(form: Form) -> bool:
            return any("P77" in row for row in form.values.get("details.mist", ()))

        await until(pilot, holds(one, has))
        await pilot.press("enter", "escape", "escape", "escape", then=holds(one, has))


async def test_what_was_confirmed_in_the_review_is_saved_there() -> None:
    one = with_numbers()
    async with terminal(one, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="▸ Subject: telephone number")
        await pilot.press("x")
        await until(pilot, holds(one, lambda f: f.confirmed == ["subject.text PHONE"]))
        assert isinstance(app.screen, Sending)


async def test_a_sent_bulletin_is_no_draft() -> None:
    one = three()
    async with composing(one, begun("SITREP")) as (app, pilot, _):
        await pilot.press("ctrl+s", then="this will be signed and sent")
        await pilot.press("down", "y", then=Bulletins)
        assert one.submitted
        assert one.kept == {}
        app.save_rest()
        assert one.kept == {}


async def test_what_was_refused_is_a_draft_still() -> None:
    one = with_draft()
    async with terminal(one, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="this will be signed and sent")
        one.kept.clear()  # as where the node refuses what the desk has queued
        one.refuse = Refusal(Reason.QUOTA, "islamabad.pk")
        await pilot.press("down", "y", then=lambda: says(app, Reason.QUOTA))
        await until(pilot, lambda: one.kept)


# A translation.


async def translating(pilot: Looking) -> None:
    await pilot.press("t", then="Translate into")
    await pilot.press("down", "enter", then="en → zh-Hans")


async def test_a_translation_comes_back_with_what_was_typed() -> None:
    one = desk()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await translating(pilot)
        await pilot.press("pagedown")
        commit(app, "车队在06:00Z之前")
        await until(pilot, lambda: one.kept)
        assert one.translate(1, "zh-Hans").pieces()[1].translation.text == "", (
            "not answered for"
        )
    async with terminal(one, NARROW) as (app, pilot):  # the first was killed
        await until(pilot, "1 unfinished draft")
        assert "Translate: Chinese" in text(app)
        await pilot.press("w", "enter", then=Translate)
        screen = pilot.front(Translate)
        await until(pilot, lambda: screen.target.text == "车队在06:00Z之前")
        assert screen.at == 1
        await pilot.press("enter")
        await until(
            pilot, lambda: one.translate(1, "zh-Hans").pieces()[1].translation.text
        )
        await until(pilot, lambda: one.kept == {})


async def test_the_verb_goes_on_with_the_draft_of_that_language() -> None:
    one = desk()
    typed = [Typed("s1", "车队没有行动", percent=84)]
    one.save_draft(NONE, typed_json(TRANSLATION, 1, "zh-Hans", typed))
    one.save_draft(NONE, typed_json(TRANSLATION, 1, "ur", [Typed("s0", "قافلہ")]))
    bench = one.translate(1, "zh-Hans")
    bench.put({"s1": Put("车队")})
    async with terminal(one, WIDE, "✔ VERIFIED") as (_, pilot):
        await translating(pilot)
        target = pilot.front(Translate).target
        await until(pilot, lambda: target.text == "车队没有行动")
        await pilot.press("ctrl+z")
        assert target.text == "车队", "what stands in the translation comes back"
        await until(pilot, lambda: len(one.kept) == 1)
        await pilot.press("escape", then=Bulletins)
        assert bench.pieces()[1].translation.text == "车队"
        assert ["ur" in kept for kept in one.kept.values()] == [True]


async def test_what_cannot_be_put_in_is_left_as_a_draft() -> None:
    one = desk()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await translating(pilot)
        bench = one.translate(1, "zh-Hans")
        bench.refuse = Refusal(Reason.FIELD_VALUE, "segments.s0")
        await pilot.press(*"车队", "escape", then=lambda: says(app, Reason.FIELD_VALUE))
        await until(pilot, Bulletins)
        assert bench.pieces()[0].translation.text == ""
        assert "车队" in next(iter(one.kept.values()))


async def test_what_is_typed_while_a_text_is_put_in_is_not_lost() -> None:
    one = desk()
    bench = one.translate(1, "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Translate(one, one.read(1), bench), "en → zh-Hans")
        screen = pilot.front(Translate)
        commit(app, "车队在达苏附近停止")
        await until(pilot, lambda: screen.target.text)
        put = bench.put

        def slowly(*args: object) -> None:
            app.call_from_thread(commit, app, "车")
            put(*args)  # type: ignore[arg-type]  # as they come

        bench.put = slowly  # type: ignore[method-assign, assignment]  # as a busy desk is
        await pilot.press("enter", then=lambda: screen.at == 1)
        await until(pilot, lambda: screen.target.text == "车")
        assert bench.pieces()[0].translation.text == "车队在达苏附近停止"


def blind(app: Terminal) -> Blind:
    assert isinstance(app.screen, Blind)
    return app.screen


async def test_what_was_translated_back_comes_back() -> None:
    one = flash()
    bench = one.translate(1, "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Blind(one, 1, bench, "en"), "1 / 2")
        assert "English │ 0 / " in lines(app)[blind(app).target.region.y - 1]
        await pilot.press(*"Convoy stopped", then="English │ 14 / ")
        await pilot.press("enter", *"The conv")
        await until(pilot, lambda: any("The conv" in t for t in one.kept.values()))
        assert not bench.now.HasField("back")
    async with terminal(one, WIDE, "Translate back: Chinese") as (app, pilot):
        await pilot.press("w", "enter", then="2 / 2")
        assert blind(app).target.text == "The conv"
        await pilot.press(*"oy did not move before 06:00Z.", "escape", then=Bulletins)
        assert not bench.now.HasField("back"), "Esc keeps it for later"
        await pilot.press("w", "enter", then="2 / 2")
        await pilot.press("enter", then=lambda: bench.now.back.translator)
        await until(pilot, lambda: one.kept == {})
    said = {segment.id: segment.text for segment in bench.now.back.segments}
    assert said["s0"] == "Convoy stopped"
    assert said["s1"] == "The convoy did not move before 06:00Z."


async def test_what_was_read_back_of_an_older_text_is_not_taken_over() -> None:
    """And a text that is refused is mended, and nothing said is lost."""
    one = flash()
    bench = one.translate(1, "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.show(Blind(one, 1, bench, "en"), "1 / 2")
        await pilot.press(*"Convoy stopped", "enter", *"half", "escape", then=Bulletins)
        bench.now.segments[0].text = "车队在达苏"
        await pilot.press("w", "enter", then="1 / 2")
        assert blind(app).target.text == ""
        commit(app, "车队")
        await pilot.press("enter", then="2 / 2")
        assert blind(app).target.text == "half"
        assert not bench.now.HasField("back")
        await pilot.press("enter", then="not written in the script")
        await until(pilot, "1 / 2")
        assert blind(app).target.text == "车队"
        await pilot.press("ctrl+u", *"Convoy", "enter")
        await until(pilot, lambda: bench.now.back.translator)


# What was left.


@pytest.mark.parametrize("lang", ["en", "ur", "zh-Hans"])
async def test_the_line_says_how_many_and_the_key_in_each_language(lang: str) -> None:
    one = with_draft()
    one.settings["language"] = lang
    async with terminal(one, NARROW) as (app, pilot):
        count = words.say_n("{n} unfinished draft", "{n} unfinished drafts", 1)
        await until(pilot, lambda: words.join_words(count) in text(app))
        assert beside_key("w", "continue") in text(app)
        assert "Convoy at risk" in text(app)


# Leaving.


async def test_leaving_asks_and_esc_stays() -> None:
    one = three()
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        await pilot.press("ctrl+q", then=Leaving)
        assert "There is unfinished work" in text(app)
        await pilot.press("ctrl+q", "escape", then=Compose)
        await pilot.press("ctrl+q", "down", "enter", then=Compose)  # stay
        go(app, "subject")
        await pilot.press("enter", "ctrl+u", *"Last", "ctrl+q", then=Leaving)
        await pilot.press("enter", then=lambda: not app.is_running or app._exit)
    assert saved(one).prose[0].text == "Last"


@pytest.mark.parametrize("editor", ["translate", "blind"])
async def test_leaving_asks_of_a_translation_too(editor: str) -> None:
    one = flash()
    bench = one.translate(1, "zh-Hans")
    async with terminal(one, WIDE) as (app, pilot):
        screen = (
            Translate(one, one.read(1), bench)
            if editor == "translate"
            else Blind(one, 1, bench, "en")
        )
        await pilot.show(screen, "1 / 2")
        assert app.unfinished_editors() == []
        await pilot.press("x", "ctrl+q", then=Leaving)
        await pilot.press("enter", then=lambda: app._exit)
    assert len(one.kept) == 1


async def test_with_nothing_unfinished_it_leaves_at_once() -> None:
    """Also where nothing was written in the form, which is no draft."""
    one = three()
    async with terminal(one, WIDE) as (app, pilot):
        await pilot.press("c", then="Kind of bulletin")
        await pilot.press("enter", then="Compose:")
        assert app.unfinished_editors() == []
        await pilot.press("escape", then=Bulletins)
        assert one.kept == {}
        await pilot.press("ctrl+q", then=lambda: app._exit)
        assert not isinstance(app.screen, Leaving)


async def test_on_a_full_disk_leaving_asks_whether_to_lose_it() -> None:
    one = three(full=True)
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        await pilot.press("ctrl+q", "enter", then="unsaved text is lost")
        await pilot.press("escape", then=Compose)
        await pilot.press("ctrl+q", "enter", then="unsaved text is lost")
        await pilot.press("down", "enter", then=lambda: app._exit)
    with pytest.raises(Refusal):
        app.save_rest()
    one.full = False
    app.save_rest()  # whoever ends it: what stood there is saved where it can be
    assert saved(one).draft() == begun("WARNING")


async def test_a_remark_is_no_draft_and_leaving_says_so() -> None:
    one = three()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("a", then=Acknowledge)
        await pilot.press("tab", *"seen", "ctrl+q", then="unsaved text is lost")
        await pilot.press("enter", then=Acknowledge)  # stay
        await pilot.press("ctrl+u", "ctrl+q", then=lambda: app._exit)
    assert one.acknowledged == []


@pytest.mark.parametrize("editor", ["compose", "translate", "blind"])
async def test_a_full_disk_is_said_and_the_editor_goes_on(editor: str) -> None:
    one = flash()
    one.full = True
    bench = one.translate(1, "zh-Hans")
    screens: dict[str, tuple[Callable[[], Editor], str]] = {
        "compose": (partial(Compose, one, begun("WARNING")), "Compose:"),
        "translate": (partial(Translate, one, one.read(1), bench), "1 / 2"),
        "blind": (partial(Blind, one, 1, bench, "en"), "1 / 2"),
    }
    async with terminal(one, NARROW) as (app, pilot):
        made, shown = screens[editor]
        screen = made()
        await pilot.show(screen, shown)
        if editor == "compose":
            go(app, "subject")
            await pilot.press("enter")
        await pilot.press(*"first ", then="Not saved yet: mailbox.db")
        await pilot.press(*"second")
        one.full = False
        await until(pilot, lambda: any("second" in t for t in one.kept.values()))
        await until(pilot, lambda: not screen.has_class("unsaved"))
        assert app.fault() is None


async def test_who_leaves_while_a_box_is_opened_goes_when_that_is_closed() -> None:
    """Else the box would go in the place of the editor, or the list behind it."""
    one, may = three(), threading.Event()
    save = one.save_draft

    def slowly(mark: Mark, said: str) -> Mark:
        assert may.wait(60)
        return save(mark, said)

    one.save_draft = slowly  # type: ignore[method-assign, assignment]  # as a busy disk is
    async with composing(one, begun("WARNING")) as (app, pilot, _):
        await pilot.press("escape", "escape", "ctrl+q", then=Leaving)
        may.set()
        await until(pilot, lambda: one.kept)
        await pilot.pause(0.2)
        assert isinstance(app.screen, Leaving)
        await pilot.press("escape", then=Bulletins)
        assert app.fault() is None


async def test_that_a_draft_was_reopened_covers_no_box(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The word of it is at the foot of the screen, where a box has its hint."""
    monkeypatch.setattr(Terminal, "NOTIFICATION_TIMEOUT", 600.0)
    async with terminal(with_draft(), NARROW) as (app, pilot):
        await go_on(pilot)
        await until(pilot, "Draft reopened")
        go(app, "expires")
        await pilot.press("enter", then=Ask)
        await until(pilot, lambda: "Draft reopened" not in text(app))
        assert not app._notifications
        await pilot.press("escape", then=Compose)
        assert "Draft reopened" not in text(app)


async def test_an_answer_comes_back_with_what_it_refers_to() -> None:
    one = three()
    async with terminal(one, WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("r", then="Add new information")
        await pilot.press("down", "enter", then=Compose)
        await until(pilot, holds(one, lambda f: f.references))
        [reference] = saved(one).references
        assert reference == ("UPDATES", one.row(3).name.hex())
    async with terminal(one, WIDE, "1 unfinished draft") as (app, pilot):
        await go_on(pilot)
        assert isinstance(app.screen, Compose)
        assert app.screen.form is not None
        assert app.screen.form.references == [reference]
