"""fusion bench all: every benchmark is in it, and the page shows what they found."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exchange.bench import all_figures, machine
from exchange.cli.bench import app
from tests.cli.conftest import Fusion

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


def test_every_benchmark_of_the_program_is_in_it() -> None:
    names = {command.name for command in app.registered_commands}

    assert set(all_figures.benches()) == names - {"all"}


@pytest.mark.parametrize("lang", ["en", "ur", "zh"])
def test_it_prints_one_object_and_writes_a_page_with_plots(
    fusion: Fusion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str
) -> None:
    wanted = {name: bench(name, ok=name != "link") for name in FOUND}
    monkeypatch.setattr(all_figures, "benches", lambda: wanted)
    page = tmp_path / "page.html"

    done = fusion("--lang", lang, "bench", "all", "--html", page, "--json")

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
