"""There is a full example of every kind, and it is valid as it stands."""

import json

import pytest

from exchange.bulletin.content import decode, encode, from_json, to_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Kind
from tests.bulletin.examples import EXAMPLES, example


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_an_example_of_each_kind_is_whole_and_valid(kind: Kind) -> None:
    obj = example(kind.code)
    draft = from_json(obj)
    assert json.loads(json.dumps(to_json(draft))) == obj | {"translations": []}
    assert decode(encode(draft.content)) == draft.content
    assert obj["mode"] == "EXERCISE"
    assert obj["to"] == ["ops.beijing.cn"]
    assert set(EXAMPLES) == set(KINDS)
