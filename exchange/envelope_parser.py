"""Envelopes as they come, one, in a Submit or in a batch; nothing in them is verified.

A Submit and a batch carry each as bytes: they are counted before any is parsed.
"""

from typing import NamedTuple

from google.protobuf.message import DecodeError

from exchange.errors import Reason, Refusal
from exchange.limits import RECIPIENTS_MAX, SUBMIT_MAX
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2


class ReceivedBatch(NamedTuple):
    """A batch with its envelopes parsed; `size` is in bytes of its message."""

    origin: str
    start: int
    envelopes: tuple[pb.Envelope, ...]
    head: bytes = b""
    round: int = 0
    size: int = 0
    directory: bytes = b""


def parse_envelope(data: bytes) -> pb.Envelope:
    """Return the envelope in these bytes, without fields that are unknown.

    Raises Refusal: INPUT for what is none, SIZE for more wraps than any has.
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
    """Return the envelopes of a SubmitRequest.

    Raises Refusal: INPUT for what is none, SIZE for fewer or more than a call may have,
    and what `parse_envelope` raises.
    """
    try:
        envelopes = desk_pb.SubmitRequest.FromString(raw).envelopes
    except DecodeError:
        raise Refusal(Reason.INPUT, "request") from None
    if not 1 <= len(envelopes) <= SUBMIT_MAX:
        raise Refusal(Reason.SIZE, "envelopes")
    return list(map(parse_envelope, envelopes))


def parse_batch(sent: ledger_pb2.Batch) -> ReceivedBatch:
    """Return a batch with its envelopes parsed; raises what `parse_envelope` raises."""
    return ReceivedBatch(
        sent.origin,
        sent.start,
        tuple(map(parse_envelope, sent.envelopes)),
        sent.head,
        sent.round,
        sent.ByteSize(),
        sent.directory,
    )
