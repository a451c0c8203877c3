"""Benchmark search, on a mailbox so short that its figures mean nothing."""

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from exchange.desk.mailbox import Mailbox
from tests.benchmarks import LEAST, sample_mailbox, search
from tests.benchmarks.conftest import RunBenchmark

ROWS = 2 * LEAST


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure next to nothing, against a bar that anything passes."""
    monkeypatch.setattr(search, "TURNS", 2)
    monkeypatch.setattr(search, "BAR", float("inf"))


def test_it_prints_one_object_on_one_line(benchmark: RunBenchmark) -> None:
    done = benchmark("search", "--rows", ROWS, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert (found["name"], found["ok"], found["rows"]) == ("search", True, ROWS)
    assert found.keys() >= {"figure", "unit", "floor", "ratio", "machine"}
    assert list(found["p95"]) == list(search.QUERIES)
    assert found["figure"] == max(found["p95"].values())
    assert found["ratio"] == pytest.approx(found["figure"] / found["floor"], rel=0.2)
    assert found["queries"] == sum(map(len, search.QUERIES.values()))


def test_a_bar_that_is_missed_is_exit_code_1(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BAR", 0.0)

    done = benchmark("search", "--rows", ROWS)

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("A BAR IS MISSED\n")


@pytest.mark.parametrize("rows", [0, 999, -1, "x"])
def test_too_short_a_mailbox_is_refused(benchmark: RunBenchmark, rows: object) -> None:
    done = benchmark("search", "--rows", rows)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


RARE = (
    *("ALL_CLEAR", "RED", "TEST", "refused", "queued", "recalled", "stale", "overdue"),
    *("BLA", "TTP", "KHUNJERAB", "0,0", "30,70", "thread:", "123456", "nothing"),
)


def test_what_is_measured_finds_something(tmp_path: Path) -> None:
    """A query that nothing meets by mistake would measure nothing."""
    with closing(Mailbox(tmp_path / "mailbox.db", os.urandom(32))) as box:
        sample_mailbox.fill(box, ROWS)
        asked = search._asked(box, ROWS)
        none = [line for line, wanted in asked.items() if not box.search.ids(wanted, 1)]
    assert [line for line in none if not any(rare in line for rare in RARE)] == []


def test_the_95th_of_a_hundred() -> None:
    assert search.p95([float(one) for one in range(101)]) == 95
