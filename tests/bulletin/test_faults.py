"""Whatever is wrong with a bulletin of whatever kind: one refusal names the field."""

import json

import pytest
from hypothesis import given, settings

from exchange.bulletin.content import from_json
from exchange.bulletin.error_text import refusal
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Kind, Type
from exchange.errors import Reason, Refusal
from exchange.words import use
from tests.bulletin.examples import example
from tests.bulletin.faults import _WRONG, Fault, dotted, faults, invalid, spoiled
from tests.bulletin.strategies import Json


def refuses(obj: Json, fault: Fault) -> None:
    with pytest.raises(Refusal) as caught:
        from_json(obj)
    error = caught.value
    if fault.where:
        assert (error.reason, error.where) == (fault.reason, fault.where), fault
    else:
        assert error.where.startswith(dotted(fault.path[:-1])), fault
    line = str(error)
    assert f"({error.reason})" in line
    assert line.isprintable(), "what was given is not repeated"
    assert error.exit_code == 2
    for lang in LANGUAGES:
        use(lang)
        said = refusal(error)
        assert said.startswith(error.where)
        assert said.isprintable()
        assert len(said) < 300
    use("en")


@given(invalid())
@settings(max_examples=150, deadline=None)
def test_one_thing_wrong_is_refused_by_its_field(case: tuple[Json, Fault]) -> None:
    refuses(*case)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_everything_that_can_be_wrong_with_an_example(kind: Kind) -> None:
    obj = example(kind.code)
    found = faults(obj)
    assert len(found) > 100
    for fault in found:
        refuses(spoiled(obj, fault), fault)
    from_json(obj)


def test_it_is_refused_from_a_file_as_well() -> None:
    obj = example("INCIDENT")
    for fault in faults(obj):
        broken = spoiled(obj, fault)
        try:
            data = json.dumps(broken, allow_nan=True).encode()
        except UnicodeEncodeError:
            continue
        with pytest.raises(Refusal):
            from_json(read_json(data))


def test_every_type_has_its_wrong_values() -> None:
    apart = {Type.TALLY, Type.RECORD, Type.PROSE}
    assert set(_WRONG) | apart == set(Type)
    assert Reason.FIELD_MISSING in {fault.reason for fault in faults(example("RFI"))}
