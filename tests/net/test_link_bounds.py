"""Who does not read, or says more than is done, makes a link wait, not grow."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from exchange.clock import Clock
from exchange.limits import LINK_IN_FRAMES
from exchange.net.assemble import open_home
from exchange.net.group_commit import ChangeSignal
from exchange.net.link import Link
from exchange.net.link_state import LinkStates
from exchange.node import outbox, replicas
from exchange.node.node import Node
from exchange.node.session import VERSION
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.net.test_link import CN

MANY = 1_000


class Said:
    """Frames of a peer; counts those that were taken."""

    def __init__(self, *frames: pb.Frame) -> None:
        self._frames = frames
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in self._frames:
            yield frame.SerializeToString()
            self.taken += 1
        await asyncio.Event().wait()


@pytest.fixture
def node(homes: tuple[Path, Path]) -> Iterator[Node]:
    with open_home(homes[0], Clock()) as (made, _):
        yield made


def link_of(node: Node) -> Link:
    states = LinkStates(node.store, node.clock)
    return Link(node, CN, ChangeSignal(), states, outbox.hello_positions(node, CN))


HELLO = pb.Frame(hello=pb.Hello(node=CN, version=VERSION, credit=2**40))


async def test_nothing_is_lent_to_who_does_not_read(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent: list[int] = []

    def lend(_node: Node, _peer: str, origin: str, start: int) -> pb.Frame:
        lent.append(start)
        batch = ledger_pb2.Batch(origin=origin, start=start, head=bytes(1_000))
        return pb.Frame(batch=batch)

    monkeypatch.setattr(replicas, "load_lent", lend)
    want = pb.Frame(want=pb.Want(origin=node.members.origin(CN)))
    said = Said(HELLO, *[want] * MANY)
    link = link_of(node)
    driven = asyncio.create_task(link.drive(said.__aiter__()))

    await asyncio.sleep(1)

    assert not driven.done()
    assert len(lent) <= 1
    assert said.taken <= LINK_IN_FRAMES + 4
    answers = link.messages()
    async with asyncio.timeout(30):
        while len(lent) < 10:
            await anext(answers)
    driven.cancel()
    await asyncio.gather(driven, return_exceptions=True)
