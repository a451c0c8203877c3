"""The queue of translations: its parts, and Enter opens the step that is next."""

import pytest

from exchange.desk.status_records import TranslationItem
from tests.tui.examples import HOSTILE, NOW, changed
from tests.tui.fake_bench import FakeBench
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, lines, terminal, text, until, words
from tui.screens.back_translation import Blind
from tui.screens.translate import Translate
from tui.screens.translation_queue import TranslationQueue, entries

HOUR = 3_600_000


def desk(**more: object) -> FakeDesk:
    made = three(**more)
    one = changed(made.row(1), subject=f"Blocked {HOSTILE}", precedence="ROUTINE")
    made.queued = (
        TranslationItem(
            made.row(3), "en", "READ_BACK", "duty-2@x.pk", NOW, stale=False
        ),
        TranslationItem(one, "ur", "TRANSLATE", "", NOW - 3 * HOUR, stale=True),
    )
    return made


def test_the_part_of_what_is_most_urgent_stands_first() -> None:
    row, more = three().row(1), (NOW, False)
    flash, drill, late = (
        changed(row, precedence="FLASH"),
        changed(row, precedence="FLASH", mode="EXERCISE"),
        changed(row, precedence="ROUTINE"),
    )
    items = [
        TranslationItem(flash, "ur", "READ_BACK", "duty-2@x.pk", *more),
        TranslationItem(flash, "ur", "SEND", "duty-2@x.pk", *more),
        TranslationItem(late, "ur", "TRANSLATE", "", *more),
        TranslationItem(drill, "ur", "REVIEW", "duty-2@x.pk", *more),
    ]
    titles = ["To translate back", "To sign", "To translate:", "To review"]
    titles.append("To compare")  # none: last
    shown = [one for one in entries(items, NOW) if not one.number]
    for heading, title in zip(shown, titles, strict=True):
        assert title in str(heading.items)


async def test_each_part_shows_languages_age_and_who_holds_it() -> None:
    async with terminal(desk(), NARROW) as (app, pilot):
        await pilot.press("T", then=TranslationQueue)
        for size in ((200, 60), NARROW, (60, 20)):
            await pilot.resize(size)
            await until(pilot, "To translate: 1")
            for said in ("en → ur", "3 h ago", "not assigned", "of an older"):
                assert said in words(app), said
            assert all(line.isprintable() for line in lines(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, TranslationQueue))


async def test_enter_opens_the_step_and_no_bulletin_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = desk()
    monkeypatch.setattr(FakeBench, "blind", lambda _: {"s0": "Suspect vehicle"})
    async with terminal(made) as (_, pilot):
        await pilot.press("T", then="To translate: 1")
        await pilot.press("end", then="▌beijing.cn#1")
        await pilot.press("enter", then=Translate)
        await pilot.press("escape", then=TranslationQueue)
        await pilot.press("home", then="▌beijing.cn#3")
        await pilot.press("enter", then=Blind)
        assert not made.changed, "nothing was marked as read"


async def test_it_is_renewed_as_the_desk_changes() -> None:
    """A step for another officer says so; who reads back never sees the original."""
    made = desk()
    async with terminal(made) as (app, pilot):
        await pilot.press("T", then="To translate: 1")
        item = made.queued[0]
        row = changed(item.row, subject="SECRET WORDS")
        made.queued = (item._replace(row=row, for_others=True), made.queued[1])
        made.tell()
        await until(pilot, "for another officer")
        said = [line for line in lines(app) if "for another officer" in line]
        assert len(said) == 1
        assert "beijing.cn#3" in said[0]
        assert "without the original: 1" in text(app)
        assert "SECRET WORDS" not in text(app)
        made.queued = ()
        made.tell()
        await until(pilot, "To translate: 0")
