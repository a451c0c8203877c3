"""Clocks that are wrong, of this node or of its partner."""

import pytest

from exchange.errors import Reason
from exchange.limits import SECOND, SKEW_MAX
from exchange.node import retention
from tests.expecting import present
from tests.node import conftest as node_fixtures
from tests.node.test_clocks import IN_2038, alarms, answer, run, send, words
from tests.node.world import CN, World, name_of
from tests.trust.nation import DAY

met = node_fixtures.met


@pytest.mark.parametrize("step", [125 * DAY, IN_2038])
@pytest.mark.parametrize("restarted", [False, True])
def test_i9_c2_a_clock_that_is_ahead_for_a_while_erases_nothing(
    met: World, step: int, *, restarted: bool
) -> None:
    """Beijing is dark; Islamabad's clock jumps, then is right again."""
    answer(met)
    read = send(met, 2, b"read")
    met.carry(met.pk, met.cn)
    for site in (met.pk, met.cn):
        site.read_all()
    made = send(met, 10)
    met.carry(met.pk, met.cn)  # unread by Beijing's desk
    more = send(met, 3, b"more")  # which Beijing lacks
    if restarted:
        met.restart_pk(step=step)
    else:
        met.pk.step = step
    run(met.pk, 6)
    met.pk.step = 0
    run(met.pk, 6)
    assert retention.erase_expired(met.pk.node) == 0

    met.greet()
    met.carry(met.pk, met.cn)

    for one in (*read, *made, *more):
        for site in (met.pk, met.cn):
            stored = present(site.store.entries.by_name(name_of(one)))
            assert stored.body == one.body
    assert met.pk.store.partners.get_peer(CN).cosigned_size == met.pk.store.logs.size(
        met.pk.node.origin
    )
    answer(met)
    assert words(met.pk) == []


def test_i9_c2_a_step_raises_clock_until_a_partner_bears_it_out(met: World) -> None:
    """A dead battery: it boots years back, then NTP sets it right."""
    answer(met)
    right = met.pk.now
    met.restart_pk(step=-3_000 * DAY)
    assert words(met.pk) == [Reason.CLOCK]  # behind the newest time stored
    run(met.pk, 3)
    met.pk.step = 0
    run(met.pk, 3)
    assert words(met.pk) == [Reason.CLOCK]
    assert met.pk.node.clock.now() == right - 3_000 * DAY + 6 * SECOND

    met.greet()
    assert words(met.pk)[0] == Reason.CLOCK  # its hello shows lines of before
    assert met.pk.node.clock.now() == right - 3_000 * DAY + 6 * SECOND
    answer(met)

    assert met.pk.node.clock.now() == met.pk.now
    assert words(met.pk) == []


@pytest.mark.parametrize("apart", [SKEW_MAX + SECOND, -SKEW_MAX - SECOND])
def test_i9_c2_a_clock_more_than_an_hour_apart_is_named_and_counts_for_nothing(
    met: World, apart: int
) -> None:
    answer(met)
    newest = met.pk.node.signed_time.newest
    met.cn.step = apart
    met.cn.node.clock.confirm()
    answer(met)

    assert alarms(met.pk) == [(Reason.SKEW, CN)]
    assert met.pk.node.signed_time.newest == newest
    met.cn.step = 0
    met.cn.node.clock.confirm()
    answer(met)
    assert alarms(met.pk) == []
    assert met.pk.node.signed_time.newest == met.pk.now
