"""Vectors of hand-overs: records that both officers signed, and what is refused."""

from collections.abc import Iterator
from typing import Any

from exchange.trust.shift_handover import (
    COMES,
    LEAVES,
    DoneMatter,
    HandoverRecord,
    HandoverSignature,
    OpenMatter,
    SignedHandover,
    encode,
    link,
    sign_as,
)
from tests.trust.nation import NOW, ed, seed

DESK = "ops.islamabad.pk"
ONE, TWO = f"duty-1@{DESK}", f"duty-2@{DESK}"
KEYS = {ONE: ed("pk handover one"), TWO: ed("pk handover two")}
HOUR = 3_600_000


def record(**changes: Any) -> HandoverRecord:  # noqa: ANN401 - of each field
    base: dict[str, Any] = {
        "handover": 2,
        "desk": DESK,
        "leaves": ONE,
        "comes": TWO,
        "began": NOW - 8 * HOUR,
        "at": NOW,
        "previous": "",
        "open": (OpenMatter(seed("open").hex(), "ESCALATED", NOW - HOUR),),
        "done": (DoneMatter(seed("done").hex(), ONE, "ACKNOWLEDGED", NOW - HOUR),),
    }
    return HandoverRecord(**base | changes)


def signed(data: bytes, *, swap: bool = False) -> SignedHandover:
    one, two = KEYS[ONE], KEYS[TWO]
    first, second = (COMES, LEAVES) if swap else (LEAVES, COMES)
    return SignedHandover(data, sign_as(first, data, one), sign_as(second, data, two))


def as_json(found: SignedHandover) -> dict[str, str]:
    return {
        "record": found.record.hex(),
        "leaves_kid": found.leaves.kid.hex(),
        "leaves_signature": found.leaves.signature.hex(),
        "comes_kid": found.comes.kid.hex(),
        "comes_signature": found.comes.signature.hex(),
    }


def _flipped(given: HandoverSignature) -> HandoverSignature:
    data = given.signature
    return HandoverSignature(given.kid, bytes([data[0] ^ 1]) + data[1:])


def _bad() -> Iterator[tuple[str, SignedHandover, str]]:
    data = encode(record())
    good = signed(data)
    yield "a space in the record", signed(data.replace(b":", b": ", 1)), "NOT_CANONICAL"
    yield "a member more", signed(b'{"a":1,' + data[1:]), "NOT_CANONICAL"
    yield "no JSON", signed(b"{"), "NOT_CANONICAL"
    older = data.replace(b'"handover":2', b'"handover":1')
    yield "version 1", signed(older), "NOT_CANONICAL"
    yield "one officer twice", signed(encode(record(comes=ONE))), "SIGNERS"
    other = encode(record(comes="duty-2@ops.beijing.cn"))
    yield "an officer of another desk", signed(other), "SIGNERS"
    yield "it began after its end", signed(encode(record(began=NOW + 1))), "INPUT"
    yield "a name in capitals", signed(encode(record(previous="A" * 64))), "INPUT"
    opened = (OpenMatter("", "ESCALATED", NOW - HOUR),)
    yield "no name of an open matter", signed(encode(record(open=opened))), "INPUT"
    done = (DoneMatter("", ONE, "ACKNOWLEDGED", NOW - HOUR),)
    yield "no name of what was done", signed(encode(record(done=done))), "INPUT"
    yield "the signatures in each other's place", signed(data, swap=True), "SIGNATURE"
    swapped = SignedHandover(data, good.comes, good.leaves)
    yield "the keys in each other's place", swapped, "SIGNER_UNKNOWN"
    broken = SignedHandover(data, _flipped(good.leaves), good.comes)
    yield "a bit of who leaves", broken, "SIGNATURE"
    broken = SignedHandover(data, good.leaves, _flipped(good.comes))
    yield "a bit of who comes", broken, "SIGNATURE"
    later = SignedHandover(encode(record(at=NOW + 1)), good.leaves, good.comes)
    yield "another record", later, "SIGNATURE"


def cases() -> dict[str, Any]:
    first = encode(record())
    second = encode(record(at=NOW + HOUR, leaves=TWO, comes=ONE, previous=link(first)))
    one, two = KEYS[ONE], KEYS[TWO]
    next_ = SignedHandover(
        second, sign_as(LEAVES, second, two), sign_as(COMES, second, one)
    )
    return {
        "keys": {name: key.public.hex() for name, key in KEYS.items()},
        "good": [
            {"shows": "the first", **as_json(signed(first)), "link": link(first)},
            {"shows": "the next", **as_json(next_), "link": link(second)},
        ],
        "bad": [
            {"shows": shows, **as_json(found), "reason": reason}
            for shows, found, reason in _bad()
        ],
    }


FILES = {"handover": cases}
