"""What a command prints as JSON can harm no terminal, and stays the same object."""

import json

from hypothesis import given
from hypothesis import strategies as st

from exchange.cli.options import encode_json

HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \x7f \u202e \u2028 \u200b \U000e0041 \ud800"


def test_nothing_acting_is_printed() -> None:
    out = encode_json({"subject": HOSTILE})

    assert out.isprintable()
    assert json.loads(out) == {"subject": HOSTILE}


def test_urdu_and_chinese_stay_readable() -> None:
    said = {"ur": "گاڑی میں", "zh": "车辆"}

    assert encode_json(said) == json.dumps(said, ensure_ascii=False)


@given(st.dictionaries(st.text(), st.text()))
def test_any_text_comes_back_as_it_was(found: dict[str, str]) -> None:
    out = encode_json(found)

    assert out.isprintable()
    assert json.loads(out) == found
