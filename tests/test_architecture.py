"""The pages for those who come next name files and functions that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# `path`, `path:name`; a * stands for any file, NAME for one that is to be made.
PATH = re.compile(r"`((?:keys|exchange|tui|tests|protos|docs)/[\w./*-]*)(?::(\w+))?`")
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
PAGES = [
    *("README.md", "CONTRIBUTING.md", "docs/architecture.md"),
    *(str(one.relative_to(ROOT)) for one in DECISIONS if PATH.search(one.read_text())),
]


def named(page: str) -> list[tuple[str, str]]:
    found = PATH.findall((ROOT / page).read_text())
    return [(path, name) for path, name in found if "NAME" not in path]


@pytest.mark.parametrize("page", PAGES)
def test_each_path_of_a_page_is_there(page: str) -> None:
    built = {"exchange/protos"}  # only in the wheel
    missing = [path for path, _ in named(page) if not list(ROOT.glob(path.rstrip("/")))]
    assert named(page)
    assert set(missing) <= built


@pytest.mark.parametrize("page", PAGES)
def test_each_function_of_a_page_is_in_its_file(page: str) -> None:
    lost = []
    for path, name in named(page):
        definition = rf"^\s*(?:async )?(?:def|class) {name}\b"
        if name and not re.search(definition, (ROOT / path).read_text(), re.MULTILINE):
            lost.append(f"{path}:{name}")
    assert not lost


def test_the_page_names_every_package() -> None:
    """Each folder of the product stands in the first table."""
    table = (ROOT / "docs/architecture.md").read_text().partition("\n## The way")[0]
    packages = [p.parent for p in (ROOT / "exchange").glob("*/__init__.py")]
    shown = {path.rstrip("/") for path, _ in PATH.findall(table)}
    aside = {"tests/benchmarks", "exchange/demo"}  # what measures, and what shows

    names = {package.relative_to(ROOT).as_posix() for package in packages}
    assert names - aside <= shown
    assert {"keys", "tui"} <= shown


def test_imports_go_down_in_the_order_of_the_page() -> None:
    """The table has the order of the first contract of import-linter."""
    table = (ROOT / "docs/architecture.md").read_text().partition("\n## The way")[0]
    contract = (ROOT / "pyproject.toml").read_text().partition("layers = [")[2]
    layers = re.findall(r'"([^"]+)"', contract.partition("]")[0])
    rank = {
        module.strip().replace(".", "/"): -place
        for place, layer in enumerate(layers)
        for module in layer.split(":")
    }
    rows = [path.rstrip("/").removesuffix(".py") for path, _ in PATH.findall(table)]
    ranked = [rank[row] for row in rows if row in rank]

    assert len(ranked) > 15
    assert ranked == sorted(ranked)
