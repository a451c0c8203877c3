"""Strangers and a pinned caller flood the port of `fusion serve`.

Each flood runs against one node as a process, while a partner asks it over connections
of its own. What is flooded with an identity is flooded with another than the asker's.
"""

import contextlib
import random
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import grpc
import h2.config
import h2.connection
import h2.events
import h2.exceptions
import pytest

from exchange import config
from exchange.home.trust_files import own_bundle
from exchange.limits import CONNECTIONS_MAX, HANDSHAKE_MAX, LINES_BURST, SECOND
from exchange.v1 import exchange_service_pb2 as pb
from tests.chaos import conftest as chaos_fixtures
from tests.chaos.served import Served, make_homes
from tests.net.hostile import resident
from tests.stored import all_names
from tests.tls_keys import http2_context

long = chaos_fixtures.long
pytestmark = pytest.mark.timeout(300)  # two homes are made
SILENT = 1_000  # connections
BEGUN = b"\x16\x03\x01\x02\x00\x01\x00"  # of a handshake, of which no more comes
AT_MOST = "--nofile=1024"  # descriptors with which a service begins, as a rule
CLOSED_WITHIN = HANDSHAKE_MAX / SECOND + 10  # s
SERVED_WITHIN = 1.0  # s
OWN_DESCRIPTORS = 200  # of a node without any connection, and more
FLOOD = 64  # MiB that a flood may cost the node
BOMB = 32  # MiB that a bomb may
GET_HEAD = "/exchange.v1.ExchangeService/GetHead"
SUBMIT = "/exchange.v1.DeskService/Submit"
ONE_BYTE_EACH = 0.2  # s
DEADLINE = 5  # s that the halves have
NAME = "islamabad.pk.fusion"


@dataclass
class Node:
    """A node as a process, and whose home its partner has."""

    served: Served
    port: int
    partner: Path

    @property
    def home(self) -> Path:
        return self.served.home

    def grown(self, before: int) -> int:
        """Return by how many MiB the process is larger."""
        return self.size() - before

    def size(self) -> int:
        assert self.served.process is not None
        return resident(self.served.process.pid)

    def descriptors(self) -> int:
        """Return how many descriptors the process has open; raises where it ended."""
        assert self.served.process is not None
        assert self.served.process.poll() is None
        return len(list(Path(f"/proc/{self.served.process.pid}/fd").iterdir()))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def ask(self) -> float:
        """Return the seconds that a partner's question takes, connecting too."""
        began = time.monotonic()
        with self.partner_channel() as channel:
            ask: grpc.UnaryUnaryMultiCallable[bytes, bytes]
            ask = channel.unary_unary(GET_HEAD)
            request = pb.GetHeadRequest(origin=f"{self.home.name}.fusion/log/1")
            ask(request.SerializeToString(), timeout=30)
        return time.monotonic() - began

    def partner_channel(self, *options: tuple[str, object]) -> grpc.Channel:
        shown = config.read_tls(config.node_home(self.partner))
        root = own_bundle(self.home).tls_roots_pem
        credentials = grpc.ssl_channel_credentials(root, *shown)
        named = ("grpc.ssl_target_name_override", f"{self.home.name}.fusion")
        alone = ("grpc.use_local_subchannel_pool", 1)
        return grpc.secure_channel(
            f"127.0.0.1:{self.port}", credentials, options=[named, alone, *options]
        )

    def as_desk(self) -> "Speaker":
        """Return a connection of the node's own desk, after its handshake."""
        context = http2_context(config.desk_home(self.home).folder)
        return Speaker(context.wrap_socket(self.connect()))


class Speaker:
    """HTTP/2 as a hostile caller speaks it, over a connection that was let in."""

    def __init__(self, wire: ssl.SSLSocket) -> None:
        self.wire = wire
        self.http = h2.connection.H2Connection(h2.config.H2Configuration())
        self.http.initiate_connection()
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()

    def flush(self) -> None:
        self.wire.sendall(self.http.data_to_send())

    def begin(self, *more: tuple[str, str]) -> int:
        """Say the headers of a call, and no more; return its stream."""
        stream = self.http.get_next_available_stream_id()
        headers = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", NAME),
            (":path", SUBMIT),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
        ]
        self.http.send_headers(stream, [*headers, *more])
        return stream

    def closed_within(self, seconds: float) -> bool:
        """Read what comes; return whether the node closes the connection."""
        return closed_within(self.wire, seconds)

    def ended_within(self, streams: int, seconds: float) -> int:
        """Return how many of the calls the node ends within some seconds."""
        until, ended = time.monotonic() + seconds, set[int]()
        while len(ended) < streams and (left := until - time.monotonic()) > 0:
            self.wire.settimeout(left)
            try:
                data = self.wire.recv(65_536)
            except (TimeoutError, OSError):
                break
            if not data:
                return streams  # all of them, with the connection
            for event in self.http.receive_data(data):
                if isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                    ended.add(event.stream_id)
        return len(ended)


