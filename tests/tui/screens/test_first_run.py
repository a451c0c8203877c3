"""The screens of the first run and of pairing, at every size and with hostile texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.clock import wall_ms
from exchange.desk.home_records import (
    JOIN,
    NEW,
    FirstRunStep,
    HomeHere,
    SeenBundle,
    SetupState,
)
from exchange.errors import Reason, Refusal
from exchange.home.first_run import FirstRun
from tests.quick import folder_in_memory
from tests.tui.examples import HOSTILE
from tests.tui.fake_desk import three
from tests.tui.looking import look, terminal, text, until
from tui.first_run import FirstRunApp
from tui.screens.bulletins import Bulletins
from tui.screens.first_run import FirstRunScreen
from tui.screens.pairing import PairingScreen
from tui.screens.safety_number import SafetyNumber

SIZES = [(60, 20), (80, 24), (200, 60)]
NUMBER = " ".join(f"{n:05}" for n in range(12))


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def run(folder: Path) -> FirstRun:
    return FirstRun(folder / "home", wall_ms)


class Partner:
    """A `Pairing` that shows a hostile file, and notes what was trusted."""

    def __init__(self) -> None:
        self.trusted: list[SeenBundle] = []

    def partners(self) -> list[str]:
        return [HOSTILE] if self.trusted else []

    def number(self, domain: str) -> str:
        assert domain
        return NUMBER

    def own(self) -> tuple[str, int]:
        return HOSTILE, 1

    def write_own(self, path: str) -> None:
        raise Refusal(Reason.DISK, path)

    def read_partner(self, path: str) -> SeenBundle:
        return SeenBundle(HOSTILE, 1, NUMBER, path.encode())

    def trust_partner(self, seen: SeenBundle) -> None:
        self.trusted.append(seen)


def harmless(shown: str) -> bool:
    return not any(c in shown for c in "\x1b\u202e\u2066\x9b\x07")


async def test_a_number_is_trusted_only_behind_all_of_it() -> None:
    partner, desk = Partner(), three()
    desk.home = HomeHere(pairing=lambda: partner)
    async with terminal(desk, (200, 60)) as (app, pilot):
        await pilot.press("P", then="Take the partner")
        await pilot.press("down")
        await pilot.pause()
        await pilot.press("enter", "x", "enter", then=SafetyNumber)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "or not compared: cancel")
            assert harmless(text(app))
        await pilot.press("enter", then=PairingScreen)
        assert partner.trusted == []
        await pilot.press("enter", "x", "enter", then=SafetyNumber)
        for _ in range(4):
            await pilot.press("down")
            await pilot.pause()
            await pilot.press("enter")  # a part of the number is no answer
            assert partner.trusted == []
        await pilot.resize((60, 20))
        await pilot.press("down", then="Both read the same")
        await pilot.pause()
        await pilot.press("enter", then=lambda: partner.trusted)
        assert partner.trusted[0].data == b"x"
        assert harmless(text(app))
        await pilot.press("escape", then=Bulletins)
        await pilot.press("P", then="Write our bundle")
        await pilot.pause()
        await pilot.press("home", "enter", "x", "enter", then="disk")
        await pilot.press("escape")
        assert isinstance(app.screen, Bulletins)


@pytest.mark.parametrize(
    ("language", "said"), [(0, "The folder is empty"), (2, "配对")]
)
async def test_it_leads_to_pairing_in_the_language_chosen(
    run: FirstRun, language: int, said: str
) -> None:
    app = FirstRunApp(run)
    async with look(app, (80, 24)) as pilot:
        await until(pilot, "1/7")
        await pilot.press(*["down"] * language)
        await pilot.pause()
        await pilot.press("enter", then="2/7")
        if language:
            run.choose_sort("new")
            run.name_parts("islamabad.pk", "ops", "", "")
            run.make("word")
            screen = pilot.front(FirstRunScreen)
            screen._look()
        await until(pilot, said)
        await pilot.press("escape")
        await until(pilot, lambda: app.passphrase is None and not app.is_running)


async def test_names_and_a_passphrase_that_differ_are_said(
    run: FirstRun, folder: Path
) -> None:
    run.choose_language("en")
    run.choose_sort("new")
    app = FirstRunApp(run)
    async with look(app, (80, 24)) as pilot:
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "3/7")
        await pilot.press("down", "down", "down", "down")
        await pilot.pause()
        await pilot.press("enter", then="▌Desk")
        await until(pilot, "│ Desk: ")  # the message names it, too
        assert "--" not in text(app)
        run.name_parts("islamabad.pk", "ops", "", "")
        screen = pilot.front(FirstRunScreen)
        screen._look()
        await until(pilot, "4/7")
        await pilot.press("down")
        await pilot.pause()
        await pilot.press("enter", "enter", then="The passphrase is empty")
        await pilot.press(*"seven77", "enter", then="Too short: 8 characters at least")
        await pilot.press(*"eight888", "enter", *"other888", "enter")
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "The two differ")
        await pilot.press(*"eight888", "enter", "escape")
        assert not (folder / "home" / "nation").exists()


async def test_a_request_that_was_written_is_said_and_one_that_was_not(
    run: FirstRun, folder: Path
) -> None:
    run.choose_language("en")
    run.choose_sort(JOIN)
    run.name_parts("", "ops.islamabad.pk", "", "")
    run.make("four words of it")
    app = FirstRunApp(run)
    async with look(app, (80, 24)) as pilot:
        for told in ("Written to", "already"):
            await until(pilot, "▌Write this desk")
            await pilot.pause()
            await pilot.press("enter", then="The request to")
            await pilot.press(*str(folder / "request"), "enter", then=told)
        assert (folder / "request").is_file()


async def test_a_desk_by_itself_is_not_told_to_run_a_node(run: FirstRun) -> None:
    app = FirstRunApp(run)
    async with look(app, (80, 24)) as pilot:
        await until(pilot, "1/7")
        screen = pilot.front(FirstRunScreen)
        state = SetupState(FirstRunStep.NODE, "home", sort=JOIN)
        screen._show(state, ["Your node is elsewhere."])
        await until(pilot, "Your node is elsewhere.")
        assert "another terminal" not in text(app)
        screen._show(replace(state, sort=NEW), [])
        await until(pilot, "another terminal")


async def test_a_desk_by_itself_is_asked_for_the_address_of_its_node(
    run: FirstRun,
) -> None:
    run.choose_language("en")
    for sort, told in ((JOIN, "Address of your node:"), (NEW, "  Address:")):
        run.choose_sort(sort)
        app = FirstRunApp(run)
        async with look(app, (80, 24)) as pilot:
            await until(pilot, told)
            assert ("Node:" in text(app)) is (sort == NEW)


async def test_no_earlier_message_covers_what_is_compared_or_was_left() -> None:
    async with terminal(three(), (80, 24)) as (app, pilot):
        await pilot.show(PairingScreen(Partner()), "Take the partner's bundle")
        app.notify("Trusted. Esc goes back.", timeout=600)
        await until(pilot, "Esc goes back.")
        await pilot.press("escape", then=Bulletins)
        await until(pilot, lambda: "Esc goes back." not in text(app))
        app.notify("Written.", timeout=600)
        await until(pilot, "Written.")
        await pilot.show(SafetyNumber("Same?", NUMBER, "Trust"), "Same?")
        await until(pilot, lambda: "Written." not in text(app))
