"""The top row: what it warns of, and that its green is of just now."""

from typing import Any

import pytest

from exchange.desk.status_records import CatchUp, ClockState, KeyEnd, LedgerAlarm
from exchange.limits import DAY, PROOF_FRESH
from tests.tui.examples import HOSTILE, MINUTE, NOW, peer, status
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, lines, terminal, until
from tui import words
from tui.times import seconds
from tui.widgets.bar import BarPart, fit
from tui.widgets.link_line import Pressing, parts

HOUR = 60 * MINUTE


def row(**fields: object) -> list[BarPart]:
    return [part for part in parts(status(**fields), {}, NOW) if part.text]


def texts(**fields: object) -> str:
    return " | ".join(part.text for part in row(**fields))


def green(**fields: object) -> bool:
    return any("agree" in part.text and part.style == "good" for part in row(**fields))


def test_ledgers_agree_in_green_by_a_proof_of_just_now_alone() -> None:
    assert green()
    old = peer(cosigned_at=NOW - PROOF_FRESH - 1)
    down, silent = peer(up=False), peer(cosigned_at=0)
    for peers in ((old,), (down,), (peer(), down), (peer(), old), (silent,), ()):
        assert not green(peers=peers)
    assert not green(up=False)
    assert not green(clock=ClockState(DAY, "beijing.cn", ""))
    assert not green(peers=(peer(cosigned_at=NOW + HOUR),)), "not even a time to come"


def test_a_partner_that_keeps_no_link_by_its_own_emcon_is_not_called_down() -> None:
    at = NOW - 3 * HOUR
    quiet = peer(up=False, since=at, emcon=True)
    assert "○ beijing.cn silent by EMCON 11:31Z" in texts(peers=(quiet,))
    assert "beijing.cn down" not in texts(peers=(quiet,))
    (part,) = [one for one in row(peers=(quiet,)) if "EMCON" in one.text]
    assert part.style == "unsure"
    assert not green(peers=(quiet,))


def test_with_both_nodes_down_it_says_when_they_were_heard_with_day_and_age() -> None:
    at = NOW - 3 * HOUR
    told = texts(
        up=False,
        since=NOW - 2 * DAY,
        peers=(peer(up=False, since=at, heard_at=at, cosigned_at=at),),
    )
    assert "? ledgers agreed 24 Nov 11:31Z" in told
    assert "⌛ last heard 24 Nov 11:31Z, 3 h ago" in told
    assert "○ islamabad.pk down 22 Nov 14:31Z" in told, "of another day: with its day"
    assert "○ beijing.cn down 11:31Z" in told


def test_a_partner_that_was_never_heard_has_no_time() -> None:
    told = texts(peers=(peer(up=False, since=0, heard_at=0, cosigned_at=0),))
    assert "? beijing.cn not known | ⌛ never heard" in told
    assert "? ledgers" in told
    assert "1970" not in told


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ClockState(3 * DAY - 9, "beijing.cn", ""), "3 days behind beijing.cn"),
        (ClockState(-2 * HOUR, "x.y", ""), "2 hours ahead of x.y"),
        (ClockState(3 * DAY, "", ""), "3 days back"),
        (ClockState(-3 * DAY, "", ""), "3 days on"),
    ],
)
def test_a_wrong_clock_is_the_first_word(state: ClockState, said: str) -> None:
    first = row(clock=state, flash=2)[0]
    assert (first.text, first.style) == (f"⚠ this clock is {said}", "alarm")


def test_it_says_by_whose_time_deadlines_are_judged() -> None:
    state = ClockState(3 * DAY, "beijing.cn", "beijing.cn")
    assert "deadlines by the time of beijing.cn" in texts(clock=state)
    assert "deadlines by" not in texts(clock=state._replace(judged_by=""))


LOG = "islamabad.pk.fusion/log/1"
RENEW = "fusion keys renew --all-due"
SUSPENDED = [("kz", 1_795_497_600_000), ("af", 0)]


