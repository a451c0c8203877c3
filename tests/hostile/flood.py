"""A desk that floods its node: python -m tests.hostile.flood HOME PORT ATTACK.

Prints "ready" once it has begun, and goes on until it is killed.
"""

import asyncio
import contextlib
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc

from exchange import config
from exchange.desk.link.connect import load_bundles
from exchange.net.desk_client import OPTIONS
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import desk_service_pb2_grpc as rpc
from exchange.v1 import envelope_pb2
from keys import tls
from tests.batches import serialized

CONNECTIONS = 16
CALLS = {"submits": 4, "crowds": 256, "questions": 32, "watches": 64}
"""Calls at once, a connection."""
ENVELOPES = 256  # a Submit; together just under what a message may have
TIMEOUT = 60.0  # s

Attack = Callable[["rpc.DeskServiceAsyncStub"], Awaitable[object]]


def junk() -> pb.SubmitRequest:
    """Return as much nonsense as one call may carry."""
    draw = random.Random(4)  # noqa: S311  no secret
    made = [
        envelope_pb2.Envelope(
            entry=draw.randbytes(600), wraps=[bytes(1_200)] * 2, body=bytes(4_900)
        )
        for _ in range(ENVELOPES)
    ]
    return pb.SubmitRequest(envelopes=serialized(made))


JUNK = junk()


async def submit(stub: "rpc.DeskServiceAsyncStub") -> None:
    await stub.Submit(JUNK, timeout=TIMEOUT)


async def ask(stub: "rpc.DeskServiceAsyncStub") -> None:
    await stub.GetStatus(pb.GetStatusRequest(), timeout=TIMEOUT)


async def leave_unread(stub: "rpc.DeskServiceAsyncStub") -> None:
    call = stub.Watch(pb.WatchRequest(), timeout=TIMEOUT)
    await call.read()  # of the first page, and no more
    await asyncio.sleep(TIMEOUT)


ATTACKS: dict[str, Attack] = {
    "submits": submit,
    "crowds": submit,
    "questions": ask,
    "watches": leave_unread,
}


async def repeat(attack: Attack, stub: "rpc.DeskServiceAsyncStub") -> None:
    while True:
        with contextlib.suppress(grpc.aio.AioRpcError):
            await attack(stub)


async def flood(home: Path, port: str, attack: str) -> None:
    """Flood a node until this process is killed."""
    desk = config.desk_home(home)
    name = config.read_desk(desk).name.partition(".")[2]
    root = tls.certificate_pem(load_bundles(home)[name.rpartition(".")[2]].tls_root)
    credentials = grpc.ssl_channel_credentials(root, *config.read_tls(desk))
    options = [
        *(option for option in OPTIONS if option[0] != "grpc.default_authority"),
        ("grpc.ssl_target_name_override", tls.dns_of_node(name)),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    channels = [
        grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options=options)
        for _ in range(CONNECTIONS)
    ]
    tasks = [
        repeat(ATTACKS[attack], rpc.DeskServiceStub(channel))
        for channel in channels
        for _ in range(CALLS[attack])
    ]
    print("ready", flush=True)  # noqa: T201  who started it waits for this
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    _, folder, at, what = sys.argv
    asyncio.run(flood(Path(folder), at, what))
