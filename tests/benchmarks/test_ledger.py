"""Benchmark ledger, on logs so short that its figures mean nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.cli import speed
from exchange.errors import Reason
from exchange.store import Store
from tests.benchmarks import SHORT, floors, ledger
from tests.benchmarks.conftest import RunBenchmark
from tests.expecting import refusing
from tests.store.support import verify

ENTRIES = 2 * SHORT + 7


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure next to nothing, against bars that anything passes."""
    small = {"TURNS": 2, "TURN": 256, "TURN_MAX": 3, "PROOFS": 40}
    for name, value in (small | {"BAR": float("inf"), "CHECKS": 0}).items():
        monkeypatch.setattr(ledger, name, value)
    monkeypatch.setattr(floors, "hashes", lambda *_: 1_000.0)
    monkeypatch.setattr(speed, "syncs", lambda *_: 1_000.0)


def test_it_prints_one_object_on_one_line(benchmark: RunBenchmark) -> None:
    done = benchmark("ledger", "--entries", ENTRIES, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert (found["name"], found["ok"], found["entries"]) == ("ledger", True, ENTRIES)
    assert found.keys() >= {"figure", "unit", "floor", "ratio", "machine"}
    assert found["ratio"] == pytest.approx(found["figure"] / found["floor"], rel=0.05)
    assert found["ratio"] == found["groups"]["1"]["ratio"]
    assert list(found["groups"]) == ["1", "16", "256"]
    assert [one["entries"] for one in found["growth"]] == [SHORT, ENTRIES]
    assert list(found["growth"][0]["us_an_entry"]) == ["1", "16", "256"]
    assert found["proofs"]["checked_per_s"] > 0


@pytest.mark.parametrize("bar", [("BAR", 0), ("CHECKS", float("inf"))], ids=str)
def test_a_bar_that_is_missed_is_exit_code_1(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch, bar: tuple[str, float]
) -> None:
    monkeypatch.setattr(ledger, *bar)

    done = benchmark("ledger", "--entries", ENTRIES)

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("A BAR IS MISSED\n")


@pytest.mark.parametrize("slow", ledger.GROUPS)
def test_a_bar_that_any_group_misses_is_missed(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch, slow: int
) -> None:
    def cost(_: object, __: object, group: int) -> ledger.AppendCost:
        return ledger.AppendCost(1.0, 1.3 if group == slow else 1.1, 1.0)

    monkeypatch.setattr(ledger, "_cost", cost)
    monkeypatch.setattr(ledger, "BAR", 1.2)

    assert benchmark("ledger", "--entries", ENTRIES).code == 1


@pytest.mark.parametrize("entries", [0, 10, -1, "x"])
def test_too_short_a_log_is_refused(benchmark: RunBenchmark, entries: object) -> None:
    done = benchmark("ledger", "--entries", entries)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Store]:
    with ledger.LogWriter.open(tmp_path / "long.db") as writer:
        ledger.grow(writer, ENTRIES, lambda _: None)
        yield writer.store


def test_what_is_built_is_a_log_like_any_other(log: Store) -> None:
    assert verify(log, ledger.ORIGIN) == ENTRIES


def test_a_proof_that_does_not_check_is_no_figure(
    log: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log.logs, "hash", lambda *_: bytes(32))

    with refusing(Reason.PROOF):
        ledger._proofs(log, ENTRIES)
