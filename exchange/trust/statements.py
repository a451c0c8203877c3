"""Directory statements: a nation's and its desks' statements about keys.

A Statement is the `clear` of a DIRECTORY envelope (docs/spec/statements.md, "The form
of a statement").

    KEY         subject   role                algorithm   signed by
                issuer    issuer              ed25519     both roots
                officer   author | releaser   ed25519     an issuer
                desk      sealing             x-wing      an author of that desk
                desk      reader              x-wing      an issuer
    REVOCATION  officer, desk or node                     an issuer
                node of the log                           both roots
    POLICY      domain                                    both roots
    ROOTS       domain                                    both roots, and both new ones
"""

from collections.abc import Callable

from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.limits import (
    ENTRY_MAX,
    KEY_LIFE_MAX,
    POLICY_MAX,
    READER_KEY_LIFE,
    SEALING_KEY_LIFE_MAX,
)
from exchange.trust import names, wire
from exchange.v1 import envelope_pb2 as pb
from keys.errors import BadSignature, WeakKey
from keys.pae import pae
from keys.signing import (
    ED25519,
    ML_DSA_44,
    PUBLIC_SIZES,
    X_WING,
    Signer,
    check_public,
    verify,
)

ROOT, ISSUER, AUTHOR, RELEASER = "root", "issuer", "author", "releaser"
SEALING, READER = "sealing", "reader"
OFFICER_ROLES = (AUTHOR, RELEASER)
SEALING_ROLES = (SEALING, READER)
"""Roles of sealing keys: of a desk with authors, and of one without."""

FIRST_RULES = NEWEST_RULES = 4
"""The rules that a log starts with, and the newest known here."""

SERIAL_MAX = 2**63 - 1
NUMBERED = frozenset({pb.STATEMENT_TYPE_POLICY, pb.STATEMENT_TYPE_ROOTS})
"""The types with a serial, which both roots sign. Others are ordered by place."""

HASH_SIZE = 32
PROOF_SIZE = 64
ROOTS_SIZE = PUBLIC_SIZES[ED25519] + PUBLIC_SIZES[ML_DSA_44]

Roles = tuple[str, ...]


def key_statement(
    subject: str, role: str, key: Signer, life: tuple[int, int]
) -> pb.Statement:
    """State a signing key, with the holder's proof of possession.

    `life` is (valid_from, valid_until), ms UTC, both inclusive.
    """
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_KEY,
        subject=subject,
        role=role,
        algorithm=key.algorithm,
        public_key=key.public,
        valid_from=life[0],
        valid_until=life[1],
    )
    statement.proof = key.sign(_to_prove(statement))
    return parse_statement(wire.encode(statement))


def sealing_statement(
    desk: str, public: bytes, life: tuple[int, int], role: str = SEALING
) -> pb.Statement:
    """State a desk's sealing key, signed by its officer, or for READER by an issuer."""
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_KEY,
        subject=desk,
        role=role,
        algorithm=X_WING,
        public_key=public,
        valid_from=life[0],
        valid_until=life[1],
    )
    return parse_statement(wire.encode(statement))


def policy_statement(domain: str, policy: bytes, serial: int) -> pb.Statement:
    """`policy` is its exact text."""
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_POLICY, subject=domain, policy=policy, serial=serial
    )
    return parse_statement(wire.encode(statement))


def revocation_statement(
    subject: str, revokes: bytes, compromised_since: int
) -> pb.Statement:
    """`revokes` is a kid, or the SHA-256 of a certificate's SPKI; times are ms UTC."""
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_REVOCATION,
        subject=subject,
        revokes=revokes,
        compromised_since=compromised_since,
    )
    return parse_statement(wire.encode(statement))


def roots_statement(domain: str, public: bytes, serial: int) -> pb.Statement:
    """`public` is the Ed25519 key, then the ML-DSA-44 key."""
    statement = pb.Statement(
        type=pb.STATEMENT_TYPE_ROOTS, subject=domain, public_key=public, serial=serial
    )
    return parse_statement(wire.encode(statement))


def parse_statement(data: bytes) -> pb.Statement:
    """Return the well-formed statement that `data` encodes.

    Raises Refusal(STATEMENT), `where` naming the field. `check_key` checks the key's
    strength and proof.
    """
    statement = wire.decode(pb.Statement, data, ENTRY_MAX, Reason.STATEMENT)
    check = _CHECKS.get(statement.type)
    _demand(check is not None, "type")
    least, most = (1, SERIAL_MAX) if statement.type in NUMBERED else (0, 0)
    _demand(least <= statement.serial <= most, "serial")
    if check is not None:
        check(statement)
    return statement