def closed_within(wire: socket.socket, seconds: float) -> bool:
    until = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while (left := until - time.monotonic()) > 0:
            wire.settimeout(left)
            try:
                if not wire.recv(65_536):
                    return True
            except TimeoutError:
                return False
        return False
    return True


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    pk, cn = make_homes(tmp_path_factory.mktemp("floods"))
    served = Served(pk, before=("prlimit", f"{AT_MOST}:"))
    said = served.start()
    assert "ready" in said
    made = Node(served, int(said.split()[-1]), cn)
    try:
        made.ask()
        yield made
    finally:
        if served.process is not None and served.process.poll() is None:
            served.end()


def honest(node: Node, times: int = 5) -> float:
    """Return the seconds that an honest question takes meanwhile."""
    return statistics.median(node.ask() for _ in range(times))


def ask_once_they_are_gone(node: Node) -> None:
    """Ask until a node that is full has seen that all have left."""
    until = time.monotonic() + 2 * CLOSED_WITHIN
    while True:
        try:
            node.ask()
        except grpc.RpcError:
            assert node.descriptors()  # raises where it ended
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


def stored(node: Node) -> list[bytes]:
    """Return the names that stand in the node's own log."""
    from exchange.store import Store  # noqa: PLC0415  opened while the node runs

    store = Store(config.node_home(node.home).database, read_only=True)
    try:
        return all_names(store, f"{node.home.name}.fusion/log/1")
    finally:
        store.close()


def test_o7_silent_connections_are_closed_and_an_honest_call_is_served(
    node: Node,
) -> None:
    """Half of them say the beginning of a handshake, the others nothing at all.

    Also where the service began with 1,024 descriptors, of which they take most.
    """
    before = node.size()
    with ExitStack() as stack:
        silent = [stack.enter_context(node.connect()) for _ in range(SILENT)]
        for wire in silent[::2]:
            wire.sendall(BEGUN)
        began = time.monotonic()
        assert honest(node) < SERVED_WITHIN
        assert node.grown(before) < FLOOD
        left = began + CLOSED_WITHIN - time.monotonic()
        assert all(closed_within(wire, left) for wire in silent)
    assert honest(node) < SERVED_WITHIN


def test_o7_strangers_who_connect_and_leave_at_once(node: Node) -> None:
    """In the middle of their handshakes, again and again: it ends no node."""
    for _ in range(8):
        with ExitStack() as stack:
            for _ in range(SILENT):
                stack.enter_context(node.connect())
    ask_once_they_are_gone(node)
    assert node.descriptors()  # raises where it ended


