"""The audit screens over a real node's home, from the list and by themselves."""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from exchange.audit.browse.home_shelf import HomeShelf
from exchange.browsed_logs import (
    BrowsedEntry,
    BrowsedHead,
    BrowsedLog,
    HeadLine,
    Progress,
    ProofStep,
)
from exchange.desk.home_records import HomeHere
from exchange.errors import Reason, Refusal
from exchange.limits import BROWSED_ENTRIES
from exchange.words import use
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger
from tests.audit.test_browse import make_home
from tests.node.world import CN, FILED
from tests.tui.examples import HOSTILE
from tests.tui.fake_desk import three
from tests.tui.looking import Looking, lines, look, terminal, text, until
from tui.audit_browser import AuditBrowser
from tui.screens.audit import AuditScreen
from tui.screens.audit_log import AuditHeads, AuditLog
from tui.screens.audit_work import AuditWork, count_line
from tui.screens.bulletins import Bulletins
from tui.screens.verify import reason_text
from tui.widgets.text_editor import Edit

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return ledgers.make(tmp_path_factory.mktemp("audit"))


@pytest.fixture
def shelf(made: Ledger, tmp_path: Path) -> HomeShelf:
    return HomeShelf(make_home(made, tmp_path), lambda: FILED)


class Hostile:
    """A `LogShelf` whose every text is hostile, and which works until it is stopped."""

    title = HOSTILE
    checks = "fsck"
    exports = True

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.size = 10**12

    def logs(self) -> Sequence[BrowsedLog]:
        lines = (HeadLine(HOSTILE, HOSTILE, 10**15), HeadLine(HOSTILE, "mirror", 0))
        head = BrowsedHead(self.size, b"\x1b", 1, lines, HOSTILE)
        log = BrowsedLog(HOSTILE, self.size, own=True, head=head, forked=True)
        return [log]

    def heads(self, origin: str, below: int, count: int) -> Sequence[BrowsedHead]:
        assert origin
        return [BrowsedHead(below - n, b"", n, (), HOSTILE) for n in range(1, count)]

    def entries(self, origin: str, start: int, count: int) -> Sequence[BrowsedEntry]:
        assert origin
        return [
            BrowsedEntry(n, 9, b"\x1b", HOSTILE, 1, HOSTILE, HOSTILE)
            for n in range(start, min(self.size, start + count))
        ]

    def steps(self, origin: str, index: int, tell: Progress) -> Sequence[ProofStep]:
        tell(origin, index, index)
        return [ProofStep(HOSTILE, ok=False, reason=HOSTILE, detail=HOSTILE)]

    def check(self, tell: Progress) -> Sequence[str]:
        try:
            while True:
                tell(HOSTILE, 5, self.size)
        finally:
            self.stopped.set()

    def export(self, out: str, tell: Progress) -> Sequence[str]:
        tell(out, 1, 1)
        raise Refusal(Reason.INPUT, out + HOSTILE)


@asynccontextmanager
async def browser(
    shelf: HomeShelf | Hostile, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Looking]:
    app = AuditBrowser(shelf)
    async with look(app, size) as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, AuditScreen) and app.screen.found
        )
        await pilot.pause()
        yield pilot


def listed(app: App[None]) -> bool:
    """Whether the entries of a log are on the screen."""
    screen = app.screen
    return isinstance(screen, AuditLog) and bool(screen.found)


async def test_an_entry_is_verified_step_by_step(shelf: HomeShelf) -> None:
    async with browser(shelf) as pilot:
        app = pilot.app
        await pilot.press("enter", then=lambda: listed(app))
        await pilot.press("home")
        await pilot.pause()
        await pilot.press("enter", then="Every step passed")
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "Every step passed")
        await pilot.press("escape")
        assert isinstance(app.screen, AuditLog)
        await pilot.press("h", then="mirror")
        assert isinstance(app.screen, AuditHeads)
        await pilot.press("escape", "escape", "escape", then=lambda: not app.is_running)


