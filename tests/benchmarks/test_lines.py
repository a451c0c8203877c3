"""The lines between two nodes: what they delay, hold back and lose."""

import os
import socket
import subprocess
import threading
import time
from random import Random

import pytest

from tests.benchmarks import delaying_proxy, packet_line
from tests.benchmarks.delayed_queue import WAITING_MIN, DelayedQueue, NetworkLine

SEED = 7


def queue(line: NetworkLine) -> DelayedQueue:
    return DelayedQueue(line, Random(SEED))  # noqa: S311  to do it once more


def test_data_comes_out_after_half_the_rtt_and_in_order() -> None:
    way = queue(NetworkLine(100))
    way.put(b"a", 1.0)
    way.put(b"b", 1.01)

    assert (way.next_at(), way.take(1.04)) == (1.05, None)
    assert (way.take(1.05), way.take(1.05), way.take(1.06)) == (b"a", None, b"b")
    assert way.next_at() is None


def test_a_rate_makes_what_comes_later_wait_for_what_came_before() -> None:
    way = queue(NetworkLine(0, 8_000))  # 1,000 bytes a second
    way.put(bytes(500), 1.0)
    way.put(bytes(250), 1.0)

    assert way.take(1.49) is None
    assert way.take(1.5) == bytes(500)
    assert (way.take(1.74), way.take(1.75)) == (None, bytes(250))


def test_a_slow_line_is_full_once_as_much_waits_as_may() -> None:
    way = queue(NetworkLine(0, 8_000))
    way.put(bytes(WAITING_MIN), 1.0)
    assert way.room_in(1.0) == 0
    way.put(bytes(1_000), 1.0)

    assert way.room_in(1.0) == pytest.approx(1.0)
    assert way.room_in(2.5) == 0


def test_a_line_loses_its_share() -> None:
    way = queue(NetworkLine(loss=0.25))
    for _ in range(4_000):
        way.put(b"a", 1.0)
    came = 0
    while way.take(1.0) is not None:
        came += 1

    assert 2_800 < came < 3_200


def test_the_proxy_gives_what_came_to_the_right_side_after_the_delay() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo() -> None:
            far, _ = server.accept()
            with far:
                while data := far.recv(65_536):
                    far.sendall(data)

        thread = threading.Thread(target=echo, daemon=True)
        thread.start()
        target = f"127.0.0.1:{server.getsockname()[1]}"
        with delaying_proxy.run_proxy([target], NetworkLine(200)) as (address,):
            host, port = address.split(":")
            with socket.create_connection((host, int(port))) as near:
                sent, came = os.urandom(100_000), b""
                began = time.monotonic()
                near.sendall(sent)
                while len(came) < len(sent):
                    came += near.recv(65_536)
                took = time.monotonic() - began
        thread.join()

    assert came == sent
    assert took >= 0.2


def test_packets_between_namespaces_take_the_rtt_and_the_namespaces_go() -> None:
    if not packet_line.can_run():
        return  # the benchmark uses the proxy then
    with packet_line.run_line(NetworkLine(100)) as (here, there):
        far = packet_line.ADDRESSES[1], 9
        ask = f"import socket; socket.create_connection({far})"
        began = time.monotonic()
        done = subprocess.run(
            [*packet_line.inside(here), "python3", "-c", ask],
            capture_output=True,
            check=False,
        )
        took = time.monotonic() - began

    assert (
        b"ConnectionRefusedError" in done.stderr
    )  # by the other side, so it came there
    assert took >= 0.1
    assert not (packet_line.NAMESPACES / here).exists()
    assert not (packet_line.NAMESPACES / there).exists()


LISTEN = """
import hashlib, socket
with socket.create_server(("10.213.7.2", 9)) as server:
    print("ready", flush=True)
    near, _ = server.accept()
came = hashlib.sha256()
while data := near.recv(1 << 20):
    came.update(data)
print(came.hexdigest())
"""
SEND = """
import hashlib, random, socket
data = random.Random(1).randbytes(3_000_000)
with socket.create_connection(("10.213.7.2", 9)) as far:
    far.sendall(data)
print(hashlib.sha256(data).hexdigest())
print(open("/proc/sys/net/ipv4/tcp_wmem").read().split()[2])
"""


@pytest.mark.parametrize("line", [NetworkLine(20), NetworkLine(20, loss=0.02)])
def test_what_is_sent_comes_whole_over_packets_cut_by_the_kernel_or_by_the_line(
    line: NetworkLine,
) -> None:
    if not packet_line.can_run():
        return  # as above
    with (
        packet_line.run_line(line) as (here, there),
        subprocess.Popen(
            [*packet_line.inside(there), "python3", "-c", LISTEN],
            stdout=subprocess.PIPE,
            text=True,
        ) as listener,
    ):
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        done = subprocess.run(
            [*packet_line.inside(here), "python3", "-c", SEND],
            capture_output=True,
            text=True,
            check=True,
        )
        came = listener.stdout.read().split()
    sent, buffers = done.stdout.split()

    assert came == [sent]
    assert buffers == packet_line.BUFFERS.split()[2]
