"""fusion bench: how fast this machine does what the figures are about.

Each command prints one object as the last line of stdout.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange import bench
from exchange.cli.frame import Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.words import say, word

with lazy_imports():
    from tempfile import TemporaryDirectory

    from exchange.bench import all_figures
    from exchange.bench import audit as audit_bench
    from exchange.bench import members as members_bench
    from exchange.bench import search as search_bench
    from exchange.bench.page import render

TOLD = word("{figure} entries/s, {ratio} of {floor} bare signatures/s, {memory} MiB")

Bulletins = Annotated[
    int, option("--bulletins", "Bulletins to measure with.", "N", min=2)
]
Entries = Annotated[
    int, option("--entries", "Entries in the logs beforehand.", "N", min=0)
]
Queued = Annotated[int, option("--queued", "Bulletins in the backlog.", "N", min=1)]

app = typer.Typer(help="Measure this machine against the required figures.")


@subcommand(app, "audit")
def audit(
    entries: Annotated[
        int, option("--entries", "Entries in the export.", "N", min=1_000)
    ] = bench.EXPORTED,
) -> Reply:
    """Verify an export of N entries, every signature, on all cores.

    The floor is the rate at which the same cores verify the same Ed25519 signatures
    alone, before and after. Exit code 1 if the ratio is below 0.8, or all processes
    together hold more than 300 MiB.
    """
    with TemporaryDirectory() as folder:
        found = audit_bench.measure(Path(folder) / "export", entries)
    return report(found, [say(TOLD, **found)])


@subcommand(app, "crypto")
def crypto(bulletins: Bulletins = bench.SEALED) -> Reply:
    """Seal, verify and open bulletins of 2 KB; ask the gate of a node.

    By turns with the bare primitives, on one core. Exit code 1 if the program does less
    than 0.7 of what these alone do, or the gate takes more than 0.3 ms per call (p50).
    """
    return measure("crypto", bulletins)


@subcommand(app, "ledger")
def ledger(
    entries: Annotated[
        int, option("--entries", "Entries in the long log.", "N", min=2 * bench.SHORT)
    ] = bench.ENTRIES,
) -> Reply:
    """Append to a log of a thousand entries and to one of a million; prove, check.

    Takes some minutes and a gigabyte of temporary files. Exit code 1 if an append to
    the long log costs more than 1.2 times as much, or fewer than 20,000 inclusion
    proofs are checked per second.
    """
    return measure("ledger", entries)


@subcommand(app, "upkeep")
def upkeep(
    entries: Annotated[
        int, option("--entries", "Old entries to erase and move.", "N", min=256)
    ] = bench.OLD,
) -> Reply:
    """Append while old texts are erased and old entries are moved into files.

    Takes a minute. Exit code 1 if one append takes more than 50 ms, and longer than any
    append before that work began.
    """
    return measure("upkeep", entries)


@subcommand(app, "search")
def search(
    rows: Annotated[
        int, option("--rows", "Bulletins in the mailbox.", "N", min=bench.LEAST)
    ] = bench.ROWS,
) -> Reply:
    """Search a mailbox of N bulletins in three languages, and filter it.

    Takes some minutes and two gigabytes of temporary files. Exit code 1 if the newest
    hundred hits take longer than 50 ms in one of twenty cases (p95).
    """
    return measure_with(
        lambda folder: search_bench.measure(folder / "mailbox.db", rows, tell)
    )


@subcommand(app, "exchange")
def exchange(
    bulletins: Bulletins = bench.BULLETINS,
    runs: Annotated[
        int, option("--runs", "How often to measure.", "N", min=1)
    ] = bench.RUNS,
    entries: Entries = 0,
    database: Annotated[
        str,
        option(
            "--database",
            "Measure on this server of PostgreSQL, in turns with files.",
            "URL",
        ),
    ] = "",
) -> Reply:
    """Send bulletins from node to node until the partner has cosigned the last.

    Two nodes and a client, each a process of its own; the bulletins are sealed
    beforehand. The floor is the rate at which all cores verify Ed25519 alone, before
    and after. Exit code 1 if a run is below 5,000 bulletins per second, the mean below
    5,500, or twice the mean below 0.33 of the floor.

    With --database the ledgers are in databases that are made on that server, and
    dropped at the end. The floor is then the mean rate on files, and the exit code is 1
    if the mean is below 0.6 of it.
    """
    if database:
        return measure("exchange_on_server", bulletins, runs, database)
    return measure("exchange", bulletins, runs, entries)


@subcommand(app, "latency")
def latency(bulletins: Bulletins = bench.ONE_AT_A_TIME) -> Reply:
    """Send one bulletin at a time, and wait until the partner has cosigned it.

    At the node, at the desk, and eight requests of one bulletin at one time. Exit code
    1 if p50 and p99 are above 8 and 30 ms at the node, or 12 and 40 ms at the desk, or
    fewer than 1,000 bulletins per second come through one a request.
    """
    return measure("latency", bulletins)


@subcommand(app, "catchup")
def catchup(bulletins: Bulletins = bench.BACKLOG) -> Reply:
    """Let a partner that was down take a backlog of N bulletins.

    Takes 15 kB of temporary files for each. Exit code 1 if it takes fewer than 7,000
    bulletins per second.
    """
    return measure("catchup", bulletins)


@subcommand(app, "link")
def link(bulletins: Bulletins = bench.LINKED) -> Reply:
    """Send bulletins over long and slow lines: RTT, loss, bandwidth.

    As root with network namespaces, else by a proxy that delays; --json says which.
    Exit code 1 if the rate at RTT 150 ms is below 0.9 of that at 0, or with 1 % loss
    below 0.5.
    """
    return measure("link", bulletins)


@subcommand(app, "priority")
def priority(
    flashes: Annotated[
        int, option("--flashes", "FLASH to send.", "N", min=2)
    ] = bench.FLASHES,
    queued: Queued = bench.BACKLOG,
) -> Reply:
    """Send FLASH past a backlog of ROUTINE, and one past 200 on 64 kbit/s.

    Exit code 1 if p99 is above 100 ms, or the one on the slow line takes more
    than 10 s.
    """
    return measure("priority", flashes, queued)


@subcommand(app, "flood")
def flood(
    bulletins: Annotated[
        int, option("--bulletins", "Bulletins, twice.", "N", min=2)
    ] = bench.FLOODED,
) -> Reply:
    """Submit bulletins beside a desk that hands over junk on 16 connections.

    Exit code 1 if the median is above three times the one without it.
    """
    return measure("flood", bulletins)


@subcommand(app, "members")
def members(
    members: Annotated[
        str, option("--members", "Sizes of the meshes, up to 9.", "2,3,5,9")
    ] = ",".join(map(str, bench.MEMBERS)),
    bulletins: Annotated[
        int, option("--bulletins", "Bulletins of each member, twice.", "N", min=2)
    ] = bench.SENT,
) -> Reply:
    """Run a mesh of N nations: bytes, verifications, storage, catching up.

    Entries go to all, texts to the nation addressed. Exit code 1 if, with five members,
    the link to that nation carries fewer than 0.8 of the entries per MB that it carries
    with two.
    """
    return measure("members", members_bench.read_sizes(members), bulletins)


@subcommand(app, "memory")
def memory(entries: Entries = bench.ENTRIES, queued: Queued = bench.BACKLOG) -> Reply:
    """Look at the memory of both nodes: short logs, long logs, and a backlog.

    Exit code 1 if a node holds more than 150 MiB, or more than 1.1 times as much as
    with a short log.
    """
    return measure("memory", entries, queued)


@subcommand(app, "desk")
def desk(bulletins: Bulletins = bench.FILED) -> Reply:
    """Let a desk that was away file N bulletins, and write some of 2 KB.

    Exit code 1 if it files fewer than 2,000 bulletins per second, or takes more than
    2 ms to write one (p50).
    """
    return measure("desk", bulletins)


@subcommand(app, "start")
def start(
    runs: Annotated[
        int, option("--runs", "How often to measure.", "N", min=1)
    ] = bench.STARTED,
) -> Reply:
    """Run list, show, status and --help as whole processes.

    Exit code 1 if their medians are above 0.40, 0.40, 0.25 and 0.12 s.
    """
    return measure("start", runs)


@subcommand(app, "tui")
def tui(
    rows: Annotated[
        int, option("--rows", "Bulletins in the mailbox.", "N", min=bench.LEAST)
    ] = bench.ROWS,
) -> Reply:
    """Run the terminal over a mailbox of N bulletins: start, memory, keys.

    Exit code 1 if the first row takes more than 0.6 s, it holds more than 80 MiB, an
    arrow key takes more than 10 ms (p95) or 1 KiB, Home or End more than 60 ms (p95),
    or it uses more than 1 % of a core at rest; or if, while 200 bulletins arrive a
    second, a key takes more than 30 ms (p95) or the screen stands still for 50 ms.
    """
    return measure("tui", rows)


@subcommand(app, "all")
def everything(
    page: Annotated[
        Path | None, option("--html", "Write a page with plots to FILE.", "FILE")
    ] = None,
) -> Reply:
    """Run all of these one after the other, at their full size.

    Takes more than an hour and 20 GB of temporary files. Exit code 1 if a bar is
    missed.
    """

    def run(folder: Path) -> dict[str, object]:
        found = all_figures.measure(folder, tell, all_figures.benches())
        if page is not None:
            page.write_text(render(found), "utf-8")
        return found

    return measure_with(run)


def measure(name: str, *sizes: object) -> Reply:
    """Run the benchmark of that name; return what it found."""
    run = importlib.import_module(f"exchange.bench.{name}").measure
    return measure_with(lambda folder: run(folder, *sizes, tell))


def measure_with(run: Callable[[Path], dict[str, object]]) -> Reply:
    """Measure in a temporary folder; return what was found."""
    with TemporaryDirectory(prefix="fusion-bench-") as folder:
        found = run(Path(folder))
    return report(found, _lines(found))


def report(figures: dict[str, object], lines: Iterable[str]) -> Reply:
    """Return figures; the exit code says whether every bar is met."""
    return Reply(figures, lines, bool(figures["ok"]))


def tell(line: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    """Tell people what --json tells programs."""
    yield say("every bar is met") if figures["ok"] else say("A BAR IS MISSED")
    if not figures["machine"].get("quiet", True):
        yield say(
            "THE MACHINE WAS BUSY: these figures tell little;"
            " measure again when nothing else runs"
        )
    for name, value in figures.items():
        if isinstance(value, dict):
            said = ", ".join(f"{key} {each}" for key, each in value.items())
            yield f"{name:14} {said}"
        elif _is_table(value):
            yield from _table(name, value)
        elif isinstance(value, list):
            yield from (f"{name:14} {each}" for each in value)
        elif name not in {"name", "ok"}:
            yield f"{name:14} {value}"


def _is_table(value: object) -> bool:
    """Whether it is several rows of the same plain values."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return False
    plain = all(isinstance(each, int | float) for row in value for each in row.values())
    return plain and len(value) > 1 and len({tuple(row) for row in value}) == 1


def _table(name: str, rows: list[dict[str, float]]) -> Iterator[str]:
    """Yield a line for each value, with the rows beside each other."""
    yield f"{name}:"
    for key in rows[0]:
        yield f"  {key:18}" + "".join(f"{row[key]:>11}" for row in rows)
