"""The TLS of a node's ports: the certificate that it shows, and whose it takes.

gRPC asks before each handshake: what was renewed since counts from the next one on. It
is handed another configuration only then: gRPC frees the former one while another
thread may still begin a handshake with it, and a thousand strangers who connected and
left ended the process so. A session that is resumed after its certificate has ended is
turned away by the gate, which asks each call again.
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
        last: list[tuple[tuple[bytes, bytes], bytes]] = []

        def renewed() -> grpc.ServerCertificateConfiguration | None:
            """Return the configuration where it is another than before."""
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
