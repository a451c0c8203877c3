"""All benchmarks one after the other, as one object.

`figure` is how many met every bar of theirs, `floor` how many there are.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from tests.benchmarks.machine import machine
from tests.benchmarks.sizes import SIZES

Found = dict[str, object]
Tell = Callable[[str], None]
Measure = Callable[[Path, Tell], Found]


def run(name: str, sizes: tuple[object, ...], folder: Path, tell: Tell) -> Found:
    """Run one benchmark; its module is imported now, since each takes a while."""
    found: Found = import_module(f"tests.benchmarks.{name}").measure(
        folder, *sizes, tell
    )
    return found


def benches() -> Mapping[str, Measure]:
    """Return each benchmark at its full size."""
    return {
        name: partial(run, name, tuple(size.full for size in sizes))
        for name, sizes in SIZES.items()
    }


def measure(folder: Path, tell: Tell, wanted: Mapping[str, Measure]) -> Found:
    """Run the benchmarks that are wanted, each in a folder of its own."""
    found = []
    for name, bench in wanted.items():
        tell(f"benchmark {name}")
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
