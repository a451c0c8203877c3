"""Benchmark of an audit: entries a second, against the rate of bare signatures.

The floor is what the same cores verify of the same Ed25519 signatures at once, with
nothing around them, before and after; the ratio shall be 0.8 at least, and all
processes together shall hold 300 MiB at most.
"""

import os
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from exchange import envelope
from exchange.audit import verify_export
from exchange.audit.judge import pool
from exchange.audit.sources.export_file import Export
from exchange.clock import wall_ms
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from keys.signing import kid
from tests.benchmarks import floors
from tests.benchmarks.machine import machine
from tests.benchmarks.processes import KIB, MIB, memory

NAME = "audit"
RATIO_MIN = 0.8
MEMORY_MAX = 300  # MiB
RAW_SECONDS = 1.5  # s, before and after
RAW_MESSAGES = 2_000  # of the export, verified over and over

_T = TypeVar("_T")


class _Run(Struct, frozen=True):
    """The time and memory of one verification."""

    seconds: float
    memory: int  # bytes
    ok: bool


def measure(folder: Path, entries: int, _: Callable[[str], None]) -> dict[str, object]:
    """Make an export, and verify it between two measurements of the floor."""
    # The process whose memory is measured imports this module, and need not hold it.
    from tests.benchmarks import sample_ledger  # noqa: PLC0415 - as said

    path = folder / "export"
    files = _apart(sample_ledger.export, path, entries, wall_ms())
    signed = _signed(path)
    before = floors.verifications(RAW_SECONDS, signed)
    run = _apart(_verify, path, files)
    floor = (before + floors.verifications(RAW_SECONDS, signed)) / 2
    figure = entries / run.seconds
    held = run.memory / MIB
    right = run.ok and held <= MEMORY_MAX
    return {
        "name": NAME,
        "figure": round(figure),
        "unit": "entries/s",
        "floor": round(floor),
        "ratio": round(figure / floor, 3),
        "ok": right and figure / floor >= RATIO_MIN,
        "machine": machine(),
        "entries": entries,
        "seconds": round(run.seconds, 2),
        "memory": round(held),
        "verified": run.ok,
    }


def _apart(work: Callable[..., _T], *given: object) -> _T:
    """Run in a process of its own, so that its memory is what it needs."""
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        return executor.submit(work, *given).result()


def _verify(path: Path, files: Sequence[tuple[str, bytes]]) -> _Run:
    """Verify as `audit verify` does; in a process of its own."""
    asked = verify_export.ExportRequest(path, files, wall_ms())
    start = time.perf_counter()
    found = verify_export.verify(asked)
    seconds = time.perf_counter() - start
    # Not by getrusage, which counts for a new process what its parent held.
    own = memory(os.getpid())[1]
    # The largest of the workers, as if each were as large; what they share counts.
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
    return _Run(seconds, own + worker * pool.cores(), found.ok)


def _signed(path: Path) -> list[tuple[bytes, bytes]]:
    """Return signature and message in one, and the key, of authors' entries."""
    keys: dict[bytes, bytes] = {}
    signed: list[tuple[bytes, bytes]] = []
    with Export.open(path) as export:
        for _, entry in export.logs[0].entries():
            parsed = envelope.split(entry)
            if parsed.core.kind == pb.KIND_DIRECTORY:
                stated = statements.parse_statement(parsed.core.clear)
                keys[kid(stated.algorithm, stated.public_key)] = stated.public_key
                continue
            (one,) = parsed.signatures
            covered = envelope.to_sign(
                one.role, one.kid, parsed.core_bytes, parsed.dw, parsed.db
            )
            signed.append((one.signature + covered, keys[one.kid]))
            if len(signed) == RAW_MESSAGES:
                break
    return signed
