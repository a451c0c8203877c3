"""Envelopes with their keys, as their author has them."""

from exchange import envelope
from exchange.disclosure_file import Disclosed
from exchange.v1 import envelope_pb2 as pb
from tests.desk.forging import header, publics, signed, text
from tests.trust.nation import Nation

Made = tuple[pb.Envelope, Disclosed]


def made(
    sender: Nation, reader: Nation, words: str = "Convoy delayed", said: bytes = b""
) -> Made:
    """Return an envelope, and what its author would disclose of it.

    `said` is its content, whatever that may be.
    """
    content = said or text(reader, words)
    core = header(sender, reader, words)
    sealed = envelope.seal(core, content, publics(sender, reader))
    sent = signed(sender, sealed)
    return sent, Disclosed(sent.entry, sealed.body, sealed.cek)
