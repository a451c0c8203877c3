"""Two real nodes on loopback: what is recorded at one comes to stand at both.

Between them a proxy that cuts, holds and damages what passes.
"""

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange import config, envelope
from exchange.cli import options
from exchange.clock import Clock
from exchange.demo.sites import free_ports
from exchange.net.assemble import open_home
from exchange.net.group_commit import ChangeSignal
from exchange.net.links import Links
from exchange.net.server import Endpoint, serving
from exchange.node import submissions
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.store import PeerState
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Ed25519Signer
from tests.expecting import present
from tests.net.conftest import PASSPHRASE
from tests.stored import all_entries

PATIENCE = 60.0  # s
PK, CN = "islamabad.pk", "beijing.cn"


class Site:
    """A home whose node can be started, stopped and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.node: Node
        self._stack = AsyncExitStack()
        keystore = config.desk_home(home).officer_key("duty-1")
        secrets = config.unlock(keystore, PASSPHRASE, "officer").secrets
        self.author = Ed25519Signer(secrets.signing_seed)

    async def start(self, **changes: object) -> None:
        """Serve; `changes` go to the endpoint."""
        self._stack = AsyncExitStack()
        node, endpoint = self._stack.enter_context(open_home(self.home, Clock()))
        fields: dict[str, object] = {"desk": None}
        endpoint = replace(endpoint, **(fields | changes))
        await self._stack.enter_async_context(serving(node, endpoint, node.clock))
        self.node, self.endpoint = node, endpoint

    async def stop(self) -> None:
        await self._stack.aclose()

    async def submit(self, *sent: pb.Envelope) -> None:
        asked = [Submission(one, None) for one in sent]
        answers = await asyncio.to_thread(partial(submissions.submit, self.node), asked)
        assert not any(answer.reason for answer in answers)

    def bulletin(self, text: bytes, other: "Site", **changes: object) -> pb.Envelope:
        """Return a bulletin from this desk to the other's; `changes` of its core."""
        keys = {}
        listed = []
        for site, class_ in (
            (self, pb.RECIPIENT_CLASS_COPY),
            (other, pb.RECIPIENT_CLASS_ACTION),
        ):
            desk = f"ops.{site.node.name}"
            directory = present(self.node.members.directory(site.node.name))
            (key,) = directory.sealing_keys(desk)
            keys[key.kid] = key.public
            listed.append(pb.Recipient(desk=desk, recipient_class=class_, kid=key.kid))
        now = options.now()
        core = pb.Core(
            version=1,
            suite=1,
            kind=pb.KIND_BULLETIN,
            id=hashlib.sha256(self.node.name.encode() + text).digest()[:16],
            origin=self.node.name,
            author=self.author.kid,
            filed=now,
            valid_from=now,
            expires=now + 86_400_000,
            precedence=pb.PRECEDENCE_PRIORITY,
            tlp=pb.TLP_AMBER,
            releasable_to=["cn", "pk"],
            mode=pb.MODE_TEST,
            release=pb.RELEASE_NONE,
            recipients=sorted(listed, key=lambda recipient: recipient.kid),
        )
        core.MergeFrom(pb.Core(**changes))  # type: ignore[arg-type]  # field by field
        sealed = envelope.seal(core, text, keys)
        return envelope.sign(sealed, [("author", self.author)])


Pair = tuple[Site, Site]


@pytest.fixture
async def pair(homes: tuple[Path, Path]) -> AsyncIterator[Pair]:
    sites = Site(homes[0]), Site(homes[1])
    try:
        yield sites
    finally:
        for site in sites:
            await site.stop()


async def linked(pair: Pair) -> None:
    """Start both, and wait until each holds what the other has."""
    for site in pair:
        await site.start()
    await until(lambda: held(pair))


@pytest.fixture
async def met(pair: Pair) -> Pair:
    """Let both nodes meet, and the second one stop."""
    await linked(pair)
    await pair[1].stop()
    return pair


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  two nodes, no event of ours
            await asyncio.sleep(0.02)


def held(pair: Pair) -> bool:
    """Whether each holds the other's log whole, and both know it."""
    for here, there in (pair, pair[::-1]):
        origin, size = here.node.origin, here.node.store.logs.size(here.node.origin)
        if not size or there.node.store.logs.size(origin) != size:
            return False
        if here.node.store.partners.get_peer(there.node.name).cosigned_size != size:
            return False
    return True


def assert_equal(pair: Pair) -> None:
    """Both members hold the same bytes at the same places, each name once."""
    for here, there in (pair, pair[::-1]):
        origin = here.node.origin
        ours, theirs = (
            [
                (e.entry, e.wraps, e.body, e.reason)
                for e in all_entries(site.node.store, origin)
            ]
            for site in (here, there)
        )
        assert ours == theirs
        assert len({entry for entry, *_ in ours}) == len(ours)


