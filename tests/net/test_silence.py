"""A partner that is there and says nothing: it is named, then it is dialled again."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.errors import TEXTS, Reason
from exchange.net import link as link_module
from exchange.net import links as links_module
from exchange.net.links import Links
from exchange.node.session import VERSION
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as pb
from tests.chaos.served import Served
from tests.net import hostile
from tests.net.test_link import CN, PK, Pair, Site, linked, pair, port_of, until

__all__ = ["pair"]

SILENT, DEAD, SIGN = 2_000, 4_000, 300  # ms; a busy machine may be late by a second


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nodes of this process lose patience within seconds."""
    monkeypatch.setattr(links_module, "SILENT", SILENT)
    monkeypatch.setattr(link_module, "DEAD", DEAD)
    monkeypatch.setattr(link_module, "SIGN_OF_LIFE", SIGN)
    monkeypatch.setattr(link_module, "TICK_S", 0.1)


@dataclass
class Watched:
    """A node, and what it says of its one partner."""

    site: Site
    links: Links

    def status(self) -> desk_pb.PeerStatus:
        peers = [desk_pb.PeerStatus(name=CN)]
        return self.links.describe(desk_pb.GetStatusResponse(peers=peers)).peers[0]

    def silent(self) -> bool:
        status = self.status()
        assert status.up or not status.silent_since
        return bool(status.silent_since)


@pytest.fixture
async def watched(
    homes: tuple[Path, Path], links_of: dict[str, Links], brisk: None
) -> AsyncIterator[Watched]:
    assert brisk is None
    site = Site(homes[0])
    await site.start(partners=(CN,), addresses={CN: "127.0.0.1:1"})
    try:
        yield Watched(site, links_of[PK])
    finally:
        await site.stop()


@contextlib.asynccontextmanager
async def dialled(watched: Watched, home: Path) -> AsyncIterator[hostile.Call]:
    """Dial as the partner, say hello, and wait until the link is up."""
    port = port_of(watched.site.endpoint)
    async with (
        hostile.channel(home, PK, port) as opened,
        hostile.stream(opened, hostile.hello(CN)) as call,
    ):
        await until(lambda: watched.status().up)
        yield call


async def test_a_silent_partner_is_named_and_then_given_up(
    watched: Watched, homes: tuple[Path, Path]
) -> None:
    async with dialled(watched, homes[1]):
        await until(watched.silent)
        began = watched.status()
        assert began.up
        assert began.since <= began.silent_since

        await until(lambda: not watched.status().up)

    ended = watched.links.states.of(CN)
    assert ended.reason == Reason.UNREACHABLE


async def test_signs_of_life_come_and_are_enough(
    watched: Watched, homes: tuple[Path, Path]
) -> None:
    sign = pb.Frame(received=pb.Received())
    async with dialled(watched, homes[1]) as call:
        link = watched.links._up[CN].link
        for _ in range(2 * DEAD // SIGN):
            await call.write(sign)
            await asyncio.sleep(SIGN / 1_000)
            assert not watched.silent()
        assert watched.links._up[CN].link is link
        came = [await call.read() for _ in range(8)]

    kinds = [answer.WhichOneof("frame") for answer in came]
    assert kinds.count("received") >= 3


async def test_a_program_made_before_the_first_release_is_told_so(
    watched: Watched,
    homes: tuple[Path, Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = port_of(watched.site.endpoint)
    async with (
        hostile.channel(homes[1], PK, port) as opened,
        hostile.stream(opened, hostile.hello(CN, VERSION - 1)) as call,
    ):
        answers = [await call.read() for _ in range(2)]
        await until(lambda: watched.status().reason == Reason.VERSION)

    assert [one.WhichOneof("frame") for one in answers] == ["hello", "bye"]
    assert answers[1].bye.reason == Reason.VERSION
    assert f"link to {CN}: VERSION" in caplog.messages
    assert "made before the first release" in TEXTS[Reason.VERSION]


async def test_a_caller_that_never_says_hello_is_given_up(
    watched: Watched, homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "CONNECT_TIMEOUT", SILENT)
    port = port_of(watched.site.endpoint)
    async with (
        hostile.channel(homes[1], PK, port) as opened,
        hostile.stream(opened) as call,
    ):
        reading = asyncio.create_task(hostile.exhaust(call))
        await until(lambda: watched.status().up)
        await until(lambda: not watched.status().up)
        reading.cancel()


@pytest.mark.timeout(120)
async def test_a_stopped_process_is_named_given_up_and_found_again(
    homes: tuple[Path, Path],
    links_of: dict[str, Links],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its kernel still takes what is sent, and answers for it."""
    monkeypatch.setattr(links_module, "SILENT", 8_000)  # its signs come each 5 s
    monkeypatch.setattr(link_module, "DEAD", 12_000)
    site, partner = Site(homes[0]), Served(homes[1])
    await site.start()
    watched = Watched(site, links_of[PK])
    try:
        assert "ready" in await asyncio.to_thread(partner.start)
        assert partner.process is not None
        await until(lambda: watched.status().up)
        await asyncio.sleep(1)
        partner.process.send_signal(signal.SIGSTOP)
        await until(watched.silent)
        assert watched.status().up
        await until(lambda: not watched.status().up)
        partner.process.send_signal(signal.SIGCONT)
        await until(lambda: watched.status().up)
        assert not watched.silent()
    finally:
        if partner.process is not None:
            partner.process.send_signal(signal.SIGCONT)
        await site.stop()
        await asyncio.to_thread(partner.end)


async def test_a_stream_that_has_come_to_its_age_is_opened_anew_without_a_word(
    pair: Pair,
    links_of: dict[str, Links],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(links_module, "STREAM_AGE", 2_000)
    await linked(pair)
    caplog.clear()
    for _ in range(2):
        before = links_of[PK]._up[CN].link
        await until(
            lambda before=before: (
                CN in links_of[PK]._up  # type: ignore[misc]
                and links_of[PK]._up[CN].link is not before
            )
        )
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]
