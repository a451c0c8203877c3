"""A third reader of the envelope, written from docs/spec alone.

It imports nothing of the project and nothing of the second reader. The headings in
brackets are those of the chapters encoding, envelope and sealing.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

LAST_TIME = 253_402_300_799_999  # ms
ROLES = {"author", "issuer", "releaser", "root"}
LOWER = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
NAME, DOMAIN = LOWER | frozenset(b".@-"), LOWER | frozenset(b"-")


class Refused(Exception):
    """The word of the reason."""


def demand(condition: object, reason: str) -> None:
    if not condition:
        raise Refused(reason)


# encoding.md


def pae(label: str, *parts: bytes) -> bytes:
    """[PAE]"""
    out = b"fusion/1" + bytes([len(label)]) + label.encode("ascii")
    out += len(parts).to_bytes(4, "big")
    for part in parts:
        out += len(part).to_bytes(8, "big") + part
    return out


def digest(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(pae(label, *parts)).digest()


def format_of(message: bytes) -> int:
    """Return the format of what is sealed. [receipts.md, Content]"""
    demand(message[:1] == b"\x08", "CONTENT")
    size = next((n for n, byte in enumerate(message[1:6], 1) if byte < 0x80), 0)
    demand(size, "CONTENT")
    return sum((byte & 0x7F) << 7 * n for n, byte in enumerate(message[1 : 1 + size]))


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 64 bits, and where it ends. [The canonical form], 6"""
    value = shift = 0
    while True:
        demand(at < len(data) and shift < 70, "NOT_CANONICAL")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    demand((byte or not shift) and value < 2**64, "NOT_CANONICAL")
    return value, at


@dataclass(frozen=True)
class Form:
    """A message: what stands in each field, by its number.

    uint32, uint64, int64, enum, string or bytes; `*` behind it: repeated. Messages are
    read as bytes, and then by the form in `inner`.
    """

    fields: Mapping[int, str]
    inner: Mapping[int, "Form"]


WIDTH = {"uint32": 2**32, "uint64": 2**64, "int64": 2**64, "enum": 2**64}
Message = dict[int, list[int | bytes]]


def parse(form: Form, data: bytes) -> Message:
    """Return the values of each field, if any. [The canonical form]"""
    found: Message = {number: [] for number in form.fields}
    at = last = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        demand(number in form.fields and number >= last, "NOT_CANONICAL")
        kind, many = form.fields[number].rstrip("*"), form.fields[number][-1] == "*"
        demand(many or not found[number], "NOT_CANONICAL")
        demand(wire == (0 if kind in WIDTH else 2), "NOT_CANONICAL")
        value, at = varint(data, at)
        if kind in WIDTH:
            demand(0 < value < WIDTH[kind], "NOT_CANONICAL")
            signed = value - 2**64 if kind[0] in "ie" and value >= 2**63 else value
            narrow = kind != "enum" or -(2**31) <= signed < 2**31
            demand(narrow, "NOT_CANONICAL")
            found[number].append(signed)
        else:
            demand(at + value <= len(data) and (value or many), "NOT_CANONICAL")
            raw, at = data[at : at + value], at + value
            demand(kind != "string" or is_utf8(raw), "NOT_CANONICAL")
            if number in form.inner:
                parse(form.inner[number], raw)
            found[number].append(raw)
        last = number
    return found


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def number(message: Message, field: int) -> int:
    value = message[field][0] if message[field] else 0
    assert isinstance(value, int)
    return value


def octets(message: Message, field: int) -> bytes:
    value = message[field][0] if message[field] else b""
    assert isinstance(value, bytes)
    return value


def repeated(message: Message, field: int) -> list[bytes]:
    return [value for value in message[field] if isinstance(value, bytes)]


# envelope.md


