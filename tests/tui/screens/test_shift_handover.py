"""A shift handed over at the terminal: both passphrases, what both sign and keep."""

import re

import pytest

from exchange.bulletin.schema import LANGUAGES
from exchange.desk.status_records import HandoverLine, HandoverSection
from exchange.errors import Reason, Refusal
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.fake_handovers import SECTIONS
from tests.tui.fake_releases import PASSPHRASE
from tests.tui.looking import Looking, lines, notes, says, terminal, text, until
from tests.tui.test_typed_keys import slow
from tui.screens.handover import Duty
from tui.screens.passphrase import Passphrase, TokenPin
from tui.screens.shift_handover import HandoverPage, HandoversPage

SIZES = ((60, 20), (80, 24), (200, 60))
MANY = 40


LINE_FEED_PICTURE = "␊"


async def to_page(pilot: Looking) -> HandoverPage:
    await pilot.press("d", then=Duty)
    await pilot.press("s", then="duty-2")
    await pilot.press("enter", then=HandoverPage)
    return pilot.front(HandoverPage)


async def sign(pilot: Looking, *secrets: str) -> None:
    """Press the key that signs, and type what it asks for."""
    await pilot.press("s")
    for words in secrets:
        await until(pilot, Passphrase)
        await pilot.press(*words)
        await pilot.press("enter")
        await pilot.pause()


async def test_both_sign_what_was_read_and_it_is_kept() -> None:
    desk = three(present=("duty-2",))
    async with terminal(desk) as (app, pilot):
        await to_page(pilot)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "1 matter is open; 1 act of this shift")
            assert all(line.isprintable() for line in lines(app))
        await pilot.press("enter", "y", "escape", then=Duty)  # none of these signs
        assert not desk.handed
        page = await to_page(pilot)
        await sign(pilot, PASSPHRASE, PASSPHRASE)
        await until(pilot, lambda: isinstance(app.screen, Duty) and desk.handed)
        assert [one.record for one in desk.handed] == [page.review.record]
        await until(pilot, lambda: notes(app, "hand-over 1 is signed by both"))
        await pilot.press("h", then=HandoversPage)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "✔ 1")
        await pilot.press("escape", then=Duty)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["down", "pagedown"])
async def test_every_matter_is_read_before_any_passphrase(lang: str, key: str) -> None:
    desk = three(present=("duty-2",), settings={"language": lang})
    found = [
        HandoverLine(f"beijing.cn#{n}, overdue", f"Bridge {n} closed", "en")
        for n in range(MANY)
    ]
    desk.matters = (HandoverSection("Overdue", found), *SECTIONS)
    async with terminal(desk, (80, 24)) as (app, pilot):
        await to_page(pilot)
        shown = set[str]()
        for _ in range(4 * MANY):
            before = text(app)
            shown.update(lines(app))
            await pilot.press(key)
            await pilot.pause()
            if text(app) == before:
                break
        for n in range(MANY):
            for words in (rf"beijing\.cn#{n}\b", rf"Bridge {n} closed"):
                assert any(re.search(words, line) for line in shown), words
        assert isinstance(app.screen, HandoverPage)
        assert not desk.handed


async def test_a_wrong_passphrase_or_who_leaves_a_box_signs_nothing() -> None:
    desk = three(present=("duty-2",))
    async with terminal(desk) as (app, pilot):
        await to_page(pilot)
        for typed in (0, 1):
            await sign(pilot, *[PASSPHRASE] * typed)
            await until(pilot, Passphrase)
            await pilot.press("escape", then=HandoverPage)
            assert not desk.handed
        await sign(pilot, PASSPHRASE, "guess")
        await until(pilot, "passphrase")
        assert not desk.handed
        assert isinstance(app.screen, HandoverPage)
        await sign(pilot, PASSPHRASE, PASSPHRASE)
        await until(pilot, lambda: isinstance(app.screen, Duty) and desk.handed)


async def test_what_came_since_is_said_and_what_was_read_is_signed() -> None:
    desk = three(present=("duty-2",))
    async with terminal(desk) as (app, pilot):
        page = await to_page(pilot)
        desk.newer = "2 matters have come since"
        desk.matters = ()
        desk.tell()
        await until(pilot, lambda: "2 matters have come since" in lines(app)[0])
        assert "escalated" in text(app)
        await sign(pilot, PASSPHRASE, PASSPHRASE)
        await until(pilot, lambda: isinstance(app.screen, Duty) and desk.handed)
        assert desk.handed[0].record == page.review.record
        await until(pilot, lambda: notes(app, "2 matters have come since"))
        assert LINE_FEED_PICTURE not in text(app), "each notice is its own"


class Failing(FakeDesk):
    """A desk that cannot say what came since."""

    def newer_matters(self, record: bytes) -> str:
        raise Refusal(Reason.DATABASE, f"mailbox.db {len(record)}")


async def test_what_is_said_to_have_failed_was_not_signed() -> None:
    desk = Failing(three().bulletins, present=("duty-2",))
    async with terminal(desk) as (app, pilot):
        await to_page(pilot)
        await sign(pilot, PASSPHRASE, PASSPHRASE)
        await until(pilot, lambda: says(app, Reason.DATABASE))
        assert isinstance(app.screen, HandoverPage)
        assert not desk.handed


async def test_keys_do_nothing_while_it_is_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = three(present=("duty-2",))
    with slow(desk, "sign_handover", monkeypatch) as goes_on:
        async with terminal(desk) as (app, pilot):
            await to_page(pilot)
            await sign(pilot, PASSPHRASE, PASSPHRASE)
            await until(pilot, HandoverPage)
            await pilot.press("s", "escape")
            assert isinstance(app.screen, HandoverPage)
            goes_on.set()
            await until(pilot, lambda: isinstance(app.screen, Duty) and desk.handed)
            assert len(desk.handed) == 1


async def test_who_comes_with_a_token_types_its_pin_too() -> None:
    desk = three(present=("duty-2",), pin="2718")
    async with terminal(desk) as (app, pilot):
        await to_page(pilot)
        for typed in ("1234", "2718"):
            await sign(pilot, PASSPHRASE, PASSPHRASE)
            await until(pilot, TokenPin)
            assert "PIN of the token" in text(app)
            assert not desk.handed
            await pilot.press(*typed)
            assert typed not in text(app)
            await pilot.press("enter")
            if typed == "1234":
                await until(pilot, "token")
                await until(pilot, HandoverPage)
        await until(pilot, lambda: desk.handed)


async def test_alone_nobody_hands_over_and_what_does_not_verify_says_why() -> None:
    desk = three()
    bad = desk.prepare_handover("duty-2")._replace(number=1, reason="does not verify")
    desk.handed = [bad]
    async with terminal(desk) as (app, pilot):
        await pilot.press("d", then=Duty)
        await pilot.press("s", then="No other officer")
        assert isinstance(app.screen, Duty)
        await pilot.press("h", then="✘ 1  does not verify")
