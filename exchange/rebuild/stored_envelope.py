"""An envelope in a row whose sum is wrong: what of it its own bytes vouch for."""

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import Refusal
from exchange.trust.directory import Directory
from exchange.v1 import envelope_pb2 as pb


def parse_whole(sent: object) -> Parsed | None:
    """Return the entry of an envelope that has the text that it names, else None."""
    try:
        if not isinstance(sent, bytes):
            return None
        found = pb.Envelope.FromString(sent)
        parsed = envelope.split(found.entry)
        envelope.check_payload(parsed, tuple(found.wraps), found.body)
    except (DecodeError, Refusal):
        return None
    return parsed


def parse_bare(sent: object) -> Parsed | None:
    """Return the entry of an envelope, whatever its text, else None."""
    try:
        if not isinstance(sent, bytes):
            return None
        return envelope.split(pb.Envelope.FromString(sent).entry)
    except (DecodeError, Refusal):
        return None


def is_signed(parsed: Parsed, directory: Directory) -> bool:
    """Whether each signature of an entry verifies: its name covers none of them."""
    try:
        for signed in parsed.signatures:
            key = directory.signer(signed.role, signed.kid)
            if key is None:
                return False
            envelope.verify_signature(parsed, signed, key.algorithm, key.public)
    except Refusal:
        return False
    return True
