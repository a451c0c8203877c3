"""Many calls at one time: each ends with an answer, or with a reason of the list."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import grpc
import pytest

from exchange import config
from exchange.clock import Clock
from exchange.errors import FusionError, Reason
from exchange.home.trust_files import own_bundle
from exchange.limits import CALLS_AT_WORK, CALLS_BURST, LINES_BURST, STREAMS_MAX
from exchange.net.assemble import open_home
from exchange.net.desk_client import OPTIONS
from exchange.net.grpc_status import from_rpc_error
from exchange.net.server import serving
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import desk_service_pb2_grpc as rpc

AT_ONCE = 1_500
DEADLINE = 60.0  # s
ANSWERED = "answered"
Way = Callable[[Path, int], AbstractAsyncContextManager[grpc.aio.Channel]]
OWN_POOL: list[tuple[str, object]] = [("grpc.use_local_subchannel_pool", 1)]


@asynccontextmanager
async def over_tls(home: Path, port: int) -> AsyncIterator[grpc.aio.Channel]:
    key, certificate = config.read_tls(config.desk_home(home))
    root = own_bundle(home).tls_roots_pem
    credentials = grpc.ssl_channel_credentials(root, key, certificate)
    options = [
        *(option for option in OPTIONS if option[0] != "grpc.default_authority"),
        ("grpc.ssl_target_name_override", "islamabad.pk.fusion"),
        *OWN_POOL,
    ]
    address = f"127.0.0.1:{port}"
    async with grpc.aio.secure_channel(address, credentials, options) as channel:
        yield channel


@asynccontextmanager
async def over_the_socket(home: Path, _: int) -> AsyncIterator[grpc.aio.Channel]:
    address = f"unix:{config.node_home(home).socket}"
    options = [*OPTIONS, *OWN_POOL]
    async with grpc.aio.insecure_channel(address, options) as channel:
        yield channel


async def end_of(call: "Awaitable[object]") -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error, "node").reason
    return ANSWERED


@pytest.mark.parametrize("way", [over_tls, over_the_socket])
async def test_1500_calls_at_once_are_answered_or_told_that_they_are_too_many(
    homes: tuple[Path, Path],
    caplog: pytest.LogCaptureFixture,
    way: Way,
) -> None:
    assert AT_ONCE < CALLS_BURST < STREAMS_MAX
    with open_home(homes[0], Clock()) as (node, endpoint):
        async with (
            serving(node, endpoint, node.clock) as port,
            way(homes[0], port) as channel,
        ):
            stub = rpc.DeskServiceStub(channel)
            asked = [
                stub.GetStatus(pb.GetStatusRequest(), timeout=DEADLINE)
                for _ in range(AT_ONCE)
            ]
            ends = Counter(await asyncio.gather(*map(end_of, asked)))
            assert set(ends) == {ANSWERED, Reason.RATE}
            assert ends[ANSWERED] >= CALLS_AT_WORK
            # The next one is served: nothing is left of them.
            assert (await stub.GetStatus(pb.GetStatusRequest(), timeout=DEADLINE)).node
            for _ in range(100):
                if told(caplog) == ends[Reason.RATE]:
                    break
                await asyncio.sleep(0.1)
    assert told(caplog) == ends[Reason.RATE]
    assert len(caplog.messages) <= LINES_BURST + 100
    assert all("called by ops.islamabad.pk" in line for line in refusals(caplog))


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if line.startswith("refused ")]


def told(caplog: pytest.LogCaptureFixture) -> int:
    """Return how many refusals the log tells of, one by one or counted."""
    count = 0
    for line in refusals(caplog):
        words = line.split()
        if words[1].isdigit():
            count += int(words[1])
        else:
            count += 1
            if "others before" in line:
                count += int(line.rpartition(", and ")[2].split()[0])
    return count


def test_what_grpc_refuses_itself_is_told_as_busy() -> None:
    """A connection has STREAMS_MAX calls at one time; beyond it no gate is asked."""

    class Refused(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNAVAILABLE

        def details(self) -> str:
            return "Stream refused by server"

        def trailing_metadata(self) -> tuple[()]:
            return ()

    error: FusionError = from_rpc_error(Refused(), "node")
    assert error.reason is Reason.BUSY
    assert error.exit_code == 3
