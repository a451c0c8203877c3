"""Benchmark of the terminal while bulletins arrive and an officer scrolls.

Two nodes run; one nation's desk hands over RATE bulletins a second, which the other's
terminal gets from its own node, judges, opens and files, as it always does. Meanwhile
an arrow key is pressed now and then (PAUSES_S after the last one was answered). It is
timed from its write to the paint that has the cursor's mark: an arrival paints counts
and rows below, and never the row of the cursor. A heart beats in the loop of the
screen, every BEAT_S: what it is late is how long the screen stood still.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path

from exchange import config
from exchange.demo.sites import OFFICERS, DemoSite
from exchange.demo.traffic import open_desk
from exchange.desk.mailbox import Filter
from exchange.errors import Unreachable
from exchange.net import desk_client
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.sealed_bulletins import read_requests
from tests.benchmarks.search import p95
from tests.benchmarks.site_pair import Sites, make_sites, run_nodes
from tests.benchmarks.submit_client import submit_method, submit_one
from tests.benchmarks.terminal import PseudoTerminal

RATE = 200  # bulletins/s
GROUP = 20  # a call
BEFORE = 200  # bulletins that are there when the keys begin
KEY_MAX = 30.0  # ms, p95
BLOCK_MAX = 50.0  # ms
PAUSES_S = (0.03, 0.1, 0.25)
"""Between keys: one that is held down, a quick finger, and time to look beside."""
BEAT_S = 0.005
START_S = 60.0
KEY_S = 5.0
KEYS_LEAST = 2  # of fewer there is no p95
MS = 1_000
DOWN, HOME = b"\x1b[B", b"\x1b[H"
CURSOR = "▌".encode()
PROGRAM = f"""
import asyncio, sys, time
out = open(sys.argv.pop(1), "w", buffering=1)
from tui.app import Terminal

mounted = Terminal.on_mount

async def on_mount(self):
    await mounted(self)
    loop = asyncio.get_running_loop()

    def beat(due):
        now = time.monotonic()
        print(now, now - due, file=out)
        loop.call_later({BEAT_S}, beat, now + {BEAT_S})

    beat(time.monotonic())

Terminal.on_mount = on_mount
from exchange.cli import main
main()
"""
"""The terminal, with a heart that writes down each beat and how late it is (s)."""

Tell = Callable[[str], None]


def measure(
    folder: Path, environment: Mapping[str, str], seconds: int, tell: Tell
) -> dict[str, float]:
    """Return the figures of a terminal at which RATE bulletins a second arrive."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    path, beats = folder / "requests", folder / "beats"
    count = BEFORE + RATE * seconds
    tell(f"sealing {count} bulletins")
    sealed_bulletins.seal_requests(sites, path, count, GROUP)
    with run_nodes(sites), _terminal(sites[1], beats, environment) as terminal:
        _wait_for_beats(terminal, beats)
        requests = read_requests(path)
        _hand_over(sites, requests, BEFORE)
        terminal.rest(3.0)
        terminal.press(HOME, KEY_S)  # the cursor is on the first that came
        tell("pressing keys while bulletins arrive")
        began = time.monotonic()
        handing = threading.Thread(target=_hand_over, args=(sites, requests, count))
        handing.start()
        keys = _scroll(terminal, handing)
        took = time.monotonic() - began
        terminal.rest(2.0)
        arrived = _count(sites[1]) - BEFORE
    late = [late for at, late in _read_beats(beats) if began <= at <= began + took]
    return {
        "arrived_per_s": round(arrived / took, 1),
        "arriving_key_p95_ms": round(p95(keys) * MS, 1),
        "arriving_key_max_ms": round(max(keys) * MS, 1),
        "block_p99_ms": round(sorted(late)[len(late) * 99 // 100] * MS, 1),
        "block_max_ms": round(max(late) * MS, 1),
    }


def is_met(found: Mapping[str, float]) -> bool:
    """Whether keys and screen went on as they must."""
    slow = found["arriving_key_p95_ms"] > KEY_MAX
    return not slow and found["block_max_ms"] <= BLOCK_MAX


def _scroll(terminal: PseudoTerminal, handing: threading.Thread) -> list[float]:
    """Press a key now and then while bulletins are handed over; return s of each."""
    taken = list[float]()
    for pause in cycle(PAUSES_S):
        if len(taken) >= KEYS_LEAST and not handing.is_alive():
            break
        passed = terminal.press_until(DOWN, _has_cursor, KEY_S)
        if passed is None:
            raise Unreachable("terminal")
        taken.append(passed)
        terminal.rest(pause)
    return taken


def _has_cursor(text: bytes) -> bool:
    """Whether the row of the cursor was painted."""
    return CURSOR in text


def _hand_over(sites: Sites, requests: Iterator[bytes], most: int) -> None:
    """Hand over at most so many bulletins, RATE a second."""
    with desk_client.channel(config.node_home(sites[0].home).socket) as channel:
        submit = submit_method(channel)
        began = time.monotonic()
        for number in range(most // GROUP):
            request = next(requests, None)
            if request is None:
                return
            submit_one(submit, request)
            wait = began + (number + 1) * GROUP / RATE - time.monotonic()
            time.sleep(max(0.0, wait))


def _terminal(
    site: DemoSite, beats: Path, environment: Mapping[str, str]
) -> PseudoTerminal:
    program = [sys.executable, "-P", "-c", PROGRAM, str(beats)]
    given, writer = os.pipe()
    os.write(writer, f"{site.passphrase}\n".encode())
    os.close(writer)
    command = ["tui", "--home", str(site.home), "--officer", OFFICERS[0]]
    return PseudoTerminal(
        [*program, *command, "--passphrase-fd", str(given)], environment, given
    )


def _wait_for_beats(terminal: PseudoTerminal, beats: Path) -> None:
    began = time.monotonic()
    while not (beats.exists() and beats.stat().st_size):
        if time.monotonic() - began > START_S:
            raise Unreachable("terminal")
        terminal.rest(0.2)
    terminal.rest(2.0)


def _read_beats(beats: Path) -> list[tuple[float, float]]:
    lines = beats.read_text().splitlines()[:-1]  # the last may be cut
    pairs = (line.split() for line in lines)
    return [(float(at), float(late)) for at, late in pairs]


def _count(site: DemoSite) -> int:
    with open_desk(site) as desk:
        return len(desk.mailbox.search.ids(Filter(direction="in")))
