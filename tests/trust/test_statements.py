"""Statements: one encoding, every field in bounds, keys strong and proved."""

import pytest

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.limits import KEY_LIFE_MAX, POLICY_MAX
from exchange.trust import statements, wire
from exchange.trust.statements import check_key, parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from tests.expecting import refusing
from tests.trust.nation import NOW, ed, key, revocation, seed

OFFICER = "duty-1@ops.islamabad.pk"


def author() -> pb.Statement:
    return key(OFFICER, "author", ed("author"))


def refused(found: pb.Statement) -> str:
    with refusing(Reason.STATEMENT) as caught:
        parse_statement(wire.encode(found))
    return caught.value.where


def test_a_statement_comes_back_as_it_was_made() -> None:
    found = author()

    assert parse_statement(wire.encode(found)) == found
    check_key(found)


def test_the_proof_covers_every_other_field() -> None:
    found = author()
    bare = pb.Statement.FromString(wire.encode(found))
    bare.ClearField("proof")

    expected = ed("author").sign(pae("pop", bare.SerializeToString()))

    assert found.proof == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", 0),
        ("subject", ""),
        ("subject", "duty-1"),
        ("subject", "ops.islamabad.pk"),
        ("subject", "duty-1@islamabad.pk"),
        ("subject", "duty-1@ops.islamabad.pk."),
        ("subject", "Duty-1@ops.islamabad.pk"),
        ("subject", "duty-1@ops.islamabad.pk\n"),
        ("subject", "duty-1@ops.isl\u0430mabad.pk"),
        ("subject", "-@ops.islamabad.pk"),
        ("subject", "a@b@ops.islamabad.pk"),
        ("subject", f"{'a' * 64}@ops.islamabad.pk"),
        ("role", ""),
        ("role", "root"),
        ("role", "sealing"),
        ("role", "issuer"),
        ("algorithm", ""),
        ("algorithm", "x-wing"),
        ("algorithm", "ml-dsa-44"),
        ("valid_from", 0),
        ("valid_from", -1),
        ("valid_from", 2**63 - 1),
        ("valid_until", NOW),
        ("valid_until", NOW + KEY_LIFE_MAX + 1),
        ("valid_until", -(2**63)),
        ("serial", 2**64 - 1),
        ("revokes", bytes(32)),
        ("compromised_since", 1),
        ("policy", b"x"),
        ("proof", bytes(63)),
    ],
)
def test_a_key_field_out_of_bounds_is_refused(field: str, value: object) -> None:
    found = author()
    setattr(found, field, value)

    assert refused(found) in {field, "subject", "algorithm", "valid_until"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "pk"),
        ("revokes", b""),
        ("revokes", bytes(8)),
        ("revokes", bytes(33)),
        ("compromised_since", 0),
        ("compromised_since", -5),
        ("compromised_since", TIME_MAX + 1),
        ("subject", "issuer@pk"),
        ("serial", 1),
        ("serial", 2**64 - 1),
        ("role", "author"),
        ("public_key", bytes(32)),
        ("proof", bytes(64)),
        ("policy", b"x"),
    ],
)
def test_a_revocation_field_out_of_bounds_is_refused(field: str, value: object) -> None:
    found = revocation(OFFICER, seed("kid"), NOW)
    setattr(found, field, value)

    assert refused(found) == field


@pytest.mark.parametrize(
    ("subject", "policy"),
    [("pk", b""), ("pk", bytes(POLICY_MAX + 1)), ("islamabad.pk", b"x"), ("", b"x")],
)
def test_a_policy_out_of_bounds_is_refused(subject: str, policy: bytes) -> None:
    with pytest.raises(Refusal, match=Reason.STATEMENT):
        statements.policy_statement(subject, policy, 1)


@pytest.mark.parametrize(
    ("subject", "size"),
    [("islamabad.pk", 0), ("", 0), ("pk", -1), ("pk", 1)],
)
def test_roots_are_of_a_domain_and_whole(subject: str, size: int) -> None:
    found = statements.roots_statement("pk", bytes(statements.ROOTS_SIZE), 1)
    found.subject, found.public_key = subject, bytes(statements.ROOTS_SIZE + size)

    with refusing(Reason.STATEMENT, match="public_key" if size else "subject"):
        parse_statement(wire.encode(found))


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "root"), ("valid_until", 1), ("revokes", bytes(32)), ("proof", b"x")],
)
def test_a_policy_says_nothing_else(field: str, value: object) -> None:
    found = statements.policy_statement("pk", b"x", 1)
    setattr(found, field, value)

    assert refused(found) == field


@pytest.mark.parametrize("begin", [0, TIME_MAX + 1])
def test_a_life_begins_in_our_era(begin: int) -> None:
    """Also where its length would do."""
    found = author()
    found.valid_from, found.valid_until = begin, begin + 1000

    assert refused(found) == "valid_from"


def test_another_encoding_is_refused() -> None:
    data = wire.encode(author())
    spoilt = [
        data + b"\xa0\x06\x01",  # an unknown field
        data + data[:2],  # the first field twice
        data[2:] + data[:2],  # another order
        b"\x08\x81\x00" + data[2:],  # a longer varint
        data + b"\x4a\x00",  # a written default
        data[:-1],
        b"\xff" * 100,
        b"\x0a" * 70_000,
    ]

    for one in spoilt:
        with pytest.raises(Refusal, match=Reason.STATEMENT):
            parse_statement(one)
