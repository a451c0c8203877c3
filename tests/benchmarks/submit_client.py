"""A client that hands presealed requests to a node, several calls at one time.

It runs in a process of its own, so that what it costs can be told from the nodes.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import grpc
from msgspec import Struct

from exchange.errors import Reason, Refusal, Unreachable
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.net import desk_client
from exchange.net.grpc_status import from_rpc_error
from exchange.v1 import desk_service_pb2 as pb
from tests.benchmarks.processes import own_cpu_seconds
from tests.benchmarks.sealed_bulletins import read_requests

LOOK = 0.01  # s between two questions how far the partner has cosigned, near the end
LOOK_AHEAD = 0.1  # s likewise while there is much left: an answer costs the node 2 ms
NEAR = 1_000  # entries that are left near the end
STALL_S = 120.0  # without any progress: give up
CALL_S = 60.0
SUBMIT = "/exchange.v1.DeskService/Submit"

_T = TypeVar("_T")
Submit = Callable[..., pb.SubmitResponse]


class SubmitRun(Struct, frozen=True):
    """How a client's requests went; times in s from the first call on."""

    count: int
    goal: int
    """The size of the node's own log after them."""
    answered: float
    """Until the last answer."""
    cosigned_then: int
    """Of them, cosigned by the partner by that time."""
    cosigned: float
    """Until the partner had cosigned the last; `answered` where nobody waited."""
    cpu: float
    """Seconds of a core that the client used."""


def run_apart(work: Callable[..., _T], *given: object) -> _T:
    """Run work in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        return executor.submit(work, *given).result()


def submit_all(socket: Path, path: Path, at_once: int) -> SubmitRun:
    """Hand over all requests of a file, `at_once` calls at one time.

    Raises Refusal for an envelope that the node does not record.
    """
    return _submit(socket, path, at_once, lambda *_: None)


def submit_until_cosigned(socket: Path, path: Path, at_once: int) -> SubmitRun:
    """Do as `submit_all`, then wait until the partner has cosigned the last.

    Raises Unreachable where nothing moves for STALL_S.
    """
    return _submit(socket, path, at_once, wait_until_cosigned)


def _submit(
    socket: Path,
    path: Path,
    at_once: int,
    wait: Callable[[desk_client.NodeClient, int], None],
) -> SubmitRun:
    with desk_client.channel(socket) as channel:
        submit = submit_method(channel)
        node = desk_client.NodeClient(channel)
        before = own_size(node.status())
        used, began = own_cpu_seconds(), time.monotonic()
        count = sum(_call(submit, read_requests(path), at_once))
        answered = time.monotonic() - began
        then = max(0, cosigned_size(node.status()) - before)
        wait(node, before + count)
        cosigned = time.monotonic() - began
    used = own_cpu_seconds() - used
    return SubmitRun(count, before + count, answered, then, cosigned, used)


def submit_method(channel: grpc.Channel) -> Submit:
    """Return Submit of a node, which takes the bytes of a request."""
    return channel.unary_unary(
        SUBMIT, response_deserializer=pb.SubmitResponse.FromString
    )


def own_size(status: pb.GetStatusResponse) -> int:
    """Return how many entries the node's own log has."""
    own = checkpoint.log_origin(status.node)
    heads = (checkpoint.parse_head(parse_note(one.head).text) for one in status.heads)
    return max((head.size for head in heads if head.origin == own), default=0)


def cosigned_size(status: pb.GetStatusResponse) -> int:
    """Return how many entries of its own log all partners have cosigned."""
    return own_size(status) - max((peer.queued for peer in status.peers), default=0)


def wait_until_up(node: desk_client.NodeClient) -> pb.GetStatusResponse:
    """Wait until the link is up; Unreachable where it is not after STALL_S."""
    return _wait_until(node, lambda status: status.peers[0].up)


def wait_until_signing(node: desk_client.NodeClient) -> pb.GetStatusResponse:
    """Wait until the node has heard its partner and signs; Unreachable as above."""
    return _wait_until(node, lambda status: status.signing)


def _wait_until(
    node: desk_client.NodeClient, holds: Callable[[pb.GetStatusResponse], bool]
) -> pb.GetStatusResponse:
    until = time.monotonic() + STALL_S
    while not holds(status := node.status()):
        if time.monotonic() > until:
            raise Unreachable(status.peers[0].name)
        time.sleep(LOOK)
    return status


def wait_until_cosigned(node: desk_client.NodeClient, goal: int) -> None:
    """Wait until all partners have cosigned the own log up to that size."""
    last, until = -1, time.monotonic() + STALL_S
    while (size := cosigned_size(node.status())) < goal:
        if size > last:
            last, until = size, time.monotonic() + STALL_S
        if time.monotonic() > until:
            raise Unreachable("node")
        time.sleep(LOOK if goal - size < NEAR else LOOK_AHEAD)


def _call(submit: Submit, requests: Iterator[bytes], at_once: int) -> list[int]:
    """Make all calls, `at_once` at one time; return how many envelopes each took."""
    lock = threading.Lock()

    def take() -> Iterator[bytes]:
        while True:
            with lock:
                request = next(requests, None)
            if request is None:
                return
            yield request

    def work(_: int) -> int:
        return sum(submit_one(submit, request) for request in take())

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(work, range(at_once)))


def submit_one(submit: Submit, request: bytes) -> int:
    """Make one call; return how many envelopes it took. Raises Refusal, Unreachable."""
    try:
        answers = submit(request, timeout=CALL_S).answers
    except grpc.RpcError as error:
        raise from_rpc_error(error, "node") from error
    for answer in answers:
        if answer.reason:
            raise Refusal(Reason(answer.reason), answer.where)
    return len(answers)
