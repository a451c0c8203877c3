"""Benchmark exchange, with so few bulletins that its figures mean nothing."""

import json

import pytest

from tests.benchmarks import exchange, machine, processes
from tests.benchmarks.conftest import RunBenchmark

BULLETINS = 300  # more than one call takes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the machine and its floor for a moment only."""
    monkeypatch.setattr(exchange, "RAW_SECONDS", 0.05)
    monkeypatch.setattr(processes, "LOOK", 0.05)


@pytest.fixture
def low_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEAST_RATE", "MEAN_RATE", "RATIO"):
        monkeypatch.setattr(exchange, name, 0)


@pytest.mark.usefixtures("low_bars")
def test_it_prints_one_object_with_the_floor_of_the_same_run(
    benchmark: RunBenchmark,
) -> None:
    done = benchmark(
        *("exchange", "--bulletins", BULLETINS, "--runs", 1),
        *("--entries", 257, "--json"),
    )

    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    told = json.loads(done.out)
    assert (told["name"], told["ok"], told["unit"]) == ("exchange", True, "bulletins/s")
    assert (told["bulletins"], told["entries"]) == (BULLETINS, 257)
    assert told["ratio"] == pytest.approx(2 * told["figure"] / told["floor"], abs=0.01)
    assert 4_800 < told["envelope_bytes"] < 5_000
    assert told["machine"]["others"].keys() == {"before", "during", "after"}
    rates = [run["rate"] for run in told["runs"]]
    assert (len(rates), told["least"]) == (1, min(rates))
    for run in told["runs"]:
        assert min(run[key] for key in ("sender_us", "receiver_us")) > 0
        assert run["client_us"] >= 0  # the kernel counts in ticks of 10 ms
        assert 0 <= run["cosigned_then"] <= 1


def test_a_bar_that_is_missed_is_exit_code_1_and_a_busy_machine_is_named(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LEAST_RATE", float("inf"))
    monkeypatch.setattr(machine, "QUIET", -1.0)

    done = benchmark("exchange", "--bulletins", BULLETINS, "--runs", 1)

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("A BAR IS MISSED\nTHE MACHINE WAS BUSY")


@pytest.mark.parametrize("option", ["--bulletins", "--runs"])
def test_nothing_to_measure_is_refused(benchmark: RunBenchmark, option: str) -> None:
    done = benchmark("exchange", option, 0)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
