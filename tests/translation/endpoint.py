"""A machine that answers in the form of LibreTranslate, on this machine, really."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]
"""What a server does with a request that it has read."""


@dataclass
class Endpoint:
    """Where it listens, what it does, and what it was asked: path, fields, body."""

    url: str
    answer: Answer
    asked: list[tuple[str, Mapping[str, str], dict[str, Any]]] = field(
        default_factory=list
    )


def say(status: int, body: bytes, **fields: str) -> Answer:
    """Answer with these bytes."""

    def answer(request: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        request.send_response(status)
        for name, value in fields.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def by(translate: Callable[[str], str]) -> Answer:
    """Answer with a translation of each text, in chunks."""

    def answer(request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        said = {"translatedText": [translate(text) for text in asked["q"]]}
        body = json.dumps(said).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        step = max(len(body) // 10, 1)
        for start in range(0, len(body), step):
            piece = body[start : start + step]
            request.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        request.wfile.write(b"0\r\n\r\n")

    return answer


def without_end(request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
    """Send 100 MB, or what is taken of it."""
    assert asked["q"]
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" " * 1024 * 1024)


def drip(start: bytes) -> Answer:
    """Send `start`, then a byte at a time, each well within any time to wait."""

    def answer(request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        assert asked["q"]
        request.wfile.write(start)
        for _ in range(1_000):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.1)

    return answer


@contextmanager
def serving(answer: Answer, tls: Path | None = None) -> Iterator[Endpoint]:
    """Listen on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            asked = json.loads(self.rfile.read(length) or b"{}")
            endpoint.asked.append((self.path, dict(self.headers), asked))
            self.close_connection = True
            try:
                endpoint.answer(self, asked)
            except OSError:
                return  # whoever asked has had enough

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        scheme = "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        endpoint = Endpoint(f"{scheme}://127.0.0.1:{server.server_port}", answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


def certificate(path: Path, host: str) -> Path:
    """Write a certificate of its own authority for an address, and its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "machine")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        made.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path
