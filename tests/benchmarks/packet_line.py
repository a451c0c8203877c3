"""A line of packets between two network namespaces: TCP of the kernel, end to end.

Each namespace has a TUN device, and a process carries the packets between them with
the delay, the rate and the loss of a line. So the windows, the retransmissions and the
congestion control are those of a real long path. Needs root, `ip` and /dev/net/tun.

The namespaces' TCP may keep as much unsent and unread as docs/operations/network.md
advises for long lines; all else is as the machine has it.
"""

import ctypes
import fcntl
import multiprocessing
import os
import select
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from exchange.errors import Unreachable
from tests.benchmarks.delayed_queue import DelayedQueue, NetworkLine

TUN = Path("/dev/net/tun")
NAMESPACES = Path("/var/run/netns")
TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0  # linux/if_tun.h
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4 = 0x01, 0x02
CLONE_NEWNET = 0x40000000  # sched.h
DEVICE = "fusion0"
ADDRESSES = ("10.213.7.1", "10.213.7.2")
PACKET_MAX = 65_536 + 64  # bytes, with the header of a packet that is not cut yet
BUFFERS = "4096 16384 33554432"  # bytes a socket: least, at first, most
PARTNERS_PORT, RAW_PORT = 5_000, 5_001  # that no settings of a benchmark name
QUEUED_MAX = 10_000  # packets that wait in a device while the line has no processor
READY_S = 30.0
SEED = 1  # the same packets are lost each time


def can_run() -> bool:
    """Whether this process may make namespaces and devices."""
    return os.geteuid() == 0 and TUN.exists() and shutil.which("ip") is not None


@contextmanager
def run_line(line: NetworkLine) -> Iterator[tuple[str, str]]:
    """Join two new namespaces by such a line; yield their names.

    Their addresses are ADDRESSES. Both are gone after the block.
    """
    names = f"fusion-{os.getpid()}-a", f"fusion-{os.getpid()}-b"
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_carry, args=(there, names, line))
    try:
        for name, address in zip(names, ADDRESSES, strict=True):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "tuntap", "add", "dev", DEVICE, "mode", "tun")
            _ip("-n", name, "address", "add", f"{address}/24", "dev", DEVICE)
            queue = "txqueuelen", str(QUEUED_MAX)
            _ip("-n", name, "link", "set", DEVICE, *queue, "up")
        process.start()
        if not here.poll(READY_S):
            raise Unreachable("line")
        yield names
    finally:
        if process.pid is not None:
            process.terminate()
            process.join()
        for name in names:
            if (NAMESPACES / name).exists():
                _ip("netns", "delete", name)


def inside(name: str) -> tuple[str, ...]:
    """Return the words before a command by which it runs in a namespace."""
    return "ip", "netns", "exec", name


def enter(name: str) -> None:
    """Let this process use the network of a namespace from now on."""
    with (NAMESPACES / name).open() as space:
        if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _carry(tell: Connection, names: tuple[str, str], line: NetworkLine) -> None:
    """Carry packets between both devices for as long as this process lives."""
    ends = [_open_device(name, whole=not (line.rate or line.loss)) for name in names]
    random = Random(SEED)  # noqa: S311  no secret
    ways = {
        here: (there, DelayedQueue(line, random))
        for here, there in (ends, reversed(ends))
    }
    tell.send(True)  # noqa: FBT003  the other side only waits for something
    while True:
        times = [at for _, way in ways.values() if (at := way.next_at()) is not None]
        pause = max(0.0, min(times) - time.monotonic()) if times else None
        ready, _, _ = select.select(ends, [], [], pause)
        now = time.monotonic()
        for here in ready:
            packet, (_, way) = os.read(here, PACKET_MAX), ways[here]
            if not way.room_in(now):  # else it is lost, as at a router
                way.put(packet, now)
        for there, way in ways.values():
            while (come := way.take(now)) is not None:
                os.write(there, come)


def _open_device(name: str, *, whole: bool) -> int:
    """Return the TUN device of a namespace; this process stays in that namespace.

    `whole`: what the kernel leaves to a network card to cut comes uncut, up to 64 KiB.
    """
    enter(name)
    for buffer in ("tcp_rmem", "tcp_wmem"):
        (Path("/proc/sys/net/ipv4") / buffer).write_text(BUFFERS, "ascii")
    device = os.open(TUN, os.O_RDWR)
    flags = IFF_TUN | IFF_NO_PI | (IFF_VNET_HDR if whole else 0)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), flags))
    if whole:
        fcntl.ioctl(device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
    return device
