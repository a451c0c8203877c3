"""Times as people type and read them, also those that no calendar has."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.values import iso
from tests.tui.examples import HOSTILE, NOW  # 2026-11-24 14:31Z
from tui import times
from tui.typed_time import Unread, echo, read_time

KARACHI, SHANGHAI = ZoneInfo("Asia/Karachi"), ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - given its zone below
    datetime(2998, 12, 31),  # noqa: DTZ001 - given its zone below
    timezones=st.just(UTC),
).map(lambda one: one.replace(second=0, microsecond=0))


def ms(moment: datetime) -> int:
    return round(moment.timestamp()) * 1000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("6:00", "2026-11-24T06:00Z = 11:00 PKT"),
        ("0600", "2026-11-24T06:00Z = 11:00 PKT"),
        ("0600z", "2026-11-24T06:00Z = 11:00 PKT"),
        ("1900L", "2026-11-24T14:00Z = 19:00 PKT"),
        ("1900 local", "2026-11-24T14:00Z = 19:00 PKT"),
        ("1900 PKT", "2026-11-24T14:00Z = 19:00 PKT"),
        ("2200 CST", "2026-11-24T14:00Z = 19:00 PKT"),
        ("19:00+05:00", "2026-11-24T14:00Z = 19:00 PKT"),
        ("28 Nov 0600", "2026-11-28T06:00Z = 11:00 PKT"),
        ("28 november 6:00", "2026-11-28T06:00Z = 11:00 PKT"),
        ("28nov0600", "2026-11-28T06:00Z = 11:00 PKT"),
        ("Nov 28 0600", "2026-11-28T06:00Z = 11:00 PKT"),
        ("0600 28 Nov", "2026-11-28T06:00Z = 11:00 PKT"),
        ("28 Nov 2026 0600", "2026-11-28T06:00Z = 11:00 PKT"),
        ("28 Nov 2100", "2026-11-28T21:00Z = 2026-11-29 02:00 PKT"),
        ("280600ZNOV26", "2026-11-28T06:00Z = 11:00 PKT"),
        ("280600E Nov 2026", "2026-11-28T01:00Z = 06:00 PKT"),
        ("2026-11-28 06:00", "2026-11-28T06:00Z = 11:00 PKT"),
        ("2026-11-28T06:00Z", "2026-11-28T06:00Z = 11:00 PKT"),
        ("2026-11-28T06:00:07Z", "2026-11-28T06:00:07Z = 11:00 PKT"),
        ("2026-11-28T06:00:00.123Z", "2026-11-28T06:00:00.123Z = 11:00 PKT"),
        ("۲۸ نومبر ۰۶۰۰", "2026-11-28T06:00Z = 11:00 PKT"),
        ("آج 1600", "2026-11-24T16:00Z = 21:00 PKT"),
        ("11月28日 06：00", "2026-11-28T06:00Z = 11:00 PKT"),
        ("明天0600", "2026-11-25T06:00Z = 11:00 PKT"),
        ("tomorrow 0600L", "2026-11-25T01:00Z = 06:00 PKT"),
        ("2 Jan 0600", "2027-01-02T06:00Z = 11:00 PKT"),
        ("now", "2026-11-24T14:31Z = 19:31 PKT"),
        ("+30m", "2026-11-24T15:01Z = 20:01 PKT"),
        ("+1h30m", "2026-11-24T16:01Z = 21:01 PKT"),
        ("-2 d", "2026-11-22T14:31Z = 19:31 PKT"),
    ],
)
def test_what_is_typed_is_said_in_full(typed: str, meant: str) -> None:
    assert echo(read_time(typed, NOW, KARACHI), KARACHI) == meant


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("0130", ("Nov 24 0130", "Nov 25 0130")),
        ("0600L", ("Nov 24 0600L", "Nov 25 0600L")),
        ("28 Nov 2026", ("Nov 28 2026 0600", "Nov 28 20:26")),
        ("29 Feb 0600", ("Feb 29 2024 0600", "Feb 29 2028 0600")),
        ("15 May 0600", ("May 15 2026 0600", "May 15 2027 0600")),
        ("کل 0600", ("Nov 23 0600", "Nov 25 0600")),
    ],
)
def test_what_may_mean_two_times_is_refused_with_each(
    typed: str, instead: tuple[str, str]
) -> None:
    with pytest.raises(Unread) as refused:
        read_time(typed, NOW, KARACHI)
    said = str(refused.value)
    assert all(one in said for one in instead), said
    first, second = (read_time(one, NOW, KARACHI) for one in instead)
    assert first != second, "what is proposed is understood"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("6", "0600"),
        ("600", "0600"),
        ("6pm", "1800"),
        ("6:00 a.m.", "24"),
        ("3/4 0600", "month by its name"),
        ("28.11.2026 0600", "month by its name"),
        ("28 Nov", "time of day"),
        ("30 Feb 0600", "no such day"),
        ("2400", "no such day"),
        ("0660", "no such day"),
        ("28 Nov 2500", "no such day"),
        ("1969-12-31 0600", "no such day"),
        ("1430+99:99", "no such day"),
        ("+400d", "year away"),
        ("+99999d", "year away"),
        ("+30", "Not understood"),
        ("soon", "Not understood"),
        ("", "Not understood"),
        (HOSTILE, "Not understood"),
        ("9" * 10_000, "Not understood"),
    ],
)
def test_what_is_no_time_is_refused_with_what_to_type(typed: str, said: str) -> None:
    with pytest.raises(Unread) as refused:
        read_time(typed, NOW, None)
    assert said in str(refused.value)


def test_local_time_needs_the_setting() -> None:
    with pytest.raises(Unread) as refused:
        read_time("1900L", NOW, None)
    assert "No local time is set" in str(refused.value)
    assert echo(read_time("1900 PKT", NOW, None), None) == "2026-11-24T14:00Z"


@given(MOMENTS)
def test_what_a_field_holds_goes_round(moment: datetime) -> None:
    text = iso(ms(moment))
    assert read_time(text, NOW, None) == ms(moment)
    assert read_time(echo(ms(moment), None), NOW, None) == ms(moment)


@given(MOMENTS, st.sampled_from(["%d %b %Y %H%M", "%b %d, %Y %H:%M", "%Y-%m-%d %H%M"]))
def test_a_whole_date_is_read_the_same_at_any_time(moment: datetime, form: str) -> None:
    assert read_time(f"{moment:{form}}", NOW, KARACHI) == ms(moment)
    here = moment.astimezone(SHANGHAI)
    assert read_time(f"{here:{form}}L", NOW, SHANGHAI) == ms(moment)


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_a_clock_alone_is_today_s_and_near_or_refused(
    now: datetime, hour: int, minute: int
) -> None:
    typed = f"{hour:02}{minute:02}"
    try:
        made = read_time(typed, ms(now), None)
    except Unread:
        return
    found = datetime.fromtimestamp(made / 1000, UTC)
    assert found.date() == now.date()
    assert abs(found - now) <= timedelta(hours=12)


@given(MOMENTS, st.integers(0, 5_000), st.sampled_from("+-"))
def test_minutes_from_now_are_exact(now: datetime, minutes: int, sign: str) -> None:
    made = read_time(f"{sign}{minutes}m", ms(now), None)
    assert made == ms(now) + int(f"{sign}{minutes}") * 60_000


@given(st.text(alphabet="0123456789:+-zlhmdTNov مآج年月日 ./", max_size=24))
def test_whatever_is_typed_is_a_time_or_refused(typed: str) -> None:
    try:
        made = read_time(typed, NOW, KARACHI)
    except Unread:
        return
    assert read_time(iso(made), NOW, KARACHI) == made
    assert echo(made, KARACHI)


@pytest.mark.parametrize("ms", [-1, 2**63 - 1, 253_402_300_800_000])
def test_a_claim_beyond_any_calendar_ends_no_screen(ms: int) -> None:
    for say in (
        times.clock,
        times.seconds,
        times.day_clock,
        times.stamp,
        times.dated,
        times.clocks,
    ):
        assert say(ms)


def test_times_are_in_utc() -> None:
    at = 1_795_500_000_000

    assert times.clock(at) == "06:00Z"
    assert times.seconds(at) == "06:00:00Z"
    assert times.stamp(at) == "2026-11-24 06:00Z"
    assert times.clocks(at) == "06:00Z 11:00 14:00"
    assert times.clock(0) == ""
