"""The screen of keys: what it shows, what it asks, hostile names, every size."""

from collections.abc import Sequence

from msgspec.structs import replace

from exchange.bulletin.values import iso
from exchange.desk.home_records import HomeHere, HomeKey
from exchange.errors import Reason, Refusal
from exchange.limits import DAY
from tests.tui.examples import HOSTILE, NOW
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import WIDE, Looking, lines, terminal, text, until
from tests.tui.screens.test_first_run import Partner
from tui.screens.bulletins import Bulletins
from tui.screens.dialogs import Pick
from tui.screens.keys import KeyPage, Keys
from tui.screens.safety_number import SafetyNumber
from tui.screens.time_box import TimeBox
from tui.text.layout import lay_out
from tui.times import stamp
from tui.widgets.text_editor import Edit
from tui.workers import wait_for_workers

WRONG = "wrong"
NEW = "four new words"
SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def line(role: str, *, own: bool = True, days: int | None = None) -> HomeKey:
    ends = NOW + 100 * DAY
    command = f"fusion keys revoke {HOSTILE}"
    of = role, HOSTILE, "ab" * 32, HOSTILE, True, NOW - 9 * DAY, ends, days
    return HomeKey(*of, HOSTILE, own, command)


class Cabinet:
    """A `KeyCabinet` that notes what it is asked for."""

    def __init__(self, refuse: Refusal | None = None, *, nation: bool = False) -> None:
        self.nation = nation
        self.asked: list[tuple[str, ...]] = []
        self.refuse = refuse

    def list_keys(self) -> Sequence[HomeKey]:
        if self.refuse:
            raise self.refuse
        due = line("tls", own=False, days=0)
        return [line("author"), line(HOSTILE, days=3), due]

    def renew(self, passphrase: str, *, own: bool) -> Sequence[str]:
        self.asked.append(("renew", passphrase, str(own)))
        if passphrase == WRONG:
            raise Refusal(Reason.KEYSTORE, HOSTILE)
        return [HOSTILE]

    def new_sealing_key(self) -> str:
        self.asked.append(("seal",))
        return "stated"

    def change_passphrase(self, old: str, new: str) -> None:
        self.asked.append(("change", old, new))

    def revoke(self, key: HomeKey, passphrase: str, since: int) -> Sequence[str]:
        self.asked.append(("revoke", key.role, passphrase, iso(since)))
        if passphrase == WRONG:
            raise Refusal(Reason.KEYSTORE, HOSTILE)
        return [f"revoked {HOSTILE}"]

    def has_nation(self) -> bool:
        return self.nation


def desk(cabinet: Cabinet) -> FakeDesk:
    made = three()
    partner = Partner()
    partner.trusted = [partner.read_partner("x")]
    made.home = HomeHere(keys=lambda: cabinet, pairing=lambda: partner)
    return made


async def test_keys_are_shown_and_looked_at() -> None:
    async with terminal(desk(Cabinet()), WIDE) as (app, pilot):
        await to_keys(pilot)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "9 days old")
        await pilot.press("enter", then=KeyPage)
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "fusion keys revoke")
            assert not any(c in text(app) for c in "\x1b\u202e\u2066\x9b")
        await pilot.press("escape", "s", then=SafetyNumber)
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, Bulletins)


async def to_keys(pilot: Looking) -> None:
    app = pilot.app
    await pilot.press("Y")
    await until(pilot, lambda: isinstance(app.screen, Keys) and app.screen.found)
    await pilot.pause()


async def test_the_page_of_a_key_reads_from_the_right_in_urdu() -> None:
    made = desk(Cabinet())
    made.settings = {"language": "ur"}
    async with terminal(made) as (_, pilot):
        await to_keys(pilot)
        await pilot.press("enter", then=KeyPage)
        for said in ("9 دن پرانی", "100 دنوں میں ختم"):
            (shown,) = lay_out(said, "ur", 40)
            await until(pilot, shown.shown.strip())