def check_strong(algorithm: str, public: bytes) -> None:
    try:
        check_public(algorithm, public)
    except WeakKey:
        raise Refusal(Reason.KEY, "public_key") from None


def check_key(statement: pb.Statement) -> None:
    """Raise Refusal(KEY) for a weak key, or a signing key without a valid proof."""
    check_strong(statement.algorithm, statement.public_key)
    if statement.role in SEALING_ROLES:
        return
    message = _to_prove(statement)
    try:
        verify(ED25519, statement.public_key, statement.proof, message)
    except BadSignature:
        raise Refusal(Reason.KEY, "proof") from None


def signing_roles(statement: pb.Statement) -> tuple[Roles, ...]:
    """Return the sets, each sorted, that may sign it."""
    if statement.type == pb.STATEMENT_TYPE_REVOCATION:
        return ((ISSUER,), (ROOT, ROOT))
    if statement.type == pb.STATEMENT_TYPE_KEY and statement.role in _BY_ISSUERS:
        return ((ISSUER,),)
    if statement.type == pb.STATEMENT_TYPE_KEY and statement.role == SEALING:
        return ((AUTHOR,),)
    if statement.type == pb.STATEMENT_TYPE_ROOTS:
        return ((ROOT,) * 4,)
    return ((ROOT, ROOT),)


def subject_node(statement: pb.Statement) -> str:
    """Return the node whose log must have it; "" for nation-wide ones."""
    subject = statement.subject
    if names.is_node(subject):
        return subject
    desk = names.desk_of(subject)
    return names.node_of(desk) if names.is_desk(desk) else ""


def _to_prove(statement: pb.Statement) -> bytes:
    bare = pb.Statement()
    bare.CopyFrom(statement)
    bare.ClearField("proof")
    return pae("pop", wire.encode(bare))


def _check_key_form(statement: pb.Statement) -> None:
    _absent(statement, "revokes", "compromised_since", "policy")
    _demand(statement.role in _SUBJECTS, "role")
    _demand(_SUBJECTS[statement.role](statement.subject), "subject")
    sealing = statement.role in SEALING_ROLES
    _demand(statement.algorithm == (X_WING if sealing else ED25519), "algorithm")
    _demand(0 < statement.valid_from <= TIME_MAX, "valid_from")
    life = statement.valid_until - statement.valid_from
    longest = _LONGEST.get(statement.role, KEY_LIFE_MAX)
    _demand(0 < life <= longest, "valid_until")
    _demand(len(statement.proof) == (0 if sealing else PROOF_SIZE), "proof")


def _check_revocation_form(statement: pb.Statement) -> None:
    _absent(statement, *_KEY_FIELDS, "policy")
    _demand(
        names.is_officer(statement.subject)
        or names.is_desk(statement.subject)
        or names.is_node(statement.subject),
        "subject",
    )
    _demand(len(statement.revokes) == HASH_SIZE, "revokes")
    _demand(0 < statement.compromised_since <= TIME_MAX, "compromised_since")


def _check_policy_form(statement: pb.Statement) -> None:
    _absent(statement, *_KEY_FIELDS, "revokes", "compromised_since")
    _demand(names.is_domain(statement.subject), "subject")
    _demand(0 < len(statement.policy) <= POLICY_MAX, "policy")


def _check_roots_form(statement: pb.Statement) -> None:
    others = (field for field in _KEY_FIELDS if field != "public_key")
    _absent(statement, *others, "revokes", "compromised_since", "policy")
    _demand(names.is_domain(statement.subject), "subject")
    _demand(len(statement.public_key) == ROOTS_SIZE, "public_key")


def _absent(statement: pb.Statement, *fields: str) -> None:
    for field in fields:
        _demand(not getattr(statement, field), field)


def _demand(right: bool, field: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise Refusal(Reason.STATEMENT, field)


_BY_ISSUERS = (*OFFICER_ROLES, READER)
_LONGEST = {SEALING: SEALING_KEY_LIFE_MAX, READER: READER_KEY_LIFE}
_KEY_FIELDS = ("role", "algorithm", "public_key", "valid_from", "valid_until", "proof")
_SUBJECTS: dict[str, Callable[[str], bool]] = {
    ISSUER: names.is_issuer,
    AUTHOR: names.is_officer,
    RELEASER: names.is_officer,
    SEALING: names.is_desk,
    READER: names.is_desk,
}
_CHECKS: dict[int, Callable[[pb.Statement], None]] = {
    pb.STATEMENT_TYPE_KEY: _check_key_form,
    pb.STATEMENT_TYPE_REVOCATION: _check_revocation_form,
    pb.STATEMENT_TYPE_POLICY: _check_policy_form,
    pb.STATEMENT_TYPE_ROOTS: _check_roots_form,
}
