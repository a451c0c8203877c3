"""Several bulletins are marked, reviewed once, and each is signed on its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from textual.containers import Vertical

from exchange.errors import Reason, Refusal
from tests.tui.examples import EN, UR, ZH, opened
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import (
    NARROW,
    WIDE,
    lines,
    listed,
    notes,
    says,
    terminal,
    text,
    until,
)
from tui.screens import list_view
from tui.screens.bulletins import Bulletins
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.page import TextPage

MANY = 30
SIZES = ((60, 20), NARROW, (200, 60), WIDE)


@dataclass
class Refusing(FakeDesk):
    """A desk that refuses to acknowledge some of its bulletins."""

    refused: tuple[int, ...] = ()

    def acknowledge(
        self,
        number: int,
        relation: str,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> str:
        if number in self.refused:
            raise Refusal(Reason.KEYSTORE)
        return super().acknowledge(number, relation, remark, reason, confirmed)


def desk(*refused: int, size: int = 6) -> Refusing:
    made = tuple(
        opened(n, of, ack_asked=True, precedence="FLASH")
        for n, of in enumerate((EN, UR, ZH), 1)
    )
    return Refusing(made, size=size, refused=refused)


async def test_marked_ones_are_listed_and_each_is_signed() -> None:
    made = desk()
    made.becomes = "queued"
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press(
            "space", "space", "down", "space", "a", then="Cancel, without signing"
        )
        for size in SIZES:
            await pilot.resize(size)
            assert "3 bulletins" in text(app)
            places = [f"beijing.cn#{n}" for n in (3, 5, 6)]
            said = " ".join(places), " ".join(reversed(places))
            assert any(each in text(app) for each in said)
            what = "ACTUAL · ‼ FLASH · TLP:AMBER cn pk · duty-1@ops.beijing.cn"
            assert size[0] < 80 or what in text(app)
        await pilot.press("y")
        await pilot.pause()
        assert made.acknowledged == [], "the first line signs nothing"
        await pilot.press("down", "y", then=Bulletins)
        assert made.acknowledged == [(n, "ACKNOWLEDGED", "") for n in (3, 5, 6)]
        assert app.screen.query_one(BulletinList).marked == set()
        told = "It goes by itself once the node takes it."
        await until(pilot, lambda: notes(app, told))


async def test_the_box_is_as_high_as_its_bulletins() -> None:
    async with terminal(desk(size=MANY), WIDE) as (app, pilot):
        for n in (1, MANY):
            await pilot.press("home", *["space"] * n, "a")
            await until(pilot, "Cancel, without signing")
            for size in SIZES:
                most, one = size[1] * 9 // 10, {60: 15, 80: 15}.get(size[0], 14)
                await pilot.resize(size)
                await pilot.pause()
                page = app.screen.query_one(TextPage)
                box = page.parent
                assert isinstance(box, Vertical)
                least, rows = (one, one) if n == 1 else (most - 1, most)
                assert least <= box.size.height + 2 <= rows
                assert "y sign" in lines(app)[box.region.bottom - 2]
                assert (page.max_scroll_y > 0) == (n == MANY)
                page.scroll_end(animate=False)
                await pilot.pause()
                assert f"beijing.cn#{MANY}" in text(app), "the last one"
            await pilot.press("escape", "escape", then=lambda: "☑" not in text(app))


async def test_what_is_refused_is_named_and_stays_marked() -> None:
    made = desk(5)
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("space", "space", "space", "a")
        await until(pilot, "Cancel, without signing")
        assert "┃ 北部口岸附近发现可疑车辆" in text(app)
        assert "┃ beijing.cn" not in text(app), "the sign of foreign text"
        await pilot.press("down", "down", "enter", then="2 ✔ · 1 ✘")
        assert says(app, Reason.KEYSTORE)
        what = "ACTUAL · ‼ FLASH · TLP:AMBER cn pk · duty-1@ops.beijing.cn"
        assert f"✘ {what}" in text(app)
        assert f"✔ {what}" in text(app)
        assert [one[:2] for one in made.acknowledged] == [
            (4, "COMPLETED"),
            (6, "COMPLETED"),
        ]
        await pilot.press("enter", then=Bulletins)
        assert app.screen.query_one(BulletinList).marked == {5}
        assert "1 marked" in lines(app)[1]


async def test_marks_stay_through_arrivals_and_escape_takes_them() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("space")
        assert rows.marked == {6}
        assert "☑" in lines(app)[2]
        made.arrive(opened(1, EN))
        await until(pilot, lambda: listed(app)[0] == 7)
        assert rows.marked == {6}
        assert "☑" in lines(app)[3]
        await pilot.press("a", "escape")
        assert rows.marked == {6}, "who cancels keeps them"
        await until(pilot, Bulletins)
        await pilot.press("escape", then=lambda: "☑" not in text(app))
        assert made.acknowledged == []


async def test_what_was_sent_is_not_marked_and_marks_have_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_view, "MARKED_MAX", 1)
    made = FakeDesk((opened(1, EN), opened(2, EN), opened(3, EN, outgoing=True)))
    async with terminal(made, NARROW) as (app, pilot):
        rows = app.screen.query_one(BulletinList)
        await pilot.press("space", then="Your own bulletins cannot")
        await pilot.press("down", "space", "space", then="No more than 1")
        assert rows.marked == {2}


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_one_is_acknowledged_by_three_keys_at_any_width(
    size: tuple[int, int],
) -> None:
    made = desk()
    async with terminal(made, size) as (_, pilot):
        await pilot.press("a", then=" · Acknowledged")
        await pilot.press("down", "y")
        await until(pilot, lambda: made.acknowledged == [(6, "ACKNOWLEDGED", "")])
