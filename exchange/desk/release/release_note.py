"""The release of a message: releaser and time, for each view."""

from typing import NamedTuple

from exchange import envelope
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.mailbox import Message
from exchange.desk.mailbox.countersignatures import COUNTERSIGNED
from exchange.limits import SECOND
from exchange.trust.statements import RELEASER
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say


class ReleaseNote(NamedTuple):
    release: str
    """RELEASED or EMERGENCY."""
    by: str = ""
    """The releaser or countersigner; "" if there is none."""
    at: int = 0
    """Since when its log has it, as far as known here.

    Or when it was countersigned, by the countersigner's word.
    """
    place: int | None = None
    """Its place in its log, which is when it was released."""


def release_note(desk: Desk, message: Message) -> ReleaseNote | None:
    """Return None if no second officer was needed."""
    parsed, row = envelope.split(message.entry), message.row
    if parsed.core.release == pb.RELEASE_EMERGENCY:
        for given in message.receipts:
            if given.relation == COUNTERSIGNED and not given.state:
                return ReleaseNote("EMERGENCY", given.author, given.filed, row.index)
        return ReleaseNote("EMERGENCY", place=row.index)
    if parsed.core.release != pb.RELEASE_RELEASED:
        return None
    kid = next((one.kid for one in parsed.signatures if one.role == RELEASER), b"")
    known = parsed.core.origin in desk.pinned
    directory = desk.pinned.directory(parsed.core.origin) if known else None
    by = directory.signer(RELEASER, kid) if directory else None
    proven = None
    if row.index is not None:
        proven = desk.mailbox.logs.proven_s(row.origin, row.index)
    at = (proven or 0) * SECOND
    if not at:
        at = next((one.at for one in message.states if one.state == "local"), 0)
    return ReleaseNote("RELEASED", by.subject if by else "", at, row.index)


def release_line(note: ReleaseNote, place: str) -> str:
    """Return a line that names the place as the view does."""
    if note.release == "EMERGENCY" and note.by:
        return say(
            "went on one signature as an EMERGENCY; countersigned by {officer}, {time}",
            officer=note.by,
            time=iso(note.at),
        )
    if note.release == "EMERGENCY":
        return say("went on one signature as an EMERGENCY; not countersigned")
    if not note.by:
        return say("not released: a second officer must sign it")
    if note.place is None:
        return say("released by {officer}; not in the ledger yet", officer=note.by)
    return say(
        "released by {officer}, {place}, {time}",
        officer=note.by,
        place=place,
        time=iso(note.at),
    )


def release_json(note: ReleaseNote) -> dict[str, object]:
    return {
        "release": note.release,
        "by": note.by or None,
        "at": iso(note.at) if note.at else None,
        "index": note.place,
    }
