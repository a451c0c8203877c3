"""fusion bench audit: entries verified a second, against bare signatures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from exchange.cli import options
from exchange.words import say, word

NAME = "audit"
RATIO_MIN = 0.8
TOLD = word("{figure} entries/s, {ratio} of {floor} bare signatures/s, {memory} MiB")
MEMORY_MAX = 300  # MiB
RAW_SECONDS = 1.5  # s, before and after
RAW_MESSAGES = 2_000  # of the export, verified over and over

_T = TypeVar("_T")


def command(
    entries: Annotated[
        int, typer.Option("--entries", metavar="N", min=1_000, help="In the export.")
    ] = 100_000,
    json: options.Json = False,
) -> int:
    """Verify an export of N entries, every signature, on all cores.

    The floor is what the same cores verify of the same Ed25519 signatures at once,
    with nothing around them, before and after; the ratio shall be 0.8 at least, and
    all processes together shall hold 300 MiB at most. Exit code 1 if not.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = _measure(Path(folder) / "export", entries)
    if json:
        options.emit(found)
    else:
        print(say(TOLD, **found))
    return 0 if found["ok"] else options.CHECK_FAILED


@dataclass(frozen=True, slots=True)
class _Run:
    """What one verification took."""

    seconds: float
    memory: int  # KiB
    ok: bool


def _measure(path: Path, entries: int) -> dict[str, object]:
    """Make an export, and verify it between two measurements of the floor."""
    from exchange.cli.bench import ledgers
    from exchange.cli.bench.machine import machine

    files = _apart(ledgers.export, path, entries, options.now())
    before = _bare(path)
    run = _apart(_verify, path, files)
    floor = (before + _bare(path)) / 2
    figure = entries / run.seconds
    memory = run.memory / 1024
    right = run.ok and memory <= MEMORY_MAX
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
        "memory": round(memory),
        "verified": run.ok,
    }


def _apart(work: Callable[..., _T], *given: object) -> _T:
    """Run in a process of its own, so that its memory is what it needs."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        return executor.submit(work, *given).result()


def _verify(path: Path, files: Sequence[tuple[str, bytes]]) -> _Run:
    """Verify as `audit verify` does; in a process of its own."""
    import resource

    from exchange.audit import offline
    from exchange.audit.judge import pool

    asked = offline.Asked(path, files, options.now())
    start = time.perf_counter()
    found = offline.verify(asked)
    seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The largest of the workers, as if each were as large; what they share counts.
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return _Run(seconds, own + worker * pool.cores(), found.ok)


def _bare(path: Path) -> float:
    """Return how many of an export's signatures all cores verify in a second."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from exchange.audit.judge import pool

    count = pool.cores()
    with ProcessPoolExecutor(count, get_context("spawn")) as executor:
        return sum(executor.map(_bare_of_one, [(path, RAW_SECONDS)] * count))


def _bare_of_one(given: tuple[Path, float]) -> float:
    """Return how many signatures a second this process verifies, for so long (s)."""
    from nacl.bindings import crypto_sign_open

    path, least = given
    signed = _signed(path)
    start = time.perf_counter()
    count = 0
    while (seconds := time.perf_counter() - start) < least:
        for message, public in signed:
            crypto_sign_open(message, public)
        count += len(signed)
    return count / seconds


def _signed(path: Path) -> list[tuple[bytes, bytes]]:
    """Return signature and message in one, and the key, of authors' entries."""
    from exchange import envelope
    from exchange.audit.export.bundle import Export
    from exchange.trust import statements
    from exchange.v1 import envelope_pb2 as pb
    from keys.signing import kid

    keys: dict[bytes, bytes] = {}
    found: list[tuple[bytes, bytes]] = []
    with Export.open(path) as export:
        for _, entry in export.entries(export.logs[0].origin):
            parsed = envelope.split(entry)
            if parsed.core.kind == pb.KIND_DIRECTORY:
                stated = statements.parse_statement(parsed.core.clear)
                keys[kid(stated.algorithm, stated.public_key)] = stated.public_key
                continue
            (one,) = parsed.signatures
            covered = envelope.to_sign(
                one.role, one.kid, parsed.core_bytes, parsed.dw, parsed.db
            )
            found.append((one.signature + covered, keys[one.kid]))
            if len(found) == RAW_MESSAGES:
                break
    return found
