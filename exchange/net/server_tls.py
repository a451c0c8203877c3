"""The TLS of a node's ports: its certificate, and the client roots it trusts.

gRPC asks before each handshake, so a renewal applies from the next one. It gets a new
configuration only after a change: gRPC frees the former one while another thread may
still begin a handshake with it, and a thousand strangers that connected and left
crashed the process that way. If a session is resumed after its certificate has ended,
the gate refuses it: it checks each call again.
"""

from collections.abc import Callable, Iterable

import grpc

from exchange.net.pins import counted_roots
from exchange.trust.bundle import Bundle
from keys.tls import certificate_pem


class ServerTls:
    """A key and certificate (PEM), used from the next handshake on."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        self._shown = key, certificate

    def show(self, key: bytes, certificate: bytes) -> None:
        """Expect a key that matches: the caller has verified it."""
        self._shown = key, certificate

    def credentials(
        self, nations: Callable[[], Iterable[Bundle]]
    ) -> grpc.ServerCredentials:
        """`nations` is called before each handshake, in a gRPC thread."""
        last: list[tuple[tuple[bytes, bytes], bytes]] = []

        def renewed() -> grpc.ServerCertificateConfiguration | None:
            roots = {root for nation in nations() for root in counted_roots(nation)}
            now = self._shown, b"".join(sorted(map(certificate_pem, roots)))
            if now in last:
                return None
            last[:] = [now]
            return grpc.ssl_server_certificate_configuration([now[0]], now[1])

        return grpc.dynamic_ssl_server_credentials(
            renewed(),  # type: ignore[arg-type]  # the first is another than none
            renewed,  # type: ignore[arg-type]  # None: as before, says gRPC
            require_client_authentication=True,
        )
