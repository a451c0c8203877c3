"""One TCP connection over a line of packets, and nothing else: what the line allows."""

import multiprocessing
import socket
import time
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from exchange.errors import Unreachable
from tests.benchmarks import packet_line

WARM_S = 3.0  # s from the first byte on, in which TCP finds out what the line carries
COUNTED_S = 3.0  # s after them, of which the rate is
PART = 256 * 1024  # bytes a call
SYSCTL = Path("/proc/sys/net/ipv4")
NAMED = ("tcp_congestion_control", "tcp_rmem", "tcp_wmem", "tcp_slow_start_after_idle")


class RawTcp(Struct, frozen=True):
    """Bytes a second that came over, and the settings of the kernel by name."""

    rate: float
    settings: dict[str, str]


def measure(names: tuple[str, str]) -> RawTcp:
    """Send from the first namespace to the second for WARM_S and COUNTED_S."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    rate, settings = 0.0, dict[str, str]()
    processes = [
        context.Process(target=_receive, args=(there, names[1], WARM_S, COUNTED_S)),
        context.Process(target=_send, args=(names[0],)),
    ]
    try:
        for process in processes:
            process.start()
            if not here.poll(packet_line.READY_S):  # it listens; it has counted
                raise Unreachable("line")
            rate, settings = here.recv()
        return RawTcp(rate, settings)
    finally:
        for process in reversed(processes):  # who sends, before the line goes
            if process.pid is not None:
                process.terminate()
                process.join()


def _receive(tell: Connection, name: str, warm: float, counted: float) -> None:
    """Tell that it listens, then what came and how the kernel is set; then wait.

    `warm` and `counted` are s.
    """
    packet_line.enter(name)
    with socket.create_server(
        (packet_line.ADDRESSES[1], packet_line.RAW_PORT)
    ) as server:
        tell.send((0.0, {}))
        connection, _ = server.accept()
    part = bytearray(PART)
    _take(connection, part, warm)
    began = time.monotonic()
    came = _take(connection, part, counted)
    settings = {one: (SYSCTL / one).read_text("ascii").strip() for one in NAMED}
    tell.send((came / (time.monotonic() - began), settings))
    tell.poll(None)  # else the connection would be reset while it is sent on


def _take(connection: socket.socket, part: bytearray, seconds: float) -> int:
    """Return how many bytes came in that time."""
    until, came = time.monotonic() + seconds, 0
    while time.monotonic() < until and (size := connection.recv_into(part)):
        came += size
    return came


def _send(name: str) -> None:
    """Send for as long as this process lives."""
    packet_line.enter(name)
    target = packet_line.ADDRESSES[1], packet_line.RAW_PORT
    with socket.create_connection(target) as connection:
        part = bytes(PART)
        while True:
            connection.sendall(part)
