"""Envelopes are counted before they are parsed, and parsed within bounds."""

import pytest

from exchange.envelope_parser import parse_batch, parse_envelope, parse_submit
from exchange.errors import Reason
from exchange.limits import RECIPIENTS_MAX, SUBMIT_MAX
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.expecting import refusing

WHOLE = pb.Envelope(entry=b"e", wraps=[b"w", b""], body=b"b", absent=pb.ABSENT_LOST)
UNKNOWN = b"\xa2\x06\x08smuggled"


def request(*envelopes: bytes) -> bytes:
    return desk_pb.SubmitRequest(envelopes=envelopes).SerializeToString()


def wrapped(count: int) -> bytes:
    return pb.Envelope(wraps=[b""] * count).SerializeToString()


def test_an_envelope_is_read_without_what_is_unknown() -> None:
    data = WHOLE.SerializeToString()
    read = parse_envelope(data + UNKNOWN)

    assert read == WHOLE
    assert read.SerializeToString() == data


@pytest.mark.parametrize("data", [b"\x0a", b"\x0b", b"\xff\xff", b"\x0a\x05abc"])
def test_what_is_no_envelope_is_refused_wherever_it_comes(data: bytes) -> None:
    for read in (
        lambda: parse_envelope(data),
        lambda: parse_submit(request(data)),
        lambda: parse_submit(data),
        lambda: parse_batch(ledger_pb2.Batch(envelopes=[data])),
    ):
        with refusing(Reason.INPUT):
            read()


def test_an_envelope_has_no_more_wraps_than_recipients() -> None:
    most, more = wrapped(RECIPIENTS_MAX), wrapped(RECIPIENTS_MAX + 1)
    assert len(parse_envelope(most).wraps) == RECIPIENTS_MAX
    assert len(parse_submit(request(most, most))) == 2
    for read in (
        lambda: parse_envelope(more),
        lambda: parse_submit(request(most, more)),
        lambda: parse_batch(ledger_pb2.Batch(envelopes=[most, more])),
    ):
        with refusing(Reason.SIZE):
            read()


def test_a_submit_has_envelopes_and_not_too_many() -> None:
    assert len(parse_submit(request(*[b""] * SUBMIT_MAX))) == SUBMIT_MAX
    for raw in (request(), UNKNOWN, request(*[b"\xff"] * (SUBMIT_MAX + 1))):
        with refusing(Reason.SIZE):
            parse_submit(raw)


def test_a_batch_is_what_its_message_says() -> None:
    sent = ledger_pb2.Batch(
        origin="log",
        start=7,
        envelopes=[WHOLE.SerializeToString()],
        head=b"head",
        directory=b"directory",
        round=3,
    )

    size = WHOLE.ByteSize() + len(b"head") + len(b"directory")
    whole = "log", 7, (WHOLE,), b"head", 3, size, b"directory"
    assert parse_batch(sent) == whole
