"""What the project says of its own documents is there, and it names no others."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUFFIXES = {".py", ".pyi", ".md", ".proto", ".toml", ".yaml", ".tsv", ".po"}
# docs/NAME.md, and after it the heading that is meant.
REFERENCE = re.compile(r'(?<![\w/])(docs/[\w/]+\.md)(?:, "([^"]+)")?')
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
# A page or a folder that only its writers have.
OUTSIDE = re.compile(
    r"\b(DESIGN|FORMATS)(\.md|,? (section|part|[A-Z]\d))"
    r"|\.\./shared|\b(research|reviews|prototypes)/\w+"
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.decode()
    names = listed.split("\0") if listed else map(str, ROOT.rglob("*"))
    here = (ROOT / name for name in names if name)
    own = (path for path in here if path != Path(__file__) and path.is_file())
    hidden = (".venv", "node_modules", "vectors")
    return [
        path
        for path in own
        if path.suffix in SUFFIXES and not set(path.parts) & set(hidden)
    ]


FILES = tracked()


def flowing(path: Path) -> str:
    """The text of a file without line breaks, and without what begins a comment."""
    return re.sub(r"\s*\n\s*(?:#|//)? *", " ", path.read_text())


def test_there_is_something_to_follow() -> None:
    assert len(FILES) > 500
    references = [r for path in FILES for r in REFERENCE.findall(flowing(path))]
    assert sum("docs/spec/" in file for file, _ in references) > 30
    assert sum(bool(heading) for _, heading in references) > 20


def test_each_reference_leads_to_a_file_and_a_heading() -> None:
    lost = []
    for path in FILES:
        for file, heading in REFERENCE.findall(flowing(path)):
            target = ROOT / file
            found = HEADING.findall(target.read_text()) if target.is_file() else None
            if found is None or (heading and heading not in found):
                lost.append(f"{path.relative_to(ROOT)}: {file} {heading}")
    assert not lost


def test_nothing_refers_to_a_file_outside_the_project() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in FILES
        for match in OUTSIDE.finditer(flowing(path))
    ]
    assert not found


@pytest.mark.parametrize(
    "text", ["DESIGN section 4", "FORMATS B3", "see ../shared/x", "reviews/house.md"]
)
def test_a_reference_to_the_outside_is_noticed(text: str) -> None:
    assert OUTSIDE.search(text)
