"""The exchange on a server compared with that on files, with few bulletins."""

import json

import pytest

from tests.benchmarks import exchange_on_server, processes
from tests.benchmarks.conftest import RunBenchmark, benchmark
from tests.benchmarks.server_databases import PREFIX
from tests.postgres.cluster import Cluster

__all__ = ["benchmark"]  # a fixture


def test_nodes_on_a_server_are_measured_by_turns_with_files(
    benchmark: RunBenchmark, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOOK", 0.05)
    monkeypatch.setattr(exchange_on_server, "RATIO", 0)
    postgres.execute("ALTER ROLE fusion CREATEDB")

    done = benchmark(
        *("exchange", "--bulletins", 20, "--runs", 1, "--json"),
        *("--database", postgres.url("postgres")),
    )

    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert (told["name"], told["ok"]) == ("exchange", True)
    assert told["ratio"] == pytest.approx(told["figure"] / told["floor"], abs=0.01)
    assert (len(told["runs"]), len(told["runs_on_files"])) == (1, 1)
    with postgres.admin() as connection:
        left = "SELECT count(*) FROM pg_database WHERE datname LIKE %s"
        assert connection.execute(left, [f"{PREFIX}%"]).fetchone() == (0,)


def test_a_url_with_a_password_is_refused(benchmark: RunBenchmark) -> None:
    done = benchmark("exchange", "--database", "postgresql://a:hidden@b/c")

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "password" in done.err
    assert "hidden" not in done.out + done.err
