"""The benchmarks that run two nodes, at their smallest: the figures mean nothing."""

import json
import math
import shutil
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from msgspec.structs import replace

from tests.benchmarks import arrivals, processes, raw_tcp, site_pair
from tests.benchmarks.conftest import RunBenchmark
from tests.benchmarks.delayed_queue import NetworkLine
from tests.benchmarks.site_pair import Sites

long = pytest.mark.long
KEYS = {"name", "figure", "unit", "floor", "ratio", "ok", "machine"}


@dataclass(frozen=True)
class Bench:
    """One benchmark: how it is called, a bar that nothing passes, its size."""

    name: str
    options: tuple[object, ...]
    bar: tuple[str, object]
    small: dict[str, object] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name

    @property
    def module(self) -> ModuleType:
        return import_module(f"tests.benchmarks.{self.name}")


BENCHES = (
    Bench(
        "latency",
        ("--bulletins", 3),
        ("SINGLE_RATE", math.inf),
        {"FLOOR_CALLS": 3},
        frozenset({"node", "desk", "eight_at_once", "cpu_ms", "echo_ms"}),
    ),
    Bench(
        "catchup",
        ("--bulletins", 60),
        ("LEAST_RATE", math.inf),
        {"RAW_SECONDS": 0.05},
        frozenset({"seconds", "submitted_per_s", "cpu_us", "queued_mib"}),
    ),
    Bench(
        "link",
        ("--bulletins", 2),
        ("SHARE", math.inf),
        {"RUNS": 1, "RTTS": (0, 150), "SLOW": ((NetworkLine(20, 2_000_000), 2),)},
        frozenset({"by", "lines", "to_dialled"}),
    ),
    Bench(
        "priority",
        ("--flashes", 2, "--queued", 3),
        ("MOST", 0),
        {
            "SLOW": NetworkLine(20, 2_000_000),
            "SLOW_BEHIND": 2,
            "EVERY_S": 0,
            "AHEAD_S": 0,
        },
        frozenset({"flashes", "slow", "backlog"}),
    ),
    Bench(
        "flood",
        ("--bulletins", 2),
        ("RATIO_MAX", 0),
        {"CONNECTIONS": 1, "AHEAD_S": 0, "EVERY_S": 0.01},
        frozenset({"alone", "beside", "junk", "connections"}),
    ),
    Bench(
        "start",
        ("--runs", 1),
        ("MOST", dict.fromkeys(("list", "show", "status", "--help"), 1e-9)),
        {"BULLETINS": 2},
        frozenset({"seconds", "least", "runs"}),
    ),
    Bench(
        "tui",
        ("--rows", 1_000),
        ("FIRST_MAX", 0),
        {"STARTS": 1, "KEYS": 2, "JUMPS": 1, "REST_S": 0.1, "ARRIVING_S": 1},
        frozenset(
            {
                *("resident_mib", "key_p95_ms", "key_bytes", "jump_p95_ms"),
                *("arrived_per_s", "arriving_key_p95_ms", "block_max_ms"),
            }
        ),
    ),
    Bench(
        "memory",
        ("--entries", 3, "--queued", 3),
        ("MOST", 0),
        {"WARM_UP": 3, "SETTLE_S": 0.0},
        frozenset({"entries", "queued", "nodes"}),
    ),
    Bench(
        "members",
        ("--members", 2, "--bulletins", 2),
        ("SHARE", math.inf),
        {"REST_S": 0.1},
        frozenset({"members", "bulletins"}),
    ),
    Bench(
        "desk",
        ("--bulletins", 5),
        ("COMPOSE_MAX", 0),
        {"COMPOSED": 2},
        frozenset({"compose", "cpu_us", "peak_mib"}),
    ),
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    return site_pair.make_sites(tmp_path_factory.mktemp("pair"))


FIRST = {"latency", "tui"}  # the others are further rounds


@pytest.fixture(
    params=[
        pytest.param(one, id=one.name, marks=() if one.name in FIRST else long)
        for one in BENCHES
    ]
)
def bench(
    request: pytest.FixtureRequest, pair: Sites, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """Make a benchmark small, on copies of two nations that were made once."""
    found: Bench = request.param
    for name, value in (found.small | dict([found.bar])).items():
        monkeypatch.setattr(found.module, name, value)

    def copy(folder: Path) -> Sites:
        sender, receiver = (
            replace(site, home=Path(shutil.copytree(site.home, folder / site.node)))
            for site in pair
        )
        return sender, receiver

    monkeypatch.setattr(found.module, "make_sites", copy, raising=False)
    for module, wait in (
        (processes, "LOOK"),
        (raw_tcp, "WARM_S"),
        (raw_tcp, "COUNTED_S"),
    ):
        monkeypatch.setattr(module, wait, 0.05)
    # Rows enough below the cursor for all keys, however long the bulletins take.
    monkeypatch.setattr(arrivals, "BEFORE", 5 * arrivals.GROUP)
    return found


def test_it_prints_one_object_and_a_bar_that_is_missed_is_exit_code_1(
    benchmark: RunBenchmark, bench: Bench
) -> None:
    done = benchmark(bench.name, *bench.options, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (1, "", 1)
    told = json.loads(done.out)
    assert (told["name"], told["ok"]) == (bench.name, False)
    assert told.keys() >= KEYS | bench.keys
    assert told["figure"] > 0
    assert told["floor"] > 0
