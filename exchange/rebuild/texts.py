"""The text of an entry, wraps and body: the old row's, a partner's, or why none."""

from msgspec import Struct

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import FusionError, Reason, Refusal
from exchange.limits import WRAP_SIZE
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldText
from exchange.rebuild.outcome import TEXT
from exchange.store import HELD, NEVER, NewEntry
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb


class EntryText(Struct, frozen=True):
    """The text of one entry, as far as it is known.

    `sent` is the envelope to be judged: with the text that is here, if it is the one
    that was signed, else without. `old` is what the old row says.
    """

    history: History
    index: int
    sent: pb.Envelope
    old: OldText | None = None
    parsed: Parsed | None = None
    """None where an entry has no text."""

    def complete(self, new: NewEntry, me: str) -> NewEntry:
        """Return a judged entry with its text, or with the reason that it has none.

        1. What needs no text, and what is here.
        2. What the old row says of a text that is not here, where it is as written.
        3. What had expired.
        4. What partners send: asked for where a text stood here, or should have.
        """
        # 1
        if new.reason or self.parsed is None or self.sent.wraps or self.sent.body:
            return new
        # 2
        old = self.old
        if old is not None and old.valid:
            bare = new._replace(wraps=(), body=b"")
            return bare._replace(state=old.state, why=old.why, at=old.at)
        # 3
        if new.state == NEVER:
            return new
        # 4
        stood = old is not None and old.state == HELD and bool(old.wraps or old.body)
        nodes = {names.node_of(one.desk) for one in self.parsed.core.recipients}
        owed = self.history.own or me in nodes
        if not stood and not owed:
            return new
        try:
            sent, by = self.history.sources.entry(
                self.history.origin, self.index, self._check
            )
        except Refusal:
            if stood or old is None:
                self.history.lose(TEXT, self.index)
            return new
        self.history.account.came(self.history.origin, self.index, TEXT, by)
        wraps = tuple(sent.wraps)
        return new._replace(wraps=wraps, body=sent.body, state=HELD, why="", at=0)

    def _check(self, sent: pb.Envelope) -> pb.Envelope:
        """Return an envelope with this entry's text; Refusal(WRAPS | BODY)."""
        if self.parsed is None:
            raise TypeError
        if not sent.wraps and not sent.body:
            raise Refusal(Reason.NOT_FOUND)
        envelope.check_payload(self.parsed, tuple(sent.wraps), sent.body)
        return sent


def read(history: History, index: int, entry: bytes) -> EntryText:
    """Return what the old rows hold of an entry's text."""
    bare = pb.Envelope(entry=entry)
    try:
        parsed = envelope.split(entry)
        if not parsed.core.recipients:
            return EntryText(history, index, bare)
    except FusionError:  # it will be REFUSED, and has none
        return EntryText(history, index, bare)
    absent = pb.Envelope(entry=entry, absent=pb.ABSENT_LOST)
    old = history.rows.text(history.numbers, index)
    if old is None or old.valid:
        return EntryText(history, index, absent, old, parsed)
    wraps = [
        old.wraps[at : at + WRAP_SIZE] for at in range(0, len(old.wraps), WRAP_SIZE)
    ]
    try:
        envelope.check_payload(parsed, wraps, old.body)
    except Refusal:
        return EntryText(history, index, absent, old, parsed)
    sent = pb.Envelope(entry=entry, wraps=wraps, body=old.body)
    return EntryText(history, index, sent, old, parsed)
