"""Benchmark audit: what it prints, and that what it makes is sound."""

import json
from pathlib import Path

import pytest

from exchange.audit import verify_export
from tests.benchmarks import audit, sample_ledger
from tests.benchmarks.conftest import RunBenchmark
from tests.cli.conftest import NOW


def test_the_ledger_that_is_measured_with_is_sound(tmp_path: Path) -> None:
    files = sample_ledger.export(tmp_path / "made", 700, NOW)

    found = verify_export.verify(
        verify_export.ExportRequest(tmp_path / "made", files, NOW, workers=1)
    )

    empty, log = found.logs
    assert (empty.size, empty.wrong) == (0, 0)
    assert (found.ok, log.size, log.accepted, log.refused) == (True, 700, 700, 0)
    assert (log.heads, log.cosigned_size) == (3, 700)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_it_prints_one_object_with_the_floor_of_the_same_run(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "RAW_SECONDS", 0.05)

    done = benchmark("audit", "--entries", 1_000, "--json")

    told = json.loads(done.out.splitlines()[-1])
    assert (told["name"], told["unit"], told["entries"]) == (
        "audit",
        "entries/s",
        1_000,
    )
    assert told["verified"]
    assert told["ratio"] == pytest.approx(told["figure"] / told["floor"], abs=0.01)
    assert told["ok"] == (told["ratio"] >= 0.8 and told["memory"] <= 300)
    assert done.code == (0 if told["ok"] else 1)
    assert set(told["machine"]) >= {"cpu", "cores", "python"}
