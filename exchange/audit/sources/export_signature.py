"""The signature behind an export: the officer who took it, and the time.

The trailer (docs/spec/export.md, "Trailer") does not vouch for the contents; cutting it
off restores the export. No file proves whose key it is: judge/export_signer.py looks in
the logs.
"""

import struct

from exchange.audit.sources.records import damaged
from exchange.errors import Reason, Tampered
from exchange.limits import NAME_MAX
from exchange.trust import names
from keys.errors import BadSignature
from keys.pae import pae
from keys.secret_records import SecretRecord
from keys.signing import ED25519, Signer, verify

MARK = b"fusion-signed@v1"
FIXED = struct.Struct(">Q32s64s")  # time, kid, signature; the officer's name follows
TAIL_MAX = FIXED.size + NAME_MAX + 1 + 2 * len(MARK)  # bytes; with another's mark


class ExportSignature(SecretRecord, frozen=True):
    """The officer who took the export, and the time (ms UTC); unverified."""

    officer: str
    at: int
    kid: bytes
    signature: bytes

    @property
    def size(self) -> int:
        """The size in bytes."""
        return FIXED.size + len(self.officer) + 1 + len(MARK)

    def check(self, digest: bytes, public: bytes) -> None:
        """Raise Tampered(SIGNATURE) unless that key signed the file."""
        try:
            signed = _signed(digest, self.at, self.officer)
            verify(ED25519, public, self.signature, signed)
        except BadSignature:
            raise Tampered(Reason.SIGNATURE, "export, trailer") from None


def make(digest: bytes, officer: str, signer: Signer, now: int) -> bytes:
    """`digest` is the SHA-256 of the file, `now` ms UTC."""
    signature = signer.sign(_signed(digest, now, officer))
    name = officer.encode("ascii")
    fixed = FIXED.pack(now, signer.kid, signature)
    return fixed + name + bytes((len(name),)) + MARK


def read(tail: bytes, end: int) -> ExportSignature | None:
    """Return None without a trailer.

    `tail` is the last TAIL_MAX bytes of the file or all of it, `end` its length.
    Refusal(INPUT) if the trailer is damaged, or follows another.
    """
    if not tail.endswith(MARK):
        return None
    at = len(tail) - len(MARK) - 1
    start = at - tail[at] if at >= 0 else -1
    officer = tail[max(start, 0) : at].decode("ascii", "replace")
    begin = start - FIXED.size
    if begin < 0 or not names.is_officer(officer):
        raise damaged(end - len(MARK), "trailer")
    if tail[:begin].endswith(MARK):
        raise damaged(end - len(tail) + begin, "signed twice")
    time, kid, signature = FIXED.unpack_from(tail, begin)
    return ExportSignature(officer, time, kid, signature)


def _signed(digest: bytes, at: int, officer: str) -> bytes:
    return pae("export", digest, at.to_bytes(8), officer.encode("ascii"))
