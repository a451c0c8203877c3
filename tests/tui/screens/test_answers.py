"""Answers that are not what was asked, on the screen: declined, queued, refused."""

from functools import partial
from unicodedata import normalize

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from exchange.desk.answer_words import describe_answer
from exchange.desk.records import Decline, OpenedBulletin, PendingAnswer, Rung
from exchange.desk.status_records import DutyItem, DutySection
from exchange.errors import TEXTS, Reason, Refusal
from tests.tui.examples import EN, HOSTILE, NOW, changed, opened, receipt
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import NARROW, WIDE, lines, terminal, text, until
from tui.app import Terminal
from tui.state_signs import STATES, state_of
from tui.widgets.bulletin_context import items_below
from tui.widgets.link_line import REAL, Pressing, parts
from tui.widgets.page import Pair
from tui.words import join_words, label, mirrored, say, use

HERE, THERE = "ops.islamabad.pk", "ops.beijing.cn"
OFFICER = "duty-1@ops.islamabad.pk"
WEATHER = Decline(THERE, "WEATHER", NOW)
DONE = "COMPLETED"
CANNOT = {"en": "Cannot comply", "ur": "تعمیل ممکن نہیں", "zh-Hans": "无法执行"}
REASONS = {"en": "✘ Weather", "ur": "✘ موسم", "zh-Hans": "✘ 天气"}
LANGUAGES = pytest.mark.parametrize("language", REASONS)


def ours(*declined: Decline) -> OpenedBulletin:
    """A bulletin of this desk that Beijing was asked to act upon."""
    made = opened(
        1, EN, outgoing=True, acknowledge="ACTION", read=NOW, state="cosigned"
    )
    row = changed(made.row, acknowledged=NOW, declined=declined, addressees=(THERE,))
    return replace(made, row=row)


def theirs(**fields: object) -> OpenedBulletin:
    """A bulletin that this desk is to act upon, and that is overdue."""
    at = {"acknowledge": "ACTION", "acknowledge_by": NOW - 60_000, "read": NOW}
    open_ = {"open_at": (HERE,), "open_here": True}
    return opened(1, EN, **(at | open_ | fields))


def pending(state: str) -> PendingAnswer:
    return PendingAnswer(DONE, "", state)


def desk_of(*made: OpenedBulletin, language: str = "en") -> FakeDesk:
    return FakeDesk(made, settings={"language": language})


@LANGUAGES
async def test_a_decline_is_told_in_row_and_header_with_its_reason(
    language: str,
) -> None:
    """And the top row counts those that were given here, as what cannot be done."""
    own = opened(2, EN, read=NOW, declined=(WEATHER._replace(own=True),))
    desk = desk_of(ours(WEATHER), own, language=language)
    desk.sections = [section("ACTUAL")]
    async with terminal(desk, WIDE) as (app, pilot):
        count = {"en": "1 cannot be done", "ur": "1 کی تعمیل ممکن نہیں"}
        counted = join_words(count.get(language, "1 份无法执行"))
        heads = [join_words(CANNOT[language]), f"✘ {label('cannot')}"]
        heads = [beside_handling(f"✘ {heads[0]}"), beside_handling(heads[1])]
        for size in (WIDE, NARROW):
            await pilot.resize(size)
            await until(pilot, lambda: f"✘ {counted}" in lines(app)[0])
            for row in lines(app)[2:4]:
                assert label("cannot") in row
                assert join_words(REASONS[language]) in row
            for key in ("home", "end"):
                await pilot.press(key, "enter")
                await until(pilot, lambda: shows_one(app, *heads))
                assert "✔ acknowledged" not in text(app)
                assert {cell_len(line) for line in lines(app)} == {size[0]}
                await pilot.press("escape")


def beside_handling(said: str) -> str:
    """Return it as the header of the reader shows it, after who may read."""
    parts = ("TLP:AMBER cn pk", said)
    return " │ ".join(parts[::-1] if mirrored() else parts)


BEGIN = {"en": "✘ Thr", "ur": "سار ✘", "zh-Hans": "✘ 途"}  # in visual order
THREAT = Decline(THERE, "THREAT", NOW)


@LANGUAGES
async def test_a_long_reason_is_cut_and_the_subject_stays(language: str) -> None:
    """Also of two desks: of these one is told, then how many more there are."""
    two = ours(THREAT, WEATHER._replace(desk="port.gwadar.cn", officer=OFFICER))
    both = replace(two, row=two.row._replace(addressees=(THERE, "port.gwadar.cn")))
    desk = desk_of(ours(THREAT), both, language=language)
    async with terminal(desk, WIDE) as (app, pilot):
        for size in ((60, 20), NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, lambda: label("cannot") in lines(app)[2])
            rows = [normalize("NFKC", line) for line in lines(app)[2:4]]
            assert all(BEGIN[language] in row and "Susp" in row for row in rows)
            assert ["+1" in row for row in rows] == [True, False]
            assert {cell_len(line) for line in lines(app)} == {size[0]}


LAHORE = "ops.lahore.pk"
LATE = {"acknowledge": "ACTION", "acknowledge_by": NOW - 60_000, "outgoing": True}
TWO = {"addressees": (THERE, LAHORE), "open_at": (LAHORE,), "state": "cosigned"}


