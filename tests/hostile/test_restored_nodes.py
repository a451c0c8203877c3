"""A node as processes, restored from an old copy or forked."""

import pytest

from exchange import config
from exchange.audit.verify_database import verify_home
from tests.net import test_restore as origin
from tests.net.test_link import PK, Pair, assert_equal, held, until
from tests.net.test_restore import FIRST, bring_back, forked, met

pair = origin.pair


@pytest.mark.parametrize("which", ["an old copy", "nothing"])
async def test_b2_b3_a_restored_node_comes_back_without_an_operator(
    pair: Pair, which: str
) -> None:
    pk, cn = pair
    copy = await met(pair)
    for number in range(30):
        await pk.submit(pk.bulletin(b"%d" % number, cn))
    await until(lambda: held(pair))
    late = pk.bulletin(b"late", cn)
    await pk.stop()
    await cn.stop()

    bring_back(pk, copy if which == "an old copy" else None)
    await pk.start()
    await pk.submit(late)  # kept, and signed by nobody yet
    assert pk.node.store.desk_queue.count_pending() > 0
    assert not pk.node.may_sign
    await cn.start()
    await until(lambda: pk.node.store.logs.size(FIRST) == 34 and held(pair))

    assert_equal(pair)
    assert pk.node.store.desk_queue.count_pending() == 0
    await pk.stop()
    await cn.stop()
    assert verify_home(pk.home).ok
    assert verify_home(cn.home).ok


async def test_p50_a_fork_freezes_that_log_at_both_ends_and_the_other_goes_on(
    pair: Pair,
) -> None:
    pk, cn = pair
    await forked(pair)

    await cn.submit(cn.bulletin(b"still carried", pk))
    there = cn.node.store.logs.size(cn.node.origin)
    await until(lambda: pk.node.store.logs.size(cn.node.origin) == there)

    for site in pair:
        evidence = config.node_home(site.home).evidence
        (proof,) = evidence.glob("*.fork")
        assert proof.read_bytes() == site.node.forks[FIRST].proof
    assert cn.node.store.partners.get_peer(PK).up
