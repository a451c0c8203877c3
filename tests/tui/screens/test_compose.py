"""Compose: the form, its boxes, what is put off."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import NONE
from exchange.errors import Reason, Refusal
from tests.bulletin.examples import EXAMPLES, example
from tests.tui.examples import HOSTILE, NOW, row
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import (
    NARROW,
    WIDE,
    Looking,
    first_draft,
    go_on,
    lines,
    terminal,
    text,
    until,
)
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.drafts import Slot
from tui.form import MORE_REFERENCES, Form, Paragraph, Reference
from tui.screens.board import BoardScreen
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Ask, Pick
from tui.screens.paragraph_editor import Write
from tui.screens.review import Sending
from tui.screens.review_page import ReviewPreview
from tui.screens.time_box import TimeBox
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.form_view import FormView
from tui.widgets.text_editor import Edit
from tui.words import join_words


def with_draft(precedence: str = "PRIORITY") -> FakeDesk:
    form = filled()
    form.values["precedence"] = [precedence]
    return three(draft=form.keep())


async def test_a_wrong_field_is_marked_and_nothing_reviewed() -> None:
    form = filled()
    del form.values["label.tlp"]
    desk = three(draft=form.keep())
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then="✘ Handling")
        assert "signed and sent" not in text(app)


async def test_escape_keeps_the_draft() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c", then="Kind of bulletin")
        await pilot.press("enter", then="Compose:")
        go(app, "subject")
        await pilot.press("enter", then="0 / 200")
        await pilot.press("ctrl+l", *"گاڑی", "escape")
        await until(pilot, lambda: "0 / 200" not in text(app))
        await pilot.press("escape", then="Bulletins")
        [kept] = desk.kept.values()
        assert Form.load(kept, "en").prose[0] == Paragraph("ur", "گاڑی")


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_enter_on_an_empty_field_chooses_nothing(language: str) -> None:
    """The first code of mode and label is the least safe one."""
    desk = three(settings={"language": language})
    async with composing(desk, begun("SITREP")) as (app, pilot, form):
        for path in ("mode", "label.tlp"):
            form.values.pop(path, None)
            go(app, path)
            await pilot.press("enter", then=Pick)
            await until(pilot, "—")
            await pilot.press("enter", then=Compose)
            assert path not in form.values
            await pilot.press("enter", then=Pick)
            await pilot.press("down", "enter", then=Compose)
            assert form.values.pop(path) in (["ACTUAL"], ["CLEAR"])


async def test_picking_one_and_many_and_what_a_field_does_not_take() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        go(app, "mode")
        await pilot.press("enter", then=lambda: app.screen.query(OptionList))
        await pilot.press("home", "enter")
        await until(pilot, lambda: re.search(r"Mode +Actual", text(app)))
        go(app, "label.releasable_to")
        await pilot.press("enter", then="[x]")
        await pilot.press("home", "space", "enter")
        await until(pilot, lambda: re.search(r"Releasable to +China ", text(app)))
        go(app, "place.lat")
        await pilot.press("enter", then=Ask)
        await pilot.press(*"north", "enter", then="✘ Latitude")


async def test_moves_and_emptying_in_the_form_do_what_they_say() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        view = app.screen.query_one(FormView)
        heads = [row.label for row in view.rows]
        await pilot.press(*["down"] * heads.index("Where"), "enter")
        await pilot.pause()
        paths = [row.path for row in view.rows]
        below = paths.index("place.lat") - heads.index("Where")
        await pilot.press(*["down"] * below, "enter", then=Ask)
        await pilot.press("ctrl+u", *"35.31", "enter", "down", "down")
        await pilot.pause()
        assert view.rows[view.cursor].path == paths[paths.index("place.lat") + 2]
        await pilot.press("up", "up", "backspace", "down", "enter", then=Ask)
        assert pilot.front(Ask).heading == view.rows[paths.index("place.lon")].label
        assert view.form is not None
        assert "place.lat" not in view.form.values


async def test_a_long_label_is_whole_where_its_row_is_empty() -> None:
    async with terminal(with_draft(), NARROW) as (app, pilot):
        await go_on(pilot)
        view = app.screen.query_one(FormView)
        view.go("assessment.credibility")
        here = view.rows[view.cursor]
        whole = "How credible the information in it is  "
        view.rows[view.cursor] = here._replace(label=whole.strip())
        view.refresh()
        await until(pilot, whole)
        view.error = here.path, "too long for both, and of more weight " * 2
        view.refresh()
        await until(pilot, "too long")
        assert "✘ How credible" in text(app)
        assert whole not in text(app)


async def test_letters_typed_on_a_row_are_told_what_opens_it() -> None:
    async with terminal(with_draft(), WIDE) as (app, pilot):
        await go_on(pilot)
        view = app.screen.query_one(FormView)
        view.go("place.lat")
        await pilot.press("j", "k")  # these have a meaning: the next, the one before
        assert "Press ↵ first" not in text(app)
        await pilot.press(*"35.31", then="Press ↵ first")
        assert text(app).count("Press ↵ first") == 1
        assert view.rows[view.cursor].path == "place.lat"


async def test_a_time_is_said_in_full_under_its_field_before_it_is_taken() -> None:
    desk = with_draft()
    desk.settings["time_zone"] = "Asia/Karachi"
    async with terminal(desk, NARROW) as (app, pilot):
        await go_on(pilot)
        form = pilot.front(Compose).form
        go(app, "when.to")
        await pilot.press("enter", then=Ask)
        await pilot.press(*"28 Nov 0600", then="= 2026-11-28T06:00Z = 11:00 PKT")
        assert form is not None
        assert "when.to" not in form.values
        await pilot.press("enter", then=lambda: "when.to" in form.values)
        assert form.values["when.to"] == ["2026-11-28T06:00:00Z"]
        await pilot.press("enter", then="= 2026-11-28T06:00Z = 11:00 PKT")
        await pilot.press("ctrl+u", "enter", then=lambda: "when.to" not in form.values)


async def test_what_is_no_one_time_is_not_taken() -> None:
    async with composing(three(), begun("WARNING"), NARROW) as (app, pilot, form):
        before = dict(form.values)
        go(app, "expires")
        for typed, said in (
            ("0130", "Nov 24 0130 or Nov 25 0130"),
            (HOSTILE[:40], "Not understood"),
        ):
            await pilot.press("enter", then=TimeBox)
            app.screen.query_one(Edit).insert(typed)
            await until(pilot, said)
            assert all(char.isprintable() or char in "\n\u00a0" for char in text(app))
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(app.screen, TimeBox)
            assert form.values == before
            await pilot.press("escape", then=Compose)


async def test_a_time_in_a_table_is_typed_the_same_way() -> None:
    async with composing(three(), begun("MEDEVAC"), NARROW) as (app, pilot, form):
        go(app, "details.mist")
        await pilot.press("enter", "+", then=lambda: app.screen.query("#columns"))
        app.screen.query_one("#columns", FormView).go("patient")
        await pilot.press("enter", *"P7", "enter", then="P7")
        app.screen.query_one("#columns", FormView).go("hurt_at")
        await pilot.press("enter", *"-20m", then="= 2026-11-24T14:11Z")
        await pilot.press("enter", "escape", "escape")
        await until(
            pilot,
            lambda: (
                "patient=P7;hurt_at=2026-11-24T14:11:00Z" in form.values["details.mist"]
            ),
        )


def begun(kind: str, **changes: object) -> Draft:
    return from_json(example(kind) | changes)


@asynccontextmanager
async def composing(
    desk: FakeDesk, draft: Draft, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Terminal, Looking, Form]]:
    """Compose, begun from a draft."""
    async with terminal(desk, size) as (app, pilot):
        await pilot.show(Compose(desk, draft, now=lambda: NOW), Compose)
        await pilot.pause()
        form = pilot.front(Compose).form
        assert form is not None
        yield app, pilot, form


def go(app: Terminal, path: str) -> None:
    app.screen.query_one(FormView).go(path)


async def test_every_kind_is_reviewed_kept_and_gone_on_with_as_it_was() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (_, pilot):
        for kind in EXAMPLES:
            if kind == "GLOSSARY":
                continue
            said = example(kind)
            said.pop("translations", None)
            draft = from_json(said)
            await pilot.show(Compose(desk, draft, now=lambda: NOW), Compose)
            await pilot.press("ctrl+s", then="this will be signed and sent")
            await pilot.press("e", then=Compose)
            await pilot.press("escape", then=Bulletins)
            [kept] = desk.kept.values()
            assert Form.load(kept, "en").draft() == draft, kind
            await until(pilot, "1 unfinished draft")
            await go_on(pilot)
            form = pilot.front(Compose).form
            assert form is not None
            assert form.draft() == draft, kind
            await pilot.press("escape", then=Bulletins)
            desk.kept.clear()
            desk.tell()


async def test_what_it_refers_to_is_a_row_with_words() -> None:
    name = bytes.fromhex("ab" * 32)
    desk = three(abouts={name: row(412, kind="MEDEVAC", subject=HOSTILE)})
    refers = [{"relation": "UPDATES", "name": name.hex()}]
    async with composing(desk, begun("MEDEVAC", references=refers)) as (app, pilot, _):
        await until(pilot, lambda: " Evil" in re.sub(r"\s+", " ", text(app)))
        assert all(char.isprintable() or char == "\n" for char in text(app))
        go(app, "references.0")
        await pilot.press("enter", then="Corroborates")
        assert "Reveals" not in text(app)
        await pilot.press("escape", "delete")
        await until(pilot, lambda: "beijing.cn#412" not in text(app))


async def test_a_movement_says_that_its_route_is_drawn_when_it_is_signed() -> None:
    desk = three()
    async with composing(desk, begun("MOVEMENT")) as (app, pilot, _):
        go(app, "details.draw")
        await until(pilot, "drawn when it is signed")
        await pilot.press("enter", then="The desk itself fills this in.")
        await pilot.press("ctrl+s")
        said = "One of 2 routes will be drawn when this is signed"
        await until(pilot, said)


async def test_a_source_of_the_register_brings_its_grade() -> None:
    """Without a register there is none to choose."""
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        go(app, "assessment.source")
        await pilot.press("enter", then="PK-T-11")
        await pilot.press("end", "enter")
        await until(pilot, lambda: form.values["assessment.source"] == ["PK-T-11"])
        assert form.values["assessment.reliability"] == ["D"]
        desk.register = ()
        form.values["assessment.source"] = []
        await pilot.press("enter", then="No source is registered here")
        assert form.values["assessment.source"] == []


async def test_a_glossary_is_left_to_the_command_line() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("c", then="Kind of bulletin")
        await until(pilot, "A glossary is sent by the command line.")
        assert "GLOSSARY" not in text(app)
        await pilot.press("escape", then=lambda: not isinstance(app.screen, Compose))
        app.push_screen(Compose(desk, begun("GLOSSARY")))
        await until(pilot, "A glossary is sent")  # a toast
        await until(pilot, lambda: not isinstance(app.screen, Compose))


async def test_drafts_stand_beside_each_other_and_one_is_chosen() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.show(Compose(desk, begun("MOVEMENT")), "Compose: Movement")
        await pilot.press("escape", then=lambda: len(desk.kept) == 2)
        await until(pilot, lambda: not isinstance(app.screen, Compose))
        await pilot.press("w", then=lambda: first_draft(app))
        assert "Convoy at risk" in text(app)
        await pilot.press("enter", then="Compose: Movement")  # the last begun
        await pilot.press("ctrl+s", then="this will be signed and sent")
        await pilot.press("down", "y", then=lambda: desk.submitted)
        await until(pilot, lambda: len(desk.kept) == 1)
    [left] = desk.kept.values()
    assert Form.load(left, "en").prose[0].text == "Convoy at risk"


async def test_to_begin_again_keeps_what_stood_there() -> None:
    """And no text is lost by one key."""
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        go(app, "subject")
        before = form.prose[0].text
        await pilot.press("backspace", "delete")
        await pilot.pause()
        assert form.prose[0].text == before != ""
        await pilot.press("ctrl+n", then="Kind of bulletin")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, Compose))
    [kept] = desk.kept.values()
    assert Form.load(kept, "en") == form


async def test_a_damaged_draft_is_shown_and_dropped_only_when_asked() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        for damaged in (HOSTILE, "[" * 100_000):
            desk.save_draft(NONE, damaged)
            for key in ("escape", "enter"):
                assert list(desk.kept.values()) == [damaged]
                await pilot.press("w", then=lambda: first_draft(app))
                assert "A draft that cannot be read" in text(app)
                await pilot.press("enter", then="Discard unreadable drafts")
                assert all(char.isprintable() or char == "\n" for char in text(app))
                await pilot.press(key, then=Bulletins)
            await until(pilot, lambda: desk.kept == {})


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_form_and_review_fit_in_every_language(lang: str) -> None:
    desk = three(settings={"language": lang})
    async with composing(desk, begun("MEDEVAC")) as (app, pilot, form):
        label = join_words(KINDS["MEDEVAC"].labels[lang])
        for size in (WIDE, NARROW):
            await pilot.resize(size)
            assert label in lines(app)[0]
            first, *_, last = lines(app)[0].split("│")
            title = last if lang == "ur" else first
            assert (":" in title) == (lang != "zh-Hans")
            for row in form.rows():
                go(app, row.path)
                await pilot.pause()
                assert {cell_len(line) for line in lines(app)} == {size[0]}
        await pilot.press("ctrl+s", then=Sending)
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            for _ in LANGUAGES:
                await pilot.press("]", "pagedown")
                await pilot.pause()
                assert {cell_len(line) for line in lines(app)} == {size[0]}


async def test_what_comes_after_the_form_was_left_does_no_harm() -> None:
    desk = three()
    async with composing(desk, begun("WARNING")) as (app, pilot, form):
        screen = pilot.front(Compose)
        await pilot.press("escape", then=lambda: app.screen is not screen)
        await pilot.pause()
        screen._learned(form, {})
        screen.renew()
        screen.complain(Refusal(Reason.FIELD_MISSING, "to"))
        draft = form.draft()
        review = desk.review(draft)
        screen._show(draft, ReviewPreview(review, {}))
        sending = Sending(desk, draft, ReviewPreview(review, {}), Slot(desk))
        sending._reviewed(ReviewPreview(review, {}))
        await pilot.pause()
        assert not isinstance(app.screen, Sending)


async def test_the_next_field_that_is_needed_is_one_key_away() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await begin(app, pilot, "med")
        view = app.screen.query_one(FormView)
        assert view.rows[view.cursor].path == "details.pickup_grid"
        await pilot.press("ctrl+g")
        assert view.rows[view.cursor].path == "details.call_sign"
        await pilot.press("end", "ctrl+g")
        assert view.rows[view.cursor].path == "details.pickup_grid", "round again"
        lacking = len(view.missing())
        assert f"{lacking} fields are needed" in lines(app)[0]
        await pilot.press("enter", *"43SDU1234056780", "enter")
        await until(pilot, lambda: view.rows[view.cursor].path == "details.call_sign")
        assert f"{lacking - 1} fields are needed" in lines(app)[0]


async def test_after_a_field_is_put_right_the_next_one_is_under_the_cursor() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await begin(app, pilot, "med")
        view = app.screen.query_one(FormView)
        await pilot.press("enter", *"MEDIC-1", "enter", then="✘ 1 Pick-up grid")
        assert view.rows[view.cursor].path == "details.pickup_grid"
        await pilot.press("enter", "ctrl+u", *"43SDU1234056780", "enter")
        await until(pilot, lambda: view.rows[view.cursor].path == "details.call_sign")
        await pilot.press("enter", *"MEDIC-1", "enter")
        await until(pilot, lambda: re.search("2 Call sign +MEDIC-1", text(app)))


async def begin(app: Terminal, pilot: Looking, kind: str) -> None:
    """Begin a bulletin by keys: the first kind that is found by those letters."""
    await pilot.press("c", then=Pick)
    await pilot.press(*kind, "enter")
    await until(pilot, lambda: isinstance(app.screen, Compose) and app.screen.form)
    await pilot.pause()


async def test_what_it_refers_to_is_chosen_from_recent_bulletins() -> None:
    desk = three()
    desk.abouts = {desk.row(n).name: desk.row(n) for n in (1, 2, 3)}
    async with composing(desk, begun("WARNING"), NARROW) as (app, pilot, form):
        go(app, MORE_REFERENCES)
        await pilot.press("enter", then="Refers to which bulletin")
        assert "beijing.cn#1 Suspect vehicle seen" in text(app)
        await pilot.press("down", "enter", then="In which relation")
        assert "Corrects" not in text(app), "only its author's desk may"
        await pilot.press("down", "enter", then=lambda: form.references)
        assert form.references == [Reference("UPDATES", desk.row(2).name.hex())]
        go(app, "references.0")
        await until(pilot, "beijing.cn#2")
        assert desk.row(2).name.hex()[:8] not in text(app)
        go(app, MORE_REFERENCES)
        await pilot.press("delete", "enter", then="Refers to which bulletin")
        await pilot.press("escape", then=Compose)
        assert len(form.references) == 1


async def test_without_bulletins_there_is_nothing_to_refer_to() -> None:
    async with composing(FakeDesk([]), begun("WARNING")) as (app, pilot, form):
        go(app, MORE_REFERENCES)
        await pilot.press("enter", then="No bulletin is here to refer to.")
        assert form.references == []


def is_first(form: Form, wanted: Paragraph) -> bool:
    return form.prose[0] == wanted


async def test_a_new_text_is_in_the_language_of_its_script() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        for typed, lang in (
            ("گاڑی 7", "ur"),
            ("车队 7", "zh-Hans"),
            ("7 گاڑی ROUND-4 رکی ہے", "ur"),
        ):
            await begin(app, pilot, "sitrep")
            form = pilot.front(Compose).form
            assert form is not None
            go(app, "subject")
            await pilot.press("enter", then=Write)
            for char in typed:
                app.screen.query_one(Edit).insert(char)
                await pilot.pause()
            await pilot.press("escape", then=Compose)
            wanted = Paragraph.new(lang, typed)
            await until(pilot, partial(is_first, form, wanted))
            await pilot.press("escape", then=Bulletins)


async def test_a_language_that_was_chosen_or_stood_there_stays() -> None:
    """It is held against the script of what is written."""
    async with composing(three(), begun("MOVEMENT"), NARROW) as (app, pilot, form):
        go(app, "subject")
        before = form.prose[0].lang
        await pilot.press("enter", then=Write)
        await pilot.press("ctrl+u", *"车队", then="Not written in the script")
        assert app.screen.query_one(Edit).language == before
        await pilot.press("escape", then=Compose)
        await pilot.press("escape", then=Bulletins)
        await begin(app, pilot, "sitrep")
        go(app, "subject")
        await pilot.press("enter", then=Write)
        await pilot.press("ctrl+l", *"Convoy", then="Not written in the script")
        assert app.screen.query_one(Edit).language == "ur"


async def test_another_editor_is_off_unless_the_desk_allows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = three()
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with composing(desk, begun("WARNING"), NARROW) as (app, pilot, form):
        before = form.prose[0].text
        go(app, "subject")
        await pilot.press("enter", then=Write)
        await pilot.press("f4", then="Off here: editor = true")
        desk.settings["editor"] = "on"
        await pilot.press("f4", then="No editor is named")
        monkeypatch.setenv("EDITOR", "false")
        await pilot.press("f4", then="leaves the encrypted mailbox")
        await pilot.press("enter", then=Write)
        assert app.screen.query_one(Edit).text == before


async def test_the_moment_that_was_shown_is_taken_though_time_goes_on() -> None:
    clock = [NOW]
    async with terminal(three(), NARROW) as (app, pilot):
        app.push_screen(Compose(three(), begun("WARNING"), now=lambda: clock[0]))
        await until(pilot, lambda: isinstance(app.screen, Compose) and app.screen.form)
        form = pilot.front(Compose).form
        assert form is not None
        go(app, "expires")
        await pilot.press("enter", "ctrl+u", *"+3h", then="= 2026-11-24T17:31Z")
        clock[0] += 60_000
        await pilot.press("enter", then=Compose)
        assert form.values["expires"] == ["2026-11-24T17:31:00Z"]


@pytest.mark.parametrize(
    ("release", "told"),
    [
        ("RELEASED", "! It goes once a second officer has released it."),
        ("EMERGENCY", "! It goes at once, on your signature alone; another officer"),
    ],
)
async def test_what_needs_two_is_said_in_the_review_before_it_is_signed(
    release: str, told: str
) -> None:
    """Where nothing is missing in the form, the cursor stays and that is said."""
    desk = three()
    async with composing(desk, begun("WARNING", release=release)) as (app, pilot, _):
        view = app.screen.query_one(FormView)
        go(app, "place.lat")
        await pilot.press("ctrl+g", then="Complete: ^S reviews it.")
        assert view.rows[view.cursor].path == "place.lat"
        assert "needed" not in lines(app)[0]
        await pilot.press("ctrl+s", then="this will be signed and sent")
        assert told in text(app)
        assert desk.submitted == []


async def test_an_arrival_does_not_draw_the_form_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, drawn = three(), list[FormView]()
    async with composing(desk, begun("WARNING")) as (app, pilot, _):
        listed = app.screen_stack[-2].query_one(BulletinList)
        monkeypatch.setattr(FormView, "show", lambda view, *_: drawn.append(view))
        desk.arrive(desk.read(1))
        await until(pilot, lambda: listed.window.count == 4)
        assert drawn == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("place.site", "KHUNJERAB"),
        ("place.segment", "KKH-NORTH"),
        ("place.mgrs", "43S"),
        ("subject", "KHUNJERAB"),
    ],
)
async def test_a_place_is_taken_from_the_board(path: str, value: str) -> None:
    async with terminal(with_draft(), WIDE) as (app, pilot):
        await go_on(pilot)
        view = app.screen.query_one(FormView)
        view.go(path)
        await pilot.press("ctrl+b", then=BoardScreen)
        await pilot.press("end", "enter", then="No place is there")
        await pilot.press("ctrl+b", then=BoardScreen)
        await pilot.press("home", "enter", then=Compose)
        wanted = "place.site" if path == "subject" else path
        assert view.form is not None
        [taken] = view.form.values[wanted]
        assert taken.startswith(value)
        assert view.rows[view.cursor].path == wanted
        view.form.check(view.rows[view.cursor], [taken])


async def test_a_section_folds_and_names_what_it_needs() -> None:
    async with terminal(with_draft(), NARROW) as (app, pilot):
        await go_on(pilot)
        view = app.screen.query_one(FormView)
        paths = {row.path for row in view.rows}
        assert "assessment.reliability" not in paths
        view.go("assessment.reliability")
        await pilot.press("enter", then=Pick)
        await pilot.press("down", "enter", then=Compose)
        assert view.missing() == ["assessment.credibility"]
        view.cursor = [row.label for row in view.rows].index("Assessment")
        await pilot.press("enter", then=r"needed: Information credibility")
        assert "assessment.credibility" not in {row.path for row in view.rows}
        await pilot.press("home", "ctrl+g")
        assert view.rows[view.cursor].path == "assessment.credibility"
        await pilot.press("enter", then=Pick)
        await pilot.press("down", "enter", then=Compose)
        view.cursor = [row.label for row in view.rows].index("Assessment")
        await pilot.press("enter", then="Source reliability A")


async def test_what_is_filled_in_is_read_beside_the_form() -> None:
    async with terminal(with_draft(), WIDE) as (app, pilot):
        await go_on(pilot)
        await until(pilot, "┃ Convoy at risk")
        await pilot.press("]", "]", then="汽车炸弹")
        view = app.screen.query_one(FormView)
        view.go("details.threat")
        await pilot.press("backspace")
        await until(pilot, lambda: "汽车炸弹" not in text(app))
    async with terminal(with_draft(), NARROW) as (app, pilot):
        await go_on(pilot)
        assert "┃ Convoy at risk" not in text(app)
