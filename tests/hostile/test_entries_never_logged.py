"""What is shown as urgent and never logged, over a real link."""

import asyncio

from exchange import envelope
from exchange.net.links import Links
from exchange.node import express_inbox
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1.desk_service_pb2 import GetStatusResponse
from tests.net import test_link as origin
from tests.net.test_express import alarms, flash, size_at
from tests.net.test_link import Pair, Site, held, until

met = origin.met
pair = origin.pair


async def test_p54_what_never_comes_into_its_log_is_told_at_both_ends(
    met: Pair, links_of: dict[str, Links]
) -> None:
    """A node announces what it never logs: its partner says so, and keeps it."""
    pk, cn = met
    await pk.stop()
    await pk.start()
    await cn.start()
    await until(lambda: held(met))
    lie = flash(pk, cn, b"never logged")
    frame = rpc.Express(envelope=lie, below=size_at(pk, pk) + 1)
    receive = express_inbox.receive
    told = await asyncio.to_thread(receive, cn.node, pk.node.name, frame)
    assert not told.reason

    await pk.submit(pk.bulletin(b"another in its place", cn))

    def told_at(site: Site) -> set[tuple[str, str]]:
        status = GetStatusResponse()
        links_of[site.node.name].states.describe(status)
        return {(one.reason, one.where) for one in status.alarms}

    name = envelope.split(lie.entry).name.hex()[:16]
    where = f"{pk.node.origin} {name}"
    await until(lambda: ("NOT_LOGGED", where) in alarms(cn))
    await until(lambda: ("NOT_LOGGED", cn.node.name) in told_at(pk))
