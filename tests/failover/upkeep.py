"""How long an append takes while a server of PostgreSQL is tidied up.

    python -m tests.failover.upkeep [--entries N]

Starts a server that syncs its commits. Groups of 16 entries are appended, with head and
sync: first alone, then while another thread erases all old texts, as a node does but
without its pauses, and has the server checkpoint, vacuum all tables and checkpoint
again. Prints how long appends took beside each, and ends with exit code 1 if one took
longer than 50 ms, and longer than the longest alone. `python -m
tests.benchmarks upkeep` measures the same on a file.
"""

import argparse
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from exchange.clock import wall_ms
from exchange.ledger.tiles import WIDTH
from exchange.limits import ERASED_AT_ONCE
from exchange.store import Erasure, Store
from tests.benchmarks.ledger import BODY, ORIGIN, LogWriter, entry
from tests.benchmarks.upkeep import ALONE, BAR, _append, _at
from tests.postgres.cluster import running_cluster

ENTRIES = 10_240


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.failover.upkeep")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    entries = parser.parse_args().entries
    with ExitStack() as stack:
        cluster = stack.enter_context(running_cluster(durable=True))
        url = stack.enter_context(cluster.database())
        writer = stack.enter_context(LogWriter.open(url))
        while (size := writer.edge.size) < entries:
            writer.append([entry(size + n, BODY) for n in range(WIDTH)])
        writer.publish()
        alone = [_append(writer) for _ in range(ALONE)]
        _tell("alone", alone)
        within = partial(cluster.execute, database=url.name.partition(":")[2])
        steps: dict[str, Callable[[], object]] = {
            "while texts are erased": partial(_erase, writer.store, size),
            "in a checkpoint": partial(within, "CHECKPOINT"),
            "in a vacuum": partial(within, "VACUUM"),
            "in a checkpoint after it": partial(within, "CHECKPOINT"),
        }
        longest = max(_beside(writer, name, step) for name, step in steps.items())
    return 0 if longest <= max(BAR, *alone) else 1


def _beside(writer: LogWriter, name: str, step: Callable[[], object]) -> float:
    """Append until a step has ended; return the longest time that it took, ms."""
    work = threading.Thread(target=step)
    work.start()
    took = [_append(writer)]
    while work.is_alive():
        took.append(_append(writer))
    work.join()
    _tell(name, took)
    return max(took)


def _erase(store: Store, size: int) -> None:
    for start in range(0, size, ERASED_AT_ONCE):
        which = range(start, start + ERASED_AT_ONCE)
        store.retention.erase(Erasure(ORIGIN, which, wall_ms()))


def _tell(name: str, took: list[float]) -> None:
    line = (
        f"{name}: {len(took)} appends, {_at(took, 0.5):.1f} ms (median),"
        f" {_at(took, 0.99):.1f} ms (p99), {max(took):.1f} ms (longest)"
    )
    print(line, flush=True)  # noqa: T201  a command


if __name__ == "__main__":
    sys.exit(main())
