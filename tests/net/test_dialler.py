"""Who answers where a partner is dialled: only the holder of its pinned key, in time.

Impostors listen at the address, with certificates that gRPC alone would accept.
"""

import asyncio
import contextlib
import logging
import os
import socketserver
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from exchange import config
from exchange.cli import options
from exchange.cli.serve import TLS_1_3_ONLY
from exchange.clock import Clock
from exchange.errors import FusionError, Reason
from exchange.limits import DAY, MINUTE
from exchange.net import tls_group
from exchange.net.assemble import open_home
from exchange.net.dialler import Dialler
from exchange.net.links import Links
from exchange.net.pins import MemberPins
from exchange.net.server import CLIENT
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys import tls
from tests.chaos.served import Served
from tests.net.conftest import authority
from tests.net.test_link import CN, PK, Pair, pair, until
from tests.tls_keys import http2_context, public_of

__all__ = ["pair"]

DEADLINE = 5  # s
OVER = (-MINUTE, 0)  # within the life of the authority, which is young here


@dataclass
class Impostor:
    """Listens with a certificate a connection; the last one serves all further ones."""

    shown: Sequence[tuple[bytes, bytes]]  # key and certificate, PEM
    folder: Path
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    group: str = ""  # the one that it agrees on; "": as OpenSSL does
    handshakes: list[str] = field(default_factory=list)
    """The TLS version of each handshake that was completed, as far as it went."""
    port: int = 0

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Impostor"]:
        """Answer each connection in a thread; at the end, wait for all of them."""
        contexts = [self._context(*one) for one in self.shown]

        class Call(socketserver.BaseRequestHandler):
            def handle(call) -> None:  # noqa: N805  self is the impostor
                call.request.settimeout(DEADLINE)
                context = contexts.pop(0) if len(contexts) > 1 else contexts[0]
                with (
                    contextlib.suppress(OSError),
                    context.wrap_socket(call.request, server_side=True) as wire,
                ):
                    self.handshakes.append(wire.version() or "")
                    wire.recv(1 << 16)
                    time.sleep(0.2)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Call) as server:
            self.port = server.server_address[1]
            serving = asyncio.create_task(asyncio.to_thread(server.serve_forever, 0.01))
            try:
                yield self
            finally:
                await asyncio.to_thread(server.shutdown)
                await serving
                await asyncio.to_thread(server.server_close)

    def _context(self, key: bytes, certificate: bytes) -> ssl.SSLContext:
        paths = self.folder / "impostor.key", self.folder / "impostor.crt"
        for path, data in zip(paths, (key, certificate), strict=True):
            path.write_bytes(data)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(paths[1], paths[0])
        context.maximum_version = self.version
        if self.group:
            context.set_ecdh_curve(self.group)
        context.set_alpn_protocols(["h2"])
        return context


@dataclass(frozen=True)
class Known:
    """What an attacker may have: the partner's authority, and its node's key."""

    authority: tls.Authority
    other: tls.Authority
    key: bytes

    def leaf(
        self, key: bytes | None = None, node: str = CN, life: tuple[int, int] = (0, 30)
    ) -> bytes:
        """Return a certificate; its life begins in so many ms, and has so many days."""
        at, days = life
        public = public_of(key or self.key)
        return tls.issue(
            self.authority,
            tls.spiffe_of("node", node),
            public,
            options.now() + at,
            days,
        )


@pytest.fixture
def known(homes: tuple[Path, Path]) -> Known:
    own, partner = map(authority, homes)
    return Known(partner, own, config.read_tls(config.node_home(homes[1]))[0])


@pytest.fixture
def dialler(homes: tuple[Path, Path]) -> Iterator[Dialler]:
    with open_home(homes[0], Clock()) as (node, endpoint):
        shown = endpoint.key, endpoint.certificate
        yield Dialler(shown, MemberPins(node.members), options.now, CLIENT)


async def refused(dialler: Dialler, port: int) -> Reason:
    with pytest.raises(FusionError) as found:
        await dialler.dial(CN, f"127.0.0.1:{port}")
    return found.value.reason


async def test_our_own_node(
    dialler: Dialler, homes: tuple[Path, Path], tmp_path: Path
) -> None:
    shown = [config.read_tls(config.node_home(homes[0]))]
    async with Impostor(shown, tmp_path).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.NOT_PINNED


@pytest.mark.parametrize("life", [OVER, (30 * DAY, 30)], ids=["over", "not yet"])
async def test_a_certificate_that_is_not_in_time_is_named(
    dialler: Dialler, known: Known, tmp_path: Path, life: tuple[int, int]
) -> None:
    shown = [(known.key, known.leaf(life=life))]
    async with Impostor(shown, tmp_path).listening() as impostor:
        assert await refused(dialler, impostor.port) is Reason.CERTIFICATE_TIME


async def test_nobody_there(dialler: Dialler) -> None:
    assert await refused(dialler, 1) is Reason.UNREACHABLE


async def test_a_partner_of_a_classical_group_is_named_in_the_status(
    pair: Pair, links_of: dict[str, Links], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_group, "agrees", lambda _: False)
    for site in pair:
        await site.start()

    await until(lambda: links_of[PK].states.of(CN).reason == Reason.TLS_GROUP)


SHARE = b"\x11\xec" + tls_group.SERVER_SHARE.to_bytes(2) + bytes(tls_group.SERVER_SHARE)
TLS_1_3 = (43, b"\x03\x04")


