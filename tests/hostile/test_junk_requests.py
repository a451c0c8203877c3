"""Bytes that are no request, numbers at the edge, words meant for a log."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health_pb2

from exchange import config
from exchange.cli import options
from exchange.clock import Clock
from exchange.config import DeskHome, NodeHome
from exchange.errors import TEXTS, Reason
from exchange.home.backup_file import Manifest
from exchange.net.assemble import open_home
from exchange.net.gate import Gate
from exchange.net.grpc_status import from_rpc_error
from exchange.net.server import serving
from exchange.node import views
from exchange.node.session import VERSION
from exchange.v1 import (
    audit_service_pb2,
    desk_service_pb2,
    envelope_pb2,
    exchange_service_pb2,
    ledger_pb2,
)
from exchange.v1 import exchange_service_pb2 as pb
from keys import tls
from tests import test_config as origin
from tests.batches import serialized
from tests.chaos.served import Served
from tests.expecting import refusing
from tests.net import hostile
from tests.net.certificates import minted
from tests.net.conftest import authority
from tests.net.test_gate import NOW, Pins, serve
from tests.net.test_transport import Served as Port
from tests.net.test_transport import call
from tests.node.world import World
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


# Numbers at the edge of what a type holds, in files and calls that others make.


node = origin.node
desk = origin.desk


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_t8_a_time_that_is_no_number_in_a_backup(value: str) -> None:
    said = json.dumps({"version": 2, "desk": "ops", "files": [], "rows": {}})
    with refusing(Reason.INPUT):
        Manifest.parse(f'{said[:-1]}, "made": {value}}}'.encode())


def test_t8_an_integer_of_5_000_digits_in_the_settings(
    node: NodeHome, desk: DeskHome
) -> None:
    many = f'name = "a"\nconnect_s = {"9" * 5_000}\n'
    node.config.write_text(many)
    with refusing(Reason.INPUT):
        config.read_node(node)
    desk.config.write_text(many)
    with refusing(Reason.INPUT):
        config.read_desk(desk)


@pytest.mark.parametrize("after", [2**63, 2**64 - 1])
def test_t8_a_watch_after_more_than_any_database_holds(
    world: World, after: int
) -> None:
    with refusing(Reason.POSITION):
        views.check_mark(world.pk.node, after, "")


# W12: what others say reaches the log of `fusion serve` as one whole line, or not.


CN, PK = "beijing.cn", "islamabad.pk"
WORDS = (
    'x"}\n{"event": "link to islamabad.pk is up", "level": "info"}',
    "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "\u202egpj\u2028\u0085 \\u000a %s %(x)s {0}",
    "a" * 5_000,
)


def frames(words: str) -> Iterator[pb.Frame]:
    """Yield frames with these words wherever a frame has words, but for a bye."""
    head = words.encode()
    told = ledger_pb2.LogPosition(origin=words, size=9, head=head)
    yield pb.Frame(hello=pb.Hello(node=words, version=VERSION, logs=[told]))
    yield pb.Frame(refused=pb.Refused(origin=words, reason=words, size=1))
    yield pb.Frame(
        batch=ledger_pb2.Batch(
            origin=words,
            envelopes=serialized([envelope_pb2.Envelope(entry=head)]),
            head=head,
        )
    )
    yield pb.Frame(cosigned=pb.Cosigned(origin=words, size=1, head=head))
    yield pb.Frame(want=pb.Want(origin=words))
    yield pb.Frame(express=pb.Express(envelope=envelope_pb2.Envelope(entry=head)))
    yield pb.Frame(bye=pb.Bye(reason=words))


async def say(home: Path, port: int, *said: pb.Frame) -> None:
    """Say frames on one stream, and hear how it ends."""
    async with (
        hostile.channel(home, PK, port) as opened,
        hostile.stream(opened, *said) as stream,
    ):
        with contextlib.suppress(grpc.aio.AioRpcError, TimeoutError):
            await asyncio.wait_for(hostile.exhaust(stream), 2)


async def attack(home: Path, port: int) -> None:
    for words in WORDS:
        for frame in frames(words):
            first = [] if frame.HasField("hello") else [hostile.hello(CN)]
            await say(home, port, *first, frame)


def ask(home: Path, port: int, path: str, certificate: Path | None = None) -> None:
    """Make a call that ends somehow."""
    to = cast("Port", SimpleNamespace(partner=home, port=port))
    with contextlib.suppress(OSError):
        call(to, path, certificate=certificate)


def told(said: str) -> list[dict[str, Any]]:
    """Return the lines of a log, each of which is whole."""
    lines = said.splitlines()
    assert lines
    return [json.loads(line) for line in lines]


@pytest.fixture
def served(homes: tuple[Path, Path]) -> Iterator[tuple[Served, int, Path]]:
    node = Served(homes[0])
    said = node.start()
    assert "ready" in said
    try:
        yield node, int(said.split()[-1]), homes[1]
    finally:
        node.end()


def test_w12_words_of_others_in_the_log(
    served: tuple[Served, int, Path], tmp_path: Path
) -> None:
    """Of frames, of methods and of certificates; each event is one line."""
    node, port, home = served
    asyncio.run(attack(home, port))
    for path in ('/x"}{"event": "up"', "/%0a%1b[2J", "/" + "a" * 5_000):
        ask(home, port, path)
    ca = authority(home)
    key = (home / "node" / "tls.key").read_bytes()
    for number, name in enumerate(('beijing"}{"event', "bei%0ajing", "b" * 900)):
        path_ = tmp_path / f"{number}.crt"
        uri = f"spiffe://cn.fusion/node/{name}"
        path_.write_bytes(minted(ca, [uri], key, options.now()))
        ask(home, port, "/exchange.v1.ExchangeService/GetHead", path_)
    _, said = node.end()

    lines = told(said)
    assert any("refused METHOD" in line["event"] for line in lines)
    assert any("refused IDENTITY" in line["event"] for line in lines)
    for line in lines:
        assert set(line) == {"event", "level", "timestamp"}, line
        assert line["event"].isprintable(), line
        assert len(line["event"]) < 400, line
        assert "owned" not in line["event"]