@pytest.mark.parametrize("which", [0, 1], ids=["dialled", "dialler"])
async def test_a_node_closes_when_its_links_have_tidied_up(
    pair: Pair, which: int
) -> None:
    await linked(pair)
    store = pair[which].node.store
    written, closed = store.partners.set_peer, store.close
    said: list[str] = []

    def slow(name: str, state: PeerState) -> None:
        time.sleep(0.3)  # a full disk, a busy one
        written(name, state)
        said.append("down" if not state.up else "up")

    def close() -> None:
        said.append("closed")
        closed()

    store.partners.set_peer, store.close = slow, close  # type: ignore[method-assign]
    await pair[which].stop()
    assert said == ["down", "closed"]


async def test_a_link_that_ends_while_it_is_told_of_is_not_held(
    homes: tuple[Path, Path],
) -> None:
    """Else its peer would count as linked, and be dialled no more."""
    telling = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(name: str, state: PeerState) -> None:  # noqa: ARG001  as it is called
        loop.call_soon_threadsafe(telling.set)
        time.sleep(0.1)

    async def hold(links: Links) -> None:
        link = await links._link(CN)
        async with links._claimed(CN, CN, link):
            pytest.fail("held")

    with open_home(homes[0], Clock()) as (node, _):
        node.store.partners.set_peer = slow  # type: ignore[method-assign]
        links = Links(node, ChangeSignal(), options.now)
        task = asyncio.create_task(hold(links))
        await telling.wait()
        task.cancel()
        await asyncio.wait([task])
        assert not links._up


async def test_directory_heads_are_cosigned_over_the_link(pair: Pair) -> None:
    pk, cn = pair
    await pk.start()
    await cn.start()

    def cosigned(site: Site, other: Site) -> bool:
        held = site.node.store.directories.newest(site.node.origin)
        mirror = f"{other.node.name}.fusion/mirror".encode()
        return held is not None and mirror in held.note

    await until(lambda: cosigned(pk, cn) and cosigned(cn, pk))
    for site in pair:
        assert not site.node.store.directories.faults()


async def test_a_partner_that_was_away_catches_up(pair: Pair) -> None:
    pk, cn = pair
    await linked(pair)
    await cn.stop()

    for number in range(30):
        await pk.submit(pk.bulletin(b"%d" % number, cn))
    await cn.start()
    await until(lambda: held(pair))

    assert_equal(pair)


async def test_either_side_may_dial(pair: Pair) -> None:
    """Beijing cannot be reached from outside: it is Beijing who dials."""
    pk, cn = pair
    (nobody,) = free_ports(1)
    await pk.start(addresses={CN: f"127.0.0.1:{nobody}"})
    await cn.start()

    await until(lambda: held(pair))

    assert_equal(pair)


async def test_no_link_at_all_is_told_with_its_reason(pair: Pair) -> None:
    pk, _ = pair
    await pk.start()

    await until(lambda: pk.node.store.partners.get_peer(CN).failures > 1)

    state = pk.node.store.partners.get_peer(CN)
    assert not state.up
    assert state.reason == "UNREACHABLE"


class Proxy:
    """Carries bytes to a port; cuts each connection after a budget of bytes."""

    def __init__(self, target: int, budgets: list[int]) -> None:
        self._target = target
        self._budgets = budgets
        self.cuts = 0

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        budget = self._budgets.pop(0) if self._budgets else 1 << 40
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        left = [budget]
        ways = (self._pipe(reader, there[1], left), self._pipe(there[0], writer, left))
        tasks = [asyncio.create_task(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, there[1]):
            end.transport.abort()

    async def _pipe(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        left: list[int],
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                left[0] -= len(data)
                if left[0] < 0:
                    self.cuts += 1
                    return
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def proxied(target: int, budgets: list[int]) -> AsyncIterator[tuple[int, Proxy]]:
    proxy = Proxy(target, budgets)
    server = await asyncio.start_server(proxy.carry, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], proxy
    finally:
        server.close()


def know_desks(pair: Pair) -> bool:
    """Whether each may seal for the other's desk.

    Its entries are stored a moment before the directory counts what they state.
    """
    for here, there in (pair, pair[::-1]):
        directory = here.node.members.directory(there.node.name)
        if directory is None or not directory.sealing_keys(f"ops.{there.node.name}"):
            return False
    return True


def port_of(endpoint: Endpoint) -> int:
    return int(endpoint.listen.rpartition(":")[2])


async def test_cuts_in_mid_stream_lose_and_double_nothing(pair: Pair) -> None:
    """Every connection breaks somewhere, in the handshake or in a batch."""
    pk, cn = pair
    draw = random.Random(7)  # noqa: S311  where to cut
    budgets = [draw.randrange(2_000, 150_000) for _ in range(12)]
    (nobody,) = free_ports(1)
    await cn.start(addresses={PK: f"127.0.0.1:{nobody}"})  # the proxy is the only way
    async with proxied(port_of(cn.endpoint), budgets) as (port, proxy):
        await pk.start(addresses={CN: f"127.0.0.1:{port}"})
        await until(lambda: know_desks(pair))
        for number in range(40):
            await pk.submit(pk.bulletin(b"%d" % number + bytes(8_000), cn))
            await cn.submit(cn.bulletin(b"%d" % number + bytes(8_000), pk))
        await until(lambda: held(pair))

    assert proxy.cuts >= 3
    assert_equal(pair)