SIGNATURE = Form({1: "string", 2: "bytes", 3: "bytes"}, {})
ENTRY = Form({1: "bytes", 2: "bytes", 3: "bytes", 4: "bytes*"}, {4: SIGNATURE})
RECIPIENT = Form({1: "string", 2: "enum", 3: "bytes"}, {})
REFERENCE = Form({1: "enum", 2: "bytes"}, {})
ATTACHMENT = Form({1: "uint32", 2: "uint64", 3: "bytes"}, {})
CORE = Form(
    {
        1: "uint32",
        2: "uint32",
        3: "enum",
        4: "bytes",
        5: "string",
        6: "bytes",
        7: "int64",
        8: "int64",
        9: "int64",
        10: "enum",
        11: "enum",
        12: "string*",
        13: "string*",
        14: "enum",
        15: "enum",
        16: "bytes*",
        17: "bytes*",
        18: "bytes*",
        19: "bytes",
    },
    {16: RECIPIENT, 17: REFERENCE, 18: ATTACHMENT},
)


def spelled(text: bytes, letters: frozenset[int], most: int) -> bool:
    return 1 <= len(text) <= most and letters.issuperset(text)


def rising(values: list[bytes]) -> bool:
    return values == sorted(set(values))


def check_core(data: bytes) -> list[bytes]:
    """Return the kids of the recipients of a sound core. [Core]"""
    core = parse(CORE, data)
    demand(number(core, 1) == 1, "VERSION")
    demand(number(core, 2) == 1, "SUITE")
    demand(1 <= number(core, 3) <= 6, "KIND")
    demand(len(octets(core, 4)) == 16, "NOT_CANONICAL")
    demand(spelled(octets(core, 5), NAME, 128), "ORIGIN")
    demand(len(octets(core, 6)) == 32, "NOT_CANONICAL")
    filed, begins, expires = (number(core, field) for field in (7, 8, 9))
    demand(all(1 <= time <= LAST_TIME for time in (filed, begins, expires)), "TIME")
    demand(expires > filed and expires > begins, "TIME")
    for field, most, reason in (
        *((10, 4, "LABEL"), (11, 5, "LABEL")),
        *((14, 3, "LABEL"), (15, 3, "RELEASE")),
    ):
        demand(1 <= number(core, field) <= most, reason)
    for field, many, letters, most in ((12, 32, DOMAIN, 63), (13, 16, UPPER, 64)):
        texts = repeated(core, field)
        demand(len(texts) <= many and rising(texts), "LABEL")
        demand(all(spelled(text, letters, most) for text in texts), "LABEL")
    kids = list(recipient_kids(repeated(core, 16)))
    check_references(repeated(core, 17))
    check_attachments(repeated(core, 18))
    return kids


def recipient_kids(recipients: list[bytes]) -> Iterator[bytes]:
    demand(len(recipients) <= 64, "RECIPIENTS")
    last = b""
    for one in (parse(RECIPIENT, raw) for raw in recipients):
        kid = octets(one, 3)
        demand(spelled(octets(one, 1), NAME, 128), "RECIPIENTS")
        known = 1 <= number(one, 2) <= 4
        demand(known and len(kid) == 32 and kid > last, "RECIPIENTS")
        yield kid
        last = kid


def check_references(references: list[bytes]) -> None:
    demand(len(references) <= 64, "REFERENCES")
    for one in (parse(REFERENCE, raw) for raw in references):
        known = 1 <= number(one, 1) <= 16
        demand(known and len(octets(one, 2)) == 32, "REFERENCES")


def check_attachments(attachments: list[bytes]) -> None:
    demand(len(attachments) <= 16, "SIZE")
    for place, one in enumerate(parse(ATTACHMENT, raw) for raw in attachments):
        bounded = number(one, 1) == place and 1 <= number(one, 2) < 2**63
        demand(bounded and len(octets(one, 3)) == 32, "NOT_CANONICAL")


class Entry(NamedTuple):
    core: bytes
    dw: bytes
    db: bytes

    @property
    def name(self) -> bytes:
        return digest("name", *self)


Signers = list[tuple[str, bytes]]
Find = Callable[[str, bytes], tuple[str, bytes] | None]
"""Role and kid -> algorithm and public key of the key that is registered so."""


