"""A drill says nothing of the real."""

import pytest

from exchange.errors import Reason
from tests.desk.bench import Bench
from tests.desk.test_references import STRICT, refused, send


@pytest.mark.parametrize("relation", ["ANSWERS", "CORRECTS", "NARROWS"])
def test_p58_a_drill_says_nothing_of_what_is_real(bench: Bench, relation: str) -> None:
    name = send(bench, mode="ACTUAL")
    found = refused(bench, (relation, name), mode="EXERCISE", label=STRICT)
    assert found == (Reason.REFERENCES, "references.0: mode")