@LANGUAGES
async def test_a_row_names_why_it_was_refused_or_which_desk_is_late(
    language: str,
) -> None:
    use(language)
    refused = opened(1, EN, outgoing=True, state="refused", why="TOO_LONG")
    unknown = opened(2, EN, verdict="NEWER", why="NEWER")
    late = opened(3, EN, read=NOW, **(LATE | TWO))
    alone = opened(4, EN, read=NOW, **(LATE | TWO | {"addressees": (LAHORE,)}))
    why = join_words(say(TEXTS[Reason.TOO_LONG]))
    desk = desk_of(refused, unknown, late, alone, language=language)
    async with terminal(desk, (99, 40)) as (app, pilot):
        await until(pilot, lambda: label("refused") in lines(app)[5])
        alone_row, late_row, unknown_row, refused_row = lines(app)[2:6]
        assert why in refused_row
        assert "NEWER" in unknown_row
        assert f"… {LAHORE}" in late_row
        assert alone_row.count(LAHORE) == 1, "the addressee alone"


async def test_a_decline_that_is_noted_is_quiet_and_still_there() -> None:
    noted = WEATHER._replace(officer=OFFICER, noted=NOW)
    assert state_of(ours(WEATHER).row).style == "bad"
    assert state_of(ours(noted).row) == ("✘", "cannot", "sent")
    more = ours(noted, Decline("port.gwadar.cn", "", NOW))
    assert state_of(more.row).style == "bad", "of another desk"
    rung = Rung(THERE, "CANNOT_COMPLY", NOW, "WEATHER", done=True)
    made = replace(ours(noted), acknowledge="ACTION", rungs=(rung,))
    (pair,) = [item for item in items_below(made) if isinstance(item, Pair)]
    assert f"Weather · noted by {OFFICER} 2026-11-24 14:31Z" in pair.value


async def test_i_takes_note_of_it_once() -> None:
    desk = desk_of(ours(WEATHER))
    async with terminal(desk, WIDE, "✘ cannot") as (_, pilot):
        await pilot.press("i", then="noted by")
        assert desk.noted == [1]
        assert state_of(desk.row(1)).style == "sent"
        desk.refuse = Refusal(Reason.NOT_FOUND, "00ff")
        await pilot.press("i", then="00ff")
        assert desk.noted == [1]


PENDING = {
    "queued": ("↑ done", "↑ queued"),
    "waiting": ("… done", "… 2nd sig"),
    "resign": ("! ack?", "✎ sign!"),
    "expired": ("! ack?", "✘ unsent"),
    "refused": ("! ack?", "✘ refused"),
}
"""Where an answer stands -> the state of its bulletin, and the mark of it."""


@LANGUAGES
async def test_an_answer_that_no_log_has_is_marked_and_its_deadline_runs(
    language: str,
) -> None:
    states = PENDING if language == "en" else ("queued", "resign", "refused")
    made = [theirs(pending=pending(state)) for state in reversed(states)]
    async with terminal(desk_of(*made, language=language), WIDE) as (app, pilot):
        for size in (WIDE, NARROW):
            await pilot.resize(size)
            for at, state in enumerate(states):
                sign, word = STATES[state]
                mark = join_words(f"{sign} {say(word)}")
                await pilot.press("home", *["down"] * at)
                await until(pilot, partial(is_marked, app, mark, at))
                row = lines(app)[2 + at]
                assert "✔" not in row
                if language == "en":
                    assert PENDING[state][0] in row
                    assert mark == PENDING[state][1]
                    assert "overdue 1 min" in row
                told = join_words(describe_answer(pending(state)))
                short = beside_handling(f"{sign} {label(word)}")
                await pilot.press("enter")
                await until(pilot, partial(shows_one, app, told, short))
                assert {cell_len(line) for line in lines(app)} == {size[0]}
                await pilot.press("escape")


def is_marked(app: Terminal, mark: str, at: int) -> bool:
    """Whether a row of the list has a mark, or the reader beside it."""
    return any(mark in lines(app)[row] for row in (2, 2 + at))


def shows_one(app: Terminal, *said: str) -> bool:
    return any(one in text(app) for one in said)


def test_below_the_text_a_receipt_says_where_it_is() -> None:
    said = replace(receipt(DONE), state="refused")
    rung = Rung(HERE, DONE, NOW, done=False, state="refused")
    made = replace(
        theirs(pending=pending("refused")),
        acknowledge="ACTION",
        rungs=(rung,),
        receipts=(said,),
    )
    pairs = [item for item in items_below(made) if isinstance(item, Pair)]
    assert len(pairs) == 2
    assert all("✘ refused" in item.value for item in pairs)
    assert "good" not in {item.style for item in pairs}


def section(mode: str) -> DutySection:
    row = changed(ours(WEATHER).row, mode=mode)
    return DutySection("declined", "Cannot be done", [DutyItem("DECLINED", row)])


async def test_a_hostile_reason_sends_nothing_to_the_terminal() -> None:
    made = ours(WEATHER._replace(reason=HOSTILE), WEATHER._replace(desk=HOSTILE))
    async with terminal(desk_of(made), NARROW) as (app, pilot):
        await pilot.press("enter", then="✘ Cannot comply")
        assert not set(text(app)) & set("\x1b\x9b\x07\x0e\u202e\u2066")
        await pilot.resize(WIDE)
        await until(pilot, "✘ cannot")
        assert not set(text(app)) & set("\x1b\x9b\x07\x0e\u202e\u2066")


def test_a_drill_says_so_in_the_top_row() -> None:
    desk = desk_of(ours(WEATHER))
    due = {REAL: Pressing(), "EXERCISE": Pressing(declined=1)}
    row = [part.text for part in parts(desk.link(), due, NOW)]
    assert "Exercise: 1 cannot be done" in row
    assert not any(text.startswith("✘ 1") for text in row)
