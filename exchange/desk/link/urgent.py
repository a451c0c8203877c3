"""File urgent entries before they arrive by number (docs/spec/express.md).

They are judged like any entry, by the known keys of the log and the statements beside
them; kept without a place, as *not yet in the ledger*; and ring once. Their arrival
sets the place. They change nothing that the desk knows of a log.
"""

from collections.abc import Callable, Sequence

from exchange import envelope
from exchange.desk.incoming.examine_entry import ExaminedEntry, examine
from exchange.desk.incoming.file_entry import WITHOUT_HEADER, Filing, Unopened
from exchange.desk.link.entries import FAULTS
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.early_notes import EarlyNote
from exchange.desk.officer import ReadingDesk
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.limits import EXPRESS_STATEMENTS_MAX
from exchange.trust import rules
from exchange.trust.urgency import REVOCATION, urgency_of
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2

TARGETED = frozenset({envelope_pb2.KIND_RECALL, envelope_pb2.KIND_RECEIPT})
"""Kinds that count only once the message they refer to is here."""


class UrgentFiler:
    """Works within the caller's transaction; `clock` is ms UTC."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that surrounds it
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        reader: ReadingDesk,
        node: str,
        clock: Callable[[], int],
        unopened: Unopened,
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._reader = reader
        self._node = node
        self._clock = clock
        self._unopened = unopened
        self._revoked: set[bytes] = set()  # kids, by revocations not in a log yet

    def take(self, urgent: pb.Urgent) -> None:
        """File an envelope, or its refusal.

        1. It is of a pinned log, and is an entry.
        2. A known name may only be refused.
        3. Judged, opened, filed. One that fails may still come by its number.
        """
        # 1
        if urgent.origin not in self._pinned.origins:
            return
        try:
            name = envelope.split(urgent.envelope.entry).name
        except Refusal:
            return
        # 2
        if urgent.refused_reason:
            self._refuse(name, urgent.refused_reason)
        # 3
        elif not self._knows(name):
            place = urgent.origin, None
            filing = Filing(self._mailbox, self._pinned, place, self._unopened)
            entry = self._examine(urgent, filing)
            if entry is not None and entry.verdict != Reason.MISSING:
                self._file(filing, entry, urgent)

    def _file(self, filing: Filing, entry: ExaminedEntry, urgent: pb.Urgent) -> None:
        """Keep it pending if it refers to a missing message.

        One that is no message of its own is noted, in case its log does not have it.
        """
        about = _target(entry)
        waits = about is not None and filing.about(about) is None
        if waits or entry.core.kind in WITHOUT_HEADER:
            early = pb.Urgent()
            early.CopyFrom(urgent)
            early.ClearField("place")  # it has not arrived by its number
            raw = early.SerializeToString() if waits else b""
            note = EarlyNote(entry.name, about or b"", raw)
            if not self._mailbox.early_notes.put(note) or waits:
                return
        try:
            with self._mailbox.database.savepoint():
                filing.file(entry, self._reader.desk, self._node, self._clock())
        except FAULTS:
            return  # the log is alarmed when it brings it

    def take_waiting(self, take_late: Callable[[pb.Urgent], None]) -> None:
        """`take_late` files those that have arrived by number."""
        for waiting in self._mailbox.early_notes.ready():
            self._mailbox.early_notes.drop(waiting.name)
            urgent = pb.Urgent.FromString(waiting.data)
            file = take_late if urgent.HasField("place") else self.take
            file(urgent)

    def _knows(self, name: bytes) -> bool:
        mailbox = self._mailbox
        return (
            mailbox.messages.knows(name)
            or mailbox.receipts.get(name) is not None
            or mailbox.translations.get(name) is not None
            or mailbox.newer_texts.get(name) is not None
        )

    def _refuse(self, name: bytes, reason: str) -> None:
        mailbox = self._mailbox
        unread = mailbox.newer_texts.get(name)
        if unread is not None and unread.index is None:
            mailbox.newer_texts.drop(name)
        if mailbox.early_notes.drop(name):
            mailbox.receipts.drop(name)
            mailbox.translations.drop(name)
        if not mailbox.messages.knows(name):
            return
        row = mailbox.messages.row(name)
        if row.index is None and not row.outgoing and reason in Reason.__members__:
            now = self._clock()
            mailbox.messages.set_state(name, "refused", now, self._node, reason)
            mailbox.receipts.drop(name)  # a recall is also kept as a receipt

    def _examine(self, urgent: pb.Urgent, filing: Filing) -> ExaminedEntry | None:
        """Return None if it fails, or is not for this desk."""
        node = self._pinned.origins[urgent.origin]
        directory = self._pinned.directory(node).copy()
        log = rules.Log(node, directory, filing)
        try:
            _apply(urgent.statements, log)
            entry = examine(urgent.envelope, log, self._reader, self._clock())
        except Refusal:
            return None
        if entry is None or entry.core.author in self._revoked:
            return None
        if urgency_of(entry.core, entry.statement) == REVOCATION and entry.statement:
            self._revoked.add(entry.statement.revokes)
        return entry if entry.statement is None else None


def _apply(statements: Sequence[bytes], log: rules.Log) -> None:
    """Add statements in order, to a copy of the directory.

    Skip those that the log has brought meanwhile: their serial is no newer.
    """
    for raw in statements[: 2 * EXPRESS_STATEMENTS_MAX]:
        try:
            verdict = rules.check(raw, log)
        except Refusal as refusal:
            if refusal.reason in {Reason.SERIAL, Reason.KEY}:
                continue
            raise
        if verdict.statement is not None:
            log.directory.apply(0, verdict.core, verdict.statement)


def _target(entry: ExaminedEntry) -> bytes | None:
    """Return None if it needs no other message to count."""
    references = entry.core.references
    if entry.core.kind not in TARGETED or len(references) != 1:
        return None
    return bytes(references[0].name)
