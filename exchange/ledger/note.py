"""Signed notes and their keys (C2SP signed-note v1.0.0).

    text, ending in LF
    <empty line>
    — <key name> <base64 of key ID and signature>

Strict: there is one encoding of a note, and `parse_note(x).encode() == x`. No
verification here; the bytes that a line signs depend on its type, see `checkpoint`.
"""

import base64
import binascii
import hashlib
from functools import cached_property, lru_cache

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.limits import NOTE_LINES_MAX, NOTE_MAX, NOTES_PARSED

ED25519 = 0x01  # Ed25519 over the text
ED25519_COSIGNATURE = 0x04  # Ed25519 over time and text
ML_DSA_44 = 0x06  # ML-DSA-44 over name, time, origin, size and root

PUBLIC_SIZES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1_312}  # bytes
KEY_ID_SIZE = 4
NAME_BYTES_MAX = 255  # ML-DSA-44 signs the length in one byte
DASH = "\N{EM DASH} "
# Unicode's White_Space, fixed here: verdicts must not depend on a Unicode version.
SPACES = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
NOT_IN_NAMES = SPACES | {"+"} | {chr(code) for code in range(0x20)}
CONTROLS = bytes(byte for byte in range(0x20) if byte != ord("\n"))

Key = tuple[str, bytes]
"""Name and ID of a key, which identify it."""


class Line(Struct, frozen=True):
    """`signature` is the blob after the 4-byte key ID."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def key(self) -> Key:
        return self.name, self.key_id

    def encode(self) -> bytes:
        blob = base64.b64encode(self.key_id + self.signature).decode()
        return f"{DASH}{self.name} {blob}\n".encode()


class Note(Struct, frozen=True):
    """A text and its signature lines, unverified."""

    text: bytes
    lines: tuple[Line, ...]

    def encode(self) -> bytes:
        return b"".join([self.text, b"\n", *(line.encode() for line in self.lines)])


class Vkey(Struct, frozen=True, dict=True):
    """A verifier key: name, signature type, raw public key."""

    name: str
    type: int
    public: bytes

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes that commit to all three fields."""
        name = self.name.encode()
        given = name + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(given).digest()[:KEY_ID_SIZE]

    @property
    def key(self) -> Key:
        return self.name, self.key_id

    def encode(self) -> str:
        """Return `name+key ID+base64(type || public key)`."""
        blob = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{blob}"

    @classmethod
    def parse(cls, text: str) -> "Vkey":
        """Raise Refusal(NOTE) unless known, whole and canonical."""
        try:
            name, _, blob = text.split("+", 2)  # base64 may contain "+" too
        except ValueError:
            raise Refusal(Reason.NOTE, "key") from None
        raw = decode_base64(blob)
        vkey = cls(check_name(name), raw[0] if raw else 0, raw[1:])
        if len(vkey.public) != PUBLIC_SIZES.get(vkey.type) or vkey.encode() != text:
            raise Refusal(Reason.NOTE, "key")
        return vkey


@lru_cache(NOTES_PARSED)
def parse_note(data: bytes) -> Note:
    """Raise Refusal(NOTE) unless well formed.

    Cached: several steps read the lines of a head on its way.
    """
    # 1. bounded, UTF-8, no control character but LF
    # 2. text and lines, split at the last empty line, both present
    # 3. not too many lines, each well formed
    # 1.
    if len(data) > NOTE_MAX:
        raise Refusal(Reason.NOTE, "size")
    if len(data.translate(None, CONTROLS)) != len(data):
        raise Refusal(Reason.NOTE, "control character")
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        raise Refusal(Reason.NOTE, "not UTF-8") from None
    # 2.
    text, middle, tail = decoded.rpartition("\n\n")
    if not middle or not tail.endswith("\n"):
        raise Refusal(Reason.NOTE, "no signature")
    # 3.
    lines = tail[:-1].split("\n")
    if len(lines) > NOTE_LINES_MAX:
        raise Refusal(Reason.NOTE, "number of signatures")
    return Note(f"{text}\n".encode(), tuple(_parse_line(line) for line in lines))


def _parse_line(line: str) -> Line:
    if not line.startswith(DASH):
        raise Refusal(Reason.NOTE, "signature line")
    name, _, blob = line.removeprefix(DASH).partition(" ")
    raw = decode_base64(blob)
    if len(raw) <= KEY_ID_SIZE:
        raise Refusal(Reason.NOTE, "signature line")
    return Line(check_name(name), raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])


def check_name(name: str) -> str:
    """Refuse (NOTE) a name that is empty, long, or has a space, control or plus."""
    if not 1 <= len(name.encode()) <= NAME_BYTES_MAX:
        raise Refusal(Reason.NOTE, "name")
    if not NOT_IN_NAMES.isdisjoint(name):
        raise Refusal(Reason.NOTE, "name")
    return name


def decode_base64(text: str) -> bytes:
    """Canonical (RFC 4648 section 4); Refusal(NOTE) for any other."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Refusal(Reason.NOTE, "base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Refusal(Reason.NOTE, "base64")
    return raw
