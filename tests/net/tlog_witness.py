"""A witness by the text of C2SP tlog-witness, over HTTP; shares no code with ours.

The transcript in tests/vectors/merkle judges it (tests/ledger/test_vectors.py).
"""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DASH = "\u2014 "
Said = tuple[int, dict[str, str], bytes]
"""Status, header fields and body of an answer."""


class _Refused(Exception):
    def __init__(
        self, status: int, body: bytes = b"", kind: str = "text/plain"
    ) -> None:
        super().__init__(status)
        self.said: Said = (status, {"Content-Type": kind}, body)


def _base64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def _old(text: str) -> str:
    if not text.startswith("old "):
        raise ValueError(text)
    return text.removeprefix("old ")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or str(int(text)) != text:
        raise ValueError(text)
    return int(text)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _roots(m: int, n: int, known: bytes | None, proof: list[bytes]) -> list[bytes]:
    """Return both roots by RFC 6962 section 2.1.2, which defines SUBPROOF(m, D[n])."""
    if m == n:
        return [known if known is not None else proof.pop(0)] * 2
    split = 1 << (n - 1).bit_length() - 1
    if m <= split:
        old, left = _roots(m, split, known, proof)
        return [old, _node(left, proof.pop(0))]
    old, right = _roots(m - split, n - split, None, proof)
    left = proof.pop(0)
    return [_node(left, old), _node(left, right)]


def consistent(m: int, n: int, roots: tuple[bytes, bytes], proof: list[bytes]) -> bool:
    """Whether the proof leads from root m to root n."""
    left = list(proof)
    if m in {0, n}:
        return not left and (m == 0 or roots[0] == roots[1])
    try:
        return _roots(m, n, roots[0], left) == list(roots) and not left
    except IndexError:
        return False


@dataclass
class Witness:
    """Cosigns with Ed25519 (0x04), or ML-DSA-44 (0x06), or both.

    `logs`: origin -> the raw Ed25519 key of that log.
    """

    name: str
    logs: Mapping[str, bytes]
    clock: Callable[[], int]
    ed: Ed25519PrivateKey | None = None
    ml: MLDSA44PrivateKey | None = None
    latest: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def vkeys(self) -> list[str]:
        made = []
        for kind, key in ((4, self.ed), (6, self.ml)):
            if key is not None:
                public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
                blob = base64.b64encode(bytes([kind]) + public).decode()
                made.append(f"{self.name}+{self._id(kind, public).hex()}+{blob}")
        return made

    def _id(self, kind: int, public: bytes) -> bytes:
        text = self.name.encode() + b"\n" + bytes([kind]) + public
        return hashlib.sha256(text).digest()[:4]

    def add_checkpoint(self, body: bytes) -> tuple[int, bytes]:
        status, _, answer = self.say(body)
        return status, answer

    def say(self, body: bytes) -> Said:
        """Answer a request."""
        try:
            with self.lock:
                return self._say(body)
        except _Refused as refused:
            return refused.said

    def _say(self, body: bytes) -> Said:
        try:
            top, _, note = body.decode().partition("\n\n")
            text, _, tail = note.rpartition("\n\n")
            first, *lines = _old(top).split("\n")
            origin, number, root = text.split("\n")
            old, size = _number(first), _number(number)
        except ValueError:
            raise _Refused(400) from None
        if origin not in self.logs:
            raise _Refused(404)
        self._check(f"{text}\n".encode(), tail, self.logs[origin], origin)
        if old > size:
            raise _Refused(400)
        held, held_root = self.latest.get(origin, (0, b""))
        if old != held:
            raise _Refused(409, b"%d\n" % held, "text/x.tlog.size")
        proof = [_base64(line) for line in lines]
        if not consistent(old, size, (held_root, _base64(root)), proof):
            raise _Refused(422)
        self.latest[origin] = size, _base64(root)
        said = "".join(self._lines(f"{text}\n", origin, size, _base64(root)))
        return 200, {}, said.encode()

    def _check(self, text: bytes, tail: str, public: bytes, origin: str) -> None:
        """Raise 403 unless the log's line is there and verifies."""
        mine = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
        for line in tail[:-1].split("\n"):
            name, _, blob = line.removeprefix(DASH).partition(" ")
            try:
                raw = _base64(blob)
                if (name, raw[:4]) == (origin, mine):
                    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text)
                    return
            except (ValueError, InvalidSignature):
                raise _Refused(403) from None
        raise _Refused(403)

    def _lines(self, text: str, origin: str, size: int, root: bytes) -> Iterator[str]:
        time_s = self.clock()
        if self.ed is not None:
            signed = f"cosignature/v1\ntime {time_s}\n{text}".encode()
            yield self._line(4, self.ed, time_s, signed)
        if self.ml is not None:
            name, log = self.name.encode(), origin.encode()
            signed = b"subtree/v1\n\0" + bytes([len(name)]) + name
            signed += time_s.to_bytes(8) + bytes([len(log)]) + log
            signed += bytes(8) + size.to_bytes(8) + root
            yield self._line(6, self.ml, time_s, signed)

    def _line(
        self,
        kind: int,
        key: Ed25519PrivateKey | MLDSA44PrivateKey,
        time_s: int,
        signed: bytes,
    ) -> str:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        blob = self._id(kind, public) + time_s.to_bytes(8) + key.sign(signed)
        return f"{DASH}{self.name} {base64.b64encode(blob).decode()}\n"


@dataclass
class Served:
    """A server's URL, and the bodies that were posted to it."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def served(say: Callable[[bytes], Said]) -> Iterator[Served]:
    """Serve answers to POST over HTTP, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.bodies.append(body)
            here.paths.append(self.path)
            status, headers, answer = say(body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    here = Served(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
