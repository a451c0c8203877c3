"""Vectors of PAE, kids, public keys, sealing and key files.

Seals and salts are random in the libraries, so each run writes other, equally valid
ones; whatever else is here follows from fixed seeds.
"""

import hashlib
from collections.abc import Iterator

from exchange import envelope
from keys import keystore, ring, sealed_file, sealing
from keys.keystore import Cost
from keys.pae import kid, pae
from keys.ring import Ring, RingKey, State
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1 import keystore_pb2 as pb
from keys.v1.keystore_pb2 import KeystoreSecrets, RingHeader, RingKeys

Case = dict[str, object]

IDENTITY = bytes([1]) + bytes(31)
ORDER_8 = bytes.fromhex(
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
)
NOT_CANONICAL = bytes.fromhex("ee" + "ff" * 30 + "7f")  # p + 1: a second name of 1
LOW_X25519 = bytes(32)
HIGH_X25519 = (2**255 - 18).to_bytes(32, "little")
PASSPHRASE = "Karakoram-喀喇昆仑-قراقرم"


def seed(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def pae_cases() -> Iterator[Case]:
    for label, parts in (
        ("core", []),
        ("core", [b""]),
        ("core", [b"", b""]),
        ("sig", [b"author", seed("kid"), b"core", seed("dw"), seed("db")]),
        ("wrap", [seed("h"), seed("kid")]),
        ("x" * 255, [bytes(range(256))]),
    ):
        yield {
            "label": label,
            "parts": [part.hex() for part in parts],
            "encoded": pae(label, *parts).hex(),
        }


def kids() -> Iterator[Case]:
    for signer in (
        Ed25519Signer(seed("a")),
        MlDsa44Signer(seed("a")),
        Opener(seed("a")),
    ):
        yield {
            "algorithm": signer.algorithm,
            "seed": seed("a").hex(),
            "public": signer.public.hex(),
            "kid": kid(signer.algorithm, signer.public).hex(),
        }


def key_cases() -> Iterator[Case]:
    ed, ml, xw = (
        Ed25519Signer(seed("k")).public,
        MlDsa44Signer(seed("k")).public,
        Opener(seed("k")).public,
    )
    half = xw[: sealing.ML_KEM_SIZE]
    unreduced = b"\xff\xff\xff" + half[3:]
    for shows, algorithm, public, good in (
        ("a key of ed25519", "ed25519", ed, True),
        ("a key of ml-dsa-44", "ml-dsa-44", ml, True),
        ("a key of x-wing", "x-wing", xw, True),
        ("one byte short", "ed25519", ed[:-1], False),
        ("the identity", "ed25519", IDENTITY, False),
        ("a point of order 8", "ed25519", ORDER_8, False),
        ("not reduced: a second encoding", "ed25519", NOT_CANONICAL, False),
        ("all zero", "ed25519", bytes(32), False),
        ("t1 is zero", "ml-dsa-44", ml[:32] + bytes(1_280), False),
        ("one byte long", "ml-dsa-44", ml + b"\0", False),
        ("ML-KEM half not reduced", "x-wing", unreduced + xw[len(half) :], False),
        ("X25519 half of low order", "x-wing", half + LOW_X25519, False),
        ("X25519 half over the prime", "x-wing", half + HIGH_X25519, False),
        ("another algorithm", "rsa", ed, False),
    ):
        yield {
            "shows": shows,
            "algorithm": algorithm,
            "public": public.hex(),
            "good": good,
        }


def wraps() -> Iterator[Case]:
    opener, info, secret = (
        Opener(seed("desk")),
        pae("wrap", seed("h"), b"k"),
        seed("cek"),
    )
    sealed = sealing.seal(opener.public, info, secret)
    flipped = bytes([sealed[0] ^ 1]) + sealed[1:]
    low = sealed[:1_088] + LOW_X25519 + sealed[1_120:]
    for shows, data, found in (
        ("opens", sealed, secret),
        ("a bit of enc", flipped, None),
        ("X25519 half of enc of low order", low, None),
        ("a bit of the tag", sealed[:-1] + bytes([sealed[-1] ^ 1]), None),
        ("cut", sealed[:-1], None),
        ("long", sealed + b"\0", None),
    ):
        yield {
            "shows": shows,
            "seed": opener.seed.hex(),
            "info": info.hex(),
            "sealed": data.hex(),
            "secret": found.hex() if found else None,
        }


def streams() -> Iterator[Case]:
    key, context = seed("key"), b"context"
    for size in (0, 1, 16_383, 16_384, 16_385):
        text = hashlib.shake_128(b"text").digest(size)
        sealed = sealing.seal_body(key, context, text)
        yield _stream(f"{size} bytes", key, context, sealed, text)
        if size == 16_384:
            yield _stream("cut at a whole chunk", key, context, sealed[:-16], None)
    sealed = sealing.seal_body(key, context, b"text")
    for shows, data in (
        ("goes on", sealed + b"\0"),
        ("a second last chunk", sealed + sealed[56:]),
        ("salt flipped", bytes([sealed[0] ^ 1]) + sealed[1:]),
        ("commitment flipped", sealed[:24] + bytes([sealed[24] ^ 1]) + sealed[25:]),
        ("tag flipped", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("no chunk", sealed[:56]),
        ("no bytes", b""),
    ):
        yield _stream(shows, key, context, data, None)
    yield _stream("another context", key, b"other", sealed, None)
    yield _stream("another key", seed("other"), context, sealed, None)


def _stream(
    shows: str, key: bytes, context: bytes, sealed: bytes, text: bytes | None
) -> Case:
    return {
        "shows": shows,
        "key": key.hex(),
        "context": context.hex(),
        "sealed": sealed.hex(),
        "text": None if text is None else text.hex(),
    }


def sizes() -> Iterator[list[int]]:
    for size in (0, 1, 508, 509, 1_020, 1_021, 65_532, 65_533, 67_580, 67_581, 262_140):
        yield [size, envelope.padded_size(size)]


def key_files() -> Iterator[Case]:
    secrets = KeystoreSecrets(
        signing_seed=seed("signing"),
        database_key=seed("database"),
    )
    signer = Ed25519Signer(seed("signing"))
    cheap = Cost(64 * 1_024, 1, 1)
    good = _file(cheap, "officer", signer.kid, secrets)
    yield _key_file("opens", good, PASSPHRASE, secrets)
    least = _file(
        Cost(64 * 1_024, 1, 1), "tls-ca", b"", KeystoreSecrets(tls_key=b"der")
    )
    yield _key_file(
        "no kid",
        least,
        PASSPHRASE,
        KeystoreSecrets(tls_key=b"der"),
    )
    named = KeystoreSecrets(
        token="pkcs11:token=pk;object=duty-1?module-path=/usr/lib/p11.so",
        public=signer.public,
        database_key=seed("database"),
    )
    on_token = _file(cheap, "officer", signer.kid, named)
    yield _key_file("a key on a token", on_token, PASSPHRASE, named)
    header = keystore.make_header("officer", signer.kid, cheap, seed("salt")[:16])
    unsaid = keystore.encode(header, PASSPHRASE, named)
    yield _key_file("a key on a token that the header hides", unsaid, PASSPHRASE, None)
    custody = KeystoreSecrets(custody_seed=seed("custody"))
    yield _key_file(
        "a key in custody", _file(cheap, "custody", b"", custody), PASSPHRASE, custody
    )
    yield _key_file("another passphrase", good, PASSPHRASE + " ", None)
    yield _key_file(
        "a bit of the text", good[:-1] + bytes([good[-1] ^ 1]), PASSPHRASE, None
    )
    edited = good.replace(b"officer", b"0fficer")
    yield _key_file("the role edited", edited, PASSPHRASE, None)
    yield _key_file("another magic", b"FKS3" + good[4:], PASSPHRASE, None)
    yield _key_file("an older magic", b"FKS1" + good[4:], PASSPHRASE, None)
    yield _key_file("cut", good[:40], PASSPHRASE, None)
    for shows, cost in (
        ("memory below the floor", Cost(64 * 1_024 - 1, 1, 1)),
        ("memory above the ceiling", Cost(256 * 1_024 + 1, 1, 1)),
        ("passes above the ceiling", Cost(64 * 1_024, 5, 1)),
        ("lanes above the ceiling", Cost(64 * 1_024, 1, 17)),
    ):
        header = keystore.make_header("officer", signer.kid, cost, bytes(16))
        clear = header.SerializeToString(deterministic=True)
        frame = b"FKS2" + len(clear).to_bytes(4, "big") + clear
        sealed = sealing.seal_body(seed("key"), frame, b"")
        yield _key_file(shows, frame + sealed, PASSPHRASE, None)


def _file(cost: Cost, role: str, key_id: bytes, secrets: KeystoreSecrets) -> bytes:
    header = keystore.make_header(role, key_id, cost, seed("salt")[:16])
    header.on_token = bool(secrets.token)
    return keystore.encode(header, PASSPHRASE, secrets)


def _key_file(
    shows: str, file: bytes, passphrase: str, secrets: KeystoreSecrets | None
) -> Case:
    return {
        "shows": shows,
        "file": file.hex(),
        "passphrase": passphrase,
        "secrets": None
        if secrets is None
        else secrets.SerializeToString(deterministic=True).hex(),
    }


DESK = "ops.islamabad.pk"
LOG = "islamabad.pk.fusion/log/1"


def ring_files() -> Iterator[Case]:
    key = seed("database")
    held = (
        RingKey(seed("first"), 1, 2, State.LOGGED, LOG, 412),
        RingKey(seed("second"), 2, 3, State.STATED),
        RingKey(seed("third"), 3, 4),
    )
    good = ring.encode(Ring(DESK, 7, held), key)
    yield _ring_file("of the serial that is kept", good, 7, held)
    yield _ring_file("newer: the database was restored", good, 6, held)
    yield _ring_file("without keys", ring.encode(Ring(DESK, 1), key), 0, ())
    yield _ring_file("older than one that was here", good, 8, "SERIAL")
    yield _ring_file("another desk's", good, 7, "KEY_FILE", desk="gilgit.islamabad.pk")
    yield _ring_file("another key", good, 7, "KEY_FILE", key=seed("other"))
    edited = good.replace(b"ops.", b"0ps.")
    yield _ring_file("the desk edited", edited, 7, "KEY_FILE", desk="0" + DESK[1:])
    size = int.from_bytes(good[4:8], "big")
    raised = good[: 7 + size] + bytes([good[7 + size] + 1]) + good[8 + size :]
    yield _ring_file("the serial raised", raised, 7, "KEY_FILE")
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    yield _ring_file("a bit of the text", flipped, 7, "KEY_FILE")
    yield _ring_file("another magic", b"FKS2" + good[4:], 7, "KEY_FILE")
    yield _ring_file("an older magic", b"FKR1" + good[4:], 7, "KEY_FILE")
    yield _ring_file("cut", good[:40], 7, "KEY_FILE")
    for shows, header in (
        ("another version", RingHeader(version=3, desk=DESK, serial=7)),
        ("no serial", RingHeader(version=2, desk=DESK)),
    ):
        yield _ring_file(shows, _sealed_ring(header, RingKeys()), 0, "KEY_FILE")
    whole = RingHeader(version=2, desk=DESK, serial=7)
    for shows, one in (
        ("a seed too short", pb.RingKey(seed=b"short", state=pb.RING_STATE_MADE)),
        ("no state", pb.RingKey(seed=seed("first"))),
    ):
        spoilt = _sealed_ring(whole, RingKeys(keys=[one]))
        yield _ring_file(shows, spoilt, 7, "KEY_FILE")


def _sealed_ring(header: RingHeader, keys: RingKeys) -> bytes:
    """Seal soundly what no program writes."""
    before = sealed_file.frame(b"FKR2", header)
    key = ring.derive_key(seed("database"), DESK)
    return before + sealing.seal_body(key, before, keys.SerializeToString())


def _ring_file(
    shows: str,
    file: bytes,
    kept: int,
    found: tuple[RingKey, ...] | str,
    desk: str = DESK,
    key: bytes | None = None,
) -> Case:
    return {
        "shows": shows,
        "file": file.hex(),
        "desk": desk,
        "database_key": (key or seed("database")).hex(),
        "kept": kept,
        "keys": found
        if isinstance(found, str)
        else [
            [k.seed.hex(), k.valid_from, k.valid_until, k.state.name, k.log, k.index]
            for k in found
        ],
    }


FILES = {
    "pae": lambda: {"pae": list(pae_cases()), "kids": list(kids())},
    "keys": lambda: {"cases": list(key_cases())},
    "sealing": lambda: {
        "wraps": list(wraps()),
        "streams": list(streams()),
        "padded": list(sizes()),
    },
    "keystore": lambda: {"cases": list(key_files())},
    "ring": lambda: {"cases": list(ring_files())},
}
