"""W12: what others say reaches the log of `fusion serve` as one whole line, or not."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest

from exchange.cli import options
from exchange.node.session import VERSION
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized
from tests.chaos.served import Served
from tests.net import hostile
from tests.net.certificates import minted
from tests.net.conftest import authority
from tests.net.test_transport import Served as Port
from tests.net.test_transport import call

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
