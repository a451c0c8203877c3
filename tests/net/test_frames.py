"""What a frame may consist of is counted before any of it is made."""

import pytest

from exchange.errors import Reason
from exchange.limits import (
    BATCH_ENTRIES_MAX,
    FRAME_PARTS_MAX,
    FRAME_SMALL_MAX,
)
from exchange.net import frames
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import serialized
from tests.expecting import refusing

ORIGIN = "beijing.cn.fusion/log/1"


def wire(frame: pb.Frame) -> bytes:
    return frame.SerializeToString()


def batch(count: int, entry: bytes = b"") -> pb.Frame:
    sent = [envelope_pb2.Envelope(entry=entry)] * count
    return pb.Frame(batch=ledger_pb2.Batch(origin=ORIGIN, envelopes=serialized(sent)))


def hello(count: int, refusals: int = 0) -> pb.Frame:
    refused = [ledger_pb2.Refusal(index=1, reason="TIME")] * refusals
    one = ledger_pb2.LogPosition(origin=ORIGIN, size=1, refusals=refused)
    return pb.Frame(hello=pb.Hello(node="beijing.cn", logs=[one] * count))


@pytest.mark.parametrize(
    "frame",
    [
        batch(BATCH_ENTRIES_MAX, b"x" * 500),
        hello(64, 64),
        pb.Frame(want=pb.Want(origin=ORIGIN, start=2**63)),
        pb.Frame(bye=pb.Bye(reason="BUSY")),
        pb.Frame(),
    ],
    ids=["the largest batch", "a long hello", "want", "bye", "nothing"],
)
def test_a_frame_of_ours_is_read_as_it_was_written(frame: pb.Frame) -> None:
    assert frames.read(wire(frame)) == frame


def test_both_directions_are_one_form() -> None:
    frame = batch(3, b"entry")

    answer = frame.SerializeToString()

    assert frames.read(answer) == frame


COSIGNED = pb.Cosigned(refusals=[ledger_pb2.Refusal()] * FRAME_PARTS_MAX)
TOO_MUCH = {
    "envelopes": wire(batch(FRAME_PARTS_MAX)),
    "half a million": wire(batch(500_000)),
    "positions": wire(hello(FRAME_PARTS_MAX)),
    "refusals of positions": wire(hello(8, FRAME_PARTS_MAX // 8)),
    "others": wire(pb.Frame(cosigned=COSIGNED)),
    "two that protobuf would merge": wire(batch(FRAME_PARTS_MAX // 2)) * 2,
    "a small frame": wire(pb.Frame(want=pb.Want(origin="x" * FRAME_SMALL_MAX))),
}


@pytest.mark.parametrize("raw", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_many_parts_are_refused_before_they_are_made(raw: bytes) -> None:
    with refusing(Reason.SIZE):
        frames.read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x0a\x05ab",
        b"\x0a",
        b"\x80" * 11,
        b"\x0b\x0c",
        b"\x0a\x02\x0a\x7f",
        b"\x2a\x04\x0a\x02\xff\xff",
        b"\xff" * 1_000,
    ],
    ids=["cut", "no length", "varint", "group", "inner cut", "not text", "noise"],
)
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    with refusing(Reason.INPUT):
        frames.read(raw)


def test_a_hello_says_two_positions_of_a_log_at_most() -> None:
    frames.check_hello(hello(2).hello, [ORIGIN])

    with refusing(Reason.SIZE):
        frames.check_hello(hello(3).hello, [ORIGIN])


def test_what_a_hello_says_of_unknown_logs_is_left_out() -> None:
    said = hello(1).hello
    said.logs.extend([ledger_pb2.LogPosition(origin="lhasa.cn.fusion/log/1")] * 100)

    frames.check_hello(said, [ORIGIN, "islamabad.pk.fusion/log/1"])

    assert said == hello(1).hello