def test_o7_more_connections_than_a_node_holds_do_not_end_it(node: Node) -> None:
    """It takes no more, and an honest call is served as soon as they are gone."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS_MAX + 2 * SILENT):
            stack.enter_context(node.connect())
        until = time.monotonic() + CLOSED_WITHIN
        while node.descriptors() > CONNECTIONS_MAX + OWN_DESCRIPTORS:
            assert time.monotonic() < until
            time.sleep(0.1)
    ask_once_they_are_gone(node)
    assert honest(node) < SERVED_WITHIN


def test_o8_half_calls_end_and_honest_ones_are_served(node: Node) -> None:
    """Headers alone, a message half sent, a byte now and then."""
    before, names = node.size(), stored(node)
    with node.as_desk() as bare, node.as_desk() as half, node.as_desk() as slow:
        timeout = ("grpc-timeout", f"{DEADLINE}S")
        for _ in range(4):
            bare.begin(timeout)
            half.http.send_data(half.begin(timeout), b"\0\0\0\1\0" + bytes(100))
            slow.http.send_data(slow.begin(timeout), b"\0\0\0\0\x40")
        for each in (bare, half, slow):
            each.flush()
        until = time.monotonic() + DEADLINE - 1
        while time.monotonic() < until:
            for stream in (1, 3, 5, 7):
                with contextlib.suppress(h2.exceptions.ProtocolError):
                    slow.http.send_data(stream, b"\x01")
            slow.flush()
            assert node.ask() < SERVED_WITHIN * 3
            time.sleep(ONE_BYTE_EACH)
        assert honest(node) < SERVED_WITHIN
        for each in (bare, half, slow):
            assert each.ended_within(4, DEADLINE + 5) == 4
    assert node.grown(before) < FLOOD
    assert stored(node) == names


def test_o8_a_half_call_without_a_deadline_is_refused_at_once(node: Node) -> None:
    with node.as_desk() as bare:
        for _ in range(50):
            bare.begin()
        bare.flush()
        assert bare.ended_within(50, 5) == 50
    assert honest(node) < SERVED_WITHIN


def test_o9_streams_that_are_reset_at_once(node: Node) -> None:
    """CVE-2023-44487."""
    before, names = node.size(), stored(node)
    with contextlib.suppress(OSError), node.as_desk() as hostile:
        for number in range(10_000):
            hostile.http.reset_stream(hostile.begin(("grpc-timeout", "5S")))
            if number % 500 == 0:
                hostile.flush()
        hostile.flush()
    assert honest(node) < SERVED_WITHIN
    assert node.grown(before) < FLOOD
    assert stored(node) == names


def test_o9_a_flood_of_pings(node: Node) -> None:
    before = node.size()
    with node.as_desk() as hostile:
        with contextlib.suppress(OSError):
            for _ in range(100):
                for _ in range(100):
                    hostile.http.ping(bytes(8))
                hostile.flush()
        assert hostile.closed_within(10)
    assert honest(node) < SERVED_WITHIN
    assert node.grown(before) < FLOOD


def test_o9_a_flood_of_settings(node: Node) -> None:
    before = node.size()
    frame = b"\0\0\0\4\0\0\0\0\0"
    with contextlib.suppress(OSError), node.as_desk() as hostile:
        hostile.wire.settimeout(3)
        for _ in range(1_000):
            hostile.wire.sendall(frame * 1_000)
    assert honest(node) < SERVED_WITHIN
    assert node.grown(before) < FLOOD


def test_o9_metadata_of_a_megabyte(node: Node) -> None:
    before, names = node.size(), stored(node)
    with node.partner_channel(("grpc.max_metadata_size", 2**22)) as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(GET_HEAD)
        with pytest.raises(grpc.RpcError) as refused:
            ask(b"", timeout=10, metadata=(("x-large", "x" * 2**20),))
    code = getattr(refused.value, "code")()  # noqa: B009  of a call, says gRPC
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert honest(node) < SERVED_WITHIN
    assert node.grown(before) < FLOOD
    assert stored(node) == names


@pytest.mark.parametrize("size", [200_000_000, 1_000], ids=["a bomb", "a small one"])
def test_o10_nothing_compressed_is_unpacked(node: Node, size: int) -> None:
    before, names = node.size(), stored(node)
    with node.partner_channel(("grpc.max_send_message_length", -1)) as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(GET_HEAD)
        with pytest.raises(grpc.RpcError) as refused:
            ask(bytes(size), timeout=60, compression=grpc.Compression.Gzip)
    code = getattr(refused.value, "code")()  # noqa: B009  of a call, says gRPC
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert honest(node) < SERVED_WITHIN
    assert node.grown(before) < BOMB
    assert stored(node) == names


def test_p67_calls_that_are_given_up_leave_nothing(node: Node, *, long: bool) -> None:
    """At any point: before they are sent, on the way, at work, while answered."""
    draw = random.Random(67)  # noqa: S311  no secret
    names = stored(node)
    with node.partner_channel() as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(GET_HEAD)
        request = pb.GetHeadRequest(origin=f"{node.home.name}.fusion/log/1")

        def give_up(count: int) -> None:
            for _ in range(count):
                call = ask.future(request.SerializeToString(), timeout=30)
                time.sleep(draw.choice((0.0, 0.0, 0.0005, 0.001, 0.002)))
                call.cancel()

        give_up(500)  # what is made once is made by now
        before = node.size()
        give_up(9_500 if long else 1_500)
        assert node.grown(before) <= before // 10
    assert honest(node) < SERVED_WITHIN
    assert node.descriptors() < OWN_DESCRIPTORS
    assert stored(node) == names


def test_o11_what_is_no_tls_is_closed_and_fills_no_log(node: Node) -> None:
    """The last of the file: it ends the node to read all that its log said."""
    draw = random.Random(11)  # noqa: S311  no secret
    openings = (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        draw.randbytes(4_096),
    )
    for opening in openings * 100:
        with node.connect() as wire:
            with contextlib.suppress(OSError):
                wire.sendall(opening)
            assert closed_within(wire, CLOSED_WITHIN)
    assert honest(node) < SERVED_WITHIN

    code, said = node.served.end()

    assert code == 0
    assert said.count("\n") < 10 * LINES_BURST  # of all floods of this file together
    assert "HTTP/1.1" not in said
    assert "Traceback" not in said
