"""The drafts: listed, gone on with, discarded, brought back."""

import threading
from dataclasses import dataclass, field

from exchange.desk.records import NONE, Mark
from exchange.errors import Reason, Refusal
from tests.tui.examples import NOW
from tests.tui.fake_desk import FakeDesk
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
from tests.tui.screens.test_compose import with_draft
from tests.tui.test_form import filled
from tui.drafts import BACK, TRANSLATION, Typed, typed_json
from tui.form import Form, Reference
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.dialogs import Pick
from tui.screens.drafts import DraftsScreen, age
from tui.screens.review import Sending
from tui.workers import wait_for_workers


async def listed(pilot: Looking) -> None:
    await pilot.press("w", then=lambda: first_draft(pilot.app))


def subjects(desk: FakeDesk) -> list[str]:
    return [Form.load(kept, "en").prose[0].text for kept in desk.kept.values()]


def mixed() -> FakeDesk:
    """One draft of each sort: a bulletin, an answer, a translation, a reading back."""
    desk = with_draft()
    answer = filled()
    answer.references = [Reference("ANSWERS", desk.row(2).name.hex())]
    desk.abouts[desk.row(2).name] = desk.row(2)
    desk.save_draft(NONE, answer.keep())
    desk.save_draft(NONE, typed_json(TRANSLATION, 3, "en", [Typed("s0", "x")]))
    desk.save_draft(NONE, typed_json(BACK, 2, "zh-Hans", [Typed("s0", "x")]))
    return desk


async def test_c_is_a_new_bulletin_whatever_is_unfinished() -> None:
    desk = with_draft()
    before = dict(desk.kept)
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("c", then=Pick)
        assert "Kind of bulletin" in text(app)
        assert "Convoy at risk" not in text(app).partition("Kind of bulletin")[2]
        await pilot.press(*"med", "enter", then="Compose: Medical evacuation")
        await pilot.press("escape", then=Bulletins)
    assert desk.kept == before


async def test_the_list_says_what_each_is_of_in_which_language_and_how_old() -> None:
    async with terminal(mixed(), WIDE, "4 unfinished drafts") as (app, pilot):
        await listed(pilot)
        shown = text(app)
        assert "4 unfinished drafts" in lines(app)[0]
        assert "Translate back beijing.cn#2 · Chinese (simplified)" in shown
        assert "Translate beijing.cn#3 · English" in shown
        assert "Exercise · Warning (Answers beijing.cn#2" in shown
        assert "Exercise · Warning · English · 0 min ago" in shown
        assert shown.count("Convoy at risk") == 2


async def test_a_draft_is_discarded_and_brought_back() -> None:
    """Also where the desk refuses it at first."""
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await listed(pilot)
        await pilot.press("delete", then="No draft is unfinished.")
        assert desk.kept == {}
        desk.full = True
        await pilot.press("u", then="mailbox.db")
        assert desk.kept == {}
        desk.full = False
        await pilot.press("u", then=lambda: first_draft(app))
        assert subjects(desk) == ["Convoy at risk"]
        await pilot.press("u", then="No more drafts to bring back")
        assert len(desk.kept) == 1


async def test_it_is_brought_back_after_the_screen_was_left() -> None:
    desk = mixed()
    texts = set(desk.kept.values())
    async with terminal(desk, NARROW) as (app, pilot):
        await listed(pilot)
        for left in (3, 2, 1, 0):
            await until(pilot, lambda: first_draft(app) or not desk.kept)
            await pilot.press("backspace")
            await until(pilot, lambda n=left: len(desk.kept) == n)  # type: ignore[misc]  # n is an int
        await pilot.press("escape", then=Bulletins)
        await pilot.press("w", then="4 discarded")
        for back in (1, 2, 3, 4):
            await pilot.press("u")
            await until(pilot, lambda n=back: len(desk.kept) == n)  # type: ignore[misc]  # n is an int
    assert set(desk.kept.values()) == texts


def open_disk() -> threading.Event:
    disk = threading.Event()
    disk.set()
    return disk


@dataclass
class Slow(FakeDesk):
    """A desk whose disk waits while `disk` is clear: keys are pressed meanwhile."""

    disk: threading.Event = field(default_factory=open_disk)

    def save_draft(self, mark: Mark, text: str) -> Mark:
        self.disk.wait()
        return super().save_draft(mark, text)

    def drop_draft(self, mark: Mark) -> None:
        self.disk.wait()
        super().drop_draft(mark)


async def test_keys_faster_than_the_disk_lose_and_double_no_draft() -> None:
    one, form = with_draft(), filled()
    desk = Slow(one.bulletins, draft=one.draft)
    for subject in ("Second", "Third"):
        form.prose[0].text = subject
        desk.save_draft(NONE, form.keep())
    before = sorted(subjects(desk))
    async with terminal(desk, WIDE) as (app, pilot):
        await listed(pilot)
        for left in (2, 1):
            await until(pilot, lambda: first_draft(app))
            desk.disk.clear()
            await pilot.press("backspace", "backspace")
            desk.disk.set()
            await until(pilot, lambda n=left: len(desk.kept) == n)  # type: ignore[misc]  # n is an int
            await wait_for_workers(app)
        desk.disk.clear()
        await pilot.press("u", "u")
        desk.disk.set()
        await until(pilot, lambda: len(desk.kept) == len(before))
        await wait_for_workers(app)
        await pilot.press("u", then="No more drafts to bring back")
    assert sorted(subjects(desk)) == before


async def test_what_was_discarded_in_the_review_is_brought_back_too() -> None:
    desk = with_draft()
    async with terminal(desk, WIDE) as (app, pilot):
        await go_on(pilot)
        await pilot.press("ctrl+s", then=Sending)
        await pilot.press("q", "q", then=Bulletins)
        assert desk.kept == {}
        await pilot.press("w", then="1 discarded")
        await pilot.press("u", then=lambda: first_draft(app))
    assert subjects(desk) == ["Convoy at risk"]


class Locked(FakeDesk):
    """A desk whose mailbox does not let a draft go."""

    def drop_draft(self, mark: tuple[int, int]) -> None:
        raise Refusal(Reason.DATABASE, str(mark))


async def test_a_draft_that_cannot_be_dropped_stays_in_the_list() -> None:
    one = with_draft()
    desk = Locked(one.bulletins, draft=one.draft)
    async with terminal(desk, WIDE) as (app, pilot):
        await listed(pilot)
        await pilot.press("backspace")
        await wait_for_workers(app)
        await until(pilot, lambda: first_draft(app))
        assert "discarded" not in lines(app)[0]
        assert len(desk.kept) == 1


async def test_compose_from_the_drafts_is_new() -> None:
    async with terminal(with_draft(), WIDE) as (app, pilot):
        await listed(pilot)
        await pilot.press("c", then="Kind of bulletin")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Compose | DraftsScreen))


def test_an_age_is_said_in_the_largest_whole_unit() -> None:
    assert age(0, NOW) == ""
    assert age(NOW - 59_000, NOW) == "0 min ago"
    assert age(NOW - 61 * 60_000, NOW) == "1 h ago"
    assert age(NOW - 49 * 3_600_000, NOW) == "2 d ago"
    assert age(NOW + 5_000, NOW) == "0 min ago", "a clock that was set back"
