"""The window follows the line: in a simulation of one, by the ms."""

import pytest

from exchange.limits import PIECE_MAX, PIECE_MIN, WINDOW_FIRST, WINDOW_MAX, WINDOW_MIN
from exchange.net.pace import Pace


def run(pace: Pace, rate: int, trip: int, ms: int) -> float:
    """Send all that the window lets; return the share of the line that was used.

    `rate` in bytes/s, `trip` in ms. The partner says what it took after 32 KiB or 100
    ms.
    """
    pace.begin()
    sent = taken = told = told_at = 0
    arrived = 0
    line_free = 0.0
    underway: list[tuple[float, int]] = []
    words: list[tuple[int, int]] = []
    for now in range(1, ms):
        while sent - arrived + pace.piece <= pace.window:
            sent += pace.piece
            pace.sent(sent, now, batch=False)
            line_free = max(line_free, now) + pace.piece * 1_000 / rate
            underway.append((line_free + trip / 2, sent))
        while underway and underway[0][0] <= now:
            taken = underway.pop(0)[1]
        late = taken > told and now - told_at >= 100
        if taken - told >= 32 * 1024 or late:
            told, told_at = taken, now
            words.append((now + trip // 2, told))
        if taken == told:
            told_at = now
        while words and words[0][0] <= now:
            arrived = words.pop(0)[1]
            pace.arrived(arrived, now)
    return arrived * 1_000 / ms / rate


@pytest.mark.parametrize("trip", [2, 50, 150, 300])
@pytest.mark.parametrize("rate", [250_000, 2_000_000, 25_000_000])
def test_a_line_is_filled(rate: int, trip: int) -> None:
    pace = Pace()
    run(pace, rate, trip, 6_000)

    assert run(pace, rate, trip, 3_000) > 0.8
    assert pace.window <= rate * (1_000 + trip) / 1_000 * 1.05


def test_a_slow_line_holds_no_more_than_a_second_of_it() -> None:
    pace = Pace()
    run(pace, 8_000, 150, 60_000)

    assert WINDOW_MIN <= pace.window <= 2 * 8_000  # the rate is measured in bursts
    assert pace.piece == PIECE_MIN


def test_it_begins_small_and_has_bounds() -> None:
    pace = Pace()
    assert (pace.window, pace.piece) == (WINDOW_FIRST, PIECE_MIN)
    run(pace, 1_000_000_000, 300, 8_000)

    assert pace.window <= WINDOW_MAX
    assert pace.piece <= PIECE_MAX


def test_what_is_not_asked_of_the_line_does_not_narrow_it() -> None:
    """A few small batches a second, between two bursts."""
    pace = Pace()
    run(pace, 10_000_000, 50, 4_000)
    wide = pace.window
    pace.begin()
    for number in range(1, 200):
        pace.sent(number * 5_000, number * 1_000, batch=True)
        pace.arrived(number * 5_000, number * 1_000 + 150)

    assert pace.window == wide


@pytest.mark.parametrize("held_back", [False, True])
def test_a_window_that_holds_back_a_batch_is_full(held_back: bool) -> None:  # noqa: FBT001
    """One batch of 24 KiB, of which all pieces went: the next is not begun yet."""
    pace = Pace()
    pace.sent(24 * 1_024, 0, batch=True)
    pace._full = False
    for told in range(1, 25):
        pace.arrived(told * 1_024, 100 + told, held_back=held_back)

    assert (pace.window > WINDOW_FIRST) is held_back


def test_a_partner_that_commits_slowly_has_more_on_its_way() -> None:
    windows = []
    for commit in (1, 400):
        pace = Pace()
        for now in range(1, 8_000):
            pace.sent(now * 1_000, now, batch=True)
            pace._full = True
            if now > 20:
                pace.arrived((now - 20) * 1_000, now)
            if now > 20 + commit:
                pace.committed(20 + commit, now)
        windows.append(pace.window)

    assert windows[1] > 4 * windows[0]
    assert windows[1] <= 1_000_000 * 1.1


def test_words_of_what_was_not_sent_say_nothing() -> None:
    pace = Pace()
    pace.sent(1_000, 10, batch=True)
    for told in (5_000, 0, 2**63):
        pace.arrived(told, 20)
        pace.committed(5, 20)

    assert pace.rate == 0
    assert pace.window == WINDOW_FIRST
