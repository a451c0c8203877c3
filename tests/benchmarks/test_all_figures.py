"""All figures: every benchmark is in it, and the page shows what they found."""

import json
from html.parser import HTMLParser
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from tests.benchmarks import all_figures, machine
from tests.benchmarks.conftest import RunBenchmark
from tests.benchmarks.sizes import SIZES

MACHINE = {**machine.machine(), "quiet": False}
GROUPS = {"1": 400.0, "16": 90.0}
FOUND: dict[str, dict[str, object]] = {
    "ledger": {
        "growth": [
            {"entries": 1_000, "us_an_entry": GROUPS},
            {"entries": 10_000, "us_an_entry": GROUPS},
        ]
    },
    "link": {
        "lines": [
            {"rtt_ms": 0, "bits_per_s": None, "loss": 0.0, "rate": 5_000},
            {"rtt_ms": 150, "bits_per_s": None, "loss": 0.0, "rate": 4_800},
            {"rtt_ms": 150, "bits_per_s": None, "loss": 0.01, "rate": 3_000},
            {"rtt_ms": 150, "bits_per_s": 64_000, "loss": 0.0, "rate": 1},
        ]
    },
    "memory": {},
}


def bench(name: str, *, ok: bool) -> all_figures.Measure:
    """A benchmark that has measured already; its unit could act on a page."""
    common = {"figure": 3, "unit": "<script>", "floor": 2, "ratio": 1.5, "ok": ok}
    return lambda *_: {"name": name, "machine": MACHINE, **common, **FOUND[name]}


class Tags(HTMLParser):
    """The tags of a page, and what points out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [key for key, _ in attrs if key in {"src", "href"}]


@pytest.mark.parametrize("name", SIZES)
def test_every_benchmark_takes_its_sizes(name: str) -> None:
    module = import_module(f"tests.benchmarks.{name}")
    parameters = list(signature(module.measure).parameters)

    assert len(parameters) == len(["folder", *SIZES[name], "tell"])


def test_every_benchmark_has_its_line_in_the_document() -> None:
    page = Path("docs/performance.md").read_text("utf-8")
    assert [name for name in SIZES if f"\n| `{name}` |" not in page] == []


def test_all_are_at_their_full_size(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(all_figures, "run", lambda name, sizes, *_: {name: sizes})

    found = [each(tmp_path, print) for each in all_figures.benches().values()]

    assert found == [{name: tuple(s.full for s in SIZES[name])} for name in SIZES]


def test_it_prints_one_object_and_writes_a_page_with_plots(
    benchmark: RunBenchmark, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = {name: bench(name, ok=name != "link") for name in FOUND}
    monkeypatch.setattr(all_figures, "benches", lambda: wanted)
    page = tmp_path / "page.html"

    done = benchmark("all", "--html", page, "--json")

    assert (done.code, done.err, done.out.count("\n")) == (1, "", 1)
    told = json.loads(done.out)
    assert (told["name"], told["figure"], told["floor"]) == ("all", 2, 3)
    assert [one["name"] for one in told["benches"]] == list(FOUND)
    tags = Tags()
    tags.feed(page.read_text("utf-8"))
    assert (tags.tags.count("svg"), tags.tags.count("polyline")) == (2, 4)
    assert tags.tags.count("tr") == 1 + len(FOUND)
    assert not {"script", "link", "img", "iframe"} & set(tags.tags)
    assert tags.links == []


@pytest.mark.parametrize("sizes", ["", "1", "2,10", "two", "2,3,two"])
def test_a_mesh_of_no_size_is_refused(benchmark: RunBenchmark, sizes: str) -> None:
    done = benchmark("members", "--members", sizes)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "--members" in done.err
