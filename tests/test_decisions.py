"""Each decision has the parts of its template, and is in the index."""

import re
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs/decisions"
DECISIONS = sorted(page.name for page in FOLDER.glob("*.md") if page.stem != "README")
HEAD = re.compile(r"# \S.*\n\n- Date: (.{10})\n- Status: (?:proposed|accepted)\n\n\*\*")
PART = re.compile(r"\n\n\*\*([A-Z]\w+)\.\*\* (?=\S)")
LINES_MAX = 40
BEGUN = date(2026, 11, 27)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_has_the_parts_of_the_template(name: str) -> None:
    text = (FOLDER / name).read_text()
    head = HEAD.match(text)

    assert head
    assert date.fromisoformat(head[1]) >= BEGUN
    assert PART.findall(text) == ["Context", "Decision", "Alternative", "Cost"]
    assert len(text.splitlines()) <= LINES_MAX


def test_every_decision_is_listed() -> None:
    listed = re.findall(r"\]\((\w+\.md)\)", (FOLDER / "README.md").read_text())

    assert sorted(listed) == DECISIONS
