"""docs/spec is whole: its chapters, what they link to, and the vectors they name."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs" / "spec"
VECTORS = ROOT / "tests" / "vectors" / "spec"
INDEX = SPEC / "README.md"
CHAPTERS = sorted(path for path in SPEC.glob("*.md") if path != INDEX)

LINK = re.compile(r"\]\(([\w./-]*)(?:#([\w-]+))?\)")
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
PATH = re.compile(r"`((?:tests|protos|exchange|docs)/[A-Za-z0-9_./*-]+)`")


def anchors(path: Path) -> set[str]:
    """The anchors that a Markdown renderer gives to the headings of a file."""
    texts = HEADING.findall(path.read_text())
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in texts}


def named(path: Path) -> list[str]:
    return PATH.findall(path.read_text())


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("name", ["third_reader", "third_judge"])
def test_what_follows_the_pages_imports_nothing_of_ours(name: str) -> None:
    """Nor of the second reader, but the judge builds on the third."""
    tree = ast.parse((ROOT / "tests" / f"{name}.py").read_text())
    imported = {
        module if module == "tests.third_reader" else module.partition(".")[0]
        for node in ast.walk(tree)
        for module in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "." * node.level]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    ours = {"tests.third_reader"} if name == "third_judge" else set()
    assert imported <= {*sys.stdlib_module_names, "cryptography", *ours}


def test_the_index_lists_each_chapter_once() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\)", INDEX.read_text(), re.MULTILINE)

    assert all(shown == linked for shown, linked in rows)
    assert sorted(linked for _, linked in rows) == [path.stem for path in CHAPTERS]


@pytest.mark.parametrize("path", [INDEX, *CHAPTERS], ids=stem)
def test_what_a_page_links_to_is_there(path: Path) -> None:
    for file, anchor in LINK.findall(path.read_text()):
        target = path.parent / file if file else path
        assert target.is_file(), file
        assert not anchor or anchor in anchors(target), f"{file}#{anchor}"


@pytest.mark.parametrize("path", [INDEX, *CHAPTERS], ids=stem)
def test_the_files_that_a_page_names_are_there(path: Path) -> None:
    for name in named(path):
        assert list(ROOT.glob(name.rstrip("/"))), name


@pytest.mark.parametrize("path", CHAPTERS, ids=stem)
def test_each_chapter_names_its_vectors(path: Path) -> None:
    before, heading, vectors = path.read_text().rpartition("\n## Vectors\n")

    assert heading
    assert before
    assert re.search(r"`tests/vectors/[^`]+`", vectors)


def test_each_file_of_vectors_is_named_by_a_chapter() -> None:
    files = {f"tests/vectors/spec/{path.name}" for path in VECTORS.glob("*.json")}

    assert files
    assert files <= {name for path in CHAPTERS for name in named(path)}
