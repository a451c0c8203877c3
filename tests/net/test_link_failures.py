"""Whatever fails on the way of a link, once: it comes back, and the log says it once.

At each await of the task that keeps a link, of an attempt, and of what drives a
stream, half of the kinds of failure are raised; with `--long` all of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import pytest
from sqlcipher3 import dbapi2

from exchange import config
from exchange.errors import Reason, Refusal, Tampered
from exchange.net import link as link_module
from exchange.net import links as links_module
from exchange.net.dialler import Dialler
from exchange.net.frame_queue import FrameQueue
from exchange.net.link import Link
from exchange.net.link_disk import LinkDisk
from exchange.net.link_state import LinkStates
from exchange.net.links import Links
from exchange.net.tracks import Tracks
from exchange.node import batch_chain, effects, outbox, peer_heads, replicas
from exchange.node.recent_batches import RecentBatches
from exchange.store.partners import Partners
from tests.net.test_link import CN, PK, Pair, Site, held, linked, until

KINDS: dict[str, Callable[[], BaseException]] = {
    "disk": lambda: Refusal(Reason.DISK, "ledger.db"),
    "locked": lambda: Refusal(Reason.LOCKED, "ledger.db"),
    "database": lambda: Refusal(Reason.DATABASE, "ledger.db"),
    "damaged": lambda: Tampered(Reason.DATABASE, "ledger.db"),
    "system": lambda: OSError(5, "SECRET"),
    "rpc": lambda: grpc.aio.AioRpcError(
        grpc.StatusCode.UNKNOWN, grpc.aio.Metadata(), grpc.aio.Metadata(), "SECRET"
    ),
    "fault": lambda: RuntimeError("SECRET"),
    "cancelled": asyncio.CancelledError,
}
FIRST = {"disk", "damaged", "fault", "cancelled"}  # the others are a further round
Point = tuple[type | ModuleType, str]  # whose method or function, and its name
# What is awaited, by whom: Beijing dials, its name being the smaller.
AWAITED: list[Point] = [
    (Links, "_keep"),
    (Links, "_attempt"),
    (Links, "_call"),
    (Links, "_link"),
    (Links, "_first"),
    (Links, "_hold"),
    (Links, "_drive"),
    (LinkStates, "rise"),
    (Dialler, "dial"),
    (Link, "drive"),
    (Link, "_read"),
    (Link, "_watch"),
    (Link, "_ticks"),
    (Link, "_carry"),
    (Tracks, "run"),
    (FrameQueue, "get"),
    (FrameQueue, "room"),
    (FrameQueue, "answers_taken"),
]
CALLED: list[Point] = [
    (Link, "_take"),
    (Link, "_perform"),
    (FrameQueue, "put"),
    (Link, "_size"),
    (outbox, "hello_positions"),
    (peer_heads, "hear_partner"),
    (peer_heads, "record_cosignature"),
    (batch_chain, "judge_next"),
    (batch_chain, "store_judged"),
    (outbox, "next_batch"),
    (LinkDisk, "at_hand"),
    (replicas, "cosign_again"),
    (Partners, "set_peer"),
]
POINTS = [*AWAITED, *CALLED]


@dataclass
class Trap:
    """Raises once, where it was set, for the node that it was set for."""

    point: Point | None = None
    error: Callable[[], BaseException] = RuntimeError
    mine: Callable[[object], bool] = field(default=lambda _: False)

    def spring(self, point: Point, owner: object) -> None:
        if point == self.point and self.mine(owner):
            self.point = None
            raise self.error()


@dataclass
class Trapped:
    """Two nodes with a link, in one of which something can be made to fail."""

    pair: Pair
    trap: Trap
    links: dict[str, Links]
    sent: int = 0

    def mine(self, owner: object) -> bool:
        """Whether an object belongs to Beijing's node."""
        site = self.pair[1]
        links = self.links[CN]
        node = getattr(owner, "_node", owner)
        parts = [part for up in links._up.values() for part in _parts(up.link)]
        return (
            node is site.node
            or owner in (site.node.store.partners, links.states)
            or (isinstance(owner, Dialler) and owner._certificate == self.shown)
            or any(owner is part for part in parts)
        )

    @property
    def shown(self) -> bytes:
        return self.pair[1].endpoint.certificate

    async def fail(self, point: Point, kind: str) -> None:
        """Have a link end, and the next one fail at a point."""
        links = self.links[CN]
        for of in self.links.values():
            of.states._logged.clear()
            for state in of.states._states.values():
                state.failures = 0
        self.trap.error = KINDS[kind]
        if (up := links._up.get(PK)) is None:
            self.trap.mine = self.mine
        else:  # of which nothing is under way any more, and nobody tells how it ends
            ended, tracks = up.task, up.link._tracks
            await until(lambda: tracks.idle(range(effects.REST + 1)))
            self.trap.mine = lambda owner: ended.done() and self.mine(owner)
            ended.cancel()
        self.trap.point = point
        await self.carry()
        await until(lambda: self.trap.point is None)
        await self.carry()
        await until(lambda: not links.states._faults)  # and their alarms are gone

    async def carry(self) -> None:
        """Have both nodes record something that the other comes to hold."""
        pk, cn = self.pair
        self.sent += 1
        await pk.submit(pk.bulletin(b"%d" % self.sent, cn))
        await cn.submit(cn.bulletin(b"%d" % self.sent, pk))
        await until(lambda: held(self.pair) or self.trap.point is not None)