def hello(*extensions: tuple[int, bytes]) -> bytes:
    """A ServerHello with these extensions."""
    said = b"".join(
        number.to_bytes(2) + len(data).to_bytes(2) + data for number, data in extensions
    )
    body = b"\x03\x03" + bytes(32) + b"\x20" + bytes(32) + b"\x13\x01\0"
    body += len(said).to_bytes(2) + said
    return b"\x02" + len(body).to_bytes(3) + body


def test_only_a_share_of_the_group_agrees() -> None:
    assert tls_group.agrees(hello(TLS_1_3, (51, SHARE)))

    for other in (
        hello(TLS_1_3),
        hello((51, SHARE)),
        hello((43, b"\x03\x03"), (51, SHARE)),
        hello(TLS_1_3, (51, SHARE[:2])),  # a HelloRetryRequest
        hello(TLS_1_3, (51, SHARE[:-1])),
        hello(TLS_1_3, (51, b"\0\x1d\0\x20" + bytes(32))),
        hello(TLS_1_3, (51, SHARE))[:-1],
        b"\x08" + hello(TLS_1_3, (51, SHARE))[1:],
        b"",
        b"\x02",
    ):
        assert not tls_group.agrees(other)


async def test_the_holder_of_the_same_key_is_connected(
    dialler: Dialler, known: Known, tmp_path: Path
) -> None:
    """OpenSSL knows the group from 3.5 on."""
    if ssl.OPENSSL_VERSION_INFO < (3, 5):
        async with Impostor([(known.key, known.leaf())], tmp_path).listening() as old:
            assert await refused(dialler, old.port) is Reason.TLS_GROUP
        return
    async with Impostor([(known.key, known.leaf())], tmp_path).listening() as impostor:
        channel = await dialler.dial(CN, f"127.0.0.1:{impostor.port}")
        async with channel:
            stub = rpc.ExchangeServiceStub(channel)
            with pytest.raises(grpc.aio.AioRpcError):
                await stub.GetHead(pb.GetHeadRequest(), timeout=1)
        assert impostor.handshakes == ["TLSv1.3"] * 2


def outlive(home: Path, authority: tls.Authority) -> None:
    """Give a node a certificate whose life is over."""
    place = config.node_home(home)
    key, _ = config.read_tls(place)
    at, days = options.now() + OVER[0], OVER[1]
    place.tls_cert.write_bytes(
        tls.issue(authority, tls.spiffe_of("node", home.name), public_of(key), at, days)
    )


@pytest.mark.parametrize("whose", [0, 1], ids=["ours", "the partner's"])
async def test_a_certificate_that_is_over_is_named_at_both_ends(
    pair: Pair,
    known: Known,
    links_of: dict[str, Links],
    caplog: pytest.LogCaptureFixture,
    whose: int,
) -> None:
    authority = (known.other, known.authority)[whose]
    outlive(pair[whose].home, authority)
    with caplog.at_level(logging.WARNING):
        for site in pair:
            await site.start()
        over = Reason.CERTIFICATE_TIME
        await until(lambda: links_of[PK].states.of(CN).reason == over)
        await until(lambda: links_of[CN].states.of(PK).reason == over)

    said = [record.getMessage() for record in caplog.records]
    assert sum("node/tls.crt ended on 20" in line for line in said) == 2
    assert sum("CERTIFICATE_TIME" in line for line in said) == 2


def test_a_served_node_knows_no_older_tls(
    homes: tuple[Path, Path], tmp_path: Path
) -> None:
    """Neither as a server nor as a client."""
    place = config.node_home(homes[1])
    served = Served(homes[0])
    said = served.start()
    try:
        context = http2_context(place.folder)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        address = "127.0.0.1", int(said.split()[-1])
        with pytest.raises(OSError):  # noqa: PT011  reset or an alert
            asyncio.run(connected(address, context))
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        asyncio.run(connected(address, context))
    finally:
        served.end()

    key, certificate = config.read_tls(place)
    old = Impostor([(key, certificate)], tmp_path, ssl.TLSVersion.TLSv1_2)
    assert asyncio.run(dialled_by_grpc(old, place.tls_cert, {})) == ["TLSv1.2"]
    bound = {"GRPC_SSL_CIPHER_SUITES": TLS_1_3_ONLY}
    assert asyncio.run(dialled_by_grpc(old, place.tls_cert, bound)) == []


async def connected(address: tuple[str, int], context: ssl.SSLContext) -> None:
    _, writer = await asyncio.open_connection(*address, ssl=context)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


DIAL = """
import grpc, sys
root = open(sys.argv[2], "rb").read()
name = ("grpc.ssl_target_name_override", "beijing.cn.fusion")
credentials = grpc.ssl_channel_credentials(root)
with grpc.secure_channel(sys.argv[1], credentials, options=[name]) as channel:
    try:
        channel.unary_unary("/a/b")(b"", timeout=20)
    except grpc.RpcError:
        pass
"""


async def dialled_by_grpc(
    impostor: Impostor, root: Path, settings: dict[str, str]
) -> list[str]:
    """Return the handshakes that a gRPC client with these settings completes.

    Only with these: a node that another test served here has set some of its own.
    """
    impostor.handshakes.clear()
    async with impostor.listening():
        asked = [sys.executable, "-c", DIAL, f"127.0.0.1:{impostor.port}", str(root)]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("GRPC_")}
        await asyncio.to_thread(
            subprocess.run, asked, env={**plain, **settings}, check=True
        )
    return impostor.handshakes[:1]
