"""Lies ahead of a log, at the node that is shown them."""

import pytest

from exchange.errors import Reason
from exchange.limits import (
    EXPRESS_RATE,
    EXPRESS_STALLED,
    EXPRESS_UNLOGGED_MAX,
    EXPRESS_UNPLACED,
    MINUTE,
)
from exchange.node import express_inbox, outbox
from exchange.store.express import OPEN, REFUSED
from tests.hostile.traces import nothing_kept
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.test_express_inbox import (
    DECLINED,
    due,
    express,
    flash,
    let_link_be_up,
    routine,
    row,
    send,
)
from tests.node.world import CN, FILED, PK, World, directory
from tests.trust.nation import revocation

met = node_fixtures.met


@pytest.mark.parametrize("case", DECLINED)
def test_p54_what_is_wrong_is_declined(met: World, case: str) -> None:
    make, reason = DECLINED[case]

    frame = make(met)
    with nothing_kept(met.cn.store):
        assert send(met, frame) == reason


def test_p62_a_flood_is_declined_for_a_minute(met: World) -> None:
    met.pk.from_desk(flash(met))
    (first,) = due(met)
    answers = [send(met, first.frame) for _ in range(EXPRESS_RATE + 1)]

    assert answers == [""] * EXPRESS_RATE + [Reason.RATE]
    met.cn.now += MINUTE
    assert send(met, first.frame) == ""


def test_p43_p44_an_id_under_two_names_keeps_both(met: World) -> None:
    first, second = flash(met, b"one", id=b"i" * 16), flash(met, b"two", id=b"i" * 16)
    send(met, express(first))

    assert send(met, express(second)) == Reason.DUPLICATE_ID
    one, two = row(met, first), row(met, second)
    assert one is not None
    assert two is not None
    assert (one.state, two.state, two.reason) == (OPEN, REFUSED, Reason.DUPLICATE_ID)
    assert two.desks == ()


def test_p54_a_log_that_stands_still_is_stalled_till_it_moves(met: World) -> None:
    send(met, express(flash(met), below=9))

    told = let_link_be_up(met, EXPRESS_STALLED)

    assert [one.reason for one in told] == [Reason.STALLED]
    met.pk.from_desk(routine(met, 1))
    met.carry(met.pk, met.cn)
    assert let_link_be_up(met, MINUTE) == []


def test_p54_who_announces_what_never_comes_is_declined_for_a_day(met: World) -> None:
    names = [b"%d" % number for number in range(EXPRESS_UNLOGGED_MAX)]
    for name in names:
        assert send(met, express(flash(met, name), below=4)) == ""
    met.pk.from_desk(routine(met, 1))
    met.carry(met.pk, met.cn)
    express_inbox.tick(met.cn.node, PK)

    assert send(met, express(flash(met, b"more"))) == Reason.NOT_LOGGED
    batch = outbox.next_batch(met.pk.node, CN, 3).batch  # its log is not touched
    assert receive_batch(met.cn.node, PK, batch).size == 4
    met.cn.now += EXPRESS_UNPLACED
    assert send(met, express(flash(met, b"more"))) == ""


def test_p55_a_signer_revoked_ahead_signs_nothing_more(met: World) -> None:
    nation = met.pk.nation
    revoked = revocation(nation.officer, nation.author.kid, FILED)
    sent = directory(nation, revoked, [("issuer", nation.issuer)])

    assert send(met, express(sent)) == ""
    with nothing_kept(met.cn.store):
        assert send(met, express(flash(met))) == Reason.SIGNER_REVOKED
