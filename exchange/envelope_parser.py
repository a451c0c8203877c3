"""Received envelopes, alone, in a Submit or in a batch; none is verified.

A Submit and a batch carry each as bytes, so that they are counted before parsing.
"""

from typing import NamedTuple

from google.protobuf.message import DecodeError

from exchange.errors import Reason, Refusal
from exchange.limits import RECIPIENTS_MAX, SUBMIT_MAX
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2


class ReceivedBatch(NamedTuple):
    """`size` is that of its envelopes, head and directory head, in bytes."""

    origin: str
    start: int
    envelopes: tuple[pb.Envelope, ...]
    head: bytes = b""
    round: int = 0
    size: int = 0
    directory: bytes = b""


def parse_envelope(data: bytes) -> pb.Envelope:
    """Parse it and drop unknown fields.

    Raises Refusal: INPUT if malformed, SIZE for too many wraps.
    """
    try:
        sent = pb.Envelope.FromString(data)
    except DecodeError:
        raise Refusal(Reason.INPUT, "envelope") from None
    if len(sent.wraps) > RECIPIENTS_MAX:
        raise Refusal(Reason.SIZE, "wraps")
    sent.DiscardUnknownFields()
    return sent


def parse_submit(raw: bytes) -> list[pb.Envelope]:
    """Raise Refusal: INPUT if malformed, SIZE for a bad number of envelopes.

    Also the errors of `parse_envelope`.
    """
    try:
        envelopes = desk_pb.SubmitRequest.FromString(raw).envelopes
    except DecodeError:
        raise Refusal(Reason.INPUT, "request") from None
    if not 1 <= len(envelopes) <= SUBMIT_MAX:
        raise Refusal(Reason.SIZE, "envelopes")
    return list(map(parse_envelope, envelopes))


def parse_batch(sent: ledger_pb2.Batch) -> ReceivedBatch:
    """Raise the errors of `parse_envelope`."""
    # ByteSize() would build the whole message again.
    envelopes, head, directory = list(sent.envelopes), sent.head, sent.directory
    size = sum(map(len, (*envelopes, head, directory)))
    parsed = tuple(map(parse_envelope, envelopes))
    return ReceivedBatch(
        sent.origin, sent.start, parsed, head, sent.round, size, directory
    )
