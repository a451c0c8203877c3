"""Five members, one of them with two nodes; one member is dark, halted, hostile.

It holds up nobody, and catches up when it is back.
"""

import asyncio
import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import options
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head, sign_head
from exchange.limits import SECOND
from exchange.node.session import VERSION
from exchange.store import Store
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.mesh.nations import Mesh, running_mesh, until
from tests.net import hostile

PK, CN, KZ, UZ, KARACHI, AF = NODES = (
    "islamabad.pk",
    "beijing.cn",
    "astana.kz",
    "tashkent.uz",
    "karachi.pk",
    "kabul.af",
)
DARK = AF
LIT = tuple(node for node in NODES if node != DARK)
pytestmark = [pytest.mark.timeout(600), pytest.mark.long]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("five"), NODES) as made:
        yield made


@pytest.fixture(scope="module")
def sent(mesh: Mesh) -> dict[str, str]:
    """Return, by its node, a bulletin that each lit member sent while one was dark.

    It is for the next lit member, and for the dark one.
    """
    mesh.kill(DARK)
    return {at: mesh.send(at, following(at), DARK).name.hex() for at in LIT}


def held(mesh: Mesh, at: str, name: str) -> tuple[bool, bool]:
    """Return whether a node has an entry, and whether it has the sealed text of it."""
    store = Store(config.node_home(mesh.desks.homes[at]).database, read_only=True)
    try:
        entry = store.entries.by_name(bytes.fromhex(name))
        return entry is not None, bool(entry and entry.body)
    finally:
        store.close()


def _has_entry(mesh: Mesh, at: str, name: str) -> bool:
    return held(mesh, at, name)[0]


def following(at: str) -> str:
    return LIT[(LIT.index(at) + 1) % len(LIT)]


@pytest.mark.parametrize("at", LIT)
def test_the_dark_one_holds_up_nobody(
    mesh: Mesh, sent: dict[str, str], at: str
) -> None:
    """Its author and its reader see each bulletin cosigned by the quorum of its log."""
    name = sent[at]
    for desk in (at, following(at)):
        assert until(partial(mesh.is_cosigned, desk, name))


@pytest.mark.parametrize("at", LIT)
def test_entries_go_to_all_and_texts_to_whom_they_are_for(
    mesh: Mesh, sent: dict[str, str], at: str
) -> None:
    for author, name in sent.items():
        assert until(partial(_has_entry, mesh, at, name))
        assert held(mesh, at, name)[1] == (at in {author, following(author)})


def test_a_flash_passes_beside_the_dark_one(mesh: Mesh, sent: dict[str, str]) -> None:
    assert sent
    flash = mesh.send(PK, CN, KZ, UZ, DARK, precedence="FLASH").name.hex()

    for at in (CN, KZ, UZ):
        assert until(partial(mesh.states, at, flash))


def test_back_again_it_has_all_that_it_missed(mesh: Mesh, sent: dict[str, str]) -> None:
    mesh.nodes[DARK].start()

    for author, name in sent.items():
        assert until(partial(mesh.is_cosigned, DARK, name))
        assert until(partial(_reached, mesh, author, name))
    for at in NODES:
        assert mesh.run("fsck", "--home", mesh.desks.homes[at]).code == 0


def _reached(mesh: Mesh, at: str, name: str) -> bool:
    """Whether the author knows that all nodes which it is for have a bulletin."""
    shown = mesh.desks.run(at, "show", name, "--json").json()
    by = {step["by"] for step in shown["states"] if step["state"] == "delivered"}
    return not shown["waits"] and bool(by)


def test_a_halted_member_holds_up_nobody(mesh: Mesh) -> None:
    """Its connections stay open, and nothing that is sent to it is answered."""
    with mesh.halted(DARK):
        name = mesh.send(PK, CN, KARACHI, DARK).name.hex()
        assert until(partial(mesh.is_cosigned, PK, name))
        for at in (CN, KARACHI):
            assert until(partial(mesh.states, at, name))

    assert until(partial(mesh.states, DARK, name))
    assert until(partial(_reached, mesh, PK, name))


ATTACK = 3.0  # s
VICTIMS = (PK, CN)


def test_a_hostile_member_holds_up_nobody(mesh: Mesh) -> None:
    """With its true keys it shows two histories, and sends nonsense as fast as it can.

    Its own log is frozen where both were seen, and nothing else.
    """
    mesh.kill(DARK)

    async def attack() -> None:
        floods = [asyncio.create_task(_flood(mesh, at)) for at in VICTIMS]
        await asyncio.to_thread(exchange)
        assert all(await asyncio.gather(*floods)), "each has said something"

    def exchange() -> None:
        name = mesh.send(PK, CN, KARACHI).name.hex()
        assert until(partial(mesh.is_cosigned, PK, name))
        for at in (CN, KARACHI):
            assert until(partial(mesh.states, at, name))

    asyncio.run(attack())
    for at in VICTIMS:
        told = json.loads(mesh.desks.run(at, "status", "--json").out)
        forks = [each["where"] for each in told["alarms"] if each["reason"] == "FORK"]
        assert forks
        assert all(where.startswith(DARK) for where in forks)


async def _flood(mesh: Mesh, at: str) -> int:
    """Call a node as the dark member for a while; return how much it took."""
    home = mesh.desks.homes[DARK]
    listen = config.read_node(config.node_home(mesh.desks.homes[at])).listen
    port = int(listen.rpartition(":")[2])
    nonsense = ledger_pb2.Batch(origin=checkpoint.log_origin(DARK), head=bytes(60_000))
    said, loop = 0, asyncio.get_running_loop()
    end = loop.time() + ATTACK
    while loop.time() < end:
        async with (
            hostile.channel(home, at, port) as opened,
            hostile.stream(opened, _other_history(home)) as call,
        ):
            frames = itertools.repeat(pb.Frame(batch=nonsense))
            said += await hostile.flood(call, frames, min(1.0, end - loop.time()))
    return said


def _other_history(home: Path) -> pb.Frame:
    """Return a hello with another head of its own log: same size, truly signed."""
    origin, node = checkpoint.log_origin(DARK), config.node_home(home)
    store = Store(node.database, read_only=True)
    held = store.heads.newest(origin)
    store.close()
    assert held is not None
    log, log_pq = config.read_log_key(node)
    other = Head(origin, held.head.size, bytes(32))
    head = sign_head(other, log, log_pq, options.now() // SECOND)
    hello = pb.Hello(node=DARK, version=VERSION)
    hello.logs.add(origin=origin, size=held.head.size, head=head)
    return pb.Frame(hello=hello)
