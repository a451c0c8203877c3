"""Judge, open and file the entries that the own node shows.

An entry is judged by those below it in its log, whatever the node's verdict. An entry
owed to this desk but not shown properly is a fault of the node
(`LogStates.node_fault`); an invalid entry in a log, an alarm of that log. All within
the caller's transaction.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from exchange.bulletin import content_format
from exchange.desk.incoming.examine_entry import (
    ExaminedEntry,
    Preparation,
    examine,
    prepare,
    read_again,
)
from exchange.desk.incoming.file_entry import Filing, Unopened
from exchange.desk.incoming.numbers import NumberReader
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.turns import Turns
from exchange.desk.mailbox import Mailbox, MissingText, NewMessage, Unproven
from exchange.desk.mailbox.early_notes import EarlyNote
from exchange.desk.officer import ReadingDesk
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import leaf_hash
from exchange.trust import rules
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.statements import SEALING
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2, ledger_pb2
from keys.pae import kid

JUDGED_BY_ALL_ENTRIES = frozenset({Reason.DUPLICATE_ID, Reason.DUPLICATE_NAME})
"""Verdicts that need every entry of a log."""
FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError),
    *(LookupError, RuntimeError, TypeError, ValueError),
)
"""Errors raised only by a fault of this program, never by disk, lock or refusal."""


def is_bare(arrived: pb.EntryArrived) -> bool:
    """Return whether it shows only a leaf hash that this desk cannot judge."""
    return not arrived.envelope.entry or arrived.reason in JUDGED_BY_ALL_ENTRIES


class _Waiting(NamedTuple):
    new: NewMessage
    filing: Filing
    entry: ExaminedEntry
    place: tuple[str, int]


class EntryFiler:
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
        self.turns = Turns()
        self._states = LogStates(mailbox)
        self._numbers = NumberReader(mailbox, reader.desk)
        self._waiting: dict[bytes, _Waiting] = {}
        self._absent: set[bytes] = set()
        self._forms: dict[str, AcceptedForms] = {}

    def write_waiting(self) -> None:
        """Write them at once, each by itself if a fault of ours shows.

        Must precede anything that reads or changes messages.
        """
        self._numbers.write(self._clock())
        waiting = list(self._waiting.values())
        self._waiting.clear()
        if not waiting:
            return
        self._absent.difference_update(each.entry.name for each in waiting)
        try:
            with self._mailbox.database.savepoint():
                self._mailbox.messages.add([each.new for each in waiting])
        except FAULTS:
            for _, filing, entry, place in waiting:
                self._file_now(filing, entry, *place)

    def drop_waiting(self) -> None:
        self._waiting.clear()
        self._numbers.drop()

    def prepare(self, arrived: pb.EntryArrived) -> Preparation | None:
        """Examine an entry before its turn, if it matches a form; from any thread.

        A fault of ours shows again in its turn.
        """
        self.turns.give_way()
        forms = self._forms.get(self._pinned.origins.get(arrived.origin, ""))
        if forms is None or is_bare(arrived):
            return None
        with suppress(*FAULTS):
            return prepare(arrived.envelope, forms, self._reader, self._clock())
        return None

    def note_absent(self, names: Sequence[bytes]) -> None:
        """Save single look-ups, until the transaction ends or they are filed."""
        known = self._mailbox.messages.find_known(names) if names else ()
        self._absent = set(names).difference(known)

    def take(
        self,
        arrived: pb.EntryArrived,
        opens: rules.Opening | None,
        prepared: Preparation | None = None,
    ) -> None:
        """Set `opens` for the first entry of a log that continues another."""
        self.turns.give_way()
        origin, index = arrived.origin, arrived.index
        node = self._pinned.origins[origin]
        filing = self._filing(origin, index)
        log = rules.Log(node, self._pinned.directory(node), filing, opens)
        accepted = arrived.verdict == ledger_pb2.VERDICT_ACCEPTED
        try:
            entry = self._examined(arrived.envelope, log, prepared)
        except Refusal as refusal:
            if refusal.reason is Reason.UPGRADE:
                raise  # the page comes again, to a program that knows these rules
            if accepted or opens is not None:
                self._states.set_alarm(origin, refusal.reason, index)
            return
        if entry is not None:
            if not accepted:
                self._states.set_node_fault(origin, Reason.HIDDEN, index)
            self._keep(filing, entry, origin, index)
            if entry.core.kind == envelope_pb2.KIND_RECEIPT:
                self._await_target(arrived, entry)

    def _examined(
        self,
        envelope: envelope_pb2.Envelope,
        log: rules.Log,
        prepared: Preparation | None,
    ) -> ExaminedEntry | None:
        """Examine an entry unless its preparation still holds; raise Refusal."""
        forms = self._forms_of(log.node)
        if (
            prepared is not None
            and log.opens is None
            and prepared.holds(log.directory)
            and not log.known.knows_name(prepared.name)
        ):
            return prepared.entry
        return examine(envelope, log, self._reader, self._clock(), forms)

    def _await_target(self, arrived: pb.EntryArrived, entry: ExaminedEntry) -> None:
        """Keep a receipt whose message another log has: its signer got that earlier."""
        about = entry.core.references[0].name
        if not self._mailbox.messages.knows(about):
            late = pb.Urgent(
                envelope=arrived.envelope, origin=arrived.origin, place=arrived.index
            )
            note = EarlyNote(entry.name, about, late.SerializeToString())
            self._mailbox.early_notes.put(note)

    def take_late(self, late: pb.Urgent) -> None:
        """Judge a late entry by the entries below it."""
        filing = self._filing(late.origin, late.place)
        log = self._log_below(late.origin, late.place, filing)
        with suppress(Refusal):  # a log that was pinned then, and no longer is
            entry = examine(late.envelope, log, self._reader, self._clock())
            if entry is not None:
                self._file(filing, entry, late.origin, late.place)

    def take_again(self, arrived: pb.EntryArrived, number: int) -> bool:
        """Return whether the node owed this former bare leaf to this desk.

        1. A bare leaf is at its place.
        2. The entry is the one that the leaf commits to (ROOT).
        3. Judged by the entries below it in its log, opened and filed.
        """
        # 1
        origin, index, sent = arrived.origin, arrived.index, arrived.envelope
        kept = self._mailbox.bare_leaves.get(origin, index)
        if kept is None:
            return False
        if is_bare(arrived):
            if number != kept.number:  # a restored node counts again
                self._mailbox.bare_leaves.put([kept._replace(number=number)])
            return False
        # 2
        if leaf_hash(sent.entry) != kept.leaf:
            self._states.set_alarm(origin, Reason.ROOT, index)
            return False
        # 3
        return self._take_hidden(origin, index, sent)

    def take_proven(self, origin: str, index: int, entry: bytes) -> None:
        """File a DIRECTORY entry not shown before; a REFUSED one states nothing."""
        self._take_hidden(origin, index, envelope_pb2.Envelope(entry=entry))

    def _take_hidden(
        self, origin: str, index: int, sent: envelope_pb2.Envelope
    ) -> bool:
        """Take a hidden entry; return whether the node owed it to this desk."""
        self.write_waiting()
        self._mailbox.bare_leaves.drop(origin, index)
        filing = self._filing(origin, index)
        log = self._log_below(origin, index, filing)
        try:
            entry = examine(sent, log, self._reader, self._clock())
        except Refusal:
            return False
        if entry is None:
            return False
        self._keep(filing, entry, origin, index)
        self.write_waiting()
        # A node may learn only after recording a receipt to which desk it belongs.
        owed = bool(entry.core.recipients) or entry.statement is not None
        if owed:
            self._states.set_node_fault(origin, Reason.HIDDEN, index)
        return owed

    def _keep(
        self, filing: Filing, entry: ExaminedEntry, origin: str, index: int
    ) -> None:
        self._numbers.take(entry)
        if entry.verdict == Reason.MISSING:
            place = MissingText(origin, index, entry.name, entry.entry, 0)
            self._mailbox.missing_texts.put(place)
            if entry.damage is not None:
                self._states.set_node_fault(origin, entry.damage, index)
        self._file(filing, entry, origin, index)

    def complete(self, arrived: pb.EntryArrived) -> None:
        """Take a missing text, if this brings it.

        1. A text is missing at its place, of exactly this entry.
        2. The text is the signed one; else the own node is at fault.
        3. Opened and filed.
        """
        # 1
        origin, index, sent = arrived.origin, arrived.index, arrived.envelope
        missing = self._mailbox.missing_texts.get(origin, index)
        if missing is None or sent.entry != missing.entry:
            return
        # 2
        filing = self._filing(origin, index)
        log = self._log_below(origin, index, filing)
        entry = examine(sent, log, self._reader, self._clock())
        if entry is None or entry.verdict == Reason.MISSING:
            if entry is not None and entry.damage is not None:
                self._states.set_node_fault(origin, entry.damage, index)
            return
        # 3
        self._numbers.take(entry)
        self._file(filing, entry, origin, index)
        self.write_waiting()
        if not self._mailbox.missing_texts.drop(origin, index):
            for reason in (Reason.WRAPS, Reason.BODY):
                self._states.clear_node_fault(origin, reason)

    def read_newer(self) -> None:
        """File each text in a transaction; if a fault of ours shows, the text stays."""
        for name in self._mailbox.newer_texts.list_readable(content_format.FORMAT):
            with self._mailbox.database.transaction():
                self._read_newer(name)

    def _read_newer(self, name: bytes) -> None:
        kept = self._mailbox.newer_texts.get(name)
        if kept is None:  # another program of this desk was faster
            return
        entry, place = read_again(kept), (kept.origin, kept.index)
        filing = Filing(self._mailbox, self._pinned, place, self._unopened)
        with suppress(*FAULTS), self._mailbox.database.savepoint():
            self._mailbox.messages.take_back_format(name)
            filing.file(entry, self._reader.desk, self._node, self._clock())
            self._mailbox.newer_texts.drop(name)
            if kept.index is not None:
                self._numbers.take_again(entry)
                self._numbers.write(self._clock())

    def _forms_of(self, node: str) -> AcceptedForms:
        directory, forms = self._pinned.directory(node), self._forms.get(node)
        if forms is None or forms.directory is not directory:
            forms = self._forms[node] = AcceptedForms(node, directory)
        return forms

    def _filing(self, origin: str, index: int) -> Filing:
        place = origin, index
        waiting, absent = self._waiting.keys(), self._absent
        return Filing(
            self._mailbox, self._pinned, place, self._unopened, waiting, absent
        )

    def _log_below(self, origin: str, index: int, filing: Filing) -> rules.Log:
        node = self._pinned.origins[origin]
        below = self._pinned.directory_of(node, self._statements_below(origin, index))
        return rules.Log(node, below, filing)

    def _statements_below(self, origin: str, index: int) -> list[tuple[int, bytes]]:
        below: list[tuple[int, bytes]] = []
        for log in self._pinned.logs(self._pinned.origins[origin]):
            said = self._mailbox.logs.statements(log)
            if log == origin:
                return [*below, *(one for one in said if one[0] < index)]
            below += said
        return below

    def _file(
        self, filing: Filing, entry: ExaminedEntry, origin: str, index: int
    ) -> None:
        """File an entry; on a fault of ours alarm the log and go on.

        Else one envelope of a partner could stop a desk for good.
        """
        with suppress(*FAULTS):  # shows again below
            new = filing.new_message(entry, self._reader.desk, self._clock())
            if new is not None:
                waiting = _Waiting(new, filing, entry, (origin, index))
                self._waiting[entry.name] = waiting
                return
        self.write_waiting()
        self._file_now(filing, entry, origin, index)

    def _file_now(
        self, filing: Filing, entry: ExaminedEntry, origin: str, index: int
    ) -> None:
        self._absent.discard(entry.name)
        try:
            with self._mailbox.database.savepoint():
                filing.file(entry, self._reader.desk, self._node, self._clock())
        except FAULTS:
            if entry.statement is not None:  # the directory in memory may be ahead
                raise
            self._states.set_alarm(origin, Reason.INTERNAL, index)
        said = entry.statement
        if said is not None and said.type == envelope_pb2.STATEMENT_TYPE_KEY:
            if (said.role, said.subject) == (SEALING, self._reader.desk):
                self._reader.reread_ring()  # before envelopes sealed for it come
            key_id = kid(said.algorithm, said.public_key)
            for aside in self._mailbox.translations.unproven(key_id):
                self._file_again(filing, aside, origin, index)

    def _file_again(
        self, filing: Filing, aside: Unproven, origin: str, index: int
    ) -> None:
        try:
            with self._mailbox.database.savepoint():
                filing.file_again(aside)
        except FAULTS:
            self._states.set_alarm(origin, Reason.INTERNAL, index)
