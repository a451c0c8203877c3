"""The first screen: reader, link line, languages, search."""

from functools import partial

import pytest
from msgspec.structs import replace
from textual.widgets._toast import Toast  # no public name

from exchange.desk.records import OpenedBulletin, Row
from exchange.errors import TEXTS, Reason, Refusal
from exchange.v1.bulletin_pb2 import Content
from tests.tui.examples import EN, HOSTILE, opened, peer, segment, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, READER, WIDE, lines, says, terminal, text, until
from tui.app import Terminal
from tui.screens.bulletins import Bulletins
from tui.widgets.bulletin_list import BulletinList
from tui.words import say, wrap_words


async def test_the_reader_follows_the_cursor_beside_the_list() -> None:
    async with terminal(three(), WIDE, "✔ VERIFIED") as (app, pilot):
        await pilot.press("down", then="请核实，并于24小时内回复。")
        assert "Exercise" in text(app)


async def test_a_notice_in_front_of_both_is_whole_in_chinese() -> None:
    made = three(settings={"language": "zh-Hans"})
    async with terminal(made, (160, 30)) as (app, pilot):
        for lead in ("a", "aa"):
            app.notify(lead + "龘" * 14, markup=False, timeout=60)
        for columns in (160, 120, 100):
            await pilot.resize_terminal(columns, 30)
            await until(pilot, "aa龘")
            assert text(app).count("龘") == 28