def check_entry(data: bytes, find: Find) -> tuple[Entry, Signers]:
    """Return what registered keys have signed, and which. [Entry]"""
    demand(len(data) <= 65_535, "SIZE")
    message = parse(ENTRY, data)
    entry = Entry(*(octets(message, field) for field in (1, 2, 3)))
    demand(len(entry.dw) == len(entry.db) == 32, "NOT_CANONICAL")
    signatures = [parse(SIGNATURE, raw) for raw in repeated(message, 4)]
    signers = [(octets(one, 1).decode(), octets(one, 2)) for one in signatures]
    demand(1 <= len(signers) <= 4 and signers == sorted(set(signers)), "SIGNERS")
    demand(all(role in ROLES and len(kid) == 32 for role, kid in signers), "SIGNERS")
    for (role, kid), one in zip(signers, signatures, strict=True):
        found = find(role, kid)
        if found is None:
            raise Refused("SIGNER_UNKNOWN")
        algorithm, public = found
        demand(algorithm == "ed25519" or role == "root", "SIGNATURE")
        check_signature(
            algorithm, public, octets(one, 3), pae("sig", role.encode(), kid, *entry)
        )
    return entry, signers


SMALL_ORDER = {
    bytes.fromhex(point)
    for point in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
}


class Verifier(Protocol):
    def verify(self, signature: bytes, data: bytes) -> None: ...


def check_signature(
    algorithm: str, public: bytes, signature: bytes, message: bytes
) -> None:
    key: Verifier
    try:
        if algorithm == "ed25519":
            demand(signature[:32] not in SMALL_ORDER, "SIGNATURE")
            key = Ed25519PublicKey.from_public_bytes(public)
        else:
            key = MLDSA44PublicKey.from_public_bytes(public)
        key.verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused("SIGNATURE") from None


# sealing.md


def shared_secret(seed: bytes, enc: bytes) -> bytes:
    """[X-Wing keys]"""
    expanded = hashlib.shake_256(seed).digest(96)
    own = X25519PrivateKey.from_private_bytes(expanded[64:])
    first = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).decapsulate(enc[:1_088])
    second = own.exchange(X25519PublicKey.from_public_bytes(enc[1_088:]))
    mixed = first + second + enc[1_088:] + own.public_key().public_bytes_raw()
    return hashlib.sha3_256(mixed + bytes.fromhex("5c2e2f2f5e5c")).digest()


def kid_of(seed: bytes) -> bytes:
    expanded = hashlib.shake_256(seed).digest(96)
    first = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key()
    second = X25519PrivateKey.from_private_bytes(expanded[64:]).public_key()
    return digest(
        "kid", b"x-wing", first.public_bytes_raw() + second.public_bytes_raw()
    )


