"""Readers of XLIFF that share no code with ours."""

from functools import cache
from typing import Any

from lxml import etree

from tests.walk import ROOT

SCHEMA = ROOT / "tests/vectors/xliff/all.xsd"
XLF = "{urn:oasis:names:tc:xliff:document:2.0}"


@cache
def schema() -> Any:  # noqa: ANN401 - lxml has no types
    return etree.XMLSchema(etree.parse(SCHEMA))


def validated(data: bytes) -> Any:  # noqa: ANN401
    """The root of a file that is valid by the schemas and by what they cannot say."""
    root = etree.fromstring(data)
    schema().assertValid(root)
    assert root.get("version") == "2.1"
    units = [unit.get("id") for unit in root.iter(f"{XLF}unit")]
    assert len(set(units)) == len(units)
    for unit in root.iter(f"{XLF}unit"):
        inner_ids(unit)
    for segment in root.iter(f"{XLF}segment"):
        states(segment)
    return root


def inner_ids(unit: Any) -> None:  # noqa: ANN401
    """An id stands once among segments and source marks; a target has the source's."""
    for segment in unit.iter(f"{XLF}segment"):
        source = [m.get("id") for m in segment.find(f"{XLF}source").iter(f"{XLF}mrk")]
        ids = [segment.get("id"), *source]
        assert len(set(ids)) == len(ids)
        target = segment.find(f"{XLF}target")
        if target is not None:
            assert sorted(m.get("id") for m in target.iter(f"{XLF}mrk")) == source
        known = {f"#{i}" for i in ids}
        assert {m.get("ref") for m in unit.iter() if m.get("ref")} <= known


def states(segment: Any) -> None:  # noqa: ANN401
    """A state beyond initial has a target; a finer state stands beside a state."""
    state = segment.get("state")
    assert state is not None or segment.get("subState") is None
    assert state in {None, "initial"} or segment.find(f"{XLF}target") is not None
