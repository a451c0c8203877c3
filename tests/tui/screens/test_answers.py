"""Answers that are not what was asked, on the screen: declined, queued, refused."""

from unicodedata import normalize

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from exchange.desk.answer_words import describe_answer
from exchange.desk.records import Decline, OpenedBulletin, PendingAnswer, Rung
from exchange.desk.status_records import DutyItem, DutySection
from exchange.errors import Reason, Refusal
from exchange.words import use
from tests.tui.examples import EN, HOSTILE, NOW, changed, opened, receipt
from tests.tui.fake_desk import FakeDesk
from tests.tui.looking import NARROW, WIDE, lines, terminal, text, until
from tui.state_signs import STATES, state_of
from tui.widgets.bulletin_context import items_below
from tui.widgets.link_line import REAL, Pressing, parts
from tui.widgets.page import Pair
from tui.words import join_words, label, say

HERE, THERE = "ops.islamabad.pk", "ops.beijing.cn"
OFFICER = "duty-1@ops.islamabad.pk"
WEATHER = Decline(THERE, "WEATHER", NOW)
DONE = "COMPLETED"
CANNOT = {"en": "Cannot comply", "ur": "تعمیل ممکن نہیں", "zh-Hans": "无法执行"}
REASONS = {"en": "✘ Weather", "ur": "✘ موسم", "zh-Hans": "✘ 天气"}
LANGUAGES = pytest.mark.parametrize("language", REASONS)
SIZES = pytest.mark.parametrize("size", [NARROW, WIDE])


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


def desk_of(made: OpenedBulletin, language: str = "en") -> FakeDesk:
    return FakeDesk((made,), settings={"language": language})


@SIZES
@LANGUAGES
async def test_a_decline_is_told_in_row_and_header_with_its_reason(
    language: str, size: tuple[int, int]
) -> None:
    own = WEATHER._replace(own=True)
    for made in (ours(WEATHER), opened(1, EN, read=NOW, declined=(own,))):
        async with terminal(desk_of(made, language), size) as (app, pilot):
            await until(pilot, lambda: label("cannot") in lines(app)[2])
            assert join_words(REASONS[language]) in lines(app)[2]
            long, short = CANNOT[language], f"✘ {label('cannot')}"
            heads = f"cn pk │ ✘ {join_words(long)}", f"cn pk │ {short}"
            await pilot.press("enter")
            await until(pilot, lambda: any(one in text(app) for one in heads))  # noqa: B023 - awaited here
            assert "✔ acknowledged" not in text(app)
            assert {cell_len(line) for line in lines(app)} == {size[0]}
    use("en")


BEGIN = {"en": "✘ Thr", "ur": "سار ✘", "zh-Hans": "✘ 途"}  # in visual order
THREAT = Decline(THERE, "THREAT", NOW)


@LANGUAGES
@pytest.mark.parametrize("size", [(60, 20), NARROW, WIDE])
async def test_a_long_reason_is_cut_and_the_subject_stays(
    language: str, size: tuple[int, int]
) -> None:
    """Also of two desks: of these one is told, then how many more there are."""
    two = ours(THREAT, WEATHER._replace(desk="port.gwadar.cn", officer=OFFICER))
    both = replace(two, row=two.row._replace(addressees=(THERE, "port.gwadar.cn")))
    for made in (ours(THREAT), both):
        async with terminal(desk_of(made, language), size) as (app, pilot):
            await until(pilot, lambda: label("cannot") in lines(app)[2])
            row = normalize("NFKC", lines(app)[2])
            assert BEGIN[language] in row
            assert "Susp" in row
            counted = made is both and size == NARROW
            assert (" +1 Susp" in row) == counted
            assert {cell_len(line) for line in lines(app)} == {size[0]}
    use("en")


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


async def test_i_takes_note_of_it() -> None:
    desk = desk_of(ours(WEATHER))
    async with terminal(desk, WIDE, "✘ cannot") as (_, pilot):
        await pilot.press("i", then="noted by")
        assert desk.noted == [1]
        assert state_of(desk.row(1)).style == "sent"


async def test_nothing_to_note_is_said() -> None:
    desk = desk_of(ours())
    desk.refuse = Refusal(Reason.NOT_FOUND, "00ff")
    async with terminal(desk, WIDE) as (_, pilot):
        await pilot.press("i", then="00ff")
        assert desk.noted == []


@pytest.mark.parametrize(
    ("state", "word", "mark"),
    [
        ("queued", "↑ done", "↑ queued"),
        ("waiting", "… done", "… 2nd sig"),
        ("resign", "! ack?", "✎ sign!"),
        ("expired", "! ack?", "✘ unsent"),
        ("refused", "! ack?", "✘ refused"),
    ],
)
@SIZES
async def test_an_answer_that_no_log_has_is_marked_and_its_deadline_runs(
    size: tuple[int, int], state: str, word: str, mark: str
) -> None:
    made = theirs(pending=pending(state))
    async with terminal(desk_of(made), size) as (app, pilot):
        (row,) = [line for line in lines(app)[:4] if word in line][:1]
        assert mark in row
        assert "overdue 1 min" in row
        assert "✔" not in row
        await pilot.press("enter", then=f"│ {mark}" if size == WIDE else "your answer")


@LANGUAGES
@SIZES
async def test_it_is_marked_in_each_language(
    language: str, size: tuple[int, int]
) -> None:
    for state in ("queued", "refused", "resign"):
        made = theirs(pending=pending(state))
        async with terminal(desk_of(made, language), size) as (app, pilot):
            sign, word = STATES[state]
            mark = join_words(f"{sign} {say(word)}")
            await until(pilot, lambda: mark in lines(app)[2])  # noqa: B023 - awaited here
            told = join_words(describe_answer(pending(state)))
            short = f"TLP:AMBER cn pk │ {sign} {label(word)}"
            await pilot.press("enter")
            await until(pilot, lambda: told in text(app) or short in text(app))  # noqa: B023 - awaited here
            assert {cell_len(line) for line in lines(app)} == {size[0]}
    use("en")


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


@SIZES
async def test_a_hostile_reason_sends_nothing_to_the_terminal(
    size: tuple[int, int],
) -> None:
    made = ours(WEATHER._replace(reason=HOSTILE), WEATHER._replace(desk=HOSTILE))
    async with terminal(desk_of(made), size) as (app, pilot):
        await pilot.press(
            "enter", then="✘ cannot" if size == WIDE else "✘ Cannot comply"
        )
        assert not set(text(app)) & set("\x1b\x9b\x07\x0e\u202e\u2066")


@LANGUAGES
@SIZES
async def test_the_top_row_counts_what_cannot_be_done(
    language: str, size: tuple[int, int]
) -> None:
    said = {"en": "1 cannot be done", "ur": "1 کی تعمیل ممکن نہیں"}
    desk = desk_of(ours(WEATHER), language)
    desk.sections = [section("ACTUAL")]
    async with terminal(desk, size) as (app, pilot):
        told = join_words(said.get(language, "1 份无法执行"))
        await until(pilot, lambda: f"✘ {told}" in lines(app)[0])
    use("en")


def test_a_drill_says_so_in_the_top_row() -> None:
    desk = desk_of(ours(WEATHER))
    due = {REAL: Pressing(), "EXERCISE": Pressing(declined=1)}
    row = [part.text for part in parts(desk.link(), due, NOW)]
    assert "Exercise: 1 cannot be done" in row
    assert not any(text.startswith("✘ 1") for text in row)
