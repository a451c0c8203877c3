"""Who may call what: the steps of the gate, one by one; and what a call leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from exchange.clock import elapsed_ms
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, LINES_BURST
from exchange.net.gate import Context, Gate, permit
from exchange.net.grpc_status import from_rpc_error
from exchange.net.identity import Auth, Caller, identify
from exchange.net.refusal_lines import RefusalLines
from keys import tls
from tests.clocks import Hands
from tests.net.certificates import minted
from tests.tls_keys import public_of

NOW = 1_800_000_000_000
BOOTED = 946_684_800_000  # the year 2000
CAS = {domain: tls.make_ca(domain, NOW) for domain in ("pk", "cn")}
PEER = "beijing.cn"
KEY = tls.new_key()
CERTIFICATE = tls.issue(CAS["cn"], tls.spiffe_of("node", PEER), public_of(KEY), NOW)


class Pins:
    """Knows Beijing by its key, and the two nations."""

    def authorities(self, domain: str) -> tuple[bytes, ...]:
        if domain not in CAS:
            raise Refusal(Reason.NOT_PINNED, domain)
        return (CAS[domain].cert,)

    def peer_name(self, peer: tls.Peer, spki: bytes) -> str:
        if spki != tls.spki_hash(CERTIFICATE):
            raise Refusal(Reason.NOT_PINNED, peer.name)
        return peer.name


def auth(certificate: bytes = CERTIFICATE) -> Auth:
    return {
        "ssl_tls_version": [b"TLSv1.3"],
        "ssl_negotiated_key_exchange_group": [b"X25519MLKEM768"],
        "x509_pem_cert": [certificate],
    }


NODE = "spiffe://cn.fusion/node/beijing"


def refused(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refusal) as found:
        call()
    return found.value.reason


def test_an_auditor_is_named_apart_from_a_node_of_that_name() -> None:
    """One who asks as court.pk is budgeted, and told of, as an auditor."""
    court = tls.issue(
        CAS["pk"], tls.spiffe_of("auditor", "court.pk"), public_of(KEY), NOW
    )

    class Auditors(Pins):
        def peer_name(self, peer: tls.Peer, spki: bytes) -> str:  # noqa: ARG002  a Pins
            return peer.name

    assert identify(auth(court), Auditors(), NOW) == Caller("auditor", "court.pk")


@pytest.mark.parametrize(
    ("key", "values", "reason"),
    [
        ("ssl_tls_version", [b"TLSv1.2"], Reason.TLS_VERSION),
        ("ssl_tls_version", [], Reason.TLS_VERSION),
        ("ssl_tls_version", [b"TLSv1.3", b"TLSv1.2"], Reason.TLS_VERSION),
        ("ssl_negotiated_key_exchange_group", [b"X25519"], Reason.TLS_GROUP),
        ("ssl_negotiated_key_exchange_group", [], Reason.TLS_GROUP),
        ("x509_pem_cert", [], Reason.IDENTITY),
        ("x509_pem_cert", [b"nonsense"], Reason.IDENTITY),
        ("x509_pem_cert", [CERTIFICATE, CERTIFICATE], Reason.IDENTITY),
    ],
)
def test_a_channel_that_is_not_ours_is_refused(
    key: str, values: list[bytes], reason: Reason
) -> None:
    assert refused(lambda: identify({**auth(), key: values}, Pins(), NOW)) == reason


@pytest.mark.parametrize(
    ("by", "uri", "reason"),
    [
        ("pk", NODE, Reason.DOMAIN_CA),
        ("pk", "spiffe://cn.fusion/auditor/court", Reason.DOMAIN_CA),
        ("cn", "spiffe://xx.fusion/node/beijing", Reason.NOT_PINNED),
    ],
    ids=["node", "auditor", "of an unknown nation"],
)
def test_one_nation_cannot_mint_the_others_node(
    by: str, uri: str, reason: Reason
) -> None:
    """Both authorities are in gRPC's pool, so the handshake lets this through."""
    certificate = minted(CAS[by], [uri], KEY, NOW)

    assert refused(lambda: identify(auth(certificate), Pins(), NOW)) == reason


def test_a_certificate_counts_that_is_valid_by_the_wall_clock_alone() -> None:
    """A dead battery: it booted in 2000, then NTP set the wall clock right.

    The node goes on by elapsed time until a partner bears the wall clock out, so a
    partner must be let in; and out it stays where neither clock is within its time.
    """
    hands = Hands(BOOTED)
    clock = hands.clock()
    hands.wall = NOW + DAY
    clock.tick()
    assert clock.now() == BOOTED

    assert identify(auth(), Pins(), clock.now(), clock.wall()) == Caller("node", PEER)
    assert identify(auth(), Pins(), clock.wall(), clock.now()) == Caller("node", PEER)
    for times in ((BOOTED,), (BOOTED, NOW + 5_000 * DAY)):
        asked = partial(identify, auth(), Pins(), *times)
        assert refused(asked) == Reason.CERTIFICATE_TIME


