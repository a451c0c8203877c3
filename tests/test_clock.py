"""The one clock of a process: it never jumps but by somebody's word."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import Clock, date_of, elapsed_ms, time_of, wall_ms
from exchange.limits import CLOCK_STEP_MAX, DAY, MINUTE
from tests.clocks import Hands

NOW = 1_764_000_000_000  # ms UTC


def test_it_is_the_wall_clock_and_time_that_goes_by() -> None:
    hands = Hands(NOW)
    clock = hands.clock()

    hands.elapsed += MINUTE  # nobody has looked at the wall clock since

    assert (clock(), clock.now()) == (NOW + MINUTE, NOW + MINUTE)
    assert clock.alarmed_at is None


def test_it_follows_a_small_correction_at_the_next_tick() -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    hands.wall -= CLOCK_STEP_MAX

    assert clock.now() == NOW
    clock.tick()

    assert clock.now() == NOW - CLOCK_STEP_MAX
    assert clock.alarmed_at is None


def test_a_larger_step_is_an_alarm_and_moves_nothing() -> None:
    for step in (CLOCK_STEP_MAX + 1, 125 * DAY, -DAY):
        hands = Hands(NOW)
        clock = hands.clock()
        hands.wall += step
        clock.tick()
        hands.go(6_000)
        clock.tick()

        assert clock.now() == NOW + 6_000
        assert clock.alarmed_at == NOW


def test_a_wall_clock_that_comes_back_ends_the_alarm() -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    hands.wall += 125 * DAY
    clock.tick()
    hands.go(6_000)
    hands.wall -= 125 * DAY
    clock.tick()

    assert clock.now() == NOW + 6_000
    assert clock.alarmed_at is None


def test_a_time_that_another_signed_bears_only_a_near_wall_clock_out() -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    hands.wall += 3 * DAY
    clock.tick()

    clock.bear_out(NOW)  # the wall clock is elsewhere
    clock.bear_out(hands.wall + CLOCK_STEP_MAX + 1)
    assert clock.now() == NOW
    clock.bear_out(hands.wall - CLOCK_STEP_MAX)

    assert clock.now() == NOW + 3 * DAY
    assert clock.alarmed_at is None


def test_an_operator_s_word_is_enough() -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    hands.wall += 3 * DAY
    clock.tick()
    clock.doubt()

    clock.confirm()

    assert clock.now() == NOW + 3 * DAY
    assert clock.alarmed_at is None


def test_a_doubt_stays_until_somebody_lifts_it() -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    clock.doubt()
    for _ in range(3):
        hands.go(MINUTE)
        clock.tick()

    assert clock.alarmed_at == NOW
    assert clock.now() == NOW + 3 * MINUTE  # it blocks nothing
    clock.bear_out(hands.wall)
    assert clock.alarmed_at is None


STEPS = st.lists(
    st.tuples(
        st.integers(0, 10 * DAY),  # elapsed, ms
        st.integers(-400 * DAY, 400 * DAY) | st.integers(-MINUTE, MINUTE),  # a step
        st.integers(1, 3),  # ticks
    ),
    max_size=30,
)


@given(STEPS)
def test_without_a_word_it_moves_by_elapsed_time_and_small_corrections(
    steps: list[tuple[int, int, int]],
) -> None:
    hands = Hands(NOW)
    clock = hands.clock()
    for elapsed, step, ticks in steps:
        before = clock.now()
        hands.go(elapsed)
        hands.wall += step
        assert clock.now() == before + elapsed
        for _ in range(ticks):
            clock.tick()
        assert abs(clock.now() - before - elapsed) <= CLOCK_STEP_MAX
        apart = abs(hands.wall - clock.now())
        assert (clock.alarmed_at is None) == (apart <= CLOCK_STEP_MAX)


def test_the_clocks_of_this_machine() -> None:
    clock = Clock()

    assert abs(clock.now() - wall_ms()) < MINUTE
    assert elapsed_ms() <= clock.elapsed()
    assert (date_of(NOW), time_of(NOW)) == ("2025-11-24", "2025-11-24T16:00:00Z")
