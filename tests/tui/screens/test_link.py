"""The Link screen: what it tells of each node, live, and where nothing answers."""

from exchange.desk.link_records import NO_BEAT, Failure, Waiting
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, SILENT
from tests.tui.examples import MINUTE, NOW, links, node_link
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import says, terminal, text, until
from tui.screens.bulletins import Bulletins
from tui.widgets.sparkline import BARS, draw_beats

ALL = (120, 60)


async def told(desk: FakeDesk, *marks: str) -> str:
    """Open the screen; return it once it says all that."""
    async with terminal(desk, ALL) as (app, pilot):
        await pilot.press("L", then=lambda: all(mark in text(app) for mark in marks))
        return text(app)


async def test_it_tells_of_each_node_and_of_what_waits() -> None:
    waiting = (Waiting("RESIGN", "2 to be signed again"), Waiting("queued", "3 queued"))
    desk = three(report=links(waiting=waiting))
    said = await told(desk, "● islamabad.pk · our node · up", "● beijing.cn · partner")
    for mark in ("12 ms", "as ours", "2 to be signed again", "3 queued", "2 s ago"):
        assert mark in said
    assert "fusion doctor --emcon" in said
    assert "████" in said


async def test_a_dead_node_says_so_and_when_it_is_tried_again() -> None:
    own = node_link(
        name="islamabad.pk",
        up=False,
        next_try_at=NOW + 4_000,
        heard_at=NOW - 3 * DAY,
        signed_at=0,
        beats=(1, NO_BEAT, NO_BEAT),
        apart=None,
    )
    failure = Failure("the node does not answer", NOW - 1_000)
    partner = node_link(up=False, reason="UNREACHABLE", next_try_at=NOW + 30_000)
    desk = three(report=links(own=own, partners=(partner,), failure=failure))
    said = await told(desk, "○ islamabad.pk · our node · down")
    for mark in (
        "the node does not answer",
        "in 4 s",
        "21 Nov 14:31Z, 3 d ago",
        "are signed and kept here",
        "○ beijing.cn · partner · down",
        "in 30 s",
        "█··",
        "Partner status as of",
    ):
        assert mark in said


async def test_restrictions_and_a_wrong_clock_stand_out() -> None:
    """A partner that keeps no link is not called down."""
    partner = node_link(emcon="QUIET", minimize=True, apart=-3 * DAY, lacking=2)
    quiet = node_link(name="urumqi.cn", up=False, emcon="SILENT", reason="EMCON")
    own = node_link(name="islamabad.pk", emcon="SILENT", minimize=True)
    report = links(own=own, partners=(partner, quiet), suspended=("kz",))
    said = await told(three(report=report), "quiet: only heartbeats are sent")
    for mark in ("silent: no link is kept", "3 days behind ours", "kz", "no routine"):
        assert mark in said
    assert "silent by EMCON" in said
    assert "urumqi.cn · partner · down" not in said


async def test_it_is_of_now_and_stays_where_one_reads() -> None:
    desk = three()
    async with terminal(desk, (60, 20)) as (app, pilot):
        await pilot.press("L", then="islamabad.pk")
        await pilot.press("end", then="Heartbeat: ")
        top = app.screen.query_one("#page").scroll_offset.y
        assert top > 0
        desk.report = links(partners=(node_link(name="urumqi.cn"),) * 2)
        desk.tell()
        await pilot.pause(0.5)
        assert app.screen.query_one("#page").scroll_offset.y == top
        await pilot.press("home", then="urumqi.cn")
        await pilot.press("escape", then=Bulletins)


async def test_what_the_desk_refuses_is_said_in_its_place() -> None:
    desk = three()
    async with terminal(desk, ALL) as (app, pilot):
        desk.refuse = Refusal(Reason.DISK, "mailbox.db")
        await pilot.press("L", then=lambda: says(app, Reason.DISK))
        desk.refuse = None
        await until(pilot, "beijing.cn · partner")


def test_bars_are_low_before_a_node_is_silent_and_a_dot_where_it_is() -> None:
    assert draw_beats((0, 5_000, SILENT, 10 * SILENT, NO_BEAT), 9) == "██▁▁·"
    assert draw_beats((), 9) == draw_beats((1,), 0) == ""
    assert draw_beats(range(0, SILENT, 1_000), 3)[-1] in BARS[:3]
    assert len(draw_beats([MINUTE] * 60, 30)) == 30
