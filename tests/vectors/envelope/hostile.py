"""What a hostile node passes on and a hostile author signs, around a sound header."""

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange import envelope
from exchange.envelope import Sealed
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from keys.pae import pae
from tests.vectors.envelope.forge import (
    AUTHOR,
    BEIJING,
    BY_AUTHOR,
    CEK,
    ISLAMABAD,
    ML_AUTHOR,
    ML_ROOT,
    RELEASER,
    ROOT,
    STRANGER,
    TEXT,
    Signers,
    addressed,
    bare,
    close,
    digest,
    edited,
    encode,
    flipped,
    header,
    seal,
    seed,
)

# The order of the group (RFC 8032 section 5.1): S + L would be a second signature.
ORDER = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493


def bad_entries() -> Iterator[tuple[str, str, str, bytes]]:
    """Yield (name, reason, what it shows, entry): what `split` must refuse."""
    entry = pb.Entry.FromString(bare(encode(header())).entry)
    core, dw, db = (
        pb.Entry(**{name: getattr(entry, name)}).SerializeToString()
        for name in ("core", "dw", "db")
    )
    one = pb.Entry(signatures=entry.signatures).SerializeToString()
    whole = core + dw + db + one
    odd = "NOT_CANONICAL"
    yield "entry-unknown-field", odd, "field 9 at the end", whole + b"\x48\x01"
    yield (
        "entry-field-twice",
        odd,
        "the last one would win",
        core + core + dw + db + one,
    )
    yield "entry-out-of-order", odd, "db before dw", core + db + dw + one
    yield (
        "entry-long-varint",
        odd,
        "a length in two bytes",
        (core + b"\x12\xa0\x00" + dw[2:] + db + one),
    )
    yield "entry-truncated", odd, "one byte short", whole[:-1]
    yield "entry-empty", odd, "no digests", b""
    yield (
        "entry-digest-short",
        odd,
        "dw of 31 bytes",
        core + b"\x12\x1f" + dw[3:] + db + one,
    )
    inner = entry.signatures[0].SerializeToString() + b"\x20\x01"
    yield (
        "signature-unknown-field",
        odd,
        "inside a signature",
        (core + dw + db + b"\x22" + bytes([len(inner)]) + inner),
    )
    large = pb.Entry(core=bytes(65_536), dw=entry.dw, db=entry.db)
    yield "entry-over-65535", "SIZE", "counts in 16 bits", large.SerializeToString()
    yield from bad_signers(core + dw + db)


