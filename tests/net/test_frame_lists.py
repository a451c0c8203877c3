"""What repeats within the parts of a frame has the bounds of ours."""

from collections.abc import Callable

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import LACKING_MAX, RECIPIENTS_MAX
from exchange.net import frames
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb


def batch(wraps: int) -> pb.Frame:
    sent = [envelope_pb2.Envelope(), envelope_pb2.Envelope(wraps=[b""] * wraps)]
    return pb.Frame(batch=ledger_pb2.Batch(envelopes=sent))


def hello(lacking: int) -> pb.Frame:
    told = ledger_pb2.LogPosition(lacking=range(lacking))
    return pb.Frame(hello=pb.Hello(logs=[ledger_pb2.LogPosition(), told]))


def cosigned(lacking: int) -> pb.Frame:
    return pb.Frame(cosigned=pb.Cosigned(lacking=range(lacking)))


def wire(frame: pb.Frame) -> bytes:
    return pb.ReplicateRequest(frame=frame).SerializeToString()


@pytest.mark.parametrize(
    ("make", "most"),
    [(batch, RECIPIENTS_MAX), (hello, LACKING_MAX), (cosigned, LACKING_MAX)],
)
def test_a_list_within_a_part_has_a_bound(
    make: Callable[[int], pb.Frame], most: int
) -> None:
    assert frames.read(wire(make(most))) == make(most)

    for count in (most + 1, 60 * most):
        with pytest.raises(Refusal) as refused:
            frames.read(wire(make(count)))
        assert refused.value.reason is Reason.SIZE