@pytest.mark.parametrize(
    ("lang", "fields", "said"),
    [
        ("en", {"waiting": 1}, "⏸ 1 waits for a partner"),
        ("en", {"waiting": 4}, "⏸ 4 wait for a partner"),
        ("zh-Hans", {"waiting": 4}, "⏸ 4 份等待伙伴"),
        ("en", {"catch_up": CatchUp(1_200, 90_000)}, "↓ 1200 of 90000 arrived"),
        ("zh-Hans", {"catch_up": CatchUp(1_200, 90_000)}, "↓ 90000 条中已到 1200 条"),
        (
            "en",
            {"key_end": KeyEnd(14, RENEW)},
            f"⌛ renew keys within 14 days: {RENEW}",
        ),
        ("en", {"key_end": KeyEnd(0, RENEW)}, f"✘ keys have ended: {RENEW}"),
        ("zh-Hans", {"key_end": KeyEnd(3, RENEW)}, f"⌛ 请在 3 天内续期密钥：{RENEW}"),
        (
            "en",
            {"suspended": SUSPENDED},
            "⏸ sending to kz suspended since 2026-11-24 05:20Z",
        ),
        (
            "zh-Hans",
            {"suspended": SUSPENDED},
            "⏸ 自 2026-11-24 05:20Z 起暂停向 kz 发送",
        ),
        ("en", {"peers": (peer(queued=7),)}, "7 behind"),
        ("en", {"peers": (peer(queued=7, why="EMCON"),)}, "(EMCON)"),
        ("en", {"peers": (peer(silent_since=NOW),)}, "● beijing.cn up"),
        ("en", {"peers": (peer(silent_since=NOW),)}, f"no answer since {seconds(NOW)}"),
        ("en", {"alarms": (LedgerAlarm("FORK", LOG),)}, f"⚠ LOG FORKED {LOG}"),
        ("en", {"alarms": (LedgerAlarm("ROOT", "x"),)}, "⚠ LEDGER ALARM x"),
        ("zh-Hans", {"flash": 2}, "‼ 特急 2"),
    ],
)
def test_what_the_top_row_tells(lang: str, fields: dict[str, Any], said: str) -> None:
    words.use(lang)
    told = texts(**fields)
    assert said in told
    assert ("(" in told) == ("(" in said), "why a partner is behind, and nothing else"
    assert lang == "en" or "FLASH" not in told


@pytest.mark.parametrize("lang", ["ur", "zh-Hans"])
def test_a_node_with_a_hostile_name_sends_nothing_to_the_terminal(lang: str) -> None:
    words.use(lang)
    state = ClockState(3 * DAY, HOSTILE, HOSTILE)
    told = texts(clock=state, peers=(peer(name=HOSTILE, up=False, heard_at=5),))
    assert "\x1b" not in told
    assert "\u202e" not in told


async def test_the_warning_stays_on_a_narrow_screen_beside_what_is_overdue() -> None:
    state = status(clock=ClockState(3 * DAY, "beijing.cn", "beijing.cn"), flash=2)
    async with terminal(three(state=state), NARROW) as (app, pilot):
        await until(pilot, lambda: "⚠ this clock is 3 days behind" in lines(app)[0])
        assert "‼ FLASH 2" in lines(app)[0]


def test_a_drill_does_not_push_a_dead_or_silent_node_off_a_narrow_screen() -> None:
    due = {"EXERCISE": Pressing(5, 1, "Security coordinator"), "": Pressing(6)}

    def narrow(**fields: object) -> str:
        return " | ".join(
            one.text for one in fit(parts(status(**fields), due, NOW), 78, 3)
        )

    assert "Exercise: 1 escalated to Security coordinator" in narrow()
    assert "! 6 overdue | ○ islamabad.pk down" in narrow(up=False)
    silent = peer(heard_at=NOW - HOUR)
    assert "! 6 overdue | ⌛ last heard" in narrow(peers=(silent,))


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
def test_an_alarm_that_does_not_fit_whole_is_named_without_its_reason(
    language: str,
) -> None:
    words.use(language)
    failing = LedgerAlarm("HOOK", "hook: exit code 3: no line")
    alarm = parts(status(alarms=(failing,)), {}, NOW)
    (whole,) = [part for part in alarm if failing.where in part.text]
    loud = [BarPart("! 6 overdue", "alarm"), BarPart("‼ FLASH 1", "alarm")]
    assert whole in fit([*loud, *alarm], 200, 3)
    narrow = fit([*loud, whole], 78, 3)
    assert [part.style for part in narrow] == ["alarm"] * 3
    assert narrow[2].text in {whole.text, whole.short}
    assert fit([*loud, whole], 60, 3)[2].text == whole.short
    assert whole not in fit([*loud, whole], 20, 3), "what is more urgent stays"
