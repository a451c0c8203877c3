"""Names contain one another in one way only."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.trust import names
from tests.expecting import refusing


def test_a_name_says_what_it_belongs_to() -> None:
    assert names.desk_of("duty-1@ops.islamabad.pk") == "ops.islamabad.pk"
    assert names.node_of("ops.islamabad.pk") == "islamabad.pk"
    assert names.domain_of("duty-1@ops.islamabad.pk") == "pk"
    assert names.domain_of("islamabad.pk") == "pk"
    assert names.domain_of("issuer@pk") == "pk"
    assert names.domain_of("pk") == "pk"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "pk",
        "a.b.pk",
        "Islamabad.pk",
        "islamabad..pk",
        ".pk",
        "islamabad.pk ",
        "a.-",
    ],
)
def test_no_node(name: str) -> None:
    with refusing(Reason.FIELD_VALUE):
        names.check_node(name)


@pytest.mark.parametrize("name", ["ops", "islamabad.pk", "a.b.c.d", "o_s.islamabad.pk"])
def test_no_desk(name: str) -> None:
    with pytest.raises(Refusal):
        names.check_desk(name)


@pytest.mark.parametrize("name", ["", "p.k", "PK", "pk\n", "٣", "a" * 64])
def test_no_domain(name: str) -> None:
    with pytest.raises(Refusal):
        names.check_domain(name)


def test_a_name_is_bounded() -> None:
    label = "a" * 63

    assert names.is_node(f"{label}.{label}")
    assert not names.is_desk(f"{label}.{label}.pk")