def _parts(link: Link) -> tuple[object, ...]:
    return link._out, link._tracks


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Trap:
    made = Trap()
    for point in POINTS:
        kind, name = point
        monkeypatch.setattr(kind, name, trapped(made, point, getattr(kind, name)))
    return made


def trapped(trap: Trap, point: Point, real: Any) -> Any:  # noqa: ANN401  any method
    if point in CALLED:

        def call(owner: object, *given: object, **named: object) -> object:
            trap.spring(point, owner)
            return real(owner, *given, **named)

        return call

    async def wait(owner: object, *given: object, **named: object) -> object:
        trap.spring(point, owner)
        return await real(owner, *given, **named)

    return wait


@pytest.fixture
async def nodes(
    homes: tuple[Path, Path],
    trap: Trap,
    links_of: dict[str, Links],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Trapped]:
    monkeypatch.setattr(links_module, "FIRST_DIAL", 3_600.0)  # Beijing dials
    # What was just appended is read from the disk, too: that may fail.
    monkeypatch.setattr(RecentBatches, "batch", lambda *_: None)
    monkeypatch.setattr(link_module, "TICK_S", 0.1)
    pair = Site(homes[0]), Site(homes[1])
    try:
        await linked(pair)
        yield Trapped(pair, trap, links_of)
    finally:
        for site in pair:
            await site.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=() if kind in FIRST else pytest.mark.long)
        for kind in KINDS
    ],
)
async def test_a_link_comes_back_from_every_failure(
    nodes: Trapped,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    turn = list(KINDS).index(kind) % 2
    points = POINTS if request.config.getoption("--long") else POINTS[turn::2]
    for point in points:
        caplog.clear()

        await nodes.fail(point, kind)

        said = [
            record.getMessage()
            for record in caplog.records
            if record.levelno >= logging.WARNING and PK in record.getMessage()
        ]
        assert len(said) == 1, (point, said)
        assert "SECRET" not in said[0]
        assert any(word in said[0] for word in Reason.__members__)


async def test_a_lock_that_somebody_holds_delays_a_link_and_does_not_end_it(
    homes: tuple[Path, Path], links_of: dict[str, Links]
) -> None:
    """For longer than a writer waits, while the link is down."""
    pk, cn = Site(homes[0]), Site(homes[1])
    await cn.start()
    states = links_of[CN].states
    await until(lambda: states.of(PK).failures > 0)
    other = dbapi2.connect(str(config.node_home(homes[1]).database))
    try:
        other.execute("BEGIN IMMEDIATE")
        await until(lambda: any(f.reason == "LOCKED" for f in states._faults.values()))
        await pk.start()
        await until(lambda: bool(states.of(PK).up))
        other.execute("ROLLBACK")
        await until(lambda: held((pk, cn)))
        await until(lambda: not states._faults)
    finally:
        other.close()
        for site in (pk, cn):
            await site.stop()
