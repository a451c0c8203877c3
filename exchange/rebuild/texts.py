"""The text of an entry, wraps and body, from the old rows; or why it is missing."""

from collections.abc import Sequence

from msgspec import Struct

from exchange import envelope
from exchange.errors import FusionError
from exchange.limits import WRAP_SIZE
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldText
from exchange.store import HELD, LACKING, NewEntry
from exchange.v1 import envelope_pb2 as pb


class EntryText(Struct, frozen=True):
    """`sent` is the envelope to be judged.

    With its text, if it matches the signatures, else marked as lost. `old` is the old
    row of a missing text.
    """

    sent: pb.Envelope
    old: OldText | None = None

    def complete(self, new: NewEntry) -> NewEntry:
        old = self.old
        if old is None or not old.valid or new.reason:
            return new
        bare = new._replace(wraps=(), body=b"")
        return bare._replace(state=old.state, why=old.why, at=old.at)

    def is_lost(self, new: NewEntry) -> bool:
        return new.state == LACKING and (self.old is None or self.old.state == HELD)


def read(history: History, index: int, entry: bytes) -> EntryText:
    bare = EntryText(pb.Envelope(entry=entry))
    try:
        parsed = envelope.split(entry)
        if not parsed.core.recipients:
            return bare
    except FusionError:  # it will be REFUSED, and has no text
        return bare
    old = history.rows.text(history.numbers, index)
    if old is not None and not old.valid:
        wraps = cut_wraps(old.wraps)
        try:
            envelope.check_payload(parsed, wraps, old.body)
        except FusionError:
            pass
        else:
            return EntryText(pb.Envelope(entry=entry, wraps=wraps, body=old.body))
    return EntryText(pb.Envelope(entry=entry, absent=pb.ABSENT_LOST), old)


def cut_wraps(joined: bytes) -> Sequence[bytes]:
    return [joined[at : at + WRAP_SIZE] for at in range(0, len(joined), WRAP_SIZE)]
