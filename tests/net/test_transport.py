"""A real node on a real port, and callers that it must turn away.

The callers speak HTTP/2 over a TLS of their own choosing, which gRPC's clients
cannot be talked into.
"""

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
from google.rpc import error_details_pb2, status_pb2
from h2.settings import SettingCodes
from msgspec import Struct
from msgspec.structs import replace

from exchange import config
from exchange.clock import Clock
from exchange.demo.sites import free_ports
from exchange.errors import Reason
from exchange.limits import LINK_STREAMS_MAX, LINK_UNREAD_MAX, STREAMS_MAX, UNREAD_MAX
from exchange.net import desk_client
from exchange.net.assemble import open_home
from exchange.net.desk_client import NodeClient
from exchange.net.server import serving
from exchange.node import peer_heads
from exchange.node.node import Node
from exchange.v1 import envelope_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.expecting import refusing
from tests.tls_keys import http2_context

GET_HEAD = "/exchange.v1.ExchangeService/GetHead"
SUBMIT = "/exchange.v1.DeskService/Submit"
PATIENCE = 60  # s


class Served(Struct, frozen=True):
    node: Node
    port: int
    home: Path
    partner: Path


@pytest.fixture
async def served(homes: tuple[Path, Path]) -> AsyncIterator[Served]:
    home, partner = homes
    with open_home(home, Clock()) as (node, endpoint):
        async with serving(node, endpoint, node.clock) as port:
            yield Served(node, port, home, partner)


@dataclass(frozen=True)
class Answer:
    """What an HTTP/2 caller got."""

    code: int
    reason: str


@pytest.fixture
async def apart(homes: tuple[Path, Path]) -> AsyncIterator[tuple[Served, Served]]:
    """Yield a node at the port for all, and the same at its port for partners."""
    home, partner = homes
    (port,) = free_ports(1)
    settings = config.node_home(home).config
    named = f'listen_partners = "127.0.0.1:{port}"\n'
    settings.write_text(named + settings.read_text())
    with open_home(home, Clock()) as (node, endpoint):
        async with serving(node, endpoint, node.clock) as for_all:
            yield (
                Served(node, for_all, home, partner),
                Served(node, port, home, partner),
            )


def call(  # noqa: PLR0913  what a caller may choose
    served: Served,
    path: str = GET_HEAD,
    *,
    body: bytes = b"",
    part: str = "node",
    certificate: Path | None = None,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    group: str | None = None,
    timeout: bool = True,
) -> Answer:
    """Make one call with a TLS context of our choosing; OSError where it is cut."""
    context = http2_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = version
    if group is not None:
        context.set_ecdh_curve(group)
    folder = served.partner / part
    context.load_cert_chain(certificate or folder / "tls.crt", folder / "tls.key")
    raw = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
    with contextlib.closing(context.wrap_socket(raw)) as wire:
        return speak_http2(wire, path, body, timeout=timeout)


def speak_http2(
    wire: socket.socket, path: str, body: bytes, *, timeout: bool
) -> Answer:
    speaker = h2.connection.H2Connection(h2.config.H2Configuration())
    speaker.initiate_connection()
    headers = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "islamabad.pk.fusion"),
        (":path", path),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ]
    if timeout:
        headers.append(("grpc-timeout", "5S"))
    speaker.send_headers(1, headers)
    speaker.send_data(1, b"\0" + len(body).to_bytes(4) + body, end_stream=True)
    wire.sendall(speaker.data_to_send())
    while data := wire.recv(65_536):
        for event in speaker.receive_data(data):
            if isinstance(
                event, h2.events.ResponseReceived | h2.events.TrailersReceived
            ):
                found = {_text(k): _text(v) for k, v in event.headers or ()}
                if "grpc-status" in found:
                    return _answer(found)
        wire.sendall(speaker.data_to_send())
    raise ConnectionError


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _answer(trailers: dict[str, str]) -> Answer:
    details = trailers.get("grpc-status-details-bin", "")
    status = status_pb2.Status.FromString(
        base64.b64decode(details + "=" * (-len(details) % 4))
    )
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    return Answer(int(trailers["grpc-status"]), info.reason)


UNAUTHENTICATED = 16
DENIED = 7
INVALID = 3