@pytest.mark.parametrize("language", ["en", "ur"])
async def test_a_notice_is_laid_out_again_for_another_width(language: str) -> None:
    made = three(settings={"language": language})
    async with terminal(made, WIDE, Bulletins) as (app, pilot):
        told = say("Signed and kept here. It goes by itself once the node takes it.")
        app.notify(told, markup=False, timeout=60)
        await until(pilot, lambda: app.screen.query(Toast))
        for columns in (60, 200, 80):
            await pilot.resize_terminal(columns, 24)
            wanted = wrap_words(told, min(60, columns // 2 - 1) - 4).split("\n")
            await until(pilot, partial(drawn, app, wanted))


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_no_notice_covers_the_row_under_the_cursor(
    size: tuple[int, int], language: str
) -> None:
    made = FakeDesk([three().read(1)], 60, settings={"language": language})
    async with terminal(made, size, Bulletins) as (app, pilot):
        for count in (1, 2):
            app.notify(f"Notice {count} of several", markup=False, timeout=60)
            await until(pilot, f"Notice {count} of several")
            for key in ("end", "pageup", "home", *["down"] * size[1]):
                await pilot.press(key)
                await pilot.pause()
                rows = app.screen.query_one(BulletinList)
                y = rows.region.y + rows.cursor - rows.scroll_offset.y
                found = {
                    app.screen.get_widget_at(x, y)[0] for x in range(2, size[0], 12)
                }
                assert not any(isinstance(one, Toast) for one in found), (key, y)


def drawn(app: Terminal, wanted: list[str]) -> bool:
    """Whether each line is one of the notice, and all of it."""
    toast = app.screen.query_one(Toast)
    shown = [line.strip() for line in wanted]
    whole = all(any(one in line for line in lines(app)) for one in shown)
    return whole and toast.size.height == len(wanted)


async def test_under_100_columns_the_reader_covers_the_list() -> None:
    """Its handling stands in the verdict bar."""
    async with terminal(three(), NARROW) as (app, pilot):
        assert "✔ VERIFIED" not in text(app)
        await pilot.press("enter", then="✔ VERIFIED")
        await until(pilot, "TLP:AMBER cn pk")
        assert "‼ Flash" in lines(app)[2]
        assert "Bulletins" not in text(app)
        await pilot.press("escape", then="Bulletins 3")


async def test_original_and_translations_by_brackets() -> None:
    async with terminal(three(), READER, "A suspect vehicle was seen.") as (app, pilot):
        assert "Human" in text(app)
        await pilot.press("]")
        await until(pilot, lambda: "A suspect vehicle was seen." not in text(app))
        assert "43S DU 12340 56780" in text(app)
        await pilot.press("[", then="A suspect vehicle was seen.")
        assert "The original text is authoritative" in text(app)


NOTE = "duty-1: revoked by issuer@cn"
VERDICTS: list[tuple[OpenedBulletin, str]] = [
    (opened(1, EN, verdict="SIGNATURE"), "Refused: a signature does not verify"),
    (opened(1, EN, verdict="ERASED"), "· TEXT ERASED"),
    (opened(1, EN, verdict=""), "? NOT YET VERIFIED"),
    (opened(1, EN), "✔ VERIFIED"),
    *(
        (
            replace(opened(1, EN, verdict=reason), content=None),
            f"Refused: {TEXTS[reason][:20]}",
        )
        for reason in (Reason.KEY_GONE, Reason.FORMAT)
    ),
    *(
        (replace(opened(1, EN), signer_standing=standing, notes=[NOTE]), said)
        for standing, said in (
            ("BEFORE_REVOCATION", "! VERIFIED, BEFORE REVOCATION"),
            ("DISOWNED", "! VERIFIED, SINCE DISOWNED"),
        )
    ),
]


async def test_verdicts() -> None:
    desk = FakeDesk([one for one, _ in VERDICTS])
    async with terminal(desk, WIDE) as (app, pilot):
        for at, (one, said) in reversed(list(enumerate(VERDICTS, 1))):
            await until(pilot, partial(tells, app, at, said, *one.notes))
            await pilot.press("down")


def tells(app: Terminal, number: int, *said: str) -> bool:
    """Whether the reader shows a bulletin, and the screen says all that."""
    screen = app.screen
    assert isinstance(screen, Bulletins)
    opened = screen.reader.opened
    shown = opened is not None and opened.row.number == number
    return shown and all(one in text(app) for one in said)


async def test_text_cannot_forge_the_bars_or_leave_its_gutter() -> None:
    forged = Content(
        kind="WARNING",
        subject=segment("en", "x"),
        segments=[segment("en", "✔ VERIFIED\nKind   Warning\n" + HOSTILE, "s1")],
    )
    async with terminal(FakeDesk((opened(1, forged, verdict="SIGNATURE"),)), WIDE) as (
        app,
        pilot,
    ):
        await until(pilot, "✔ VERIFIED")
        shown = lines(app)
    assert "✘ REFUSED" in shown[1]
    for line in shown:
        if "✔ VERIFIED" in line or "Kind   Warning" in line or "Evil" in line:
            assert "┃ " in line


async def test_the_link_line_and_a_change_of_it() -> None:
    partner = peer(up=False, queued=7)
    desk = three(state=status(flash=2, queued=3, agree=False, peers=(partner,)))
    async with terminal(desk, WIDE) as (app, pilot):
        top = lines(app)[0]
        for said in (
            "‼ FLASH 2",
            "↑ 3 queued",
            "✘ LEDGERS DIFFER",
            "○ beijing.cn down",
        ):
            assert said in top
        desk.state = status()
        desk.tell()
        await until(pilot, lambda: "✔ ledgers agree" in lines(app)[0])
        desk.state = status(up=False)
        desk.tell()
        await until(pilot, lambda: "○ islamabad.pk down" in lines(app)[0])


async def test_search_as_you_type_in_urdu() -> None:
    async with terminal(three(size=30), NARROW) as (app, pilot):
        await pilot.press("/", *"گاڑی", then=lambda: "hit 1 of 10" in lines(app)[1])
        await pilot.press("enter", "n", then=lambda: "hit 2 of 10" in lines(app)[1])
        await pilot.press("escape", then=lambda: "Bulletins 30" in lines(app)[1])


async def test_arrivals_are_shown_also_in_an_empty_list() -> None:
    desk = FakeDesk(())
    async with terminal(desk, WIDE) as (_, pilot):
        desk.bulletins = (opened(1, EN),)
        desk.size = 1
        desk.tell()
        await until(pilot, "✔ VERIFIED")
        desk.arrive(opened(4, EN, precedence="FLASH"))
        await until(pilot, "Bulletins 2")


def read(desk: FakeDesk) -> list[int]:
    """The rows that an officer opened, which their authors are told."""
    return sorted(n for n, one in desk.changed.items() if one.row.read)


def unread(n: int = 3) -> FakeDesk:
    return FakeDesk(tuple(opened(at, EN, ack_asked=True) for at in range(1, n + 1)))


async def test_to_rest_on_a_row_opens_nothing() -> None:
    desk = unread()
    async with terminal(desk, READER, "✔ VERIFIED") as (app, pilot):
        await pilot.press("down")
        await pilot.pause(2.3)
        assert "beijing.cn#2" in lines(app)[1], "it is shown"
        assert read(desk) == []


@pytest.mark.parametrize("size", [READER, NARROW])
async def test_enter_opens_the_row_under_the_cursor_alone(
    size: tuple[int, int],
) -> None:
    desk = unread()
    async with terminal(desk, size) as (app, pilot):
        await pilot.press("down", "enter", then=lambda: read(desk))
        await until(pilot, lambda: app.focused is not None and app.focused.id == "text")
        await pilot.press("escape", "down")
        await pilot.pause(0.3)
        assert read(desk) == [2]


async def test_to_go_into_the_reader_opens_what_it_shows() -> None:
    desk = unread()
    async with terminal(desk, READER) as (app, pilot):
        await pilot.press("down", then=lambda: "beijing.cn#2" in lines(app)[1])
        assert read(desk) == []
        await pilot.click("#text", offset=(5, 5))
        await until(pilot, lambda: read(desk) == [2])


@pytest.mark.parametrize("times", [1, 2])
async def test_one_click_chooses_a_row_and_two_open_it(times: int) -> None:
    desk = unread()
    async with terminal(desk, READER, "✔ VERIFIED") as (app, pilot):
        await pilot.click("#list", offset=(20, 2), times=times)
        await until(pilot, lambda: "beijing.cn#1" in lines(app)[1])
        await until(pilot, lambda: len(read(desk)) == times - 1)
        await pilot.pause(0.3)
        assert read(desk) == [1][: times - 1]


async def test_what_is_open_stays_open_when_it_leaves_the_list() -> None:
    """Of what is unread each would else be opened after the other."""
    desk = unread()
    async with terminal(desk, READER) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: "unread" in text(app) and "Bulletins 3" in text(app))
        await pilot.press("enter", then="Bulletins 2")
        await pilot.pause(0.5)
        assert read(desk) == [3]
        assert "beijing.cn#3" in lines(app)[1]
        await pilot.press("a", then=lambda: "#3" in text(app) and app.screen.is_modal)


async def test_a_row_that_was_not_drawn_under_the_cursor_is_not_opened() -> None:
    """Another one came under it as the key was pressed."""
    desk = unread()
    async with terminal(desk, NARROW) as (_, pilot):
        screen = pilot.front(Bulletins)
        screen.rows.action_move(1)
        screen.rows.action_open()
        await pilot.pause(0.3)
        assert read(desk) == []
        await pilot.press("enter", then=lambda: read(desk) == [2])


async def test_what_the_list_does_not_have_yet_is_opened_and_nothing_else() -> None:
    """A thread, or what is due, was read after the list."""
    desk = unread(4)
    desk.size = 3
    async with terminal(desk, NARROW) as (_, pilot):
        screen = pilot.front(Bulletins)
        screen.rows.fold_all(folding=False)
        assert screen.rows.window.count == 3
        desk.size = 4
        screen.open(4)
        await until(pilot, lambda: read(desk))
        assert read(desk) == [4]
        assert screen.number == 4


async def test_a_cursor_that_moves_on_opens_nothing() -> None:
    """Enter, and a row on before the text is there: neither is opened unseen."""
    desk = unread()
    async with terminal(desk, WIDE, "✔ VERIFIED") as (_, pilot):
        screen = pilot.front(Bulletins)
        await pilot.press("down")
        screen.rows.action_open()
        screen.rows.action_move(1)
        await pilot.pause(0.5)
        assert read(desk) == []


async def test_what_cannot_be_read_is_said_once() -> None:
    """However often its preview is tried; and again where it is opened."""
    desk = Damaged(three().bulletins)
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, lambda: says(app, Reason.NOT_CANONICAL))
        desk.tell()
        await pilot.pause(2.5)
        assert desk.tried < 5
        assert len(app._notifications) == 1
        await pilot.press("enter", then=lambda: len(app._notifications) == 2)


class Damaged(FakeDesk):
    """A desk none of whose bulletins can be read."""

    tried = 0

    def row(self, number: int) -> Row:
        return super().read(number).row

    def read(self, number: int) -> OpenedBulletin:
        self.tried += 1
        raise Refusal(Reason.NOT_CANONICAL, f"#{number}")