async def test_logs_say_whose_they_are_and_a_refused_entry_why_at_its_place(
    shelf: HomeShelf,
) -> None:
    async with browser(shelf) as pilot:
        app = pilot.app
        await until(pilot, f"{CN}.fusion/mirror")
        assert OURS in text(app)
        assert THEIRS in text(app)
        assert "this node's own log" in text(app)
        assert "forked: two histories are proven" in text(app)
        found = pilot.front(AuditScreen)
        at = [log.origin for log in found.found].index(THEIRS)
        await pilot.press(*["down"] * at, "enter", then=lambda: listed(app))
        await pilot.press("o", *str(REFUSED), "enter", then=f"#{REFUSED}")
        await pilot.pause()
        await pilot.press("enter", then="✘")


def test_in_chinese_a_reason_and_a_count_have_a_colon_of_their_own() -> None:
    use("zh-Hans")
    assert reason_text("CLOCK").startswith("CLOCK：")
    assert count_line(("islamabad.pk.fusion/log/1", 1024, 5000)).startswith(
        "islamabad.pk.fusion/log/1："
    )
    use("en")
    assert reason_text("CLOCK").startswith("CLOCK: ")


async def test_fsck_and_export_run_with_their_result(
    shelf: HomeShelf, tmp_path: Path
) -> None:
    async with browser(shelf) as pilot:
        app = pilot.app
        await pilot.press("f", then="signatures")
        await pilot.press("escape", "e")
        app.screen.query_one(Edit).insert(str(tmp_path / "out.export"))
        await pilot.press("enter", then="written to")
        assert "Writing an audit export" in lines(app)[0]
        assert "done" in lines(app)[0]
        assert "stop" not in lines(app)[-1]
        assert (tmp_path / "out.export").stat().st_size
        await pilot.press("escape", "e")
        app.screen.query_one(Edit).insert(str(tmp_path / "out.export"))
        await pilot.press("enter", then="already exists")


async def test_escape_gives_long_work_up() -> None:
    hostile = Hostile()
    async with browser(hostile) as pilot:
        await pilot.press("f", then="5 of 1,000,000,000,000")
        assert type(pilot.app.screen) is AuditWork
        await pilot.press("escape", then=hostile.stopped.is_set)
        await until(pilot, lambda: type(pilot.app.screen) is AuditScreen)


async def test_no_hostile_text_reaches_a_cell() -> None:
    async with browser(Hostile()) as pilot:
        app = pilot.app
        for keys in (["enter"], ["enter"], ["escape", "h"], ["p"], ["n"], ["escape"]):
            await pilot.press(*keys)
            await pilot.pause(0.1)
            for size in SIZES:
                await pilot.resize(size)
                shown = text(app)
                assert not any(ord(c) < 32 and c != "\n" for c in shown)
                assert not any(c in shown for c in "\u202e\u2066\x9b")
        await pilot.press("escape", "e", "x", "enter", then="✘")


async def test_a_large_log_is_read_window_by_window() -> None:
    hostile = Hostile()
    async with browser(hostile) as pilot:
        app = pilot.app
        await pilot.press("enter", then=lambda: listed(app))
        screen = pilot.front(AuditLog)
        assert len(screen.found) == BROWSED_ENTRIES
        await pilot.press("p")
        first = hostile.size - 2 * BROWSED_ENTRIES
        await until(pilot, lambda: screen.found[0].index == first)
        await pilot.press("o", "0", "enter", then=lambda: screen.found[0].index == 0)
        await pilot.press("p")
        await pilot.press("o", "x", "enter", then="type its number")
        await pilot.press("o", *"9" * 25, "enter")
        await pilot.pause()
        assert screen.found[0].index == 0


async def test_it_opens_from_the_list_and_what_it_lacks_there_is_one_line() -> None:
    def refuse() -> HomeShelf:
        raise Refusal(Reason.DATABASE, "node/ledger.db")

    desk = three()
    desk.home = HomeHere(logs=Hostile)
    async with terminal(desk) as (app, pilot):
        await pilot.press("A")
        await until(
            pilot, lambda: isinstance(app.screen, AuditScreen) and app.screen.found
        )
        await pilot.press("escape")
        assert isinstance(app.screen, Bulletins)
        desk.home = HomeHere(logs=refuse)
        await pilot.press("A", then="ledger.db")
        assert isinstance(app.screen, Bulletins)
        desk.home = HomeHere()
        await pilot.press("A")
        await until(pilot, lambda: any("without its home" in one for one in lines(app)))