def windows(served: Served) -> dict[int, int]:
    """Return the settings of HTTP/2 that a partner's node is told at a port."""
    context = http2_context(served.partner / "node")
    raw = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
    speaker = h2.connection.H2Connection(h2.config.H2Configuration())
    speaker.initiate_connection()
    with contextlib.closing(context.wrap_socket(raw)) as wire:
        wire.sendall(speaker.data_to_send())
        while data := wire.recv(65_536):
            for event in speaker.receive_data(data):
                if isinstance(event, h2.events.RemoteSettingsChanged):
                    changed = event.changed_settings.items()
                    return {int(key): one.new_value for key, one in changed}
    raise ConnectionError


async def test_a_port_for_partners_gives_them_the_window_that_a_long_line_needs(
    apart: tuple[Served, Served],
) -> None:
    told = [await asyncio.to_thread(windows, port) for port in apart]

    assert [one[SettingCodes.INITIAL_WINDOW_SIZE] for one in told] == [
        UNREAD_MAX,
        LINK_UNREAD_MAX,
    ]
    assert [one[SettingCodes.MAX_CONCURRENT_STREAMS] for one in told] == [
        STREAMS_MAX,
        LINK_STREAMS_MAX,
    ]


async def test_no_desk_of_ours_comes_in_at_the_port_for_partners(
    apart: tuple[Served, Served],
) -> None:
    """Not even through the handshake: of its large windows nothing is theirs."""
    for_all, for_partners = (replace(port, partner=port.home) for port in apart)
    answer = await asyncio.to_thread(call, for_all, SUBMIT, part="desk", body=b"\xff")

    assert answer == Answer(INVALID, Reason.INPUT)  # let in, and it is no request
    with pytest.raises(OSError):  # noqa: PT011  reset or closed, as the kernel has it
        await asyncio.to_thread(call, for_partners, SUBMIT, part="desk", body=b"\xff")


async def test_at_the_port_for_partners_they_are_served_and_nothing_else_is(
    apart: tuple[Served, Served],
) -> None:
    _, port = apart
    request = pb.GetHeadRequest(origin=port.node.origin).SerializeToString()

    assert await asyncio.to_thread(call, port, body=request) == Answer(0, "")
    assert await asyncio.to_thread(call, port, SUBMIT) == Answer(DENIED, Reason.METHOD)
    assert await asyncio.to_thread(call, port, part="desk") == Answer(
        UNAUTHENTICATED, Reason.NOT_PINNED
    )


@pytest.fixture
def caller(served: Served) -> Iterator[NodeClient]:
    """The desk of this machine."""
    line = desk_client.channel(config.node_home(served.home).socket)
    with contextlib.closing(NodeClient(line)) as made:
        yield made


async def test_the_desk_of_this_machine_calls_over_the_socket(
    served: Served, caller: NodeClient
) -> None:
    path = config.node_home(served.home).socket
    assert path.stat().st_mode & 0o777 == 0o600

    status = await asyncio.to_thread(caller.status)

    assert status.node == "islamabad.pk"
    assert [peer.name for peer in status.peers] == ["beijing.cn"]


async def test_the_directory_of_a_log_is_listed_to_a_desk(
    served: Served, caller: NodeClient
) -> None:
    origin = served.node.origin
    # Heard its partner, it gives what the home began with its place.
    await asyncio.to_thread(peer_heads.hear_partner, served.node, "beijing.cn", [])

    found = await asyncio.to_thread(caller.directory, origin, 0)
    rest = await asyncio.to_thread(caller.directory, origin, found[-1][0] + 1)
    none = await asyncio.to_thread(caller.directory, "nobody", 2**64 - 1)

    size = served.node.store.logs.size(origin)
    assert [index for index, _ in found] == list(range(size))
    assert rest == none == []


@pytest.mark.parametrize("count", [0, 257])
async def test_submit_takes_1_to_256_envelopes(caller: NodeClient, count: int) -> None:
    with refusing(Reason.SIZE):
        await asyncio.to_thread(caller.submit, [envelope_pb2.Envelope()] * count)


async def test_a_port_in_use_is_told_in_one_line(
    served: Served, homes: tuple[Path, Path]
) -> None:
    _, partner = homes
    with open_home(partner, Clock()) as (node, endpoint):
        taken = replace(endpoint, listen=f"127.0.0.1:{served.port}")
        with refusing(Reason.PORT):
            async with serving(node, taken, node.clock):
                pass
