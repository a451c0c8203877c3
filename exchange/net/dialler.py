"""Dial a partner's node; the server is identified like a caller.

gRPC tells a client neither the server's certificate or TLS version nor why a handshake
failed. So our own handshake goes first: TLS 1.3, and a certificate that passes the
gate's steps 2 to 4 as that node's. gRPC then gets this certificate as its only root.

No client learns the group agreed on. So the server is first offered X25519MLKEM768
alone (`tls_group`); gRPC offers that first, and an outsider cannot downgrade a TLS 1.3
handshake. Not noticed: a server with the partner's key that agrees on it here and on
another group with gRPC.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc

from exchange.errors import Reason, Refusal, Unreachable
from exchange.net.identity import Caller, Pins, identify_by_certificate
from exchange.net.tls_group import check_group
from keys import tls

TLS_VERSION = "TLSv1.3"
OWN = "node/tls.crt"
Options = list[tuple[str, Any]]


class Dialler:
    """`clock` and `wall` in ms UTC: a certificate must be valid by one of them."""

    def __init__(
        self,
        shown: tuple[bytes, bytes],
        pins: Pins,
        clock: Callable[[], int],
        options: Options,
        wall: Callable[[], int] | None = None,
    ) -> None:
        """`shown`: the node's own TLS key and certificate, PEM."""
        self._key, self._certificate = shown
        self._leaves: dict[str, bytes] = {}  # shown by partners when last dialled
        self._pins = pins
        self._clock, self._wall = clock, wall or clock
        self._options = options

    def show(self, key: bytes, certificate: bytes) -> None:
        """Show another key and certificate (PEM), from the next dial on."""
        self._key, self._certificate = key, certificate

    def leaf(self, peer: str) -> bytes:
        return self._leaves.get(peer, b"")

    async def dial(self, peer: str, address: str) -> grpc.aio.Channel:
        """Raise Unreachable, or Refusal for the server.

        TLS_VERSION, IDENTITY, DOMAIN_CA, CERTIFICATE_TIME, NOT_PINNED, TLS_GROUP.
        """
        host, _, port = address.rpartition(":")
        host, name = host.strip("[]"), tls.dns_of_node(peer)
        leaf = await _certificate_at(peer, host, int(port), name)
        times = self._clock(), self._wall()
        caller = await asyncio.to_thread(
            identify_by_certificate, leaf, self._pins, *times
        )
        if caller != Caller("node", peer):
            raise Refusal(Reason.IDENTITY, peer)
        await check_group(peer, host, int(port), name)
        self._leaves[peer] = leaf
        options = [*self._options, ("grpc.ssl_target_name_override", name)]
        credentials = grpc.ssl_channel_credentials(
            tls.certificate_pem(leaf), self._key, self._certificate
        )
        return grpc.aio.secure_channel(address, credentials, options=options)

    def trouble(self) -> str:
        """Return one line for the log, "" if our certificate is in time.

        It names the file, the fault, the remedy.
        """
        begin, end = tls.times(self._certificate)
        now = self._wall()  # TLS uses the wall clock
        if now > end:
            return f"{OWN} ended on {_day(end)}; have your nation issue another"
        if now < begin:
            return f"{OWN} begins on {_day(begin)}; look at this machine's clock"
        return ""


def _day(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).isoformat(" ", "minutes")


async def _certificate_at(peer: str, host: str, port: int, name: str) -> bytes:
    """Return the server's certificate (DER) without showing ours."""
    try:
        _, writer = await asyncio.open_connection(
            host, port, ssl=_context(), server_hostname=name
        )
    except OSError as error:  # includes failed TLS
        raise Unreachable(peer) from error
    wire = writer.get_extra_info("ssl_object")
    version, certificate = wire.version(), wire.getpeercert(binary_form=True)
    writer.transport.abort()
    if version != TLS_VERSION:
        raise Refusal(Reason.TLS_VERSION, peer)
    if not certificate:
        raise Refusal(Reason.IDENTITY, peer)
    return bytes(certificate)


def _context() -> ssl.SSLContext:
    """Return a context for any certificate: our own rules judge it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # to report it, not to use it
    context.set_alpn_protocols(["h2"])
    return context
