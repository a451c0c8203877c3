"""The hand-over of a shift, signed by the officers out and in: docs/spec/handover.md.

    record = HandoverRecord(...)
    data = encode(record)                       the bytes that both sign
    leaves, comes = sign_as(LEAVES, data, signer), sign_as(COMES, data, other)
    signed = SignedHandover(data, leaves, comes)
    check_handover(signed, key_of)              raises a Refusal, or returns the record

It refers to messages by name only and holds none of their content, so no erased text
survives in it.
"""

import hashlib
from collections.abc import Callable
from typing import Literal

import msgspec

from exchange.core import HASH_SIZE, TIME_MAX
from exchange.errors import Reason, Refusal, Why
from exchange.limits import HANDOVER_MATTERS_MAX, HANDOVER_MAX
from exchange.trust import names
from exchange.trust.registered_keys import Registered
from keys.errors import BadSignature
from keys.pae import pae
from keys.signing import Signer, verify

LEAVES, COMES = "leaves", "comes"
_OTHER = Why(
    "does not name the hand-over before it: one was changed or taken out; "
    "compare a copy"
)
KeyOf = Callable[[str, bytes, int], Registered]
"""(officer, kid, time in ms) -> the author's key valid then; raises a Refusal."""


class OpenMatter(msgspec.Struct, frozen=True):
    """An open matter: `kind` as in the list of due things, `by` its deadline or 0."""

    name: str
    kind: str
    by: int


class DoneMatter(msgspec.Struct, frozen=True):
    """An act of an officer of the desk: `did` is a relation, or WROTE."""

    name: str
    officer: str
    did: str
    at: int


class HandoverRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record that both officers sign; times are ms UTC, names are hex.

    `previous` is the link of the last one at this desk, "" for the first.
    """

    handover: Literal[2]
    desk: str
    leaves: str
    comes: str
    began: int
    at: int
    previous: str
    open: tuple[OpenMatter, ...]
    done: tuple[DoneMatter, ...]


class HandoverSignature(msgspec.Struct, frozen=True):
    """A signature, and the kid of an officer's key in role author."""

    kid: bytes
    signature: bytes


class SignedHandover(msgspec.Struct, frozen=True):
    record: bytes
    leaves: HandoverSignature
    comes: HandoverSignature


def encode(record: HandoverRecord) -> bytes:
    """Return the only encoding: JSON, members by name, no space, UTF-8.

    Raises Refusal(TOO_LONG) if it exceeds the size limit.
    """
    data = msgspec.json.encode(record, order="sorted")
    if len(data) > HANDOVER_MAX:
        raise Refusal(Reason.TOO_LONG, "handover")
    return data


def parse(data: bytes) -> HandoverRecord:
    """Return the record of these bytes; raises Refusal, naming the field.

    1. Size (SIZE).
    2. The form, in its only encoding (NOT_CANONICAL).
    3. Names and times (INPUT).
    4. Two officers of the same desk (SIGNERS).
    """
    # 1
    if len(data) > HANDOVER_MAX:
        raise Refusal(Reason.SIZE, "handover")
    # 2
    try:
        record = msgspec.json.decode(data, type=HandoverRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(Reason.NOT_CANONICAL, "handover") from None
    if encode(record) != data:
        raise Refusal(Reason.NOT_CANONICAL, "handover")
    # 3
    _check_values(record)
    # 4
    officers = {record.leaves, record.comes}
    of_desk = all(
        names.is_officer(one) and names.desk_of(one) == record.desk for one in officers
    )
    if not of_desk or len(officers) != len((LEAVES, COMES)):
        raise Refusal(Reason.SIGNERS, "handover")
    return record


def _check_values(record: HandoverRecord) -> None:
    count = len(record.open) + len(record.done)
    named = [one.name for one in record.open]
    named += [one.name for one in record.done]
    named += [record.previous] if record.previous else []
    times = [record.began, record.at, *(one.by for one in record.open)]
    times += [one.at for one in record.done]
    for field, right in (
        ("desk", names.is_desk(record.desk)),
        ("name", all(map(_is_hash, named))),
        ("time", all(0 <= time <= TIME_MAX for time in times)),
        ("matters", count <= HANDOVER_MATTERS_MAX),
        ("began", record.began <= record.at),
    ):
        if not right:
            raise Refusal(Reason.INPUT, field)


def _is_hash(text: str) -> bool:
    return len(text) == 2 * HASH_SIZE and not set(text) - set("0123456789abcdef")


def link(data: bytes) -> str:
    """Return hex of SHA-256, for the next record's `previous`."""
    return hashlib.sha256(pae("handover-link", data)).hexdigest()


def check_link(record: HandoverRecord, before: str) -> None:
    if record.previous != before:
        raise Refusal(Reason.INPUT, "previous", _OTHER)


def sign_as(role: str, data: bytes, signer: Signer) -> HandoverSignature:
    """`role` is LEAVES or COMES."""
    return HandoverSignature(signer.kid, signer.sign(_to_sign(role, signer.kid, data)))


def check_handover(signed: SignedHandover, key_of: KeyOf) -> HandoverRecord:
    """Raise a Refusal unless both officers signed it.

    1. Its form, as in `parse`.
    2. Each key is that officer's, valid at the time (SIGNER_*).
    3. Each signature (SIGNATURE).
    """
    # 1
    record = parse(signed.record)
    for role, officer, given in (
        (LEAVES, record.leaves, signed.leaves),
        (COMES, record.comes, signed.comes),
    ):
        # 2
        key = key_of(officer, given.kid, record.at)
        # 3
        message = _to_sign(role, given.kid, signed.record)
        try:
            verify(key.algorithm, key.public, given.signature, message)
        except BadSignature:
            raise Refusal(Reason.SIGNATURE, officer) from None
    return record


def _to_sign(role: str, kid: bytes, data: bytes) -> bytes:
    return pae("handover", role.encode("ascii"), kid, data)
