"""UAX #9 against Unicode's own conformance test."""

import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.bidi import _reset_ends, line_order, paragraph_levels
from tui.text.bidi_explicit import REMOVED, classes

DATA = Path(__file__).parent / "data" / "BidiCharacterTest-15.1.0.txt.gz"
CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2029"


class Case(NamedTuple):
    text: str
    direction: int | None
    base: int
    levels: list[str]
    order: list[int]


def cases() -> Iterator[Case]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[0] in "#\n":
                continue
            points, direction, base, levels, order = line.split(";")
            text = "".join(chr(int(point, 16)) for point in points.split())
            asked = None if direction == "2" else int(direction)
            places = [int(place) for place in order.split()]
            yield Case(text, asked, int(base), levels.split(), places)


def test_the_unicode_conformance_test() -> None:
    """Every third case: all 91,707 pass, but take eight seconds."""
    count = 0
    for case in islice(cases(), 0, None, 3):
        levels, base = paragraph_levels(case.text, case.direction)
        assert base == case.base, case
        kinds = classes(case.text)
        at_the_end = _reset_ends(kinds, levels[:], base)  # the file's are after L1
        shown = [
            "x" if kind in REMOVED else str(level)
            for kind, level in zip(kinds, at_the_end, strict=True)
        ]
        assert shown == case.levels, case
        assert line_order(case.text, levels, 0, len(shown), base) == case.order, case
        count += 1
    assert count == 30_569


@given(st.text(st.sampled_from("aب1٣ (]\u0301\u200b" + CONTROLS), max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    levels, base = paragraph_levels(text)
    order = line_order(text, levels, 0, len(text), base)
    kept = [at for at, kind in enumerate(classes(text)) if kind not in REMOVED]
    assert sorted(order) == kept


@pytest.mark.parametrize("opener", ["\u202b", "\u2067", "\u202e", "\u2066"])
def test_depth_beyond_the_limit_ends(opener: str) -> None:
    text = opener * 3_000 + "aب" + "\u2069\u202c" * 3_000
    levels, _ = paragraph_levels(text)
    assert max(levels) <= 126
