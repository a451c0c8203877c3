"""What repeats within the parts of a frame has the bounds of ours."""

from collections.abc import Callable

import pytest

from exchange.errors import Reason
from exchange.limits import (
    ENTRY_MAX,
    EXPRESS_NAMED_MAX,
    EXPRESS_STATEMENTS_MAX,
    LACKING_MAX,
    PIECE_MAX,
    RECIPIENTS_MAX,
)
from exchange.net import frames
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.expecting import refusing


def hello(lacking: int) -> pb.Frame:
    told = ledger_pb2.LogPosition(lacking=range(lacking))
    return pb.Frame(hello=pb.Hello(logs=[ledger_pb2.LogPosition(), told]))


def cosigned(lacking: int) -> pb.Frame:
    return pb.Frame(cosigned=pb.Cosigned(lacking=range(lacking)))


def wire(frame: pb.Frame) -> bytes:
    return frame.SerializeToString()


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
        (hello, LACKING_MAX),
        (cosigned, LACKING_MAX),
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
