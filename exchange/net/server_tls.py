"""The TLS of a node's ports: the certificate that it shows, and whose it takes.

gRPC asks before each handshake: what was renewed since counts from the next one on. It
is handed a configuration of its own each time, also where nothing has changed: with the
same one, a session could be resumed whose certificate has ended since.
"""

from collections.abc import Callable, Iterable

import grpc

from exchange.net.pins import counted_roots
from exchange.trust.bundle import Bundle
from keys.tls import certificate_pem


class ServerTls:
    """The key and certificate (PEM) that a node shows from the next handshake on."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        self._shown = key, certificate

    def show(self, key: bytes, certificate: bytes) -> None:
        """Show another certificate; the caller has verified that the key is its own."""
        self._shown = key, certificate

    def credentials(
        self, nations: Callable[[], Iterable[Bundle]]
    ) -> grpc.ServerCredentials:
        """Return credentials by which certificates of these nations are taken.

        `nations` is asked before each handshake, in a thread of gRPC's.
        """

        def configuration() -> grpc.ServerCertificateConfiguration:
            roots = {root for nation in nations() for root in counted_roots(nation)}
            pool = b"".join(sorted(map(certificate_pem, roots)))
            return grpc.ssl_server_certificate_configuration([self._shown], pool)

        return grpc.dynamic_ssl_server_credentials(
            configuration(), configuration, require_client_authentication=True
        )
