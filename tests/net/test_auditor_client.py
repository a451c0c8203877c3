"""What an auditor takes from a node: a real server on loopback, forged answers."""

from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from exchange.audit.sources.node import ShownLog
from exchange.demo.sites import free_ports
from exchange.errors import FusionError, Reason, Refusal, Tampered, Unreachable
from exchange.ledger.fork import FORK_MAX
from exchange.limits import ENTRY_MAX, EXPORT_LOGS_MAX, LIST_MAX, MESSAGE_MAX, NOTE_MAX
from exchange.net.auditor_client import WORDS_MAX, NodeReader, connect
from exchange.net.desk_client import OPTIONS, Tls
from exchange.net.grpc_status import to_status
from exchange.v1 import audit_service_pb2 as pb
from keys import tls
from tests.tls_keys import public_of

NODE = "beijing.cn"
ORIGIN = "beijing.cn.fusion/log/1"
NOTE = b"%s\n%d\n" + b"x" * 100

Answer = Callable[[Any], object]
"""Answers the request's bytes with bytes, or raises."""


class Forger(grpc.GenericRpcHandler):
    """Answers each method as it is told to."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[bytes, grpc.ServicerContext], bytes]] = {}
        self.calls = 0

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        method = handler_call_details.method.rpartition("/")[2]
        if method not in self.answers:
            return None

        def call(raw: bytes, context: grpc.ServicerContext) -> bytes:
            self.calls += 1
            return self.answers[method](raw, context)

        return grpc.unary_unary_rpc_method_handler(call)


@dataclass
class Forged:
    forger: Forger
    reader: NodeReader
    server: grpc.Server
    port: int


@pytest.fixture
def forged() -> Iterator[Forged]:
    forger = Forger()
    server = grpc.server(futures.ThreadPoolExecutor(2), [forger])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    reader = NodeReader(NODE, grpc.insecure_channel(f"127.0.0.1:{port}", OPTIONS))
    yield Forged(forger, reader, server, port)
    reader.close()
    server.stop(None).wait()


@contextmanager
def refused(reason: Reason, where: str = "") -> Iterator[None]:
    """Expect what is told of a lie: the reason, the node, and the place."""
    with pytest.raises(FusionError) as found:
        yield
    assert not isinstance(found.value, Unreachable)
    assert found.value.reason == reason
    assert found.value.where.startswith(NODE)
    assert where in found.value.where
    assert len(found.value.where) < 2 * WORDS_MAX
    assert found.value.where.isprintable()


# The logs.


def logs(forged: Forged, *pages: pb.ListLogsResponse) -> Iterator[ShownLog]:
    """Answer with these pages in turn, the last one for ever."""
    left = list(pages)

    def answer(_: bytes, __: grpc.ServicerContext) -> bytes:
        page = left.pop(0) if len(left) > 1 else left[0]
        return page.SerializeToString()

    forged.forger.answers["ListLogs"] = answer
    return forged.reader.logs()


def page(*origins: str, node: str = NODE, **changes: bytes) -> pb.ListLogsResponse:
    fields = {"head": NOTE, "fork": b""} | changes
    listed = [pb.AuditedLog(origin=origin, **fields) for origin in origins]
    return pb.ListLogsResponse(node=node, logs=listed)


def test_logs_come_page_by_page(forged: Forged) -> None:
    found = logs(forged, page("a", "b"), page("c", fork=b"proof"), page())

    assert [(one.origin, one.fork) for one in found] == [
        ("a", b""),
        ("b", b""),
        ("c", b"proof"),
    ]


def test_a_node_of_another_name(forged: Forged) -> None:
    with refused(Reason.IDENTITY, "islamabad.pk"):
        next(logs(forged, page(ORIGIN, node="islamabad.pk")))


@pytest.mark.parametrize(
    "pages",
    [
        [page("b", "a")],
        [page("a", "a")],
        [page("b"), page("a")],
        [page("a")],  # for ever
    ],
    ids=["order", "twice", "order of pages", "endless"],
)
def test_logs_out_of_order(forged: Forged, pages: list[pb.ListLogsResponse]) -> None:
    with refused(Reason.POSITION, "log a"):
        list(logs(forged, *pages))


def test_logs_without_end(forged: Forged) -> None:
    numbers = count()

    def answer(_: bytes, __: grpc.ServicerContext) -> bytes:
        start = next(numbers) * 100
        return page(*(f"{n:08}" for n in range(start, start + 100))).SerializeToString()

    forged.forger.answers["ListLogs"] = answer
    with refused(Reason.SIZE, "logs"):
        list(forged.reader.logs())
    assert forged.forger.calls == EXPORT_LOGS_MAX // 100 + 1


@pytest.mark.parametrize(
    "log",
    [
        page("x" * 300),
        page(ORIGIN, head=bytes(NOTE_MAX + 1)),
        page(ORIGIN, fork=bytes(FORK_MAX + 1)),
    ],
    ids=["origin", "head", "fork"],
)
def test_a_log_that_is_too_long(forged: Forged, log: pb.ListLogsResponse) -> None:
    with refused(Reason.SIZE, "log "):
        list(logs(forged, log))


def test_a_nodes_words_do_nothing_to_a_terminal(forged: Forged) -> None:
    with refused(Reason.POSITION, "log "):
        list(logs(forged, page("\x1b]0;owned\x07\u202e", "\x1b]0;owned\x07\u202e")))


# Entries.


def entries(forged: Forged, answer: Callable[[int], list[bytes]]) -> None:
    def call(raw: bytes, _: grpc.ServicerContext) -> bytes:
        asked = pb.AuditServiceListEntriesRequest.FromString(raw)
        assert asked.origin == ORIGIN
        found = pb.AuditServiceListEntriesResponse(entries=answer(asked.start))
        return found.SerializeToString()

    forged.forger.answers["ListEntries"] = call


def read(forged: Forged, start: int = 0, end: int = 10) -> list[bytes]:
    return list(forged.reader.entries(ORIGIN, start, end))


def test_entries_come_page_by_page(forged: Forged) -> None:
    """Pages end where the node likes, and may go beyond what was asked for."""
    entries(forged, lambda start: [b"%d" % n for n in range(start, start + 3)])

    assert read(forged) == [b"%d" % n for n in range(10)]
    assert read(forged, 4, 6) == [b"4", b"5"]
    assert read(forged, 6, 6) == []


def test_entries_that_end_early_end(forged: Forged) -> None:
    entries(forged, lambda start: [b"x"] if start < 7 else [])

    assert read(forged) == [b"x"] * 7


def test_no_more_is_asked_than_the_head_says(forged: Forged) -> None:
    entries(forged, lambda _: [b"x"] * LIST_MAX)

    assert len(read(forged, 0, 1_000)) == 1_000
    assert forged.forger.calls == -(-1_000 // LIST_MAX)


@pytest.mark.parametrize(
    ("found", "where"),
    [
        ([b""] * (LIST_MAX + 1), f"{ORIGIN}#0"),
        ([b"x", bytes(ENTRY_MAX + 1)], f"{ORIGIN}#1"),
    ],
    ids=["entries", "entry"],
)
def test_too_much_at_once(forged: Forged, found: list[bytes], where: str) -> None:
    entries(forged, lambda _: found)

    with refused(Reason.SIZE, where):
        read(forged)


# Heads.

Heads = Callable[[Callable[[int], list[bytes]]], list[bytes]]


@pytest.fixture(params=["ListHeads", "ListDirectoryHeads"])
def heads(forged: Forged, request: pytest.FixtureRequest) -> Heads:
    """Return what reads the heads, or the directory heads, that a node answers."""
    asks: Any
    answers: Any
    asks, answers, reads = {
        "ListHeads": (pb.ListHeadsRequest, pb.ListHeadsResponse, forged.reader.heads),
        "ListDirectoryHeads": (
            pb.ListDirectoryHeadsRequest,
            pb.ListDirectoryHeadsResponse,
            forged.reader.directory_heads,
        ),
    }[request.param]

    def read(answer: Callable[[int], list[bytes]]) -> list[bytes]:
        def call(raw: bytes, _: grpc.ServicerContext) -> bytes:
            asked = asks.FromString(raw)
            assert (asked.origin, asked.up_to) == (ORIGIN, 10)
            told = answers(heads=answer(asked.above))
            return bytes(told.SerializeToString())

        forged.forger.answers[request.param] = call
        return list(reads(ORIGIN, 10))

    return read


def head(size: int) -> bytes:
    return f"{ORIGIN}\n{size}\nroot\n".encode()


def test_heads_come_page_by_page(heads: Heads) -> None:
    found = heads(lambda a: [head(n) for n in range(a + 1, min(a + 4, 10))])

    assert found == [head(n) for n in range(1, 10)]


@pytest.mark.parametrize(
    ("sizes", "behind"),
    [([3, 3], 3), ([3, 2], 3), ([0], 0), ([11], 0), ([10, 11], 10), ([7], 7)],
    ids=["twice", "order", "none", "beyond", "beyond the last", "endless"],
)
def test_heads_out_of_order(heads: Heads, sizes: list[int], behind: int) -> None:
    with refused(Reason.POSITION, f"head behind {behind}"):
        heads(lambda _: [head(size) for size in sizes])


@pytest.mark.parametrize("note", [b"", b"noise", b"a\n\xff\n", b"a\n-1\n", b"a\n01x\n"])
def test_notes_without_a_size(heads: Heads, note: bytes) -> None:
    with refused(Reason.POSITION, "head behind 0"):
        heads(lambda _: [note])


@pytest.mark.parametrize(
    "notes",
    [[head(1)] * (LIST_MAX + 1), [head(1) + bytes(NOTE_MAX)]],
    ids=["heads", "head"],
)
def test_too_many_heads_at_once(heads: Heads, notes: list[bytes]) -> None:
    with refused(Reason.SIZE):
        heads(lambda _: notes)


# Answers that are none.


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"\xff" * 10, Reason.INPUT), (bytes(MESSAGE_MAX + 1), Reason.SIZE)],
    ids=["no message", "longer than any"],
)
def test_an_answer_that_is_none(forged: Forged, answer: bytes, reason: Reason) -> None:
    forged.forger.answers["ListLogs"] = lambda _, __: answer

    with refused(reason):
        next(forged.reader.logs())


def aborting(error: FusionError) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def call(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort_with_status(rpc_status.to_status(to_status(error)))
        raise AssertionError

    return call


@pytest.mark.parametrize(
    ("meant", "kind"),
    [
        (Refusal(Reason.NOT_PINNED, "court.pk"), Refusal),
        (Refusal(Reason.METHOD), Refusal),
        (Refusal(Reason.NOT_FOUND), Refusal),
        (Tampered(Reason.MISSING, f"{ORIGIN} 3/5"), Tampered),
        (Unreachable(reason=Reason.BUSY), Unreachable),
    ],
)
def test_what_a_node_means_is_told_with_its_name(
    forged: Forged, meant: FusionError, kind: type[FusionError]
) -> None:
    forged.forger.answers["GetProof"] = aborting(meant)

    with pytest.raises(kind) as found:
        forged.reader.proof(bytes(32))

    assert found.value.reason == meant.reason
    assert found.value.where in {NODE, f"{NODE}: {meant.where}"}


def test_a_node_may_not_say_what_it_likes(forged: Forged) -> None:
    words = "\x1b[2J" + "x" * 1_000
    forged.forger.answers["GetConsistency"] = aborting(Refusal(Reason.POSITION, words))

    with refused(Reason.POSITION):
        forged.reader.consistency(ORIGIN, 1, 2)


def test_a_node_that_knows_no_auditors(forged: Forged) -> None:
    """An older one answers every method that it does not know like this."""
    with pytest.raises(Unreachable, match=NODE):
        next(forged.reader.logs())


def test_a_call_carries_a_deadline(forged: Forged) -> None:
    left: list[float | None] = []

    def call(_: bytes, context: grpc.ServicerContext) -> bytes:
        left.append(context.time_remaining())
        return page().SerializeToString()

    forged.forger.answers["ListLogs"] = call
    list(forged.reader.logs())

    assert left[0] is not None
    assert 0 < left[0] <= 61  # on the wire it is rounded up


# Links that break.


def breaking(times: int) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    left = [times]

    def call(_: bytes, context: grpc.ServicerContext) -> bytes:
        if left[0]:
            left[0] -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "")
        return pb.AuditServiceListEntriesResponse(entries=[b"x"]).SerializeToString()

    return call


def test_a_link_that_breaks_once_is_used_again(forged: Forged) -> None:
    list(logs(forged, page()))
    forged.forger.answers["ListEntries"] = breaking(1)

    assert read(forged, 0, 1) == [b"x"]


def test_a_link_that_stays_broken_is_told_with_the_node(forged: Forged) -> None:
    list(logs(forged, page()))
    forged.forger.answers["ListEntries"] = breaking(2)

    with pytest.raises(Unreachable) as found:
        read(forged, 0, 1)

    assert found.value.where == NODE


# Finding the node.


NOW = 1_800_000_000_000
CA = tls.make_ca("cn", NOW)
KEY = tls.new_key()
SHOWN = Tls(
    tls.certificate_pem(CA.cert),
    KEY,
    tls.issue(CA, tls.spiffe_of("auditor", "court.cn"), public_of(KEY), NOW),
    "beijing.cn.fusion",
)


def test_nobody_at_any_address(forged: Forged) -> None:
    """The second is somebody, but speaks no TLS."""
    addresses = [f"127.0.0.1:{free_ports(1)[0]}", f"127.0.0.1:{forged.port}"]

    with pytest.raises(Unreachable) as found:
        connect(NODE, addresses, SHOWN)

    assert found.value.where == f"{NODE} at {', '.join(addresses)}"
    assert forged.forger.calls == 0