async def test_the_gate_looks_at_both_clocks() -> None:
    class Call:
        def peer(self) -> str:
            return "ipv4:192.0.2.1:5"

        def auth_context(self) -> Auth:
            return auth()

    for clocks in ((BOOTED, NOW), (NOW, BOOTED)):
        now, wall = (partial(int, at) for at in clocks)
        gate = Gate(Pins(), None, now, elapsed_ms, wall)
        assert await gate._caller(cast("Context", Call())) == Caller("node", PEER)


class NoPins:
    """Is never to be asked: a database from which it would be read may hang."""

    def authorities(self, domain: str) -> tuple[bytes, ...]:
        raise AssertionError(domain)

    def peer_name(self, peer: tls.Peer, spki: bytes) -> str:
        raise AssertionError(peer, spki)


async def test_who_does_not_write_says_so_before_it_asks_who_calls(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor does it wait for whoever reads its log."""
    told: list[str] = []

    class Call:
        """A caller whose request is never read."""

        def peer(self) -> str:
            return "ipv4:192.0.2.1:5"

        def auth_context(self) -> Auth:
            return auth()

        async def abort_with_status(self, status: grpc.Status) -> None:
            told.append(status.details)

    def check(method: str) -> None:
        raise Refusal(Reason.NOT_WRITER, method)

    gate = Gate(NoPins(), None, lambda: NOW)
    gate.check_served = check
    for method in (f"{DESK}Submit", f"{EXCHANGE}Replicate"):
        await gate._call(None, method, cast("Context", Call()))

    assert len(told) == 2
    assert all(Reason.NOT_WRITER in one for one in told)
    assert not caplog.records


def test_another_key_of_the_same_name_is_refused() -> None:
    other = tls.issue(
        CAS["cn"], tls.spiffe_of("node", PEER), public_of(tls.new_key()), NOW
    )

    assert refused(lambda: identify(auth(other), Pins(), NOW)) == Reason.NOT_PINNED


EXCHANGE = "/exchange.v1.ExchangeService/"
DESK = "/exchange.v1.DeskService/"
AUDIT = "/exchange.v1.AuditService/"


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("node", f"{EXCHANGE}Replicate"),
        ("node", f"{EXCHANGE}GetHead"),
        ("desk", f"{DESK}Submit"),
        ("desk", f"{DESK}Watch"),
        ("desk", "/grpc.health.v1.Health/Check"),
        ("auditor", f"{AUDIT}ListLogs"),
        ("auditor", f"{AUDIT}ListEntries"),
        ("auditor", "/grpc.health.v1.Health/Check"),
    ],
)
def test_each_calls_its_own_service(kind: str, method: str) -> None:
    permit(Caller(kind, "x"), method, 5.0)


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("node", f"{DESK}Submit"),
        ("node", f"{DESK}GetStatus"),
        ("desk", f"{EXCHANGE}Replicate"),
        ("desk", f"{EXCHANGE}ListEntries"),
        ("auditor", f"{DESK}GetEntry"),
        ("auditor", f"{DESK}Submit"),
        ("auditor", f"{DESK}Watch"),
        ("auditor", f"{EXCHANGE}GetHead"),
        ("auditor", f"{EXCHANGE}ListEntries"),
        ("auditor", f"{EXCHANGE}Replicate"),
        ("node", f"{AUDIT}ListLogs"),
        ("desk", f"{AUDIT}ListEntries"),
        ("node", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
        ("desk", "/unknown/Method"),
    ],
)
def test_and_no_other(kind: str, method: str) -> None:
    assert refused(lambda: permit(Caller(kind, "x"), method, 5.0)) == Reason.METHOD


WATCH = "/exchange.v1.DeskService/Watch"


async def serve(
    folder: Path, gate: Gate, **methods: "grpc.RpcMethodHandler[Any, Any]"
) -> tuple[grpc.aio.Server, str]:
    """Serve methods of the desk's service at a socket; return its address, too."""
    server = grpc.aio.server(interceptors=(gate,))
    handler = grpc.method_handlers_generic_handler(DESK.strip("/"), methods)
    server.add_generic_rpc_handlers([handler])
    address = f"unix:{folder}/socket"
    server.add_insecure_port(address)
    await server.start()
    return server, address


@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "watch"])
async def test_a_call_that_a_caller_leaves_unread_is_let_go_before_the_node_closes(
    tmp_path: Path, *, streaming: bool
) -> None:
    did: list[str] = []

    async def endless(_: object, __: object) -> AsyncIterator[bytes]:
        try:
            while True:
                did.append("wrote")
                yield bytes(1_000_000)
        finally:
            did.append("let go")

    make = "stream_stream" if streaming else "unary_stream"
    handler = getattr(grpc, f"{make}_rpc_method_handler")(endless, bytes, bytes)
    gate = Gate(Pins(), "ops.islamabad.pk", lambda: NOW)
    server, address = await serve(tmp_path, gate, Watch=handler)
    async with grpc.aio.insecure_channel(address) as channel:
        call = getattr(channel, make)(WATCH)(
            iter([b""]) if streaming else b"", timeout=60
        )
        while await grown(did):
            pass
        assert "let go" not in did
        call.cancel()
    await server.stop(0)
    await gate.wait_ended(10)
    assert did[-1] == "let go"


