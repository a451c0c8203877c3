"""What a frame may consist of is counted before any of it is made."""

from collections.abc import Callable

import pytest

from exchange.errors import Reason
from exchange.limits import (
    BATCH_ENTRIES_MAX,
    ENTRY_MAX,
    EXPRESS_NAMED_MAX,
    EXPRESS_STATEMENTS_MAX,
    FRAME_PARTS_MAX,
    FRAME_SMALL_MAX,
    LACKING_MAX,
    PIECE_MAX,
    RECIPIENTS_MAX,
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


# What repeats within the parts of a frame has the bounds of ours.


def hello_lacking(lacking: int) -> pb.Frame:
    told = ledger_pb2.LogPosition(lacking=range(lacking))
    return pb.Frame(hello=pb.Hello(logs=[ledger_pb2.LogPosition(), told]))


def cosigned_lacking(lacking: int) -> pb.Frame:
    return pb.Frame(cosigned=pb.Cosigned(lacking=range(lacking)))


def expressed(names: int) -> pb.Frame:
    return pb.Frame(hello=pb.Hello(expressed=[bytes(32)] * names))


def express(statements: int) -> pb.Frame:
    return pb.Frame(express=pb.Express(statements=[b"entry"] * statements))


def wrapped(wraps: int) -> pb.Frame:
    envelope = envelope_pb2.Envelope(wraps=[b""] * wraps)
    return pb.Frame(express=pb.Express(envelope=envelope))


def statement(size: int) -> pb.Frame:
    return pb.Frame(express=pb.Express(statements=[bytes(size)]))


def piece(size: int) -> pb.Frame:
    return pb.Frame(piece=pb.Piece(lane=2, data=bytes(size)))


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (hello_lacking, LACKING_MAX),
        (cosigned_lacking, LACKING_MAX),
        (expressed, EXPRESS_NAMED_MAX),
        (express, EXPRESS_STATEMENTS_MAX),
        (wrapped, RECIPIENTS_MAX),
        (statement, ENTRY_MAX),
        (piece, PIECE_MAX),
    ],
)
def test_what_repeats_within_a_part_has_a_bound(
    make: Callable[[int], pb.Frame], most: int
) -> None:
    assert frames.read(wire(make(most))) == make(most)

    for count in (most + 1, 60 * most):
        with refusing(Reason.SIZE):
            frames.read(wire(make(count)))


@pytest.mark.parametrize("lane", [0, 3, 2**32 - 1])
def test_a_piece_is_of_lane_1_or_2(lane: int) -> None:
    with refusing(Reason.INPUT):
        frames.read(wire(pb.Frame(piece=pb.Piece(lane=lane, data=b"x"))))
