"""A partner of several addresses: each is tried, also over a line that is slow."""

import asyncio

import grpc
import pytest

from exchange.demo.sites import free_ports
from exchange.limits import CONNECT_TIMEOUT, NEXT_ADDRESS
from exchange.net import links as links_module
from exchange.net.dialler import Dialler
from exchange.net.links import _patience
from tests.net.test_link import CN, PK, Pair, held, pair, port_of, until

__all__ = ["pair"]

SOON, SLOW = 200, 300  # ms


async def test_one_on_a_slow_line_is_reached_before_one_that_is_gone(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers later than the next address is tried, and is the only one there."""
    pk, cn = pair
    (nobody,) = free_ports(1)
    await pk.start(addresses={CN: f"127.0.0.1:{nobody}"})
    slow, gone = f"127.0.0.1:{port_of(pk.endpoint)}", f"127.0.0.1:{nobody}"
    dial = Dialler.dial

    async def dial_slowly(self: Dialler, peer: str, at: str) -> grpc.aio.Channel:
        if at == slow:
            await asyncio.sleep(SLOW / 1_000)
        return await dial(self, peer, at)

    monkeypatch.setattr(Dialler, "dial", dial_slowly)
    monkeypatch.setattr(links_module, "NEXT_ADDRESS", SOON)

    await cn.start(addresses={PK: (slow, gone)})

    await until(lambda: held(pair))


def test_an_address_has_longer_the_more_often_none_answered() -> None:
    given = [_patience(failures) for failures in range(10)]

    assert given[0] == NEXT_ADDRESS
    assert given == sorted(given)
    assert given[-1] == _patience(1 << 40) == CONNECT_TIMEOUT
