"""Pre-authentication encoding: an unambiguous encoding of byte strings."""

import hashlib
import struct

PREFIX = b"fusion/1"


def pae(label: str, *parts: bytes) -> bytes:
    """Encode a label and parts so that no two lists give the same bytes.

    "fusion/1" || u8 len(label) || label || u32 n || (u64 len(x) || x)..., big-endian
    (docs/spec/encoding.md, "PAE", modelled on DSSE's). `label` is ASCII, at most 255
    bytes.
    """
    name = label.encode("ascii")
    out = [PREFIX, bytes((len(name),)), name, struct.pack(">I", len(parts))]
    for part in parts:
        out += (struct.pack(">Q", len(part)), part)
    return b"".join(out)


def kid(algorithm: str, public: bytes) -> bytes:
    """Return the 32-byte name of a key (docs/spec/encoding.md, "kid")."""
    return hashlib.sha256(pae("kid", algorithm.encode("ascii"), public)).digest()
