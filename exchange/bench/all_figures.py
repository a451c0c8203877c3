"""All benchmarks one after the other, as one object.

`figure` is how many met every bar of theirs, `floor` how many there are.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from exchange.bench import (
    BACKLOG,
    BULLETINS,
    ENTRIES,
    EXPORTED,
    FILED,
    FLASHES,
    FLOODED,
    LINKED,
    MEMBERS,
    OLD,
    ONE_AT_A_TIME,
    ROWS,
    RUNS,
    SEALED,
    SENT,
    STARTED,
)
from exchange.bench.machine import machine
from exchange.words import say

Found = dict[str, object]
Tell = Callable[[str], None]
Measure = Callable[[Path, Tell], Found]


def benches() -> Mapping[str, Measure]:
    """Return each benchmark at its full size."""
    from exchange.bench import (  # noqa: PLC0415  each takes a while to import
        audit,
        catchup,
        crypto,
        desk,
        exchange,
        flood,
        latency,
        ledger,
        link,
        members,
        memory,
        priority,
        search,
        start,
        tui,
        upkeep,
    )

    return {
        "exchange": lambda at, tell: exchange.measure(at, BULLETINS, RUNS, 0, tell),
        "latency": lambda at, tell: latency.measure(at, ONE_AT_A_TIME, tell),
        "priority": lambda at, tell: priority.measure(at, FLASHES, BACKLOG, tell),
        "flood": lambda at, tell: flood.measure(at, FLOODED, tell),
        "catchup": lambda at, tell: catchup.measure(at, BACKLOG, tell),
        "link": lambda at, tell: link.measure(at, LINKED, tell),
        "members": lambda at, tell: members.measure(at, MEMBERS, SENT, tell),
        "memory": lambda at, tell: memory.measure(at, ENTRIES, BACKLOG, tell),
        "desk": lambda at, tell: desk.measure(at, FILED, tell),
        "start": lambda at, tell: start.measure(at, STARTED, tell),
        "tui": lambda at, tell: tui.measure(at, ROWS, tell),
        "audit": lambda at, _: audit.measure(at / "export", EXPORTED),
        "crypto": lambda at, tell: crypto.measure(at, SEALED, tell),
        "ledger": lambda at, tell: ledger.measure(at, ENTRIES, tell),
        "upkeep": lambda at, tell: upkeep.measure(at, OLD, tell),
        "search": lambda at, tell: search.measure(at / "mailbox.db", ROWS, tell),
    }


def measure(folder: Path, tell: Tell, wanted: Mapping[str, Measure]) -> Found:
    """Run the benchmarks that are wanted, each in a folder of its own."""
    found = []
    for name, bench in wanted.items():
        tell(say("benchmark {name}", name=name))
        place = folder / name
        place.mkdir()
        found.append(bench(place, tell))
    met = sum(bool(one["ok"]) for one in found)
    return {
        "name": "all",
        "figure": met,
        "unit": "benchmarks that meet every bar",
        "floor": len(found),
        "ratio": round(met / len(found), 3),
        "ok": met == len(found),
        "machine": machine(),
        "benches": found,
    }
