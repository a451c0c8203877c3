"""Benchmark of many members: the cost of one more of them to each of the others.

A mesh of nations, a process each, on this machine. Each desk hands over bulletins for
the desk of the next nation; their entries go to all, their texts to that one alone. The
link to that nation carries as much as a link between two members, and a little more for
each further member. The bar limits this: entries per byte of such a link with five
members, compared with two.

Then one member is stopped, and later takes in what the others have written meanwhile.
At the end the growth of the databases is measured.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

from exchange import config
from exchange.demo.sites import DemoSite, Tell
from exchange.limits import MINUTE, SECOND
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.counting_node import Verified, read_verified
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.member_mesh import Mesh, Way, joined_mesh
from tests.benchmarks.processes import Moment
from tests.benchmarks.sizes import PAIR
from tests.benchmarks.submit_client import submit_all, submit_until_cosigned

SHARE = 0.8  # of the two-member rate for each byte of a link
BAR = 5  # members
CALLS = 2  # at one time, of each client
REST_S = MINUTE / SECOND  # s that a mesh is looked at while nothing is sent

Found = dict[str, Any]


def measure(
    folder: Path, members: Sequence[int], bulletins: int, tell: Tell
) -> dict[str, object]:
    """Measure a mesh of each size, in which each member sends so many bulletins.

    A mesh of two is always measured, since the others are compared with it.
    """
    sizes = sorted({PAIR, *members})
    with watch_load() as load:
        done = {
            size: _measure_size(folder / str(size), size, bulletins, tell)
            for size in sizes
        }
    floor = done[PAIR]["entries_per_mb"]
    compared = BAR if BAR in done else sizes[-1]
    figure = done[compared]["entries_per_mb"]
    others = max(one["others"] for one in done.values())
    return {
        "name": "members",
        "figure": figure,
        "unit": f"entries a MB of a link, with {compared} members",
        "floor": floor,
        "ratio": round(figure / floor, 3),
        "ok": figure / floor >= SHARE,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "members": list(done.values()),
    }


def _measure_size(folder: Path, size: int, bulletins: int, tell: Tell) -> Found:
    """Make a mesh of one size and measure it.

    1. Every member sends, until all have cosigned all; then the mesh is idle.
    2. The last member is away while the others send as much again, and comes back.
    3. The databases are measured.
    """
    tell(f"making {size} nations")
    with joined_mesh(folder, size, tell) as mesh:
        files = _seal(mesh, bulletins, tell)
        grown = _stored(mesh)
        with mesh.running():
            # 1
            tell(f"{size} members: each sends {bulletins}")
            sent = _send(mesh, [some[0] for some in files])
            tell(f"{size} members: at rest")
            rest = _rest(mesh)
            # 2
            tell(f"{size} members: one is away and comes back")
            back = _catch_up(mesh, [some[1] for some in files[:-1]])
        # 3
        grown = _stored(mesh) - grown
    entries = size * (size * bulletins + (size - 1) * bulletins)
    return {
        "members": size,
        **sent,
        **rest,
        **back,
        "stored": round(grown / entries),
    }


def _seal(mesh: Mesh, count: int, tell: Tell) -> list[tuple[Path, Path]]:
    """Seal twice so many bulletins of each desk for the desk of the next nation."""
    tell(f"sealing {2 * len(mesh.sites) * count} bulletins")
    found = []
    for site, reader in _ring(mesh.sites):
        files = site.home / "first", site.home / "second"
        for file in files:
            sealed_bulletins.seal_requests((site, reader), file, count)
        found.append(files)
    return found


def _ring(sites: Sequence[DemoSite]) -> list[tuple[DemoSite, DemoSite]]:
    """Return pairs of each item and the next; the first follows the last."""
    return list(zip(sites, [*sites[1:], sites[0]], strict=True))


def _send(mesh: Mesh, files: Sequence[Path]) -> Found:
    """Let all send at one time; return the cost to links and nodes.

    Bytes are those of a bulletin on one link, there and back: on the link to its
    reader, on a link to another, and of all links for each member that has it then.
    """
    pids, sites = [node.pid for node in mesh.nodes], mesh.sites
    before, carried, moment = _verified(mesh), mesh.carried(), Moment.now(pids)
    began = time.monotonic()
    with ThreadPoolExecutor(len(files)) as threads:
        runs = list(
            threads.map(
                lambda place: submit_until_cosigned(
                    mesh.socket(place), files[place], CALLS
                ),
                range(len(files)),
            )
        )
    seconds = time.monotonic() - began
    others = Moment.now(pids).others(moment)
    went = {way: now - carried[way] for way, now in mesh.carried().items()}
    each, count = runs[0].count, sum(run.count for run in runs)
    read = {(site.node, reader.node) for site, reader in _ring(sites)}
    with_text = fmean(went[way] for way in read) / each
    without = [size for way, size in went.items() if way not in read]
    checked = _verified(mesh)
    return {
        "entries": count,
        "rate": round(count / seconds, 1),
        "entries_per_mb": round(1e6 / with_text, 1),
        "to_reader": round(with_text),
        "to_others": round(fmean(without) / each) if without else 0,
        "per_member": round(sum(went.values()) / count / (len(files) - 1)),
        **{
            name: round((now - was) / count / len(files), 3)
            for name, now, was in zip(Verified._fields, checked, before, strict=True)
        },
        "others": round(others, 2),
    }


def _rest(mesh: Mesh) -> Found:
    """Watch an idle mesh; return the bytes a minute of one link in one direction."""
    carried, began = mesh.carried(), time.monotonic()
    time.sleep(REST_S)
    now, passed = mesh.carried(), time.monotonic() - began
    went: dict[Way, int] = {way: size - carried[way] for way, size in now.items()}
    return {"rest": round(fmean(went.values()) * MINUTE / SECOND / passed)}


def _catch_up(mesh: Mesh, files: Sequence[Path]) -> Found:
    """Let the last member be away while the others send; return how it catches up.

    The time runs from the start of its node until all others know that it has all.
    """
    away = mesh.nodes[-1]
    away.stop()
    count = 0
    for place, file in enumerate(files):
        count += submit_all(mesh.socket(place), file, CALLS).count
    for place in range(len(files)):
        mesh.wait_settled(place, without=away.site.node)
    began = time.monotonic()
    away.start()
    started = time.monotonic() - began
    for place in range(len(files)):
        mesh.wait_settled(place)
    seconds = time.monotonic() - began
    return {
        "missed": count,
        "caught_up_s": round(seconds, 1),
        "of_which_start_s": round(started, 1),
        "caught_up_per_s": round(count / (seconds - started), 1),
    }


def _verified(mesh: Mesh) -> Verified:
    """Return how many signatures all nodes have verified."""
    counts = [read_verified(site.home) for site in mesh.sites]
    return Verified(*(sum(each) for each in zip(*counts, strict=True)))


def _stored(mesh: Mesh) -> int:
    """Return the bytes of all databases; no node runs."""
    paths = [config.node_home(site.home).database for site in mesh.sites]
    return sum(path.stat().st_size for path in paths)
