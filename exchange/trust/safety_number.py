"""The numbers that officers read aloud before trusting or granting anything.

60 digits, 12 groups of 5: the first 60 bytes of SHA-512(PAE("safety", blocks)), each 5
bytes, big-endian, mod 100,000. A block is PAE("block", domain, Ed25519 root, ML-DSA-44
root, TLS root SPKI) of one nation.
"""

import hashlib

from exchange.errors import Reason, Refusal
from exchange.trust.bundle import Bundle
from keys.pae import pae

GROUPS = 12
REQUEST_GROUPS = 5
GROUP_BYTES = 5
GROUP_MODULUS = 100_000


def safety_number(a: Bundle, b: Bundle) -> str:
    """Return a number equal at both; Refusal(BUNDLE) for one nation."""
    if a.domain == b.domain:
        raise Refusal(Reason.BUNDLE, b.domain)
    return _digits(*sorted((_block(a), _block(b))))


def nation_number(bundle: Bundle) -> str:
    """Return the number for a nation's own nodes and desks to compare."""
    return _digits(_block(bundle))


def request_number(request: bytes) -> str:
    """Return 25 digits, 5 groups of 5.

    SHA-512(PAE("request", request)), cut as above. Equal numbers show that the request
    was not swapped on the way.
    """
    return cut(hashlib.sha512(pae("request", request)).digest(), REQUEST_GROUPS)


def _block(bundle: Bundle) -> bytes:
    return pae("block", bundle.domain.encode(), *bundle.roots)


def _digits(*blocks: bytes) -> str:
    return cut(hashlib.sha512(pae("safety", *blocks)).digest(), GROUPS)


def cut(digest: bytes, count: int) -> str:
    groups = (digest[GROUP_BYTES * i : GROUP_BYTES * (i + 1)] for i in range(count))
    return " ".join(f"{int.from_bytes(group) % GROUP_MODULUS:05}" for group in groups)
