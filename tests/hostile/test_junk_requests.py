"""Bytes that are no request, to every method of every service; and faults of ours."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from exchange import config
from exchange.cli import options
from exchange.clock import Clock
from exchange.errors import TEXTS, Reason
from exchange.net.assemble import open_home
from exchange.net.gate import Gate
from exchange.net.grpc_status import from_rpc_error
from exchange.net.server import serving
from exchange.v1 import (
    audit_service_pb2,
    desk_service_pb2,
    exchange_service_pb2,
)
from keys import tls
from tests.net.conftest import authority
from tests.net.test_gate import NOW, Pins, serve
from tests.tls_keys import public_of

JUNK = {
    "a varint without an end": b"\xff" * 100,
    "a length beyond the end": b"\x0a\x7f",
    "no such wire type": b"\x07",
    "groups without an end": b"\x0b" * 1_000,
}
FILES = {
    "desk": (desk_service_pb2, health_pb2),
    "node": (exchange_service_pb2, health_pb2),
    "auditor": (audit_service_pb2, health_pb2),
}


def methods() -> Iterator[tuple[str, str]]:
    """Every method that there is, and by whom it may be called."""
    for who, files in FILES.items():
        for file in files:
            for service in file.DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    if (service.name, method.name) != ("Health", "List"):
                        yield who, f"/{service.full_name}/{method.name}"


@dataclass
class Callers:
    """Channels of those who may call the node of a home."""

    channels: dict[str, grpc.aio.Channel]


@pytest.fixture
async def callers(homes: tuple[Path, Path]) -> AsyncIterator[Callers]:
    home, partner = homes
    ca = authority(home)
    key = tls.new_key()
    court = tls.issue(
        ca, tls.spiffe_of("auditor", "court.pk"), public_of(key), options.now()
    )
    shown = {
        "node": config.read_tls(config.node_home(partner)),
        "desk": config.read_tls(config.desk_home(home)),
        "auditor": (key, court),
    }
    name = [("grpc.ssl_target_name_override", "islamabad.pk.fusion")]
    clock = Clock()
    with open_home(home, clock) as (node, endpoint):
        root = tls.certificate_pem(node.members.nation("pk").tls_root)
        async with serving(node, endpoint, clock) as port:
            channels = {
                who: grpc.aio.secure_channel(
                    f"127.0.0.1:{port}",
                    grpc.ssl_channel_credentials(root, *given),
                    options=name,
                )
                for who, given in shown.items()
            }
            yield Callers(channels)
            for channel in channels.values():
                await channel.close()


async def answered(
    channel: grpc.aio.Channel, method: str, *bodies: bytes
) -> grpc.aio.AioRpcError | None:
    """Return the error that a call with these bodies ends with."""
    ask: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
    ask = channel.stream_stream(method)
    call = ask(iter(bodies), timeout=10)
    try:
        while await call.read() is not grpc.aio.EOF:
            pass
    except grpc.aio.AioRpcError as error:
        return error
    return None


async def test_a12_what_is_no_request_is_refused_in_our_words(callers: Callers) -> None:
    for who, method in methods():
        for what, junk in JUNK.items():
            error = await answered(callers.channels[who], method, junk)

            where = f"{what}, {method} as {who}"
            assert error is not None, where
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, where
            assert from_rpc_error(error, "").reason is Reason.INPUT, where
            assert TEXTS[Reason.INPUT] in (error.details() or ""), where
            assert "Decode" not in (error.details() or ""), where


async def test_a12_a_call_without_any_request_is_refused(callers: Callers) -> None:
    for who, method in methods():
        if method.endswith("/Replicate"):
            continue  # a stream may end before it begins
        error = await answered(callers.channels[who], method)
        assert error is not None, method
        assert from_rpc_error(error, "").reason is Reason.INPUT, method


SECRET = "the words of a fault"  # noqa: S105  no password


@pytest.mark.parametrize("make", ["unary_unary", "unary_stream", "stream_stream"])
async def test_c3_a12_the_words_of_a_fault_do_not_leave(
    tmp_path: Path, make: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def faulty(_: object, __: object) -> bytes:
        raise ValueError(SECRET)

    async def broken(_: object, __: object) -> AsyncIterator[bytes]:
        if make:
            raise ValueError(SECRET)
        yield b""

    behaviour = faulty if make == "unary_unary" else broken
    handler = getattr(grpc, f"{make}_rpc_method_handler")(behaviour, bytes, bytes)
    gate = Gate(Pins(), "ops.islamabad.pk", lambda: NOW)
    server, address = await serve(tmp_path, gate, Submit=handler)
    async with grpc.aio.insecure_channel(address) as channel:
        error = await answered(channel, "/exchange.v1.DeskService/Submit", b"")
    await server.stop(0)

    assert error is not None
    assert error.code() is grpc.StatusCode.INTERNAL
    assert from_rpc_error(error, "").reason is Reason.INTERNAL
    assert SECRET not in (error.details() or "")
    assert sum("fault at" in line for line in caplog.messages) == 1
