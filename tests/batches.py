"""Batches and Submits list envelopes as bytes: made, read and changed for tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from exchange.v1 import envelope_pb2 as pb
from exchange.v1.ledger_pb2 import Batch


def serialized(envelopes: Iterable[pb.Envelope]) -> list[bytes]:
    return [one.SerializeToString() for one in envelopes]


def envelopes_in(batch: Batch) -> list[pb.Envelope]:
    return list(map(pb.Envelope.FromString, batch.envelopes))


def put(batch: Batch, place: int, sent: pb.Envelope) -> None:
    """Replace an envelope of a batch."""
    batch.envelopes[place] = sent.SerializeToString()


@contextmanager
def changing(batch: Batch, place: int = 0) -> Iterator[pb.Envelope]:
    """Give an envelope of a batch to be changed."""
    sent = pb.Envelope.FromString(batch.envelopes[place])
    yield sent
    put(batch, place, sent)