def open_wrap(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """[Wraps]"""
    versioned = b"HPKE-v1HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt, versioned + label + ikm, "sha256")

    def expand(prk: bytes, label: bytes, context: bytes, size: int) -> bytes:
        info = size.to_bytes(2, "big") + versioned + label + context
        return HKDFExpand(SHA256(), size, info).derive(prk)

    try:
        shared = shared_secret(seed, sealed[:1_120])
        hashes = extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
        secret, context = extract(shared, b"secret", b""), b"\0" + hashes
        box = AESGCM(expand(secret, b"key", context, 32))
        nonce = expand(secret, b"base_nonce", context, 12)
        return box.decrypt(nonce, sealed[1_120:], None)
    except (InvalidTag, ValueError):
        raise Refused("SEAL") from None


def open_stream(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """[Cobblestone256]"""
    salt, commitment, rest = sealed[:24], sealed[24:56], sealed[56:]
    suite = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
    derived = HKDFExpand(SHA512(), 76, suite + salt + context).derive(key)
    demand(hmac.compare_digest(derived[44:], commitment), "BODY")
    box, base = AESGCM(derived[:32]), int.from_bytes(derived[32:44], "big")
    text = b""
    try:
        for place in range(len(rest) // 16_400 + 1):
            chunk = rest[16_400 * place : 16_400 * (place + 1)]
            text += box.decrypt((base ^ place).to_bytes(12, "big"), chunk, None)
    except (InvalidTag, ValueError):
        raise Refused("BODY") from None
    return text


def unpad(padded: bytes) -> bytes:
    """[Body]"""
    length = 4 + int.from_bytes(padded[:4], "big")
    if length <= 65_536:
        bucket = 512
        while bucket < length:
            bucket *= 2
    else:
        e = length.bit_length() - 1
        step = 2 ** (e - e.bit_length())
        bucket = (length + step - 1) // step * step
    demand(len(padded) <= 262_144 and len(padded) == bucket, "PADDING")
    demand(not any(padded[length:]), "PADDING")
    return padded[4:length]


def read(
    data: bytes,
    wraps: list[bytes],
    body: bytes,
    keys: list[tuple[str, bytes]],
    seeds: list[bytes],
) -> tuple[bytes, bytes, bytes]:
    """Return name, content and CEK, or raise Refused. [The order of reading]"""
    registered = {digest("kid", key[0].encode(), key[1]): key for key in keys}
    entry, _ = check_entry(data, lambda _, kid: registered.get(kid))
    kids = check_core(entry.core)
    demand(
        [(len(wrap), wrap[:32]) for wrap in wraps] == [(1_200, k) for k in kids],
        "WRAPS",
    )
    demand(digest("wraps", *wraps) == entry.dw, "WRAPS")
    demand(len(body) <= (262_144 + 1_024 if kids else 0), "BODY")
    demand(digest("body", body) == entry.db, "BODY")
    if not kids:
        return entry.name, b"", b""
    held = {kid_of(seed): seed for seed in seeds}
    mine = [wrap for wrap in wraps if wrap[:32] in held]
    demand(mine, "KEY_GONE")
    h, kid = digest("core", entry.core), mine[0][:32]
    cek = open_wrap(held[kid], pae("wrap", h, kid), mine[0][32:])
    return entry.name, unpad(open_stream(cek, pae("content", h), body)), cek


# ledger.md


def refusal(
    names: tuple[str, str], what: tuple[int, bytes, str], proof: bytes, public: bytes
) -> int:
    """Return when (s) a node, of a log, refused an entry. [Refusals]"""
    hashes, rest = divmod(len(proof) - 84, 32)
    demand(len(proof) >= 84 and not rest and hashes <= 10, "PROOF")
    size, time, place, count = (
        int.from_bytes(proof[start:end], "big")
        for start, end in ((0, 8), (8, 16), (16, 18), (18, 20))
    )
    index, entry, reason = what
    demand(place < count and index < size, "PROOF")
    leaf = hashlib.sha256(b"\0" + entry).digest()
    item = index.to_bytes(8, "big") + leaf + reason.encode("ascii")
    path = [proof[84 + 32 * n : 116 + 32 * n] for n in range(hashes)]
    root = root_of(hashlib.sha256(b"\0" + item).digest(), place, count, path)
    numbers = size.to_bytes(8, "big"), time.to_bytes(8, "big")
    signed = pae("refused", *(name.encode() for name in names), *numbers, root)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(proof[20:84], signed)
    except InvalidSignature:
        raise Refused("SIGNATURE") from None
    return time


def root_of(leaf: bytes, place: int, count: int, path: list[bytes]) -> bytes:
    """Return the root over `count` leaves, from the top down. [Hashes]"""
    if count == 1:
        demand(not path, "PROOF")
        return leaf
    demand(path, "PROOF")
    half = 2 ** ((count - 1).bit_length() - 1)
    if place < half:
        pair = root_of(leaf, place, half, path[:-1]) + path[-1]
    else:
        pair = path[-1] + root_of(leaf, place - half, count - half, path[:-1])
    return hashlib.sha256(b"\1" + pair).digest()
