"""Benchmark of a desk: writing one bulletin of 2 KB, and filing many that arrived.

Writing is reading what the officer said, all its checks, and `compose`: sealing and
signing; nothing is kept. Filing is the catch-up of a desk that was away: what its node
holds is judged, opened, filed and indexed until the mailbox has it all.

The floor of filing is what one core opens and verifies a second, and does nothing else
with; that of writing is sealing and signing alone.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from exchange import config, envelope
from exchange.bulletin.content import from_json
from exchange.cli.speed import per_second
from exchange.clock import wall_ms
from exchange.demo.sites import OFFICERS, DemoSite
from exchange.demo.traffic import open_desk
from exchange.desk.client import Desk
from exchange.desk.mailbox import Filter
from exchange.errors import Unreachable
from exchange.limits import SUBMIT_MAX
from exchange.trust.registered_keys import Registered
from exchange.v1 import envelope_pb2 as pb
from tests.benchmarks import floors, sealed_bulletins
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import MIB, Moment, memory
from tests.benchmarks.site_pair import NodeProcess, make_sites, run_nodes
from tests.benchmarks.submit_client import run_apart, submit_until_cosigned

COMPOSE_MAX = 2.0  # ms, p50
LEAST_RATE = 2_000  # bulletins/s filed
COMPOSED = 200  # bulletins
CALLS = 4  # at one time
OPENED = 200  # envelopes, opened over and over for the floor
SYNC_S = 5.0  # of reading what arrives, between two looks
STALL_S = 120.0
MS = 1_000  # ms in a second

Tell = Callable[[str], None]


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Let a desk take so many bulletins that its node holds, and write COMPOSED."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    tell(f"sealing {bulletins} bulletins")
    forms = sealed_bulletins.write_forms(sites[0], sites[1].desk)
    envelopes = list(sealed_bulletins.seal(sites[0], forms, bulletins))
    path = folder / "requests"
    sealed_bulletins.write_requests(path, iter(envelopes), SUBMIT_MAX)
    with run_nodes(sites):
        socket = config.node_home(sites[0].home).socket
        run_apart(submit_until_cosigned, socket, path, CALLS)
    with watch_load() as load:
        with NodeProcess(sites[1]) as node:
            before = Moment.now([node.pid])
            tell("filing")
            filed, cpu, peak = run_apart(file_all, sites[1], bulletins)
            tell("composing")
            composed = run_apart(compose_all, sites[1], sites[0].desk, COMPOSED)
            others = Moment.now([node.pid]).others(before)
        given = sites[0].desk, envelopes[:OPENED]
        opened, sealed = run_apart(floor_rates, sites[1], *given)
    figure, compose = bulletins / filed, statistics.median(composed) * MS
    return {
        "name": "desk",
        "figure": round(figure),
        "unit": "bulletins/s filed",
        "floor": round(opened),
        "ratio": round(figure / opened, 3),
        "ok": figure >= LEAST_RATE and compose <= COMPOSE_MAX,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "cpu_us": round(cpu / bulletins * 1e6, 1),
        "peak_mib": round(peak / MIB, 1),
        "compose": {
            "p50_ms": round(compose, 2),
            "max_ms": round(max(composed) * MS, 2),
            "floor_ms": round(MS / sealed, 2),
        },
    }


def file_all(site: DemoSite, count: int) -> tuple[float, float, int]:
    """Let a desk take all that its node holds.

    Return the seconds of the clock and of a core, and the peak of its memory (bytes).
    """
    with open_desk(site) as desk:
        began, used = time.monotonic(), time.process_time()
        while _count(desk) < count:
            if time.monotonic() - began > STALL_S:
                raise Unreachable(site.node)
            desk.sync(SYNC_S)
        passed, cpu = time.monotonic() - began, time.process_time() - used
    return passed, cpu, memory(os.getpid())[1]


def _count(desk: Desk) -> int:
    return len(desk.mailbox.search.ids(Filter(direction="in")))


def compose_all(site: DemoSite, to: str, count: int) -> list[float]:
    """Return the seconds that each of so many bulletins took, each of its own text.

    From what an officer's file says to a sealed envelope, all checks between.
    """
    taken = []
    with open_desk(site) as desk:
        for number in range(count):
            words = f"Report {number} of today. "
            said = sealed_bulletins.draft_json(to, wall_ms(), first=words)
            began = time.perf_counter()
            desk.compose(from_json(said))
            taken.append(time.perf_counter() - began)
    return taken


def floor_rates(
    site: DemoSite, other: str, envelopes: Sequence[pb.Envelope]
) -> tuple[float, float]:
    """Return how many envelopes one core opens a second, and how many it seals.

    With their signatures, and nothing else; `other` is the desk that wrote them.
    """
    with open_desk(site) as desk:
        (form, *_) = sealed_bulletins.write_forms_at(desk, other)
        signer, openers = desk.officer.signer, desk.officer.openers
        author = f"{OFFICERS[0]}@{other}"
        signers = [_author_key(desk, author, one) for one in envelopes]

    def open_some() -> None:
        for one, key in zip(envelopes, signers, strict=True):
            parsed = envelope.split(one.entry)
            signed = parsed.signatures[0]
            envelope.verify_signature(parsed, signed, key.algorithm, key.public)
            envelope.open_envelope(parsed, one.wraps, one.body, openers)

    def seal_one() -> None:
        sealed_bulletins.seal_one(form, signer, wall_ms())

    opened = len(envelopes) * per_second(open_some, floors.WHILE)
    return opened, per_second(seal_one, floors.WHILE)


def _author_key(desk: Desk, author: str, sent: pb.Envelope) -> Registered:
    core = envelope.split(sent.entry).core
    return desk.pinned.author(author, core.author, core.filed)
