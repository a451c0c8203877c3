"""Benchmark of the cryptography of one bulletin, and of the gate before one call.

A bulletin of 2 KB for two desks is sealed and signed, verified, and opened. By turns
with each step the bare primitives that it takes do their work on the same bytes, their
keys loaded beforehand: HPKE over X-Wing, Cobblestone256, Ed25519, SHA-256. All of it on
one core; the times are medians, and the floor is the sum of the primitives' times.

The gate is a node's own, with its pins; a partner's node calls with its certificate,
and the method behind the gate answers at once.
"""

import asyncio
import hashlib
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import grpc
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from msgspec import Struct
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair

from exchange import config, envelope
from exchange.cli.speed import SampleBulletin
from exchange.clock import Clock
from exchange.demo.sites import DemoSite, prepare
from exchange.limits import SECOND
from exchange.net.assemble import open_home
from exchange.net.gate import EXCHANGE, Gate
from exchange.net.pins import MemberPins
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from keys.sealing import ML_KEM_SIZE
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import Moment

RATIO_MIN = 0.7
GATE_MAX = 0.3  # ms, p50
AT_ONCE = 20  # of each step, before the next one has its turn
GATE_CALLS = 1_000
MS, US = 1_000, 1_000_000  # in a second

Tell = Callable[[str], None]
Step = Callable[[], object]
Auth = Mapping[str, Iterable[bytes]]


def steps(sample: SampleBulletin) -> dict[str, tuple[Step, Step]]:
    """Return each step as the program does it, and its bare primitives."""
    sent = sample.seal()
    reader = {sample.openers[0].kid: sample.openers[0]}

    def verify() -> envelope.Parsed:
        return sample.verify(sent)

    parsed = verify()

    def open_it() -> object:
        return envelope.open_envelope(parsed, sent.wraps, sent.body, reader)

    bare = Primitives(sample, sent)
    return {
        "seal": (sample.seal, bare.seal),
        "verify": (verify, bare.verify),
        "open": (open_it, bare.open),
    }


class Primitives:
    """The bare primitives that one bulletin takes, and the bytes that they are for."""

    def __init__(self, sample: SampleBulletin, sent: pb.Envelope) -> None:
        parsed = envelope.split(sent.entry)
        h = hashlib.sha256(pae("core", parsed.core_bytes)).digest()
        self._suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        self._publics = [_public(one.public) for one in sample.openers]
        self._infos = [pae("wrap", h, one.kid) for one in sample.openers]
        self._private = _private(sample.openers[0].seed)
        self._cek = os.urandom(envelope.CEK_SIZE)
        self._context = pae("content", h)
        self._padded = envelope.pad(sample.content)
        self._body = self._seal_body()
        self._wrap = self._suite.encrypt(self._cek, self._publics[0], self._infos[0])
        self._public, self._secret = crypto_sign_seed_keypair(sample.signer.seed)
        self._covered = envelope.to_sign(
            "author", sample.signer.kid, parsed.core_bytes, parsed.dw, parsed.db
        )
        self._signed = crypto_sign(self._covered, self._secret)
        self._texts = [pae("wraps", *sent.wraps), pae("body", sent.body)]
        self._headers = [
            pae("core", parsed.core_bytes),
            pae("name", parsed.core_bytes, parsed.dw, parsed.db),
        ]

    def seal(self) -> None:
        """Wrap the key for each desk, encrypt the text, hash all, and sign."""
        for public, info in zip(self._publics, self._infos, strict=True):
            self._suite.encrypt(self._cek, public, info)
        self._seal_body()
        _hash_all([*self._headers, *self._texts])
        crypto_sign(self._covered, self._secret)

    def verify(self) -> None:
        """Verify the signature."""
        crypto_sign_open(self._signed, self._public)

    def open(self) -> None:
        """Hash what was signed, unwrap the key and decrypt the text."""
        _hash_all([self._headers[0], *self._texts])
        self._suite.decrypt(self._wrap, self._private, self._infos[0])
        box = Cobblestone256Decryptor(self._cek, self._context)
        box.update(self._body)
        box.finalize()

    def _seal_body(self) -> bytes:
        box = Cobblestone256Encryptor(self._cek, self._context)
        return box.update(self._padded) + box.finalize()


def _hash_all(texts: Iterable[bytes]) -> None:
    for text in texts:
        hashlib.sha256(text).digest()


