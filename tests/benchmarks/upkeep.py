"""Benchmark of appends while old data is tidied up: how long the longest one takes.

Groups of entries with sealed texts are appended to a log, each with its head and sync:
first alone, then while another thread does the work of a node's ticks: it erases every
old text, moves every old entry into files, and copies the write-ahead log back. It does
so without a pause, where a node works for a fifth of a second a tick.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from exchange.clock import wall_ms
from exchange.ledger.tiles import WIDTH
from exchange.limits import ERASED_AT_ONCE
from exchange.store import Erasure, Store
from tests.benchmarks.ledger import BODY, ORIGIN, LogWriter, entry
from tests.benchmarks.machine import machine

BAR = 50.0  # ms that an append may take; longer only if the longest before was longer
GROUP = 16  # entries of an append: a node under load
ALONE = 200  # appends before that work begins

Tell = Callable[[str], None]


def measure(folder: Path, entries: int, tell: Tell) -> dict[str, object]:
    """Build a log of so many entries in a folder, and return the measurement."""
    with ExitStack() as stack:
        writer = stack.enter_context(LogWriter.open(folder / "ledger.db"))
        while (size := writer.edge.size) < entries:
            writer.append([entry(size + n, BODY) for n in range(WIDTH)])
            tell(f"built {writer.edge.size} of {entries}")
        writer.publish()
        tell("appending")
        alone = [_append(writer) for _ in range(ALONE)]
        tell("appending while old entries are erased and moved")
        done = threading.Event()
        moved: list[int] = []
        upkeep = threading.Thread(
            target=_tidy_up, args=(writer.store, size, moved, done)
        )
        upkeep.start()
        beside = []
        while not done.is_set():
            beside.append(_append(writer))
        upkeep.join()
    longest, floor = max(beside), max(alone)
    return {
        "name": "upkeep",
        "figure": round(longest, 1),
        "unit": "ms, the longest append",
        "floor": round(floor, 1),
        "ratio": round(longest / floor, 2),
        "ok": longest <= max(BAR, floor) and bool(moved),
        "machine": machine(),
        "entries": entries,
        "appends": len(beside),
        "p50_ms": round(_at(beside, 0.5), 2),
        "p99_ms": round(_at(beside, 0.99), 2),
        "alone_p50_ms": round(_at(alone, 0.5), 2),
        "alone_p99_ms": round(_at(alone, 0.99), 2),
        "moved": len(moved) * WIDTH,
    }


def _append(writer: LogWriter) -> float:
    """Append a group; return the ms that it took, signature of its head included."""
    size = writer.edge.size
    given = [entry(size + n, BODY) for n in range(GROUP)]
    began = time.perf_counter()
    writer.append(given)
    return (time.perf_counter() - began) * 1e3


def _tidy_up(store: Store, size: int, moved: list[int], done: threading.Event) -> None:
    """Erase and move all below a size, as a node does, but without its pauses."""
    try:
        for start in range(0, size, ERASED_AT_ONCE):
            store.retention.erase(
                Erasure(ORIGIN, range(start, start + ERASED_AT_ONCE), wall_ms())
            )
            store.retention.copy_wal_back()
        store.retention.empty_wal()
        for tile in range(size // WIDTH):
            store.cold.move(ORIGIN, tile, wall_ms())
            moved.append(tile)
            store.retention.copy_wal_back()
    finally:
        done.set()


def _at(values: list[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]
