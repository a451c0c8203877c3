"""Pieces and batches are cut out of bytes by hand, and are the same as protobuf's."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange import wire_batch
from exchange.errors import Reason, Refusal
from exchange.limits import BATCH_ENTRIES_MAX, PIECE_MAX, RECIPIENTS_MAX
from exchange.net import frames, pieces
from exchange.net.frames import Taken
from exchange.net.pieces import FramePiece
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb

PARTS = st.binary(max_size=20) | st.sampled_from([0, 127, 128, 16_384]).map(bytes)
ENVELOPES = st.builds(
    envelope_pb2.Envelope,
    entry=PARTS,
    wraps=st.lists(PARTS, max_size=3),
    body=PARTS,
    absent=st.sampled_from([0, 0, 1, 2, 127, 128, -1]),
)
STARTS = st.sampled_from([0, 1, 127, 128, 2**40, 2**56 - 1, 2**56, 2**64 - 1])
ROUNDS = st.sampled_from([0, 0, 1, 128, 2**32 - 1])
BATCHES = st.builds(
    ledger_pb2.Batch,
    origin=st.sampled_from(["", "beijing.cn.fusion/log/1", "\u5317\u4eac"]),
    start=STARTS,
    envelopes=st.lists(ENVELOPES, max_size=4),
    head=PARTS,
    round=ROUNDS,
)
PIECES = st.builds(pb.Piece, lane=st.integers(0, 3), last=st.booleans(), data=PARTS)
MESSAGES = BATCHES.map(lambda batch: frames.write(pb.Frame(batch=batch))) | PIECES.map(
    lambda piece: frames.write(pb.Frame(piece=piece))
)


def by_protobuf(raw: bytes) -> Taken | Reason:
    """Return what the format and its bounds say, by the other library alone."""
    try:
        frame = frames.read(raw)
    except Refusal as refusal:
        return refusal.reason
    if frame.HasField("piece"):
        return FramePiece(frame.piece.lane, frame.piece.last, frame.piece.data)
    return wire_batch.from_message(frame.batch) if frame.HasField("batch") else frame


def by_hand(raw: bytes) -> Taken | Reason:
    try:
        return frames.take(raw)
    except Refusal as refusal:
        return refusal.reason


@given(BATCHES)
def test_a_batch_is_cut_as_protobuf_reads_it(sent: ledger_pb2.Batch) -> None:
    raw = frames.write(pb.Frame(batch=sent))

    assert frames.take(raw) == wire_batch.from_message(sent)
    words = all(0 <= one.absent < 128 for one in sent.envelopes)
    if words and sent.start < 2**56:
        cut = frames._cut_batch(raw)
        assert cut == wire_batch.from_message(sent), "no other library is needed"
        assert cut.size == sent.ByteSize()


@given(PIECES)
def test_a_piece_is_written_and_cut_as_protobuf_does(sent: pb.Piece) -> None:
    raw = frames.write(pb.Frame(piece=sent))

    assert by_hand(raw) == by_protobuf(raw)
    if sent.data and sent.lane in {1, 2}:
        assert pieces.cut(raw) == FramePiece(sent.lane, sent.last, sent.data)
        assert pieces.write(sent.lane, sent.data, last=sent.last) == raw


@given(
    st.lists(ENVELOPES, max_size=4), st.integers(0, 2**40), st.integers(0, 2**32 - 1)
)
def test_a_batch_is_built_as_protobuf_writes_it(
    sent: list[envelope_pb2.Envelope], start: int, number: int
) -> None:
    envelopes = [one.SerializeToString() for one in sent]
    built = wire_batch.build("log", start, envelopes, b"head").in_round(number)
    same = ledger_pb2.Batch(
        origin="log", start=start, envelopes=sent, head=b"head", round=number
    )

    assert frames.write_batch(built) == frames.write(pb.Frame(batch=same))
    assert (built.end, built.size) == (start + len(sent), same.ByteSize())


CHUNKS = st.lists(
    st.sampled_from([0x0A, 0x12, 0x5A, 0x08, 0x10, 0x1A, 0x20, 0x22, 0x30, 0, 1, 2, 3])
    | st.integers(0, 255),
    max_size=24,
).map(bytes)


@given(CHUNKS)
@example(b"\x12\x00\x12\x00")
@example(b"\x12\x02\x10\x00")
@example(b"\x12\x03\x10\x80\x00")
@example(b"\x12\x06\x30\x80\x80\x80\x80\x10")
@example(b"\x12\x02\x0a\x00")
@example(b"\x12\x02\x22\x00")
@example(b"\x12\x03\x0a\x01\xff")
@example(b"\x5a\x07\x08\x01\x10\x02\x1a\x01x")
@example(b"\x5a\x06\x08\x81\x00\x1a\x01x")
def test_whatever_comes_is_what_protobuf_says_or_refused(inside: bytes) -> None:
    for raw in (inside, b"\x0a" + bytes((len(inside),)) + inside):
        assert by_hand(raw) == by_protobuf(raw)


@given(MESSAGES, st.data())
def test_what_was_cut_short_or_changed_is_what_protobuf_says(
    raw: bytes, draw: st.DataObject
) -> None:
    end = draw.draw(st.integers(0, len(raw)), "end")
    place = draw.draw(st.integers(0, min(60, len(raw) - 1)), "place")
    changed = bytearray(raw)
    changed[place] = draw.draw(st.integers(0, 255), "value")

    for damaged in (raw[:end], bytes(changed), raw + raw):
        assert by_hand(damaged) == by_protobuf(damaged)


@pytest.mark.parametrize("count", [BATCH_ENTRIES_MAX, BATCH_ENTRIES_MAX + 1, 20_000])
def test_as_many_entries_are_read_as_before(count: int) -> None:
    sent = ledger_pb2.Batch(envelopes=[envelope_pb2.Envelope()] * count)
    raw = frames.write(pb.Frame(batch=sent))

    assert by_hand(raw) == by_protobuf(raw)
    assert (frames._cut_batch(raw) is None) == (count > BATCH_ENTRIES_MAX)


@pytest.mark.parametrize("over", [0, 1])
def test_the_bounds_of_wraps_and_of_pieces_stay(over: int) -> None:
    wraps = envelope_pb2.Envelope(wraps=[b"w"] * (RECIPIENTS_MAX + over))
    batch = frames.write(pb.Frame(batch=ledger_pb2.Batch(envelopes=[wraps])))
    piece = pieces.write(2, bytes(PIECE_MAX + over), last=False)

    for raw in (batch, piece):
        assert by_hand(raw) == by_protobuf(raw)
        assert (by_hand(raw) is Reason.SIZE) == bool(over)
