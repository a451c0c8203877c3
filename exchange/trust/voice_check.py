"""The voice check: two officers compare a bulletin by telephone (docs/spec/voice.md).

    check = voice_check(entry)
    check.words     eight words, 64 bits
    check.digits    twenty digits, 66 bits, for officers without a common language

Either form alone is enough. Both come from SHA-512(PAE("voice", name, kid)): `name` is
the hash of all signed content, `kid` the author's signing key.
"""

import hashlib

from msgspec import Struct

from exchange import envelope
from exchange.trust.safety_number import cut
from exchange.trust.spoken_words import EVEN, ODD
from keys.pae import pae

WORDS = 8
DIGIT_GROUPS = 4  # of five digits
DIGITS_FROM = 32  # first byte of the hash used for them


class VoiceCheck(Struct, frozen=True):
    """A check in both forms, and the kid of the author's key."""

    words: tuple[str, ...]
    digits: str
    """Four groups of five digits, a space between them."""
    kid: bytes


def voice_check(entry: bytes) -> VoiceCheck:
    """Identify the envelope without verifying it, which `fusion show` does.

    Raises Refusal if the bytes are no entry.
    """
    parsed = envelope.split(entry)
    return spoken(parsed.name, parsed.core.author)


def spoken(name: bytes, kid: bytes) -> VoiceCheck:
    """Return the voice check of a name and the author's kid, 32 bytes each."""
    digest = hashlib.sha512(pae("voice", name, kid)).digest()
    words = tuple(
        (ODD if place % 2 else EVEN)[byte] for place, byte in enumerate(digest[:WORDS])
    )
    return VoiceCheck(words, cut(digest[DIGITS_FROM:], DIGIT_GROUPS), kid)
