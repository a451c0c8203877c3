"""The envelope: seal, sign, split, verify, open (docs/spec/envelope.md, "Entry").

core is opaque bytes once serialised. Its hash is the context of the body and of every
wrap, so neither opens under another header; the signatures cover core and the digests
of wraps and body, so anyone can check them without a key.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

from msgspec import Struct

from exchange import limits
from exchange.core import HASH_SIZE, parse_canonical, parse_core
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb
from keys import sealing, signing
from keys.errors import BadSignature, CannotOpen, WeakKey
from keys.pae import pae
from keys.sealing import Opener
from keys.secret_records import SecretRecord
from keys.signing import Signer

__all__ = [
    "OpenedEnvelope",
    "Parsed",
    "Sealed",
    "Signed",
    "check_body",
    "check_payload",
    "check_text",
    "largest_padded",
    "open_checked",
    "open_content",
    "open_envelope",
    "pad",
    "parse_core",
    "seal",
    "sign",
    "split",
    "to_sign",
    "unpad",
    "verify_signature",
]

ROLES = frozenset({"author", "releaser", "issuer", "root"})
CEK_SIZE = sealing.KEY_SIZE
LENGTH_SIZE = 4  # bytes of the length before the content
BUCKET_MIN = 512
BUCKET_MAX = 64 * 1024
_REMARK_MAX: dict[int, int] = {
    pb.KIND_RECEIPT: limits.RECEIPT_BODY_MAX,
    pb.KIND_RECALL: limits.RECALL_BODY_MAX,
}
WRAP_LENGTH = limits.WRAP_SIZE.to_bytes(8)  # in PAE
BODY_BEGIN = pae("body", b"")[:-8]


class Signed(Struct, frozen=True):
    """A signature that is not yet verified."""

    role: str
    kid: bytes
    signature: bytes


class Parsed(Struct, frozen=True, dict=True):
    """An entry split into its parts, unverified."""

    entry: bytes
    core_bytes: bytes
    dw: bytes
    db: bytes
    signatures: tuple[Signed, ...]

    @cached_property
    def core(self) -> pb.Core:
        """Raise the Refusal of `parse_core`."""
        return parse_core(self.core_bytes)

    @cached_property
    def name(self) -> bytes:
        """The 32 bytes that identify the envelope everywhere."""
        return name_of(self.core_bytes, self.dw, self.db)


class Sealed(SecretRecord, frozen=True):
    """An envelope without signatures, and the key of its content."""

    core_bytes: bytes
    wraps: tuple[bytes, ...]
    body: bytes
    dw: bytes
    db: bytes
    name: bytes
    cek: bytes


class OpenedEnvelope(SecretRecord, frozen=True):
    """An opened envelope; its CEK proves it to an auditor."""

    content: bytes
    cek: bytes


def name_of(core_bytes: bytes, dw: bytes, db: bytes) -> bytes:
    """Return SHA-256(PAE("name", core, dw, db))."""
    return _hash("name", core_bytes, dw, db)


def to_sign(role: str, kid: bytes, core_bytes: bytes, dw: bytes, db: bytes) -> bytes:
    return pae("sig", role.encode("ascii"), kid, core_bytes, dw, db)


def _hash(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(pae(label, *parts)).digest()


def split(entry: bytes) -> Parsed:
    """Split it; cheap, core stays opaque.

    Checks 1 size, 2 one encoding, 3 digests of 32 bytes, 4 one to four signatures in
    known roles, sorted by role and kid, each pair once. Raises Refusal(SIZE |
    NOT_CANONICAL | SIGNERS).
    """
    # 1
    if len(entry) > limits.ENTRY_MAX:
        raise Refusal(Reason.SIZE, "entry")
    # 2
    outer = parse_canonical(pb.Entry, entry, "entry")
    # 3
    if len(outer.dw) != HASH_SIZE or len(outer.db) != HASH_SIZE:
        raise Refusal(Reason.NOT_CANONICAL, "entry")
    # 4
    signatures = tuple(Signed(s.role, s.kid, s.signature) for s in outer.signatures)
    _check_signers(signatures)
    return Parsed(entry, outer.core, outer.dw, outer.db, signatures)


def _check_signers(signatures: Sequence[Signed]) -> None:
    if not 0 < len(signatures) <= limits.SIGNATURES_MAX:
        raise Refusal(Reason.SIGNERS, "signatures")
    for one in signatures:
        if one.role not in ROLES or len(one.kid) != HASH_SIZE:
            raise Refusal(Reason.SIGNERS, "signatures")
    places = [(one.role, one.kid) for one in signatures]
    if any(a >= b for a, b in pairwise(places)):
        raise Refusal(Reason.SIGNERS, "signatures")


def verify_signature(
    parsed: Parsed, signed: Signed, algorithm: str, public: bytes
) -> None:
    """Use the registered key that its kid names.

    Checks 1 the kid of the key, 2 that only a root signs by ML-DSA-44, 3 the signature.
    Raises Refusal(SIGNATURE).
    """
    # 1
    if signing.kid(algorithm, public) != signed.kid:
        raise Refusal(Reason.SIGNATURE, signed.role)
    # 2
    if algorithm != signing.ED25519 and signed.role != "root":
        raise Refusal(Reason.SIGNATURE, signed.role)
    # 3
    covered = to_sign(signed.role, signed.kid, parsed.core_bytes, parsed.dw, parsed.db)
    try:
        signing.verify(algorithm, public, signed.signature, covered)
    except BadSignature:
        raise Refusal(Reason.SIGNATURE, signed.role) from None


def check_payload(parsed: Parsed, wraps: Sequence[bytes], body: bytes) -> None:
    """Check wraps and body against the signed digests.

    Checks 1 a wrap of the right size for each recipient in core, in its order, 2 their
    digest, 3 the size of the body, which is empty without recipients, 4 its digest.
    Raises Refusal(WRAPS | BODY), or the errors of `parse_core`.
    """
    kids = [recipient.kid for recipient in parsed.core.recipients]
    check_text(kids, (parsed.dw, parsed.db), wraps, body)


def check_text(
    kids: Sequence[bytes],
    digests: tuple[bytes, bytes],
    wraps: Sequence[bytes],
    body: bytes,
) -> None:
    """Check a text as `check_payload` does, given (dw, db)."""
    dw, db = digests
    # 1
    if len(wraps) != len(kids):
        raise Refusal(Reason.WRAPS, "wraps")
    for wrap, kid in zip(wraps, kids, strict=True):
        if len(wrap) != limits.WRAP_SIZE or not wrap.startswith(kid):
            raise Refusal(Reason.WRAPS, "wraps")
    # 2
    if _wraps_digest(wraps) != dw:
        raise Refusal(Reason.WRAPS, "wraps")
    # 3, 4
    _check_body(db, body, sealed=bool(kids))


def _wraps_digest(wraps: Sequence[bytes]) -> bytes:
    """Hash wraps that all have the same length in PAE."""
    parts = (_wraps_begin(len(wraps)), WRAP_LENGTH.join((b"", *wraps)))
    return hashlib.sha256(b"".join(parts)).digest()


@lru_cache(maxsize=limits.RECIPIENTS_MAX + 1)
def _wraps_begin(count: int) -> bytes:
    return pae("wraps", *count * [b""])[: len(pae("wraps"))]


def _body_digest(body: bytes) -> bytes:
    digest = hashlib.sha256(BODY_BEGIN + len(body).to_bytes(8))
    digest.update(body)  # not concatenated: it may be long
    return digest.digest()


def check_body(parsed: Parsed, body: bytes) -> None:
    """Check the body's digest; Refusal(BODY).

    It must be within its bounds, and empty without recipients.
    """
    _check_body(parsed.db, body, sealed=bool(parsed.core.recipients))


def _check_body(db: bytes, body: bytes, *, sealed: bool) -> None:
    most = limits.BODY_MAX + limits.BODY_OVERHEAD_MAX if sealed else 0
    if len(body) > most or _body_digest(body) != db:
        raise Refusal(Reason.BODY, "body")


def seal(
    core: pb.Core,
    content: bytes,
    publics: Mapping[bytes, bytes],
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> Sealed:
    """Seal for every recipient; `publics` holds their keys by kid.

    Without recipients the content must be empty, and so are body and wraps. Raises
    Refusal: the errors of `parse_core`, RECIPIENTS for a missing key, KEY for one that
    cannot be sealed to, BODY for content over the bound.
    """
    core_bytes = core.SerializeToString(deterministic=True)
    recipients = parse_core(core_bytes).recipients
    if content and not recipients:
        raise Refusal(Reason.RECIPIENTS, "recipients")
    h, cek = _hash("core", core_bytes), random(CEK_SIZE)
    wraps = tuple(_wrap(h, one.kid, publics, cek) for one in recipients)
    body = b""
    if recipients:
        body = sealing.seal_body(cek, pae("content", h), pad(content))
    dw, db = _wraps_digest(wraps), _body_digest(body)
    return Sealed(core_bytes, wraps, body, dw, db, name_of(core_bytes, dw, db), cek)


def _wrap(h: bytes, kid: bytes, publics: Mapping[bytes, bytes], cek: bytes) -> bytes:
    public = publics.get(kid)
    if public is None or signing.kid(signing.X_WING, public) != kid:
        raise Refusal(Reason.RECIPIENTS, "recipients.kid")
    try:
        return kid + sealing.seal(public, pae("wrap", h, kid), cek)
    except WeakKey:
        raise Refusal(Reason.KEY, "recipients.kid") from None


def sign(sealed: Sealed, signers: Sequence[tuple[str, Signer]]) -> pb.Envelope:
    """Return the whole envelope.

    Raises Refusal(SIGNERS) for an unknown role or a duplicate pair of role and key,
    SIZE if the entry is over its bound.
    """
    signed = [
        Signed(
            role,
            signer.kid,
            signer.sign(
                to_sign(role, signer.kid, sealed.core_bytes, sealed.dw, sealed.db)
            ),
        )
        for role, signer in sorted(signers, key=lambda pair: (pair[0], pair[1].kid))
    ]
    entry = pb.Entry(core=sealed.core_bytes, dw=sealed.dw, db=sealed.db)
    for one in signed:
        entry.signatures.add(role=one.role, kid=one.kid, signature=one.signature)
    data = entry.SerializeToString(deterministic=True)
    split(data)
    return pb.Envelope(entry=data, wraps=sealed.wraps, body=sealed.body)


def open_envelope(
    parsed: Parsed, wraps: Sequence[bytes], body: bytes, openers: Mapping[bytes, Opener]
) -> OpenedEnvelope:
    """Verify signatures first.

    1 Check wraps and body, 2 find a key that we hold, 3 open its wrap, 4 the body and
    its padding. Raises Refusal(WRAPS | BODY | KEY_GONE | SEAL | PADDING).
    """
    # 1
    check_payload(parsed, wraps, body)
    # 2, 3, 4
    kids = [recipient.kid for recipient in parsed.core.recipients]
    return open_checked(parsed.core_bytes, kids, wraps, body, openers)


def open_checked(
    core_bytes: bytes,
    kids: Sequence[bytes],
    wraps: Sequence[bytes],
    body: bytes,
    openers: Mapping[bytes, Opener],
) -> OpenedEnvelope:
    """Open one that passed `check_text`; see `open_envelope`.

    Raises Refusal(KEY_GONE | SEAL | BODY | PADDING).
    """
    kid = next((kid for kid in kids if kid in openers), None)
    if kid is None:
        raise Refusal(Reason.KEY_GONE, "wraps")
    wrap = next(wrap for wrap in wraps if wrap.startswith(kid))
    h = _hash("core", core_bytes)
    try:
        cek = openers[kid].open(wrap[HASH_SIZE:], pae("wrap", h, kid))
    except CannotOpen:
        raise Refusal(Reason.SEAL, "wraps") from None
    return OpenedEnvelope(_open_body(h, body, cek), cek)


def open_content(parsed: Parsed, body: bytes, cek: bytes) -> bytes:
    """Open it with the only CEK that does; for auditors too.

    Raises Refusal(BODY | PADDING). `check_body` checks the body's digest.
    """
    return _open_body(_hash("core", parsed.core_bytes), body, cek)


def _open_body(h: bytes, body: bytes, cek: bytes) -> bytes:
    try:
        padded = sealing.open_body(cek, pae("content", h), body)
    except CannotOpen:
        raise Refusal(Reason.BODY, "body") from None
    return unpad(padded)


def padded_size(size: int) -> int:
    """Return the padded size, in bytes, of content with its length.

    Powers of two from 512 to 64 Ki; above, Padmé (PURBs, PoPETs 2019, section 4), which
    leaks O(log log size) bits and adds at most 12 %.
    """
    total = size + LENGTH_SIZE
    if total <= BUCKET_MAX:
        return max(BUCKET_MIN, 1 << (total - 1).bit_length())
    exponent = total.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (total + mask) & ~mask


def largest_padded(kind: int) -> int:
    """Return the maximum for a kind, in bytes.

    Checked on submission and on reading: verdicts do not see sizes.
    """
    return _REMARK_MAX.get(kind, limits.BODY_MAX)


def pad(content: bytes) -> bytes:
    """Return u32 length || content || zeros; Refusal(BODY) over the bound."""
    size = padded_size(len(content))
    if size > limits.BODY_MAX:
        raise Refusal(Reason.BODY, "content")
    prefix = len(content).to_bytes(LENGTH_SIZE, "big")
    return (prefix + content).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return it if bucket and zeros are as `pad` makes them.

    Other padding would be a covert channel. Raises Refusal(PADDING).
    """
    size = int.from_bytes(padded[:LENGTH_SIZE], "big")
    if len(padded) > limits.BODY_MAX or len(padded) != padded_size(size):
        raise Refusal(Reason.PADDING, "body")
    if padded.count(0, LENGTH_SIZE + size) != len(padded) - LENGTH_SIZE - size:
        raise Refusal(Reason.PADDING, "body")
    return padded[LENGTH_SIZE : LENGTH_SIZE + size]
