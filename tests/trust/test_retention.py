"""When wraps and bodies are over, and when their absence is right."""

import pytest

from exchange.limits import CLOCKS_APART_MAX, DAY, RETENTION
from exchange.trust import policies, retention, statements
from exchange.trust.retention import Retention
from tests.trust.nation import NOW, Nation

EXPIRES = NOW + 30 * DAY
LONG, SHORT = 90 * DAY, 10 * DAY


def stated(*periods: tuple[int, int]) -> Retention:
    return Retention(((0, RETENTION), *periods))


def test_nothing_stated_is_the_default() -> None:
    period = retention.of(Nation().enrol().directory)

    assert period.end(EXPIRES) > EXPIRES + RETENTION - 1
    assert period.end(EXPIRES) <= EXPIRES + RETENTION


def test_the_newest_statement_counts() -> None:
    nation = Nation().enrol()
    for serial, days in enumerate((10, 20, 0), 1):
        text = policies.retention(days)
        said = statements.policy_statement("pk", text, serial)
        nation.say(said, nation.by_roots())
        period = retention.of(nation.directory)

        assert period.end(EXPIRES) > EXPIRES + days * DAY - 1
        assert period.end(EXPIRES) <= EXPIRES + days * DAY


def test_a_policy_of_another_sort_changes_nothing() -> None:
    nation = Nation().enrol()
    said = statements.policy_statement("pk", b"quorum none\n", 1)
    nation.say(said, nation.by_roots())

    assert retention.of(nation.directory) == Retention()


def test_what_was_due_under_a_shorter_one_is_rightly_gone() -> None:
    due = EXPIRES + SHORT
    later = stated((NOW, SHORT), (due + 1, LONG))

    assert later.may_be_erased(EXPIRES, due + 1)
    assert later.end(EXPIRES) > due + 1
    assert not later.may_be_erased(EXPIRES + 1, due + 1)
    assert later.may_be_erased(EXPIRES + 1, EXPIRES + 1 + LONG)


def test_what_was_overtaken_before_it_was_due_is_not() -> None:
    due = EXPIRES + SHORT
    later = stated((NOW, SHORT), (due, LONG))

    assert not later.may_be_erased(EXPIRES, due)
    assert not later.may_be_erased(EXPIRES, EXPIRES + LONG - CLOCKS_APART_MAX - 1)
    assert later.may_be_erased(EXPIRES, EXPIRES + LONG - CLOCKS_APART_MAX)


def test_a_shorter_one_reaches_what_stands_below_it() -> None:
    since = EXPIRES + 50 * DAY
    shortened = stated((since, SHORT))

    assert shortened.end(EXPIRES) <= since
    assert shortened.may_be_erased(EXPIRES, since)
    assert not stated().may_be_erased(EXPIRES, since)


@pytest.mark.parametrize("filed", [0, NOW - 1, NOW + 1])
def test_a_statement_filed_out_of_order_excuses_nothing_more(filed: int) -> None:
    """The second takes the place of the first, whatever time it names."""
    odd = stated((NOW, SHORT), (filed, LONG))

    assert not odd.may_be_erased(EXPIRES, EXPIRES + SHORT)
    assert odd.may_be_erased(EXPIRES, EXPIRES + LONG)


def test_a_statement_that_was_never_in_force_excuses_nothing() -> None:
    """Filed before the one that it replaces, so that there was no time between."""
    expired = NOW - 50 * DAY
    odd = stated((NOW, SHORT), (NOW - 20 * DAY, 4 * LONG))

    assert not odd.may_be_erased(expired, NOW)
