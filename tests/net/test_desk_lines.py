"""A desk of several addresses: one that is dead holds up no call."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from exchange.demo.sites import free_ports
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.net import desk_client
from exchange.net.desk_client import NodeClient
from exchange.net.grpc_status import to_status
from exchange.v1 import desk_service_pb2 as pb

FOR_EVER = 3_600_000  # ms that an address may take: longer than any test
SOON = 50  # ms


class Desk:
    """A process of a node; a standby takes no bulletins."""

    def __init__(self, name: str, *, writes: bool) -> None:
        self.name, self.writes = name, writes
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.refused = threading.Event()

    def status(self, _: object, __: object) -> pb.GetStatusResponse:
        return pb.GetStatusResponse(node=self.name)

    def submit(self, _: object, context: grpc.ServicerContext) -> pb.SubmitResponse:
        self.goes_on.wait()
        if not self.writes:
            self.refused.set()
            refusal = Refusal(Reason.NOT_WRITER, self.name)
            context.abort_with_status(rpc_status.to_status(to_status(refusal)))
        return pb.SubmitResponse(answers=[pb.Submitted(where=self.name)])

    def watch(self, _: object, __: object) -> Iterator[pb.WatchResponse]:
        yield pb.WatchResponse()

    def handler(self) -> grpc.GenericRpcHandler:
        unary = grpc.unary_unary_rpc_method_handler
        methods: dict[str, Any] = {
            "GetStatus": unary(
                self.status, response_serializer=pb.GetStatusResponse.SerializeToString
            ),
            "Submit": unary(
                self.submit, response_serializer=pb.SubmitResponse.SerializeToString
            ),
            "Watch": grpc.unary_stream_rpc_method_handler(
                self.watch, response_serializer=pb.WatchResponse.SerializeToString
            ),
        }
        return grpc.method_handlers_generic_handler("exchange.v1.DeskService", methods)


@contextlib.contextmanager
def served(desk: Desk) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((desk.handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        desk.goes_on.set()
        server.stop(0).wait()


def process(
    name: str, *, writes: bool = False
) -> contextlib.AbstractContextManager[str]:
    return served(Desk(name, writes=writes))


@pytest.fixture
def dead() -> Iterator[str]:
    """Return an address that answers nothing, and refuses nothing."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_client, "NEXT_ADDRESS", SOON)


@contextlib.contextmanager
def client(*addresses: str, patience: int = FOR_EVER) -> Iterator[NodeClient]:
    options = [("grpc.min_reconnect_backoff_ms", patience)]
    first, *others = (grpc.insecure_channel(one, options) for one in addresses)
    with contextlib.closing(NodeClient(first, patience, others=others)) as made:
        yield made


def test_the_next_one_answers_beside_one_that_is_dead(dead: str) -> None:
    with process("two", writes=True) as two, client(dead, two) as node:
        assert node.status().node == "two"
        assert [one.where for one in node.submit([])] == ["two"]
        with node.watch(0, seconds=20) as pages:
            assert next(pages) == []


@pytest.mark.parametrize("taken_over", [True, False])
def test_the_next_one_answers_beside_one_that_was_up(
    monkeypatch: pytest.MonkeyPatch, *, taken_over: bool
) -> None:
    """A writer is paused, and another process takes over while the desk waits.

    Where nobody else writes meanwhile, however often that is asked, it is waited for.
    """
    monkeypatch.setattr(desk_client, "CALL_TIMEOUT", FOR_EVER)
    paused, standby = Desk("one", writes=True), Desk("two", writes=False)
    with (
        futures.ThreadPoolExecutor(1) as thread,
        served(paused) as one,
        served(standby) as two,
        client(one, two) as node,
    ):
        assert [answer.where for answer in node.submit([])] == ["one"]
        paused.goes_on.clear()
        asked = thread.submit(node.submit, [])
        for _ in range(3):
            assert standby.refused.wait(60)
            standby.refused.clear()
        assert not asked.done()
        if taken_over:
            standby.writes = True
        else:
            paused.goes_on.set()

        answers = [answer.where for answer in asked.result(60)]
        assert answers == (["two"] if taken_over else ["one"])


def test_where_nobody_writes_the_refusal_says_so() -> None:
    nobody = f"127.0.0.1:{free_ports(1)[0]}"
    with process("one") as one, process("two") as two:
        for addresses in ((one,), (one, two), (one, nobody), (nobody, one)):
            with client(*addresses) as node, pytest.raises(Refusal) as refused:
                node.submit([])
            assert refused.value.reason is Reason.NOT_WRITER


def test_a_watch_is_the_first_call(dead: str) -> None:
    with (
        process("two") as two,
        client(dead, two) as node,
        node.watch(0, seconds=20) as pages,
    ):
        assert next(pages) == []


def test_one_that_is_dead_lies_between_a_standby_and_the_writer(
    dead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        process("standby") as standby,
        process("writer", writes=True) as writer,
        client(standby, dead, writer) as node,
    ):
        with monkeypatch.context() as patch:  # a busy machine may answer late
            patch.setattr(desk_client, "NEXT_ADDRESS", FOR_EVER)
            assert node.status().node == "standby"
        assert [one.where for one in node.submit([])] == ["writer"]
        assert node.status().node == "writer"


def test_the_first_is_taken_if_it_is_up(dead: str) -> None:
    with process("one") as one, client(one, dead) as node:
        assert node.status().node == "one"


def test_none_that_is_up(dead: str) -> None:
    nobody, no_one = (f"127.0.0.1:{port}" for port in free_ports(2))
    for addresses in ((nobody, no_one), (nobody, dead), (dead, nobody)):
        with client(*addresses, patience=20 * SOON) as node:
            for _ in range(2):
                with pytest.raises(Unreachable) as failed:
                    node.status()
                assert failed.value.reason is Reason.UNREACHABLE


def test_a_desk_that_was_closed_reaches_nobody(dead: str) -> None:
    """As where it is closed just when the next address is to be asked."""
    with client(dead, dead) as node:
        node.close()
        with pytest.raises(Unreachable):
            node.status()


def test_who_waits_is_told_when_the_desk_closes(dead: str) -> None:
    with futures.ThreadPoolExecutor(1) as thread, client(dead, dead) as node:
        asked = thread.submit(node.status)
        with pytest.raises(TimeoutError):
            asked.result(SOON / 1_000)
        node.close()
        with pytest.raises(FusionError):
            asked.result(60)
