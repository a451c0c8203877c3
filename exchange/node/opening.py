"""A log that goes on from an ended one, and how it must begin."""

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.node.state import State


def check(state: State, origin: str, note: bytes) -> None:
    """Raise HEAD unless a log begins where the one before it ends, as held here.

    That the partner cosigned that end is a part of the verdict; that it is the
    last one, each member knows by its replica, which has no more.
    """
    before = state.members.before(origin)
    end = checkpoint.parse_head(parse_note(note).text)
    size = state.store.size(end.origin)
    if end.origin != before or size < end.size:
        raise Refusal(Reason.MISSING, end.origin)
    if size != end.size or state.store.root_at(end.origin, size) != end.root:
        raise Refusal(Reason.HEAD, f"{end.origin}#{end.size}")
