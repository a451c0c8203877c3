"""Benchmark upkeep, with so few entries that its figures mean nothing."""

import json
from itertools import count

import pytest

from tests.benchmarks import upkeep
from tests.benchmarks.conftest import RunBenchmark

ENTRIES = 512


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure next to nothing, with a bar that anything passes."""
    monkeypatch.setattr(upkeep, "ALONE", 3)
    monkeypatch.setattr(upkeep, "BAR", float("inf"))


def test_it_prints_the_longest_append_beside_what_is_moved(
    benchmark: RunBenchmark,
) -> None:
    done = benchmark("upkeep", "--entries", ENTRIES, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert (found["name"], found["ok"], found["moved"]) == ("upkeep", True, ENTRIES)
    assert found["figure"] >= found["p99_ms"] >= found["p50_ms"] > 0
    assert found["appends"] > 0


def test_a_bar_that_is_missed_is_exit_code_1(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BAR", 0.0)
    longer = count(1)
    monkeypatch.setattr(upkeep, "_append", lambda _: next(longer))

    done = benchmark("upkeep", "--entries", ENTRIES)

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("A BAR IS MISSED\n")