def bad_signers(start: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    def with_signers(*pairs: tuple[str, bytes]) -> bytes:
        entry = pb.Entry()
        for role, kid in pairs:
            entry.signatures.add(role=role, kid=kid, signature=bytes(64))
        return start + entry.SerializeToString()

    low, high = sorted((AUTHOR.kid, RELEASER.kid))
    reason = "SIGNERS"
    yield "signatures-none", reason, "nobody signed", start
    yield (
        "signatures-five",
        reason,
        "one too many",
        with_signers(*(("author", bytes([n] * 32)) for n in range(1, 6))),
    )
    yield (
        "signatures-unsorted",
        reason,
        "kids fall",
        with_signers(("author", high), ("author", low)),
    )
    yield (
        "signatures-roles-unsorted",
        reason,
        "releaser before author",
        with_signers(("releaser", low), ("author", high)),
    )
    yield (
        "signature-twice",
        reason,
        "one role and kid",
        with_signers(("author", low), ("author", low)),
    )
    yield "signature-role-unknown", reason, "node", with_signers(("node", low))
    yield "signature-role-empty", reason, "no role", with_signers(("", low))
    yield (
        "signature-kid-truncated",
        reason,
        "8 bytes",
        with_signers(("author", low[:8])),
    )


def bad_signatures() -> Iterator[tuple[str, str, pb.Envelope]]:
    """Yield (name, what it shows, envelope); each must give SIGNATURE."""
    data = bare(encode(header()))
    entry = pb.Entry.FromString(data.entry)
    made = entry.signatures[0].signature
    yield "core-bit-flipped", "in the header", edited(data, core=flipped(entry.core))
    yield "dw-bit-flipped", "in the wraps' digest", edited(data, dw=flipped(entry.dw))
    yield "db-bit-flipped", "in the body's digest", edited(data, db=flipped(entry.db))
    yield "signature-bit-flipped", "in R", edited(data, signature=flipped(made, 0))
    yield "signature-empty", "no bytes", edited(data, signature=b"")
    yield "signature-63-bytes", "too short", edited(data, signature=made[:63])
    yield "signature-zero", "64 zero bytes", edited(data, signature=bytes(64))
    s = int.from_bytes(made[32:], "little") + ORDER
    twin = made[:32] + s.to_bytes(32, "little")
    yield "signature-s-plus-order", "malleable twin", edited(data, signature=twin)
    weak = identity_signature(
        envelope.to_sign("author", AUTHOR.kid, entry.core, entry.dw, entry.db)
    )
    yield "signature-r-of-small-order", "R is the identity", edited(data, signature=weak)
    other = pb.Entry.FromString(bare(encode(header(id=seed("o")[:16]))).entry)
    taken = other.signatures[0].signature
    yield "signature-of-another", "from another header", edited(data, signature=taken)
    yield "role-relabelled", "author's as releaser's", edited(data, role="releaser")
    yield "kid-replaced", "says another signed", edited(data, kid=RELEASER.kid)
    unframed = AUTHOR.sign(entry.core + entry.dw + entry.db)
    yield "signature-without-pae", "no role in it", edited(data, signature=unframed)
    to = addressed(BEIJING)
    readdressed = edited(bare(encode(header())), core=encode(to))
    yield "recipient-added", "after signing", readdressed
    yield (
        "author-by-ml-dsa-44",
        "only a root's second signature is ML-DSA-44",
        bare(encode(header(author=ML_AUTHOR.kid)), (("author", ML_AUTHOR),)),
    )
    roots: Signers = (("root", ROOT), ("root", ML_ROOT))
    both = pb.Entry.FromString(bare(encode(header()), roots).entry)
    half = next(one for one in both.signatures if one.kid == ML_ROOT.kid)
    half.signature = flipped(half.signature)
    yield (
        "root-ml-dsa-44-half-broken",
        "Ed25519 half sound",
        pb.Envelope(entry=both.SerializeToString(deterministic=True)),
    )


def identity_signature(message: bytes) -> bytes:
    """Sign with the nonce 0, so that R is the identity: some libraries take that."""
    hashed = hashlib.sha512(AUTHOR.seed).digest()[:32]
    scalar = int.from_bytes(hashed, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    r = bytes([1]) + bytes(31)
    digest_ = hashlib.sha512(r + AUTHOR.public + message).digest()
    s = int.from_bytes(digest_, "little") * scalar % ORDER
    return r + s.to_bytes(32, "little")


def bad_payloads() -> Iterator[tuple[str, str, str, pb.Envelope]]:
    """Yield (name, reason, what it shows, envelope): not what was signed."""
    both = (BEIJING, ISLAMABAD)
    data = envelope.sign(seal(addressed(*both), both), BY_AUTHOR)
    one, two = data.wraps

    def wraps(*given: bytes) -> pb.Envelope:
        return pb.Envelope(entry=data.entry, wraps=given, body=data.body)

    def body(given: bytes) -> pb.Envelope:
        return pb.Envelope(entry=data.entry, wraps=data.wraps, body=given)

    yield "wraps-out-of-order", "WRAPS", "second first", wraps(two, one)
    yield "wrap-missing", "WRAPS", "one of two", wraps(one)
    yield "wrap-extra", "WRAPS", "three for two", wraps(one, two, two)
    yield "wrap-empty", "WRAPS", "no bytes", wraps(one, b"")
    yield "wrap-short", "WRAPS", "1,199 bytes", wraps(one, two[:-1])
    yield "wrap-kid-flipped", "WRAPS", "in the kid", wraps(one, flipped(two, 0))
    yield "wrap-bit-flipped", "WRAPS", "in the tag", wraps(one, flipped(two))
    swapped = wraps(one[:32] + two[32:], two[:32] + one[32:])
    yield "wrap-contents-swapped", "WRAPS", "kids in place", swapped
    yield "body-bit-flipped", "BODY", "in the tag", body(flipped(data.body))
    yield "body-truncated", "BODY", "one byte", body(data.body[:-1])
    yield "body-extended", "BODY", "one byte", body(data.body + b"\0")
    yield "body-missing", "BODY", "erased or withheld", body(b"")
    stray = envelope.sign(close(encode(header()), (), b"text"), BY_AUTHOR)
    yield "body-for-nobody", "BODY", "signed, but no recipients", stray


def bad_seals() -> Iterator[tuple[str, str, str, Sealed]]:
    """Yield (name, reason, what it shows, sealed): a hostile author signs it all."""
    both = (BEIJING, ISLAMABAD)
    sealed = seal(addressed(*both), both)
    mine, theirs = sealed.wraps[0], sealed.wraps[1]
    if not mine.startswith(BEIJING.kid):
        mine, theirs = theirs, mine
    other = seal(addressed(*both, id=seed("other")[:16]), both)

    def wrapped(wrap: bytes) -> Sealed:
        given = sorted((BEIJING.kid + wrap, theirs))
        return close(sealed.core_bytes, given, sealed.body)

    def bodied(body: bytes) -> Sealed:
        return close(sealed.core_bytes, sealed.wraps, body)

    yield (
        "wrap-swapped-between-recipients",
        "SEAL",
        "kids in place",
        close(
            sealed.core_bytes,
            sorted((BEIJING.kid + theirs[32:], ISLAMABAD.kid + mine[32:])),
            sealed.body,
        ),
    )
    strange = sorted((theirs, bytes(32) + mine[32:]))
    yield (
        "wrap-signed-for-another-kid",
        "WRAPS",
        "the header lists another",
        close(sealed.core_bytes, strange, sealed.body),
    )
    yield "wrap-signed-short", "WRAPS", "1,199 bytes", wrapped(mine[32:-1])
    foreign = next(wrap for wrap in other.wraps if wrap.startswith(BEIJING.kid))
    yield "wrap-of-another-envelope", "SEAL", "same author", wrapped(foreign[32:])
    yield "wrap-of-zeros", "SEAL", "low-order X25519 half", wrapped(bytes(1_168))
    low = mine[32:][:1_088] + bytes(32) + mine[32:][1_120:]
    yield "wrap-with-low-order-half", "SEAL", "shared secret zero", wrapped(low)
    stolen = addressed(*both, author=STRANGER.kid)
    yield (
        "thief-names-himself-author",
        "SEAL",
        "the header is every wrap's info",
        close(encode(stolen), sealed.wraps, sealed.body),
    )
    info = pae("wrap", digest("core", sealed.core_bytes), BEIJING.kid)
    wrong = sealing.seal(BEIJING.public, info, seed("another content key"))
    yield (
        "wrap-holds-another-key",
        "BODY",
        "one recipient is to be lied to",
        wrapped(wrong),
    )
    yield "body-of-another-envelope", "BODY", "same key and author", bodied(other.body)
    yield "body-of-no-bytes", "BODY", "where two are addressed", bodied(b"")
    yield "body-commitment-flipped", "BODY", "byte 24", bodied(flipped(sealed.body, 24))
    bare_gcm = AESGCM(CEK).encrypt(bytes(12), envelope.pad(TEXT), None)
    yield "body-of-plain-aes-gcm", "BODY", "commits to no key", bodied(bare_gcm)
    yield from bad_streams(addressed(BEIJING))


def bad_streams(core: pb.Core) -> Iterator[tuple[str, str, str, Sealed]]:
    long = seal(core, (BEIJING,), padded=envelope.pad(bytes(40_000)))
    start, chunk = 56, 16_384 + 16

    def streamed(*parts: bytes) -> Sealed:
        body = long.body[:start] + b"".join(parts)
        return close(long.core_bytes, long.wraps, body)

    rest = long.body[start:]
    one, two, last = rest[:chunk], rest[chunk : 2 * chunk], rest[4 * chunk :]
    middle = rest[2 * chunk : 4 * chunk]
    reason = "BODY"
    yield "body-cut-at-chunk", reason, "last chunks gone", streamed(one, two)
    yield "body-chunks-swapped", reason, "1 and 0", streamed(two, one, middle, last)
    yield "body-chunk-doubled", reason, "0, 0, 1", streamed(one, one, two, middle, last)
    yield "body-goes-on", reason, "bytes after the end", streamed(rest, b"\0")
    plain = envelope.pad(TEXT)

    def padded(clear: bytes) -> Sealed:
        return seal(core, (BEIJING,), padded=clear)

    reason = "PADDING"
    yield "padding-not-zero", reason, "a covert channel", padded(plain[:-1] + b"\1")
    yield (
        "padding-bucket-too-large",
        reason,
        "1,024 for 512",
        padded(plain + bytes(512)),
    )
    yield "padding-none", reason, "length and text only", padded(plain[: 4 + len(TEXT)])
    beyond = (509).to_bytes(4, "big") + bytes(508)
    yield "padding-length-beyond", reason, "509 in 512", padded(beyond)
    endless = b"\xff" * 4 + bytes(508)
    yield "padding-length-2-to-32", reason, "4 GiB in 512", padded(endless)
    yield "padding-no-length", reason, "no bytes at all", padded(b"")
