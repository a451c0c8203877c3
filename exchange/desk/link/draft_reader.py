"""Take drafts and their states from the own node, verifying all of it.

Drafts are outside the numbering of arrivals, and come by name (docs/spec/release.md,
"Watch"). An invalid one is never shown; the node's fault is named until it is
corrected. All within the caller's transaction.
"""

from collections.abc import Callable

from exchange import envelope
from exchange.core import HASH_SIZE
from exchange.desk.incoming.examine_entry import ExaminedEntry, examine_draft
from exchange.desk.incoming.file_entry import Filing
from exchange.desk.incoming.relations import check_references
from exchange.desk.link.draft_faults import (
    ALTERED,
    HIDDEN,
    REPLAYED,
    UNSIGNED,
    DraftFaults,
)
from exchange.desk.mailbox import AwaitedRelease, Held, Mailbox
from exchange.desk.mailbox.outbox import RELEASE, RESIGN
from exchange.desk.mailbox.releases import (
    DRAFTED,
    RELEASED,
    RETURNED,
    WAITING,
)
from exchange.desk.officer import ReadingDesk
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal
from exchange.limits import DRAFT_MISSES
from exchange.trust import rules
from exchange.trust.return_call import check_return
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2


class DraftReader:
    """One desk's drafts, and those that name it in class REVIEW."""

    def __init__(
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        reader: ReadingDesk,
        node: str,
        clock: Callable[[], int],
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._reader = reader
        self._node = node
        self._clock = clock
        self._faults = DraftFaults(mailbox)
        self._shown: set[bytes] = set()

    def begin_watch(self) -> None:
        self._shown.clear()

    def end_first(self) -> None:
        """Submit again the drafts not shown when a Watch began.

        If the node still hides them, that is a fault. In its own transaction, if any
        draft is waiting.
        """
        releases = self._mailbox.releases
        if not releases.list_state(WAITING):
            return
        with self._mailbox.database.transaction():
            for name in releases.note_shown(self._shown):
                self._mailbox.outbox.hold(name, Held(""))
                kept = releases.get(name)
                if kept is not None and kept.missed >= DRAFT_MISSES:
                    self._faults.note(name, HIDDEN)

    def take(self, draft: pb.Draft) -> None:
        """Check a draft as the node shows it.

        1. The envelope has the name that it is shown under.
        2. A new one waits and passes the checks.
        3. A known one is the same to the byte.
        4. Its state: see `_follow`.
        """
        # 1
        core = _core_under(draft.name, draft.envelope)
        if core is None:
            self._faults.note(draft.name[:HASH_SIZE], ALTERED)
            return
        # 2
        known = self._mailbox.releases.get(draft.name)
        if known is None:
            if draft.state == pb.DRAFT_STATE_WAITING:
                self._take_new(draft)
            return
        # 3
        if not _is_same(draft, known):
            self._faults.note(draft.name, ALTERED)
            return
        # 4
        self._shown.add(draft.name)
        self._follow(draft, known, core)

    def _take_new(self, draft: pb.Draft) -> None:
        """Keep a draft that passes, else record its fault.

        A key not known here yet, or a newer format, is no fault.
        """
        name = draft.name
        try:
            entry = self.examine(draft.envelope)
        except Refusal as refusal:
            if refusal.reason == Reason.DUPLICATE_NAME:
                self._faults.note(name, REPLAYED)
            elif refusal.reason not in {Reason.SIGNER_UNKNOWN, Reason.FORMAT}:
                self._faults.note(name, refusal.reason)
            return
        now = self._clock()
        new = AwaitedRelease(
            name, draft.envelope, entry.author, WAITING, now, entry.core.expires
        )
        if self._mailbox.releases.add(new):
            self._faults.clear(name)
            self._shown.add(name)

    def examine(self, sent: envelope_pb2.Envelope) -> ExaminedEntry:
        """Raise the Refusal that a draft gets here and now."""
        entry = examine_draft(sent, self.log(), self._reader, self._clock())
        check_references(entry, self._filing().about)
        return entry

    def log(self) -> rules.Log:
        directory = self._pinned.directory(self._node)
        return rules.Log(self._node, directory, self._filing())

    def _filing(self) -> Filing:
        place = self._pinned.origin(self._node), None
        return Filing(self._mailbox, self._pinned, place, lambda _: None)

    def _follow(
        self, draft: pb.Draft, known: AwaitedRelease, core: envelope_pb2.Core
    ) -> None:
        """Follow a draft's state.

        Waiting: not again, once a releaser gave it back or its log has it. Given back:
        only with his signature. Released: only its log says so, in its turn.
        """
        name, now = draft.name, self._clock()
        over = known.state in {RELEASED, RETURNED}
        if draft.state == pb.DRAFT_STATE_WAITING:
            to_tell = self._mailbox.releases.list_returns_to_tell()
            if over and name not in {call.name for call in to_tell}:
                self._faults.note(name, REPLAYED)
                return
            if known.state == DRAFTED:
                note_waiting(self._mailbox, name, self._node, now)
        elif draft.state == pb.DRAFT_STATE_RETURNED:
            if known.state == RELEASED:
                self._faults.note(name, REPLAYED)
                return
            if known.state != RETURNED and not self._take_back(draft, core):
                return
        self._faults.clear(name)

    def _take_back(self, draft: pb.Draft, core: envelope_pb2.Core) -> bool:
        """Note a return; False without the releaser's signature."""
        directory = self._pinned.directory(self._node)
        try:
            by = check_return(draft.returned, core, directory)
        except Refusal:
            by = None
        if by is None or draft.returned.name != draft.name:
            self._faults.note(draft.name, UNSIGNED)
            return False
        note_returned(
            self._mailbox, draft.returned, by.subject, self._clock(), told=True
        )
        return True


def note_waiting(mailbox: Mailbox, name: bytes, node: str, now: int) -> None:
    mailbox.outbox.hold(name, Held(RELEASE, at=now))
    kept = mailbox.releases.get(name)
    if kept is not None and kept.state == DRAFTED:
        mailbox.releases.set_state(name, WAITING, now)
    if mailbox.messages.knows(name):
        mailbox.messages.set_state(name, "waiting", now, by=node)


def note_returned(
    mailbox: Mailbox, call: pb.ReturnDraftRequest, by: str, now: int, *, told: bool
) -> None:
    """Mark it to be signed again by its author; `told`: whether the node knows."""
    mailbox.releases.give_back(call, now, told=told)
    code = pb.ReturnCode.Name(call.code).removeprefix("RETURN_CODE_")
    has_row = mailbox.messages.knows(call.name)
    receipt = mailbox.receipts.get(call.name)
    if has_row or receipt or mailbox.translations.get(call.name) is not None:
        mailbox.outbox.hold(call.name, Held(RESIGN, Reason.RELEASE, code, at=now))
    else:  # another desk's, released by a colleague here
        mailbox.outbox.drop(call.name)
    if has_row:
        mailbox.messages.set_state(call.name, "returned", now, by=by, why=code)


def _core_under(name: bytes, sent: envelope_pb2.Envelope) -> envelope_pb2.Core | None:
    """Return None unless it has exactly that name."""
    try:
        parsed = envelope.split(sent.entry)
        core = parsed.core
    except Refusal:
        return None
    return core if parsed.name == name else None


def _is_same(draft: pb.Draft, known: AwaitedRelease) -> bool:
    ours, theirs = known.envelope, draft.envelope
    if ours.entry != theirs.entry:
        return False
    if draft.state != pb.DRAFT_STATE_WAITING or not ours.body:
        return True
    return (list(ours.wraps), ours.body) == (list(theirs.wraps), theirs.body)
