"""A second reader of the envelope, older than the specification.

It shares no code with the project: own wire parser, own PAE, own HPKE and streams.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from tests.second_sealing import Cobblestone256, XWing, open_hpke
from tests.second_wire import ODD, Bad, check, need, parse

ENTRY = "core:b:: dw:b::32 db:b::32 signatures:m*:SIGNERS:4"
SIGNED = "role:s:SIGNERS:role kid:b:SIGNERS:32 signature:b::"
CORE = """version:u:VERSION:1 suite:u:SUITE:1 kind:e:KIND:6 id:b::16
origin:s:ORIGIN:name author:b::32
filed:i:TIME:253402300799999 valid_from:i:TIME:253402300799999
expires:i:TIME:253402300799999 precedence:e:LABEL:4 tlp:e:LABEL:5
releasable_to:s*:LABEL:domain caveats:s*:LABEL:caveat mode:e:LABEL:3 release:e:RELEASE:3
recipients:m*:RECIPIENTS:64 references:m*:REFERENCES:64 attachments:m*:SIZE:16
clear:b::"""
INNER = {
    "recipients": "desk:s:RECIPIENTS:name class:e:RECIPIENTS:4 kid:b:RECIPIENTS:32",
    "references": "relation:e:REFERENCES:16 name:b:REFERENCES:32",
    "attachments": "index:u:: padded:i::9223372036854775807 digest:b::32",
}
IDENTITY = bytes([1]) + bytes(31)
Keys = Sequence[tuple[str, bytes]]  # algorithm, public key


def pae(label: str, *parts: bytes) -> bytes:
    count = len(parts).to_bytes(4, "big")
    framed = [len(part).to_bytes(8, "big") + part for part in parts]
    return b"".join([b"fusion/1", bytes([len(label)]), label.encode(), count, *framed])


def sha(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(pae(label, *parts)).digest()


def need_rising(values: Sequence[Any], reason: str) -> None:
    need(all(a < b for a, b in pairwise(values)), reason)


def read_core(data: bytes) -> dict[str, Any]:
    core = parse(CORE, data)
    for name, schema in INNER.items():
        core[name] = [parse(schema, one) for one in core[name]]
    check(CORE, core)
    for name, schema in INNER.items():
        core[name] = [check(schema, one) for one in core[name]]
    need(core["expires"] > max(core["filed"], core["valid_from"]), "TIME")
    need_rising(core["releasable_to"], "LABEL")
    need_rising(core["caveats"], "LABEL")
    need(len(core["releasable_to"]) <= 32 and len(core["caveats"]) <= 16, "LABEL")
    need_rising([one["kid"] for one in core["recipients"]], "RECIPIENTS")
    places = [one["index"] for one in core["attachments"]]
    need(places == list(range(len(places))), ODD)
    return core


def verify(algorithm: str, public: bytes, signature: bytes, message: bytes) -> None:
    kind = Ed25519PublicKey if algorithm == "ed25519" else MLDSA44PublicKey
    # OpenSSL takes the identity for R, the one point of small order that can verify.
    need(algorithm != "ed25519" or signature[:32] != IDENTITY, "SIGNATURE")
    try:
        kind.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Bad("SIGNATURE") from None


def read_entry(entry: bytes, keys: Keys) -> dict[str, Any]:
    """Verify the entry by the keys that are registered; core stays unread."""
    need(len(entry) <= 65_535, "SIZE")
    outer = parse(ENTRY, entry)
    signed = [parse(SIGNED, one) for one in outer["signatures"]]
    check(ENTRY, outer)
    need(signed, "SIGNERS")
    need_rising([(one["role"], one["kid"]) for one in signed], "SIGNERS")
    names = {sha("kid", key[0].encode(), key[1]): key for key in keys}
    for one in [check(SIGNED, one) for one in signed]:
        role, kid = one["role"], one["kid"]
        need(kid in names, "SIGNER_UNKNOWN")
        algorithm, public = names[kid]
        need(algorithm == "ed25519" or role == "root", "SIGNATURE")
        covered = (role.encode(), kid, outer["core"], outer["dw"], outer["db"])
        verify(algorithm, public, one["signature"], pae("sig", *covered))
    return outer


def unpad(padded: bytes) -> bytes:
    total = int.from_bytes(padded[:4], "big") + 4
    bucket, exponent = max(512, 1 << (total - 1).bit_length()), total.bit_length() - 1
    if total > 1 << 16:
        step = 1 << (exponent - exponent.bit_length())
        bucket = -(-total // step) * step
    need(len(padded) == bucket and not any(padded[total:]), "PADDING")
    return padded[4:total]


def attempt(reason: str, action: Callable[[], bytes]) -> bytes:
    try:
        return action()
    except (InvalidTag, ValueError):
        raise Bad(reason) from None


def read_payload(
    outer: dict[str, Any], wraps: Sequence[bytes], body: bytes, seeds: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return (content, CEK), opened by the first recipient that is ours."""
    to = [one["kid"] for one in read_core(outer["core"])["recipients"]]
    need([wrap[:32] for wrap in wraps] == to, "WRAPS")
    need(all(len(wrap) == 1_200 for wrap in wraps), "WRAPS")
    need(sha("wraps", *wraps) == outer["dw"], "WRAPS")
    need(len(body) <= (263_168 if to else 0), "BODY")
    need(sha("body", body) == outer["db"], "BODY")
    if not to:
        return b"", b""
    ours = {sha("kid", b"x-wing", key.public): key for key in map(XWing, seeds)}
    wrap = next((wrap for wrap in wraps if wrap[:32] in ours), None)
    if wrap is None:
        raise Bad("KEY_GONE")
    h, kid, enc, sealed = (
        sha("core", outer["core"]),
        wrap[:32],
        wrap[32:1152],
        wrap[1152:],
    )
    info, opener = pae("wrap", h, kid), ours[kid]
    cek = attempt("SEAL", lambda: open_hpke(opener.decapsulate(enc), info, sealed))
    stream = Cobblestone256(cek, pae("content", h), body[:24])
    return unpad(attempt("BODY", lambda: stream.open(body))), cek


def read(
    entry: bytes,
    wraps: Sequence[bytes],
    body: bytes,
    keys: Keys,
    seeds: Sequence[bytes],
) -> tuple[bytes, bytes, bytes]:
    """Return (name, content, CEK) of a sound envelope, or raise Bad."""
    outer = read_entry(entry, keys)
    content, cek = read_payload(outer, wraps, body, seeds)
    return sha("name", outer["core"], outer["dw"], outer["db"]), content, cek
