"""What this desk sent: each addressee, how far it is, what is late or not delivered."""

import pytest
from rich.cells import cell_len

from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.status_records import SentDesk, SentRow
from exchange.errors import Reason, Refusal
from tests.tui.examples import EN, NOW, UR, ZH, opened
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import NARROW, lines, says, seen, terminal, text, until
from tui.app import Terminal
from tui.screens.bulletins import Bulletins
from tui.screens.sent import SentScreen
from tui.widgets.choices import Choices

SIZES = [(60, 20), NARROW, (120, 40), (200, 60)]
DESKS = (
    SentDesk("ops.beijing.cn", "ACKNOWLEDGED", NOW),
    SentDesk("ops.gwadar.pk", "OPENED", NOW, late_since=NOW - 60_000),
    SentDesk("ops.karachi.pk", "CANNOT_COMPLY", NOW, "NO_ASSET"),
    SentDesk("ops.lahore.pk", delivered=False),
    SentDesk("ops.quetta.pk"),
)
TRANSLATION = FoldedAnswer(
    *(b"t", "TRANSLATES", ("duty-2@ops.beijing.cn",), NOW, "ur", "REVIEWED")
)


def desk(language: str = "en") -> FakeDesk:
    made = tuple(
        opened(n, of, outgoing=True, read=NOW) for n, of in enumerate((EN, UR, ZH), 1)
    )
    rows = [
        SentRow(made[2].row, DESKS, [TRANSLATION]),
        SentRow(made[1].row, (SentDesk("ops.beijing.cn", "COMPLETED", NOW),)),
        SentRow(made[0].row),
    ]
    return FakeDesk(made, sent_rows=rows, settings={"language": language})


def reading(app: Terminal) -> int:
    """Return the bulletin that is open, 0 where none is."""
    screen = app.screen
    if not isinstance(screen, Bulletins) or not screen.in_reader:
        return 0
    opened = screen.reader.opened
    return opened.row.number if opened else 0


async def test_each_addressee_says_how_far_it_is() -> None:
    async with terminal(desk(), NARROW) as (app, pilot):
        await pilot.press("m", then=SentScreen)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "✔ ops.beijing.cn · Acknowledged 11-24 14:31Z")
            shown = text(app)
            assert "! ops.gwadar.pk · Opened 11-24 14:31Z · late since" in shown
            assert "✘ ops.karachi.pk · Cannot comply" in shown
            assert "✘ ops.lahore.pk · not delivered" in shown
            assert "… ops.quetta.pk · delivered, not opened" in shown
            assert "⇄ Urdu · Reviewed · duty-2@ops.beijing.cn" in shown
            assert "late: 1" in lines(app)[0]


@pytest.mark.parametrize("language", ["ur", "zh-Hans"])
async def test_in_every_language_lines_keep_their_cells(language: str) -> None:
    async with terminal(desk(language), NARROW) as (app, pilot):
        await pilot.press("m", then=SentScreen)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "ops.gwadar.pk")
            assert {cell_len(line) for line in lines(app)} == {size[0]}


async def test_what_arrives_is_shown() -> None:
    made = desk()
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("m", then="delivered, not opened")
        assert all(not one.row.read or one.row.outgoing for one in made.sent_rows)
        changed = (*DESKS[:-1], SentDesk("ops.quetta.pk", "OPENED", NOW))
        made.sent_rows = [SentRow(made.sent_rows[0].row, changed)]
        made.tell()
        await until(pilot, lambda: "delivered, not opened" not in text(app))


async def test_more_than_fit_are_asked_for_by_a_key() -> None:
    made = FakeDesk((opened(1, EN, outgoing=True),), size=120)
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("m", then=lambda: "50" in lines(app)[0])
        await until(pilot, seen(pilot, "There are older ones", 0))
        await pilot.press("m", then=lambda: "100" in lines(app)[0])


async def test_a_desk_that_fails_or_sent_nothing_says_so() -> None:
    made = FakeDesk((opened(1, EN),))
    async with terminal(made, NARROW) as (app, pilot):
        await pilot.press("m", then="No bulletin sent from here yet.")
        made.refuse = Refusal(Reason.DISK)
        made.tell()
        await until(pilot, lambda: says(app, Reason.DISK))
        assert isinstance(app.screen, SentScreen)
        await pilot.press("escape", then=Bulletins)


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_escape_leads_back_to_the_list_that_a_bulletin_was_opened_from(
    size: tuple[int, int],
) -> None:
    made = desk()
    async with terminal(made, size) as (app, pilot):
        await pilot.press("m", then="delivered, not opened")
        await pilot.press("down", "enter", then=Bulletins)
        await until(pilot, lambda: reading(app) == 2)
        await pilot.press("escape", then=SentScreen)
        await until(pilot, "delivered, not opened")
        chosen = app.screen.query_one("#page", Choices).chosen
        assert chosen is not None
        assert chosen.number == 2
        await pilot.press("escape", then=Bulletins)
        await pilot.press("enter", then=lambda: reading(app) == 2)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Bulletins)
        assert not reading(app)
