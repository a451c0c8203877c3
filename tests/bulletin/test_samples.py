"""The samples, which were not written by this package, go in and out unchanged.

But for what was confirmed in their translations, which is what REVIEWED asks.
"""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.bulletin.json_reader import read_json

SAMPLES = sorted(
    (f for f in files("exchange.cli").joinpath("samples").iterdir()),
    key=lambda file: file.name,
)


def test_all_ten_are_package_data() -> None:
    assert [f.name[:2] for f in SAMPLES] == [f"{n:02}" for n in range(1, 11)]


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: str(file.name))
def test_a_sample_round_trips(file: Traversable) -> None:
    raw = file.read_bytes()
    draft = from_json(read_json(raw))
    assert (
        json.dumps(to_json(draft), ensure_ascii=False, indent=1) == raw.decode().strip()
    )
    assert decode(encode(draft.content)) == draft.content
