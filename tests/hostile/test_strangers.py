"""Strangers at a real node's port: nobody gets further than the gate."""

import asyncio
import contextlib
import itertools
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from exchange import config
from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.limits import CALLS_AT_WORK, DAY, WATCH_HEADS_MAX
from exchange.net import desk_client
from exchange.net.gate import Gate
from exchange.v1 import exchange_service_pb2 as pb
from keys import tls
from tests.expecting import refusing
from tests.hostile.traces import refused
from tests.net import test_transport as origin
from tests.net.certificates import minted
from tests.net.conftest import authority
from tests.net.test_transport import (
    GET_HEAD,
    INVALID,
    PATIENCE,
    SUBMIT,
    UNAUTHENTICATED,
    Answer,
    Served,
    call,
    speak_http2,
)
from tests.tls_keys import http2_context, public_of

served = origin.served


async def test_o4_tls_1_2_is_refused(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(served.node.store, caplog, Reason.TLS_VERSION):
        answer = await asyncio.to_thread(call, served, version=ssl.TLSVersion.TLSv1_2)

    assert answer == Answer(UNAUTHENTICATED, Reason.TLS_VERSION)


@pytest.mark.parametrize("group", ["X25519", "prime256v1"])
async def test_o5_c5_classical_key_agreement_is_refused(
    served: Served, caplog: pytest.LogCaptureFixture, group: str
) -> None:
    with refused(served.node.store, caplog, Reason.TLS_GROUP):
        answer = await asyncio.to_thread(call, served, group=group)

    assert answer == Answer(UNAUTHENTICATED, Reason.TLS_GROUP)


async def test_o4_the_body_of_a_stranger_is_never_parsed(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even one that is no protobuf at all: the gate stands before it."""
    with refused(served.node.store, caplog, Reason.TLS_VERSION):
        answer = await asyncio.to_thread(
            call, served, body=b"\xff" * 100, version=ssl.TLSVersion.TLSv1_2
        )

    assert answer == Answer(UNAUTHENTICATED, Reason.TLS_VERSION)


async def test_o1_no_client_certificate_ends_the_handshake(served: Served) -> None:
    def bare() -> None:
        context = http2_context()
        raw = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
        with contextlib.closing(context.wrap_socket(raw)) as wire:
            speak_http2(wire, GET_HEAD, b"", timeout=True)

    with pytest.raises(OSError):  # noqa: PT011  reset or closed, as the kernel has it
        await asyncio.to_thread(bare)


async def test_o1_a_strangers_authority_ends_the_handshake(
    served: Served, tmp_path: Path
) -> None:
    key = (served.partner / "node" / "tls.key").read_bytes()
    stranger = tls.make_ca("cn", options.now())
    path = tmp_path / "stranger.crt"
    path.write_bytes(
        tls.issue(
            stranger, tls.spiffe_of("node", "beijing.cn"), public_of(key), options.now()
        )
    )

    with pytest.raises(OSError):  # noqa: PT011  reset or closed, as the kernel has it
        await asyncio.to_thread(call, served, certificate=path)


@pytest.mark.parametrize(
    ("uris", "reason"),
    [
        (["spiffe://cn.fusion/node/beijing"], Reason.DOMAIN_CA),
        (["spiffe://pk.fusion/node/lahore"], Reason.NOT_PINNED),
        (["spiffe://cn.fusion/node/beijing"] * 2, Reason.IDENTITY),
        ([], Reason.IDENTITY),
    ],
    ids=["other nation's node", "unknown node", "two identities", "no identity"],
)
async def test_o1_o6_what_the_handshake_lets_through_the_gate_refuses(
    served: Served,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    uris: list[str],
    reason: Reason,
) -> None:
    key = (served.partner / "node" / "tls.key").read_bytes()
    path = tmp_path / "minted.crt"
    path.write_bytes(minted(authority(served.home), uris, key, options.now()))

    with refused(served.node.store, caplog, reason):
        answer = await asyncio.to_thread(call, served, certificate=path)

    assert answer == Answer(UNAUTHENTICATED, reason)


async def test_o11_plain_http2_gets_nothing(served: Served) -> None:
    """Not even the refusal of a call, which a port in the clear would answer."""

    def plain() -> None:
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as wire:
            speak_http2(wire, GET_HEAD, b"", timeout=True)

    with pytest.raises(OSError):  # noqa: PT011  reset or closed, as the kernel has it
        await asyncio.to_thread(plain)


async def test_p66_a_call_without_a_deadline_is_refused(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(served.node.store, caplog, Reason.DEADLINE):
        answer = await asyncio.to_thread(call, served, timeout=False)

    assert answer == Answer(INVALID, Reason.DEADLINE)


async def test_p64_a_desk_has_so_many_streams_at_work_and_no_more(
    served: Served,
) -> None:
    caller = desk_client.NodeClient(
        desk_client.channel(config.node_home(served.home).socket)
    )
    with contextlib.ExitStack() as stack:
        for _ in range(CALLS_AT_WORK):
            pages = stack.enter_context(caller.watch(0, (), 30.0))
            assert await asyncio.to_thread(next, pages) is not None
        with pytest.raises(Refusal) as refusal, caller.watch(0, (), 30.0) as pages:
            await asyncio.to_thread(next, pages)
        assert (await asyncio.to_thread(caller.status)).node == "islamabad.pk"
    for _ in range(100):  # the node hears of the end a little later
        try:
            with caller.watch(0, (), 30.0) as pages:
                await asyncio.to_thread(next, pages)
            break
        except Refusal:
            await asyncio.sleep(0.1)
    else:
        raise AssertionError
    caller.close()

    assert refusal.value.reason is Reason.RATE


@pytest.mark.parametrize("count", [0, WATCH_HEADS_MAX, WATCH_HEADS_MAX + 1, 20_000])
async def test_a10_heads_that_do_not_verify_are_counted_in_one_line(
    served: Served, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    caller = desk_client.NodeClient(
        desk_client.channel(config.node_home(served.home).socket)
    )

    def watch() -> int:
        with caller.watch(0, [b"no head"] * count, 5.0) as pages:
            return sum(1 for _ in itertools.islice(pages, 1))

    try:
        if count > WATCH_HEADS_MAX:
            with refusing(Reason.SIZE):
                await asyncio.to_thread(watch)
        else:
            assert await asyncio.to_thread(watch) == 1
    finally:
        caller.close()

    lines = [line for line in caplog.messages if line.startswith("heard from a desk")]
    told = f"heard from a desk: heads that do not verify: {count} NOTE"
    assert lines == ([told] if 0 < count <= WATCH_HEADS_MAX else [])


@pytest.mark.parametrize(
    "path",
    [
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.health.v1.Health/Check",
        "/unknown/Method",
        GET_HEAD,
        SUBMIT,
    ],
)
async def test_o12_all_methods_answer_a_stranger_alike(
    served: Served, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """He has a certificate of one of our authorities, and is pinned nowhere."""
    with refused(served.node.store, caplog, Reason.NOT_PINNED):
        answer = await asyncio.to_thread(call, served, path, part="desk", body=b"\xff")

    assert answer == Answer(UNAUTHENTICATED, Reason.NOT_PINNED)


@pytest.mark.parametrize("days", [-400, 400], ids=["expired", "not yet valid"])
async def test_o1_a_certificate_out_of_its_time_enters_no_handler(
    served: Served, tmp_path: Path, days: int
) -> None:
    """The handshake ends, or the gate refuses; a body of junk is not looked at."""
    key = (served.partner / "node" / "tls.key").read_bytes()
    at = options.now() + days * DAY
    path = tmp_path / "minted.crt"
    ca = authority(served.partner)
    path.write_bytes(minted(ca, ["spiffe://cn.fusion/node/beijing"], key, at))

    try:
        answer = await asyncio.to_thread(
            call, served, certificate=path, body=b"\xff" * 9
        )
    except OSError:
        return  # cut in the handshake
    assert answer == Answer(UNAUTHENTICATED, Reason.CERTIFICATE_TIME)


async def test_o2_a_session_outlives_its_certificate_and_gets_nothing(
    served: Served, tmp_path: Path
) -> None:
    """TLS takes the session up again, and asks for no certificate: the gate does."""
    path = tmp_path / "short.crt"
    key = served.partner / "node" / "tls.key"
    ca = authority(served.partner)

    def resume() -> Answer | None:
        for life in (5, 30, 90):  # s; the longer ones for a machine that is busy
            ends = options.now() + life * 1000
            uris = ["spiffe://cn.fusion/node/beijing"]
            made = minted(ca, uris, key.read_bytes(), ends - 30 * DAY)
            path.write_bytes(made)
            context = http2_context()
            context.load_cert_chain(path, key)
            session = None
            for wait in (0, life + 2):
                time.sleep(wait)
                raw = socket.create_connection(("127.0.0.1", served.port), PATIENCE)
                wire = context.wrap_socket(raw, session=session)
                with contextlib.closing(wire):
                    answer = speak_http2(wire, GET_HEAD, b"", timeout=True)
                    if wire.session_reused:
                        return answer
                    session = wire.session
                if answer != Answer(0, ""):
                    break
        return None

    answer = await asyncio.to_thread(resume)
    assert answer == Answer(UNAUTHENTICATED, Reason.CERTIFICATE_TIME)


class Recorder(threading.Thread):
    """Passes one connection on to a node, and keeps what its caller said."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._to = port
        self.said = bytearray()

    def run(self) -> None:
        with self._listener, self._listener.accept()[0] as caller:
            address = ("127.0.0.1", self._to)
            with socket.create_connection(address, PATIENCE) as node:
                ends = (node, caller)
                back = threading.Thread(target=self._pass, args=ends, daemon=True)
                back.start()
                self._pass(caller, node, self.said)
                back.join(PATIENCE)

    @staticmethod
    def _pass(
        source: socket.socket, to: socket.socket, kept: bytearray | None = None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if kept is not None:
                    kept.extend(data)
                to.sendall(data)
        for each in (source, to):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


async def test_o14_recorded_bytes_have_no_effect_a_second_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from the same nor from another connection is a call seen again."""
    calls: list[str] = []
    let_in = Gate.intercept_service

    async def note(self: Gate, proceed: Any, details: Any) -> object:  # noqa: ANN401  gRPC's
        calls.append(details.method)
        return await let_in(self, proceed, details)

    monkeypatch.setattr(Gate, "intercept_service", note)
    recorder = Recorder(served.port)
    recorder.start()
    request = pb.GetHeadRequest(origin=served.node.origin).SerializeToString()
    asked = replace(served, port=recorder.port)
    assert await asyncio.to_thread(call, asked, body=request) == Answer(0, "")
    await asyncio.to_thread(recorder.join, PATIENCE)
    assert calls == [GET_HEAD]

    def replay() -> bytes:
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as wire:
            wire.sendall(recorder.said)
            wire.shutdown(socket.SHUT_WR)
            heard = b""
            with contextlib.suppress(ConnectionError):
                while data := wire.recv(65_536):
                    heard += data
            return heard

    for _ in range(3):
        assert b"grpc" not in await asyncio.to_thread(replay)
    assert calls == [GET_HEAD]


async def test_c5_what_our_own_programs_agree_on_is_post_quantum(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library agrees on it by itself, where both ends are ours."""
    groups: list[object] = []
    ask = Gate._caller

    async def note(self: Gate, context: Any) -> object:  # noqa: ANN401  of gRPC
        found = context.auth_context()
        groups.extend(found["ssl_negotiated_key_exchange_group"])
        return await ask(self, context)

    monkeypatch.setattr(Gate, "_caller", note)
    key, certificate = config.read_tls(config.desk_home(served.home))
    root = tls.certificate_pem(served.node.members.nation("pk").tls_root)
    shown = desk_client.Tls(root, key, certificate, "islamabad.pk.fusion")
    address = f"127.0.0.1:{served.port}"
    caller = desk_client.NodeClient(desk_client.channel(address, shown))
    assert (await asyncio.to_thread(caller.status)).node == "islamabad.pk"
    caller.close()

    assert set(groups) == {b"X25519MLKEM768"}
