"""A pinned partner that does not keep to the protocol, over real gRPC.

It has the partner's real key and certificate, and says what it likes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from exchange import config
from exchange.limits import MESSAGE_MAX
from exchange.node.session import VERSION
from exchange.trust import bundle as bundles
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc
from keys import tls

Call = Any  # of gRPC, untyped

OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", MESSAGE_MAX),
    ("grpc.use_local_subchannel_pool", 1),
]


@asynccontextmanager
async def channel(home: Path, node: str, port: int) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel to a node as the partner whose home is given."""
    place = config.node_home(home)
    key, certificate = config.read_tls(place)
    domain = node.rpartition(".")[2]
    root = tls.certificate_pem(bundles.load_all(place.trust)[domain].tls_root)
    name = ("grpc.ssl_target_name_override", tls.dns_of_node(node))
    credentials = grpc.ssl_channel_credentials(root, key, certificate)
    async with grpc.aio.secure_channel(
        f"127.0.0.1:{port}", credentials, options=[*OPTIONS, name]
    ) as opened:
        yield opened


@asynccontextmanager
async def stream(opened: grpc.aio.Channel, *frames: pb.Frame) -> AsyncIterator[Call]:
    """Open a stream and say some frames first."""
    call: Call = rpc.ExchangeServiceStub(opened).Replicate(timeout=60)
    try:
        for frame in frames:
            await call.write(frame)
        yield call
    finally:
        call.cancel()


def hello(node: str, version: int = VERSION) -> pb.Frame:
    return pb.Frame(hello=pb.Hello(node=node, version=version))


async def exhaust(call: Call) -> None:
    """Read whatever is said, to the end."""
    while await call.read():
        pass


async def flood(call: Call, frames: Iterator[pb.Frame], seconds: float) -> int:
    """Say frames as fast as they are taken, and read nothing; return how many were.

    Once it has said all, it waits until the seconds are over.
    """
    until, said = time.monotonic() + seconds, 0
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
        for frame in frames:
            left = until - time.monotonic()
            if left <= 0:
                break
            request = frame
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.write(request), left)
                said += 1
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    return said


def resident(pid: int) -> int:
    """Return the MiB of memory that a process has now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kib) // 1024


async def most_resident(pid: int, over: asyncio.Event) -> int:
    """Return the most MiB that a process had at any look until `over`."""
    most = 0
    while not over.is_set():
        most = max(most, resident(pid))
        await asyncio.sleep(0.05)
    return most


async def slowest(act: Callable[[], object], over: asyncio.Event) -> list[float]:
    """Return the seconds that an act took each time, again and again until `over`."""
    times: list[float] = []
    while not over.is_set():
        began = time.monotonic()
        await asyncio.to_thread(act)
        times.append(time.monotonic() - began)
        await asyncio.sleep(0.1)
    return times