def _public(raw: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:ML_KEM_SIZE]),
        X25519PublicKey.from_public_bytes(raw[ML_KEM_SIZE:]),
    )


def _private(seed: bytes) -> MLKEM768X25519PrivateKey:
    expanded = hashlib.shake_256(seed).digest(96)  # as X-Wing has it
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def measure(folder: Path, bulletins: int, tell: Tell) -> dict[str, object]:
    """Measure the steps with so many bulletins, then the gate of a new node."""
    tell("making two nations")
    sites = prepare(folder / "made", lambda _: None)
    with watch_load() as load:
        before = Moment.now()
        tell(f"sealing {bulletins} bulletins")
        product, bare = _times(steps(SampleBulletin.make()), bulletins)
        gate = _gate_times(sites)
        others = Moment.now().others(before)
    ratio = sum(bare.values()) / sum(product.values())
    p50 = statistics.median(gate) * MS
    return {
        "name": "crypto",
        "figure": round(1 / sum(product.values())),
        "unit": "bulletins/s on one core",
        "floor": round(1 / sum(bare.values())),
        "ratio": round(ratio, 3),
        "ok": ratio >= RATIO_MIN and p50 <= GATE_MAX,
        "machine": machine() | load.as_json(others),
        "bulletins": bulletins,
        "us": {step: round(each * US, 1) for step, each in product.items()},
        "floor_us": {step: round(each * US, 1) for step, each in bare.items()},
        "gate": {
            "p50_ms": round(p50, 3),
            "p99_ms": round(statistics.quantiles(gate, n=100)[-1] * MS, 3),
            "calls": len(gate),
        },
    }


def _times(
    wanted: Mapping[str, tuple[Step, Step]], bulletins: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the median seconds of each step, by the program and by primitives."""
    found: tuple[dict[str, list[float]], ...]
    found = {step: [] for step in wanted}, {step: [] for step in wanted}
    for _ in range(max(1, bulletins // AT_ONCE)):
        for step, ways in wanted.items():
            for times, do in zip(found, ways, strict=True):
                for _ in range(AT_ONCE):
                    began = time.perf_counter()
                    do()
                    times[step].append(time.perf_counter() - began)
    product, bare = (
        {step: statistics.median(each) for step, each in times.items()}
        for times in found
    )
    return product, bare


class PartnerCall(Struct, frozen=True):
    """A call as gRPC shows it to the gate: who is at the other end, and how long."""

    auth: Auth

    def peer(self) -> str:
        """Return where it comes from."""
        return "ipv4:127.0.0.1:7444"

    def auth_context(self) -> Auth:
        """Return what TLS found out."""
        return self.auth

    def time_remaining(self) -> float:
        """Return the s until its deadline."""
        return 10.0

    async def read(self) -> bytes:
        """Return its request."""
        return b""


class CalledMethod(grpc.HandlerCallDetails):
    """The method that is called: one that partners' nodes may call."""

    method = f"{EXCHANGE}GetHead"
    invocation_metadata = ()


def _gate_times(sites: tuple[DemoSite, DemoSite]) -> list[float]:
    """Return the seconds of each of GATE_CALLS calls of one node to the other."""
    _, certificate = config.read_tls(config.node_home(sites[1].home))
    auth = {
        "ssl_tls_version": [b"TLSv1.3"],
        "ssl_negotiated_key_exchange_group": [b"X25519MLKEM768"],
        "x509_pem_cert": [certificate],
    }
    clock = Clock()
    with open_home(sites[0].home, clock) as (node, _):
        seconds = count(0, SECOND)  # so that no budget ends
        gate = Gate(MemberPins(node.members), None, clock, seconds.__next__)
        return asyncio.run(_pass(gate, PartnerCall(auth)))


async def _pass(gate: Gate, call: PartnerCall) -> list[float]:
    async def answer(request: bytes, _: object) -> bytes:
        return request

    async def method(_: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401  gRPC's handlers are untyped
        return grpc.unary_unary_rpc_method_handler(answer, bytes, bytes)

    handler: Any = await gate.intercept_service(method, CalledMethod())
    times = []
    for _ in range(GATE_CALLS):
        began = time.perf_counter()
        await handler.stream_unary(None, call)
        times.append(time.perf_counter() - began)
    return times
