"""Who sends more than was granted, or ever so many tiny messages, is refused."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import (
    CREDIT_MIN,
    MESSAGE_MAX,
    PIECE_MIN,
    RECEIVED_BYTES,
    TINY_BURST,
    TINY_RATE,
)
from exchange.net.inflow import Inflow
from exchange.v1 import exchange_service_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.expecting import refusing

ROOM = 100_000
BATCH = pb.Frame(batch=ledger_pb2.Batch(origin="a"))
ANSWER = pb.Frame(cosigned=pb.Cosigned(origin="a"))


class Coming:
    """What comes, while so many bytes wait for the disk."""

    def __init__(self) -> None:
        self.waiting, self.now = 0, 0
        self.inflow = Inflow(ROOM, lambda: self.waiting, lambda: self.now)

    def refused(self, frame: pb.Frame, size: int, sent: int = 0) -> str:
        try:
            self.inflow.count(frame, size, sent=sent)
        except Refusal as refusal:
            return refusal.where
        return ""


@pytest.fixture
def coming() -> Coming:
    return Coming()


def part(data: bytes, *, lane: int = 2, last: bool = False) -> pb.Frame:
    return pb.Frame(piece=pb.Piece(lane=lane, last=last, data=data))


@pytest.mark.parametrize("frame", [BATCH, part(b"x")], ids=["whole", "piece"])
def test_more_than_was_granted_is_refused(coming: Coming, frame: pb.Frame) -> None:
    assert not coming.refused(frame, ROOM)

    assert coming.refused(frame, 1) == "credit"


@pytest.mark.parametrize("frame", [ANSWER, part(b"x", lane=1)], ids=["whole", "piece"])
def test_what_is_urgent_needs_no_grant(coming: Coming, frame: pb.Frame) -> None:
    for _ in range(3):
        assert not coming.refused(frame, ROOM)


def test_as_much_is_granted_as_there_is_room_for(coming: Coming) -> None:
    coming.refused(BATCH, 60_000)
    coming.waiting = 60_000
    told = coming.inflow.received().received
    assert (told.bytes, told.credit) == (60_000, 40_000)

    coming.waiting = 10_000
    told = coming.inflow.received().received
    assert (told.bytes, told.credit) == (60_000, 90_000)
    assert not coming.refused(BATCH, 90_000)
    assert coming.refused(BATCH, 1) == "credit"


def test_what_was_granted_is_not_taken_back(coming: Coming) -> None:
    coming.inflow.received()
    coming.waiting = ROOM

    assert coming.inflow.received().received.credit == ROOM
    assert not coming.refused(BATCH, ROOM)
    assert coming.inflow.received().received.credit == 0
    coming.waiting = 0
    assert coming.inflow.received().received.credit == ROOM > CREDIT_MIN


def test_the_partner_is_told_after_so_many_bytes_or_some_time(coming: Coming) -> None:
    assert not coming.inflow.due(late=True)
    coming.refused(BATCH, RECEIVED_BYTES - 1)
    assert not coming.inflow.due()
    assert coming.inflow.due(late=True)
    coming.refused(BATCH, 1)
    assert coming.inflow.due()
    coming.inflow.received()
    assert not coming.inflow.due(late=True)


def test_tiny_messages_have_a_rate(coming: Coming) -> None:
    sent = 0
    while not coming.refused(ANSWER, 1):
        sent += 1
    assert TINY_BURST <= sent <= TINY_BURST + 1

    coming.now += 1_000
    for _ in range(TINY_RATE - 1):
        assert not coming.refused(ANSWER, 1)


def test_large_ones_and_those_that_we_caused_do_not_count(coming: Coming) -> None:
    for _ in range(2 * TINY_BURST):
        assert not coming.refused(ANSWER, PIECE_MIN)
        assert not coming.refused(ANSWER, 10, sent=PIECE_MIN)


def test_pieces_of_both_lanes_are_joined_apart(coming: Coming) -> None:
    inflow = coming.inflow

    assert inflow.join(part(b"large, ").piece) is None
    assert inflow.join(part(b"urgent, ", lane=1).piece) is None
    assert inflow.join(part(b"too", lane=1, last=True).piece) == b"urgent, too"
    assert inflow.join(part(b"still", last=True).piece) == b"large, still"
    assert inflow.join(part(b"next", last=True).piece) == b"next"


def test_a_message_of_pieces_is_no_larger_than_any(coming: Coming) -> None:
    half = part(bytes(MESSAGE_MAX // 2))
    assert coming.inflow.join(half.piece) is None
    assert coming.inflow.join(half.piece) is None

    with refusing(Reason.SIZE):
        coming.inflow.join(part(b"x").piece)


@pytest.mark.parametrize(
    ("frame", "lane"),
    [(BATCH, 1), (ANSWER, 2), (part(b"x"), 2), (part(b"x"), 1)],
    ids=["batch", "answer", "piece in 2", "piece in 1"],
)
def test_a_frame_is_of_its_lane(coming: Coming, frame: pb.Frame, lane: int) -> None:
    with refusing(Reason.INPUT):
        coming.inflow.check_lane(frame, lane)

    coming.inflow.check_lane(BATCH, 2)
    coming.inflow.check_lane(ANSWER, 1)
