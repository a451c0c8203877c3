"""Adding a kind touches one place: a file, and another for its code list.

The example is the one of docs/kinds.md, put into a copy of the package.
"""

import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
USE = """
import json
from pathlib import Path

from exchange.bulletin.codes import CODES, aliases
from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.bulletin.form import build, form
from exchange.bulletin.search_words import code_labels_text
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.render import facts, render
from exchange.errors import Refusal

assert __import__("exchange").__file__.startswith(str(Path.cwd())), "not the copy"
kind = KINDS["RIVER_LEVEL"]
obj = read_json(Path("river.json").read_bytes())

# Validation and the input file.
draft = from_json(obj)
assert to_json(draft)["details"] == obj["details"]
assert decode(encode(draft.content)) == draft.content
for change, where in (
    ({"stage": "DROUGHT"}, "details.stage"),
    ({"level": 101}, "details.level"),
    ({"gauges": [{"stage": "FLOOD"}]}, "details.gauges.0.gauge"),
    ({"colour": "blue"}, "details.colour"),
):
    try:
        from_json(obj | {"details": obj["details"] | change})
    except Refusal as refusal:
        assert refusal.where == where, refusal
    else:
        raise AssertionError(where)

# The form.
assert ("details.stage", kind.field("stage")) in form(kind)
typed = {
    "mode": ["EXERCISE"], "label.tlp": ["GREEN"], "label.releasable_to": ["cn", "pk"],
    "to": ["ops.beijing.cn"], "subject": ["Indus rising"],
    "when.from": ["2026-11-25T06:00:00Z"], "place.site": ["DASU-HPP"],
    "details.stage": ["FLOOD"], "details.gauges": ["gauge=G-1;stage=FLOOD"],
}
made = from_json(build(kind, typed, "en"))
assert made.kind.precedence == "PRIORITY"

# Rendering, in every language.
for lang, words in {
    "en": ("River level", "Flood", "12 m", "G-1"),
    "ur": ("دریا کی سطح", "سیلاب", "میٹر"),
    "zh-Hans": ("河流水位", "洪水水位", "米"),
}.items():
    text = render(draft.content, draft, lang)
    assert all(word in text for word in words), text
    shown = {fact.field for fact in facts(draft.content, lang)}
    assert {"details.stage", "details.gauges"} <= shown

# The search.
found = code_labels_text(draft.content).split("\\n")
assert {"FLOOD", "سیلاب", "洪水水位", "طغیانی", "G-1", "河流水位"} <= set(found)
assert aliases("flood_stage")["FLOOD"][0] == "high water"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("exchange", "keys", "tui"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=skipped)
    return tmp_path


def blocks() -> dict[str, str]:
    return dict(BLOCK.findall((ROOT / "docs/kinds.md").read_text("utf-8")))


def test_the_example_of_the_documentation_works(copy: Path) -> None:
    found = blocks()
    assert {Path(name).suffix for name in found} == {".tsv", ".py", ".json"}
    for name, text in found.items():
        assert not (copy / name).exists(), "it only adds"
        (copy / name).write_text(text, "utf-8")
    (copy / "use.py").write_text(USE, "utf-8")
    subprocess.run([sys.executable, "use.py"], cwd=copy, check=True)


def test_the_documentation_names_all_there_is_to_declare() -> None:
    from exchange.bulletin.schema import Kind, Type  # noqa: PLC0415  # only here

    text = (ROOT / "docs/kinds.md").read_text("utf-8")
    for name in Kind.__struct_fields__:
        assert f"`{name}`" in text, name
    for type_ in set(Type) - {Type.PROSE}:
        assert re.search(rf"\b{type_}\b", text), type_
    assert (
        files("exchange.bulletin.kinds").joinpath("river_level.py").is_file() is False
    )