async def test_a_revoked_key_says_since_when_in_the_list_and_on_its_page() -> None:
    class Revoked(Cabinet):
        def list_keys(self) -> Sequence[HomeKey]:
            return [replace(line("author"), revoked=NOW - DAY), line("sealing")]

    said = f"revoked from {stamp(NOW - DAY)} on"
    async with terminal(desk(Revoked()), (200, 60)) as (app, pilot):
        await pilot.press("Y", then=said)
        assert text(app).count("ends in 100 days") == 1
        await pilot.press("enter", then=KeyPage)
        await until(pilot, said)
        assert "ends in" not in text(app)


async def test_each_act_asks_first_and_the_first_choice_does_nothing() -> None:
    cabinet = Cabinet()
    async with terminal(desk(cabinet)) as (app, pilot):
        await pilot.press("Y", then="days old")
        for key in ("r", "n"):
            await pilot.press(key, "enter")
        assert cabinet.asked == []
        await pilot.press("r", "down", "enter", *"wrong", "enter")
        await until(pilot, lambda: cabinet.asked == [("renew", "wrong", "False")])
        await until(pilot, "passphrase")
        await pilot.press("r", "down", "down", "enter", *"good", "enter")
        await until(pilot, lambda: cabinet.asked[1:] == [("renew", "good", "True")])
        await wait_for_workers(app)
        await pilot.press("n", "down", "enter")
        await until(pilot, lambda: cabinet.asked[2:] == [("seal",)])
        await wait_for_workers(app)
        await pilot.press("w", *"old", "enter", *NEW, "enter", *NEW, "enter")
        await until(pilot, lambda: cabinet.asked[3:] == [("change", "old", NEW)])
        await until(pilot, "The passphrase is changed.")
        assert "old" not in text(app).replace("days old", "").replace("hold", "")


async def test_a_key_is_revoked_in_a_box_whose_first_line_does_nothing() -> None:
    cabinet = Cabinet(nation=True)
    async with terminal(desk(cabinet), WIDE) as (app, pilot):

        async def asked() -> None:
            """Open the first key, and type since when others may have had it."""
            await until(pilot, Keys)
            await pilot.press("enter", then=lambda: "R revoke" in lines(app)[-1])
            await pilot.press("R", then=TimeBox)
            given = app.screen.query_one("#text", Edit)
            await pilot.press("end", *["backspace"] * len(given.text))
            await pilot.press(*"2026-11-23T06:00Z", "enter", then=Pick)

        await to_keys(pilot)
        await asked()
        for size in SIZES:
            await pilot.resize(size)
            await until(pilot, "Revoke it from 2026-11-23T06:00:00Z on")
        await pilot.press("enter")
        assert isinstance(app.screen, KeyPage)
        await pilot.press("escape")
        for word in (WRONG, "good"):
            await asked()
            await pilot.press("down", "enter", *word, "enter")
            given = "revoke", "author", word, "2026-11-23T06:00:00Z"
            await until(pilot, lambda: given in cabinet.asked)  # noqa: B023 - at once
            await until(pilot, Keys)
            await wait_for_workers(app)
        await until(pilot, "revoked")
        assert len(cabinet.asked) == 2


async def test_a_key_is_not_revoked_where_the_nation_is_elsewhere() -> None:
    """And a file that is locked is one line."""
    cabinet = Cabinet()
    async with terminal(desk(cabinet)) as (app, pilot):
        await pilot.press("Y", then="days old")
        await pilot.press("enter", then="fusion keys revoke")
        assert "R revoke" not in lines(app)[-1]
        await pilot.press("R")
        assert isinstance(app.screen, KeyPage)
        assert cabinet.asked == []
        await pilot.press("escape", "escape", then=Bulletins)
        cabinet.refuse = Refusal(Reason.KEY_FILE, "node/log.key")
        await pilot.press("Y", then="node/log.key")
        await pilot.press("escape")
        assert isinstance(app.screen, Bulletins)
