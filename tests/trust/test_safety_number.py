"""The number that two officers read aloud."""

import pytest

from exchange.errors import Refusal
from exchange.trust.bundle import Bundle
from exchange.trust.safety_number import nation_number, safety_number
from tests.trust.nation import Nation


@pytest.fixture(scope="module")
def pk() -> Nation:
    return Nation("pk", "islamabad")


@pytest.fixture(scope="module")
def cn() -> Nation:
    return Nation("cn", "beijing")


def test_both_sides_read_the_same(pk: Nation, cn: Nation) -> None:
    assert safety_number(pk.bundle, cn.bundle) == safety_number(cn.bundle, pk.bundle)


def test_another_tls_root_changes_it(pk: Nation, cn: Nation) -> None:
    other = Nation("cn", "beijing")  # the same seeds, a new CA

    assert other.roots[0].public == cn.roots[0].public
    assert safety_number(pk.bundle, other.bundle) != safety_number(pk.bundle, cn.bundle)
    assert nation_number(other.bundle) != nation_number(cn.bundle)


def test_one_nation_is_no_pair(pk: Nation) -> None:
    fake: Bundle = Nation("pk", "lahore").bundle

    with pytest.raises(Refusal):
        safety_number(pk.bundle, fake)
