"""Headers, envelopes and forgeries for the known answers and the tests.

Whatever is asked for is signed, sound or not, as a hostile author would.
"""

import hashlib
from collections.abc import Sequence

from exchange import envelope
from exchange.envelope import Sealed
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from keys.pae import pae
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer

NOW = 1_795_000_000_000  # ms
DAY = 86_400_000  # ms


def seed(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


AUTHOR = Ed25519Signer(seed("author"))
RELEASER = Ed25519Signer(seed("releaser"))
STRANGER = Ed25519Signer(seed("stranger"))
ROOT = Ed25519Signer(seed("root"))
ML_ROOT = MlDsa44Signer(seed("root ml-dsa-44"))
ML_AUTHOR = MlDsa44Signer(seed("author ml-dsa-44"))
BEIJING = Opener(seed("ops.beijing.cn"))
ISLAMABAD = Opener(seed("ops.islamabad.pk"))
DESKS = {BEIJING.kid: "ops.beijing.cn", ISLAMABAD.kid: "ops.islamabad.pk"}
CEK = seed("content key")
TEXT = "Gwadar: 瓜达尔港 گوادر 02:30Z".encode()
KNOWN: tuple[Signer, ...] = (AUTHOR, RELEASER, ROOT, ML_ROOT, ML_AUTHOR)
Signers = Sequence[tuple[str, Signer]]
BY_AUTHOR: Signers = (("author", AUTHOR),)


def header(**fields: object) -> pb.Core:
    core = pb.Core(
        version=1,
        suite=1,
        kind=pb.KIND_BULLETIN,
        id=seed("id")[:16],
        origin="islamabad.pk",
        author=AUTHOR.kid,
        filed=NOW,
        valid_from=NOW,
        expires=NOW + 30 * DAY,
        precedence=pb.PRECEDENCE_PRIORITY,
        tlp=pb.TLP_AMBER,
        releasable_to=["cn", "pk"],
        mode=pb.MODE_EXERCISE,
        release=pb.RELEASE_NONE,
    )
    core.MergeFrom(pb.Core(**fields))  # type: ignore[arg-type]  # tests name any field
    return core


def addressed(*to: Opener, **fields: object) -> pb.Core:
    core = header(**fields)
    for place, opener in enumerate(sorted(to, key=lambda one: one.kid)):
        core.recipients.add(
            desk=DESKS[opener.kid],
            recipient_class=pb.RECIPIENT_CLASS_COPY if place else 1,
            kid=opener.kid,
        )
    return core


def encode(core: pb.Core) -> bytes:
    return core.SerializeToString(deterministic=True)


def digest(label: str, *parts: bytes) -> bytes:
    return hashlib.sha256(pae(label, *parts)).digest()


def close(core: bytes, wraps: Sequence[bytes], body: bytes) -> Sealed:
    """Commit to any wraps and body, fitting or not, as a hostile author would."""
    dw, db = digest("wraps", *wraps), digest("body", body)
    return Sealed(core, tuple(wraps), body, dw, db, b"", CEK)


def seal(
    core: pb.Core,
    to: Sequence[Opener],
    *,
    padded: bytes | None = None,
    cek: bytes = CEK,
) -> Sealed:
    """Seal as the project does, but with a fixed key and, if given, any padding."""
    data = encode(core)
    h = digest("core", data)
    clear = envelope.pad(TEXT) if padded is None else padded
    body = sealing.seal_body(cek, pae("content", h), clear)
    wraps = [
        one.kid + sealing.seal(one.public, pae("wrap", h, one.kid), cek)
        for one in sorted(to, key=lambda one: one.kid)
    ]
    return close(data, wraps, body)


def with_content(content: bytes) -> pb.Envelope:
    publics = {BEIJING.kid: BEIJING.public}
    sealed = envelope.seal(addressed(BEIJING), content, publics, random=lambda _: CEK)
    return envelope.sign(sealed, BY_AUTHOR)


def bare(core: bytes, signers: Signers = BY_AUTHOR) -> pb.Envelope:
    """Sign a header, sound or not, without recipients."""
    return envelope.sign(close(core, (), b""), signers)


def edited(data: pb.Envelope, **fields: object) -> pb.Envelope:
    """Change an envelope after it was signed, as a hostile node would."""
    entry = pb.Entry.FromString(data.entry)
    signature = entry.signatures[0]
    for name, value in fields.items():
        target = signature if name in {"role", "kid", "signature"} else entry
        setattr(target, name, value)
    return pb.Envelope(
        entry=entry.SerializeToString(deterministic=True),
        wraps=data.wraps,
        body=data.body,
    )


def flipped(data: bytes, place: int = -1) -> bytes:
    out = bytearray(data)
    out[place] ^= 1
    return bytes(out)
