"""Identifies TLS peers: callers for the gate, servers for the dialler.

A certificate is parsed once and its chain verified once a minute: a node keeps the same
one for weeks.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.limits import CERTIFICATES_KNOWN, MINUTE
from keys import tls
from keys.errors import BadCertificate, CertificateTime

Auth = Mapping[str, Iterable[bytes]]
"""TLS properties such as version and group, as gRPC reports them."""

PEM = "x509_pem_cert"  # key in gRPC's auth context
TLS_VERSION = b"TLSv1.3"
TLS_GROUP = b"X25519MLKEM768"


class Caller(Struct, frozen=True):
    kind: str
    name: str


class Pins(Protocol):
    def authorities(self, domain: str) -> Sequence[bytes]:
        """Return DER; Refusal(NOT_PINNED) if the nation is unknown."""
        ...

    def peer_name(self, peer: tls.Peer, spki: bytes) -> str:
        """Return its name; Refusal(NOT_PINNED) if unknown."""
        ...


def identify(auth: Auth, pins: Pins, *times: int) -> Caller:
    """Identify a caller by steps 1 to 4 of the gate.

    `auth` is gRPC's auth context; `times` as below.
    """
    # 1
    check_channel(auth)
    # 2 to 4
    return identify_by_certificate(only_value(auth, PEM), pins, *times)


def check_channel(auth: Auth) -> None:
    """Check step 1: Refusal(TLS_VERSION | TLS_GROUP)."""
    if only_value(auth, "ssl_tls_version") != TLS_VERSION:
        raise Refusal(Reason.TLS_VERSION)
    if only_value(auth, "ssl_negotiated_key_exchange_group") != TLS_GROUP:
        raise Refusal(Reason.TLS_GROUP)


def identify_by_certificate(leaf: bytes, pins: Pins, *times: int) -> Caller:
    """Identify a caller by steps 2 to 4; `leaf` is PEM or DER.

    `times` are our clocks' times, ms UTC: the certificate must be valid at one.
    """
    # 2
    try:
        shown = read_certificate(leaf)
    except BadCertificate as error:
        raise Refusal(Reason.IDENTITY) from error
    # 3
    peer = shown.peer
    authorities = tuple(pins.authorities(peer.domain))
    try:
        _verify_chain(shown, authorities, times)
    except CertificateTime as error:
        raise Refusal(Reason.CERTIFICATE_TIME, peer.name) from error
    except BadCertificate as error:
        raise Refusal(Reason.DOMAIN_CA, peer.domain) from error
    # 4
    return Caller(peer.kind, pins.peer_name(peer, shown.spki))


class Certificate(Struct, frozen=True):
    """A certificate as the peer shows it, unverified."""

    leaf: bytes  # PEM or DER
    peer: tls.Peer
    spki: bytes  # SHA-256
    begin: int  # ms UTC
    end: int


@lru_cache(maxsize=CERTIFICATES_KNOWN)
def read_certificate(leaf: bytes) -> Certificate:
    """Parse it; raise BadCertificate unless it names a node, desk or auditor."""
    peer = tls.parse_spiffe(tls.spiffe_id(leaf))
    return Certificate(leaf, peer, tls.spki_hash(leaf), *tls.times(leaf))


def _verify_chain(
    shown: Certificate, authorities: tuple[bytes, ...], times: Sequence[int]
) -> None:
    """Check at the first of these times at which the certificate is valid.

    The node's time may be wrong and the wall clock right, as after a dead battery: then
    only an admitted partner can confirm the wall clock.
    """
    *others, last = times
    for at in others:
        with contextlib.suppress(CertificateTime):
            _verify_at(shown, authorities, at)
            return
    _verify_at(shown, authorities, last)


def _verify_at(shown: Certificate, authorities: tuple[bytes, ...], at: int) -> None:
    """Verify it at a time (ms UTC), and its authority to the minute."""
    within = shown.begin <= at <= shown.end
    minute = max(shown.begin, at - at % MINUTE) if within else at
    _verify_once(shown.leaf, authorities, minute)


_verify_once = lru_cache(maxsize=CERTIFICATES_KNOWN)(tls.verify_chain)
"""Check a chain; a successful check is cached."""


def only_value(auth: Auth, key: str) -> bytes:
    """Return nothing if there is not exactly one."""
    values = list(auth.get(key, ()))
    return values[0] if len(values) == 1 else b""
