"""Ask a server whether it agrees on X25519MLKEM768, offering nothing else.

A gRPC client cannot see the group of its connection, and offers classical ones too. So
a TLS 1.3 ClientHello with this group alone goes first; the group in the ServerHello is
the answer. The handshake stops there and uses no secret: RFC 8446, sections 4.1.2 and
4.1.3; draft-ietf-tls-ecdhe-mlkem, section 4.
"""

import asyncio
import os
from collections.abc import Iterator

from exchange.errors import Reason, Refusal, Unreachable
from keys.sealing import Opener

GROUP = 0x11EC  # X25519MLKEM768
SERVER_SHARE = 1_120  # bytes: a ciphertext of ML-KEM-768, then an X25519 key
TLS_1_2, TLS_1_3 = b"\x03\x03", b"\x03\x04"
CIPHERS = b"\x13\x01\x13\x02\x13\x03"  # those of TLS 1.3
SIGNATURES = b"\x04\x03\x05\x03\x08\x04\x08\x05\x08\x07"  # ECDSA, RSA-PSS, Ed25519
_HANDSHAKE, _CLIENT_HELLO, _SERVER_HELLO = 22, 1, 2
_SERVER_NAME, _GROUPS, _SIGNATURES, _ALPN, _VERSIONS, _SHARE = 0, 10, 13, 16, 43, 51
_BEFORE_SESSION = 4 + 2 + 32  # bytes of a ServerHello: type and length, version, random


async def check_group(peer: str, host: str, port: int, name: str) -> None:
    """Raise Refusal(TLS_GROUP) or Unreachable.

    `name` is the server's DNS name.
    """
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise Unreachable(peer) from error
    try:
        writer.write(client_hello(name))
        kind, *_, high, low = await reader.readexactly(5)
        record = await reader.readexactly(high << 8 | low)
    except (OSError, asyncio.IncompleteReadError):  # it hangs up on unknown groups
        raise Refusal(Reason.TLS_GROUP, peer) from None
    finally:
        writer.transport.abort()
    if kind != _HANDSHAKE or not agrees(record):
        raise Refusal(Reason.TLS_GROUP, peer)


def client_hello(name: str) -> bytes:
    group = GROUP.to_bytes(2)
    share = Opener.generate().public  # X-Wing has the same two keys, in this order
    offered = {
        _SERVER_NAME: _sized(b"\0" + _sized(name.encode("ascii"), 2), 2),
        _GROUPS: _sized(group, 2),
        _SIGNATURES: _sized(SIGNATURES, 2),
        _ALPN: _sized(_sized(b"h2", 1), 2),
        _VERSIONS: _sized(TLS_1_3, 1),
        _SHARE: _sized(group + _sized(share, 2), 2),
    }
    extensions = b"".join(
        number.to_bytes(2) + _sized(data, 2) for number, data in offered.items()
    )
    session, compression = _sized(os.urandom(32), 1), _sized(b"\0", 1)
    hello = TLS_1_2 + os.urandom(32) + session + _sized(CIPHERS, 2) + compression
    message = bytes((_CLIENT_HELLO,)) + _sized(hello + _sized(extensions, 2), 3)
    return bytes((_HANDSHAKE,)) + TLS_1_2 + _sized(message, 2)


def agrees(record: bytes) -> bool:
    """Return whether it is a ServerHello of TLS 1.3 with a share of GROUP.

    A HelloRetryRequest has no share: False.
    """
    if not record or record[0] != _SERVER_HELLO:
        return False
    found = dict(_extensions(record))
    share = GROUP.to_bytes(2) + SERVER_SHARE.to_bytes(2)
    said = found.get(_SHARE, b"")
    return (
        found.get(_VERSIONS) == TLS_1_3
        and said.startswith(share)
        and len(said) == len(share) + SERVER_SHARE
    )


def _extensions(hello: bytes) -> Iterator[tuple[int, bytes]]:
    at = _BEFORE_SESSION
    at += 1 + int.from_bytes(hello[at : at + 1])  # session
    at += 2 + 1  # cipher, compression
    end = at + 2 + int.from_bytes(hello[at : at + 2])
    at += 2
    while at + 4 <= min(end, len(hello)):
        size = int.from_bytes(hello[at + 2 : at + 4])
        yield int.from_bytes(hello[at : at + 2]), hello[at + 4 : at + 4 + size]
        at += 4 + size


def _sized(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width) + data