async def grown(did: list[str]) -> bool:
    """Whether the server still writes; not when all that may be unread is."""
    before = len(did)
    await asyncio.sleep(0.2)
    return len(did) > before


@asynccontextmanager
async def at_the_socket(
    folder: Path, desk: str | None
) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel to a server of two methods, whose node names that desk."""

    async def submit(_: object, __: object) -> bytes:
        return b"taken"

    handler = grpc.unary_unary_rpc_method_handler(submit, bytes, bytes)
    gate = Gate(Pins(), desk, lambda: NOW)
    server, address = await serve(folder, gate, Submit=handler, GetStatus=handler)
    async with grpc.aio.insecure_channel(address) as channel:
        yield channel
    await server.stop(0)


@pytest.mark.parametrize(
    ("desk", "method", "reason"),
    [
        ("ops.islamabad.pk", f"{DESK}Submit", ""),
        (None, f"{DESK}Submit", Reason.NOT_PINNED),
        (None, f"{DESK}Watch", Reason.NOT_PINNED),
        (None, f"{DESK}GetEntry", Reason.NOT_PINNED),
        (None, f"{DESK}GetStatus", ""),
        ("ops.islamabad.pk", f"{DESK}Unheard", Reason.METHOD),
    ],
    ids=[
        "its desk",
        "no desk named",
        "the operator watches",
        "the operator reads an entry",
        "the operator asks how it stands",
        "no such method",
    ],
)
async def test_who_calls_at_the_socket(
    tmp_path: Path, desk: str | None, method: str, reason: str
) -> None:
    """The one desk that the config names, only what there is; else the operator."""
    async with at_the_socket(tmp_path, desk) as channel:
        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        ask = channel.unary_unary(method)
        if not reason:
            assert await ask(b"", timeout=60) == b"taken"
            return
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await ask(b"", timeout=60)
    assert from_rpc_error(error.value, "").reason == reason


async def test_health_can_be_watched(tmp_path: Path) -> None:
    """Unlike our own streams, gRPC's own service writes its answers itself."""
    healthy = health.aio.HealthServicer()
    gate = Gate(Pins(), "ops.islamabad.pk", lambda: NOW)
    server = grpc.aio.server(interceptors=(gate,))
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    address = f"unix:{tmp_path}/socket"
    server.add_insecure_port(address)
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        call = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        first = await call.read()
        assert first.status == health_pb2.HealthCheckResponse.SERVING
        await healthy.enter_graceful_shutdown()
        then = await call.read()
        assert then.status == health_pb2.HealthCheckResponse.NOT_SERVING
    await server.stop(0)
    await gate.wait_ended(10)


async def test_a_flood_of_refusals_is_counted_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    passed = [0]  # ms
    gate = Gate(Pins(), "ops.islamabad.pk", lambda: NOW, lambda: passed[0])
    server, address = await serve(tmp_path, gate)

    async def ask(count: int) -> None:
        async with grpc.aio.insecure_channel(address) as channel:
            ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
            ask = channel.unary_unary("/unknown/Method")
            for _ in range(count):
                with pytest.raises(grpc.aio.AioRpcError):
                    await ask(b"", timeout=60)

    await ask(LINES_BURST + 50)
    line = "refused METHOD at '/unknown/Method', called by ops.islamabad.pk at unix:"
    assert caplog.messages == [line] * LINES_BURST
    passed[0] += 1_000
    await ask(1)
    await server.stop(0)
    assert caplog.messages[LINES_BURST:] == [f"{line}, and 50 others before"]


def test_each_caller_has_lines_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """A flood by one hides nobody else; what is counted is told when lines are left."""
    passed = [0]  # ms
    lines = RefusalLines(lambda: passed[0])
    rate = Refusal(Reason.RATE)
    for _ in range(LINES_BURST + 7):
        lines.add(rate, "/x/Y", "ops.islamabad.pk", "ops.islamabad.pk at a")
    lines.add(rate, "/x/Y", PEER, f"{PEER} at b")
    lines.add(rate, "/x/Y", "", "nobody known at c")
    lines.tell()
    assert len(caplog.messages) == LINES_BURST + 2
    assert caplog.messages[-2:] == [
        f"refused RATE at '/x/Y', called by {PEER} at b",
        "refused RATE at '/x/Y', called by nobody known at c",
    ]
    passed[0] += 1_000
    lines.tell()
    lines.tell()
    assert caplog.messages[LINES_BURST + 2 :] == [
        "refused 7 more, called by ops.islamabad.pk"
    ]
