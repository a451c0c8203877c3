"""Benchmark crypto, with so few bulletins that its figures mean nothing."""

import json
from pathlib import Path

import pytest

from exchange import envelope
from exchange.cli.speed import SampleBulletin
from exchange.demo.sites import prepare
from tests.benchmarks import crypto, processes
from tests.benchmarks.conftest import RunBenchmark

BULLETINS = 2 * crypto.AT_ONCE


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure next to nothing, against bars that anything passes."""
    for name, value in {"GATE_CALLS": 20, "GATE_MAX": 1e9, "RATIO_MIN": 0}.items():
        monkeypatch.setattr(crypto, name, value)
    monkeypatch.setattr(processes, "LOOK", 0.01)


def test_it_prints_one_object_on_one_line(benchmark: RunBenchmark) -> None:
    done = benchmark("crypto", "--bulletins", BULLETINS, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert (found["name"], found["ok"], found["bulletins"]) == (
        *("crypto", True),
        BULLETINS,
    )
    assert found["ratio"] == pytest.approx(found["figure"] / found["floor"], rel=0.05)
    assert list(found["us"]) == list(found["floor_us"]) == ["seal", "verify", "open"]
    assert found["gate"]["calls"] == 20
    assert found["gate"]["p50_ms"] > 0
    assert set(found["machine"]) >= {"cpu", "cores", "python", "quiet"}


@pytest.mark.parametrize("bar", [("RATIO_MIN", 1e9), ("GATE_MAX", 0)], ids=str)
def test_a_bar_that_is_missed_is_exit_code_1(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch, bar: tuple[str, float]
) -> None:
    monkeypatch.setattr(crypto, *bar)

    done = benchmark("crypto", "--bulletins", BULLETINS)

    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("A BAR IS MISSED\n")


def test_what_is_measured_is_a_bulletin_of_2_kb_for_two_desks() -> None:
    sample = SampleBulletin.make()
    sent = sample.seal()
    parsed = envelope.split(sent.entry)

    assert len(parsed.core.recipients) == len(sent.wraps) == 2
    for opener in sample.openers:
        opened = envelope.open_envelope(
            parsed, sent.wraps, sent.body, {opener.kid: opener}
        )
        assert opened.content == sample.content
    assert 2_000 <= len(sample.content) < 2_048


def test_the_primitives_do_their_work_on_the_same_bytes() -> None:
    """Each of them raises where its signature, wrap or text is not right."""
    for program, primitives in crypto.steps(SampleBulletin.make()).values():
        assert program() is not None
        primitives()


def test_the_gate_is_that_of_a_node_and_lets_its_partner_in(tmp_path: Path) -> None:
    sites = prepare(tmp_path / "made", lambda _: None)

    assert len(crypto._gate_times(sites)) == crypto.GATE_CALLS
    with pytest.raises(AttributeError, match="abort_with_status"):
        crypto._gate_times((sites[0], sites[0]))
