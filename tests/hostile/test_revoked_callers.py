"""Who is revoked is cut at once, also in the middle of a stream."""

import asyncio

import pytest

from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.home.partner_bundles import install_partner
from exchange.net import desk_client
from exchange.net.links import Links
from tests.net import test_renewals as origin
from tests.net.home_editions import next_edition
from tests.net.test_link import CN, Pair, linked, until
from tests.net.test_renewals import STANDSTILL, Looks, spki_of, state_revocation
from tests.trust.editions import with_revoked

desk_tls = origin.desk_tls
pair = origin.pair
looks = origin.looks


@pytest.mark.parametrize("by", [0, 1], ids=["who is dialled", "who dials"])
async def test_o3_a_revoked_node_is_cut_within_a_second_and_let_in_no_more(
    pair: Pair, links_of: dict[str, Links], looks: Looks, by: int
) -> None:
    """Beijing dials: its name is the smaller one."""
    await linked(pair)
    here, there = pair[by], pair[1 - by]
    up = links_of[here.node.name]._up[there.node.name]
    assert up.dialler == CN
    data = next_edition(there.home, with_revoked((spki_of(there), options.now())))

    install_partner(here.home, data)
    with looks.few(here.node.name):
        await until(lambda: there.node.name not in links_of[here.node.name]._up)
    states = links_of[here.node.name].states
    await until(lambda: states.of(there.node.name).reason == Reason.NOT_PINNED)
    for _ in range(3):  # it dials again and again, and so do we
        seen = states.of(there.node.name).failures
        await until(lambda: states.of(there.node.name).failures > seen)  # noqa: B023
        assert not states.of(there.node.name).up
        assert states.of(there.node.name).reason == Reason.NOT_PINNED


async def test_o3_a_desk_that_is_revoked_in_the_log_is_cut_within_a_second(
    pair: Pair, desk_tls: desk_client.Tls, looks: Looks
) -> None:
    await linked(pair)
    pk = pair[0]
    caller = desk_client.NodeClient(desk_client.channel(pk.endpoint.listen, desk_tls))
    first = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> Refusal | None:
        try:
            with caller.watch(0, (), 30.0) as pages:
                for _ in pages:
                    loop.call_soon_threadsafe(first.set)
        except Refusal as refusal:
            return refusal
        return None

    watching = asyncio.create_task(asyncio.to_thread(watch))
    await first.wait()
    await pk.submit(state_revocation(pk, "desk"))
    with looks.few(pk.node.name):
        refusal = await asyncio.wait_for(watching, STANDSTILL)
    assert refusal is not None
    assert refusal.reason is Reason.NOT_PINNED
    with pytest.raises(Refusal, match=Reason.NOT_PINNED):
        await asyncio.to_thread(caller.status)
    caller.close()
