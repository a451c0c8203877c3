"""Submit the desk's outbox to the own node.

An envelope stays on the desk's disk until each addressed node holds it: submitting
again is safe. The class of a refusal decides what follows (`exchange.refusal_classes`).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.desk.link.draft_reader import note_waiting
from exchange.desk.mailbox import Held, Mailbox, Queued
from exchange.desk.mailbox.outbox import EXPIRED, LATER, REFUSED, RESIGN
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import DAY, MESSAGE_MAX, REFUSED_KEPT, SECOND, WHERE_MAX
from exchange.refusal_classes import OF_THE_NODE, RefusalClass, not_before, of_answer
from exchange.trust import rules
from exchange.v1 import desk_service_pb2, envelope_pb2

BATCH = 256  # envelopes a call
CALL_BYTES_MAX = MESSAGE_MAX * 3 // 4


class Submits(Protocol):
    """The part of a node's client that takes envelopes."""

    def submit(
        self, envelopes: Sequence[envelope_pb2.Envelope]
    ) -> list[desk_service_pb2.Submitted]:
        """Return one answer per envelope, after they are on the node's disk."""
        ...


_NOT_YET = frozenset({*OF_THE_NODE, Reason.TIME, Reason.MISSING, Reason.SIGNER_UNKNOWN})
"""Reasons for which a return is submitted again."""


class TakesReturns(Protocol):
    """The part of a node's client that gives drafts back."""

    def return_draft(self, call: desk_service_pb2.ReturnDraftRequest) -> None:
        """Send a draft back; raises Unreachable, or the node's Refusal."""
        ...


def tell_returns(mailbox: Mailbox, client: TakesReturns) -> None:
    """Raise Unreachable.

    If it refuses one for good, it never had the draft, or another releaser signed it:
    then its log says so.
    """
    for call in mailbox.releases.list_returns_to_tell():
        try:
            client.return_draft(call)
        except Refusal as refusal:
            if refusal.reason in _NOT_YET:
                continue
        mailbox.releases.note_told(call.name)


def push(mailbox: Mailbox, client: Submits, node: str, clock: Callable[[], int]) -> int:
    """Return how many the node took; raise Unreachable.

    An envelope not taken holds up only those that refer to it, until a whole call is
    answered with reasons of the node itself.
    """
    expire(mailbox, clock())
    handover = _Handover(mailbox, client, node, clock)
    after = (-1, 0)
    while not handover.stopped and (batch := mailbox.outbox.pending(BATCH, after)):
        after = batch[-1].order
        for _, lane in groupby(batch, attrgetter("lane")):
            handover.give(list(lane))
    return handover.taken


def expire(mailbox: Mailbox, now: int) -> None:
    """Hold envelopes that expired before a node took them (ms UTC).

    One expired only by a wrong clock is pending again. Refused and expired ones are
    shown for REFUSED_KEPT, by the newest head with a verified partner's line: this
    machine's clock alone never drops a sealed envelope.
    """
    expiring, reviving = mailbox.outbox.expiring(now), mailbox.outbox.reviving(now)
    with mailbox.database.transaction():
        for name in expiring:
            lapsed = mailbox.releases.lapse(name, now)
            mailbox.outbox.hold(name, Held(EXPIRED, at=now))
            if mailbox.messages.knows(name):
                state = "lapsed" if lapsed else "expired"
                mailbox.messages.set_state(name, state, now)
        for name in reviving:
            mailbox.outbox.hold(name, Held(""))
            mailbox.releases.revive(name, now)
            mailbox.messages.revive(name)
        lines = [at for head in mailbox.logs.heads() for at in head.cosigned.values()]
        signed = max(lines, default=0) * SECOND
        mailbox.outbox.forget_refused(min(now, signed) - REFUSED_KEPT)


class _Handover:
    """One pass over the outbox; each envelope is submitted once."""

    def __init__(
        self, mailbox: Mailbox, client: Submits, node: str, clock: Callable[[], int]
    ) -> None:
        self._mailbox = mailbox
        self._client = client
        self._node = node
        self._clock = clock
        self._asked: set[bytes] = set()
        self.taken = 0
        self.stopped = False

    def give(self, batch: Sequence[Queued]) -> None:
        """Submit one lane, in as many calls as order and size require.

        A reference to a pending envelope waits for a later call: a node looks
        references up among its recorded entries.
        """
        todo: dict[bytes, tuple[Queued, frozenset[bytes]]] = {}
        self._add(todo, batch)
        while todo and not self.stopped:
            named = {name for _, names in todo.values() for name in names}
            waits = self._mailbox.outbox.waits(named)
            ready = [one for one, names in todo.values() if not names & waits]
            if ready:
                call = _call(sorted(ready, key=lambda one: one.order))
                for one in call:
                    del todo[one.name]
                self._submit(call)
            elif not self._add(todo, self._earlier(todo, waits)):
                return  # each refers to one that the node does not take now

    def _add(
        self,
        todo: dict[bytes, tuple[Queued, frozenset[bytes]]],
        batch: Iterable[Queued],
    ) -> bool:
        before = len(todo)
        for item in batch:
            if item.name not in self._asked and not self._early(item):
                core = envelope.split(item.envelope.entry).core
                names = frozenset(reference.name for reference in core.references)
                todo[item.name] = item, names
        return len(todo) > before

    def _early(self, item: Queued) -> bool:
        """Return whether it is too early, unless the clock was set since."""
        ahead = item.not_before - self._clock()
        return 0 < ahead <= DAY

    def _earlier(
        self, todo: Iterable[bytes], waits: Iterable[bytes]
    ) -> Iterable[Queued]:
        held = set(todo)
        for name in waits:
            one = None if name in held else self._mailbox.outbox.find(name)
            if one is not None and one.hold_reason in {"", LATER}:
                yield one

    def _submit(self, call: Sequence[Queued]) -> None:
        answers = self._client.submit([item.envelope for item in call])
        if len(answers) != len(call) or any(a.index > SIZE_MAX for a in answers):
            raise Refusal(Reason.INTERNAL, "node")
        self._asked |= {item.name for item in call}
        with self._mailbox.database.transaction():
            for item, answer in zip(call, answers, strict=True):
                self._note(item, answer)
        self.taken += sum(not answer.reason for answer in answers)
        self.stopped = all(answer.reason in OF_THE_NODE for answer in answers)

    def _note(self, item: Queued, answer: desk_service_pb2.Submitted) -> None:
        now, mailbox = self._clock(), self._mailbox
        has_row = mailbox.messages.knows(item.name)
        if rules.is_draft(envelope.split(item.envelope.entry)):
            over = answer.reason == Reason.RELEASE  # the node's drafts say how
            if over or not answer.reason:
                note_waiting(mailbox, item.name, self._node, now)
                return
        elif answer.awaits_release:  # it has all signatures
            mailbox.outbox.hold(item.name, Held(LATER, Reason.INTERNAL, at=now))
            return
        if not answer.reason:
            # The place is the node's word until the entry arrives by Watch; there is
            # none yet if the node may not sign and keeps it pending.
            place = None if answer.waiting else answer.index
            mailbox.outbox.note_sent(item.name, now, answer.origin, place)
            if has_row:
                mailbox.messages.set_state(item.name, "local", now, by=self._node)
            return
        known = answer.reason in Reason.__members__
        reason = Reason(answer.reason) if known else Reason.INTERNAL
        filed = envelope.split(item.envelope.entry).core.filed
        if known:
            class_ = of_answer(reason, later=answer.later, filed=filed, now=now)
        else:  # of a newer release, which says if it may pass later
            class_ = RefusalClass.LATER if answer.later else RefusalClass.FINAL
        held = _HELD[class_]
        if class_ is not RefusalClass.LATER:  # no release can mend it
            held = self._close_draft(item.name, held)
        hour, where = not_before(reason, filed), answer.where[:WHERE_MAX]
        mailbox.outbox.hold(item.name, Held(held, reason, where, hour, now))
        if has_row and held in _STATES:
            state = _STATES[held]
            mailbox.messages.set_state(item.name, state, now, by=self._node, why=reason)

    def _close_draft(self, name: bytes, held: str) -> str:
        """Return the hold of a rejected draft's envelope.

        If a colleague at another desk released it, only its author signs it again.
        """
        mailbox = self._mailbox
        if not mailbox.releases.drop(name) or mailbox.messages.knows(name):
            return held
        own = mailbox.translations.get(name) or mailbox.receipts.get(name)
        return held if own is not None else REFUSED


_HELD = {
    RefusalClass.LATER: LATER,
    RefusalClass.RESIGN: RESIGN,
    RefusalClass.FINAL: REFUSED,
}
_STATES = {RESIGN: "resign", REFUSED: "refused"}


def _call(ready: Sequence[Queued]) -> list[Queued]:
    """Return one at least."""
    call: list[Queued] = []
    total = 0
    for one in ready[:BATCH]:
        total += one.envelope.ByteSize()
        if call and total > CALL_BYTES_MAX:
            break
        call.append(one)
    return call


def resubmit(mailbox: Mailbox, origin: str, has: Callable[[bytes], bool]) -> int:
    """Return how many of the envelopes that the node lost were queued again.

    A node restored from an old copy lost its newest: only those are asked for. One
    without a place is submitted once more: the node knows its name.
    """
    lost = mailbox.outbox.placeless(origin)
    unconfirmed = mailbox.outbox.list_unconfirmed(origin, 2**62)
    if unconfirmed and not has(unconfirmed[-1].name):
        lost += unconfirmed
    if not lost:
        return 0
    with mailbox.database.transaction():
        for kept in lost:
            mailbox.outbox.note_lost(kept.name)
    return len(lost)


def hand_in(inbox: Path, client: Submits) -> None:
    """Drop each file after it; raise Unreachable, or Refusal naming the file.

    Another thread or process may hand in the same file: the node knows it by name.
    """
    for path in sorted(inbox.glob("*.envelope")):
        try:
            sent = envelope_pb2.Envelope.FromString(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, DecodeError):
            raise Refusal(Reason.INPUT, f"inbox/{path.name}") from None
        (answer,) = client.submit([sent])
        if answer.reason:
            known = answer.reason in Reason.__members__
            reason = Reason(answer.reason) if known else Reason.INTERNAL
            raise Refusal(reason, f"inbox/{path.name}")
        path.unlink(missing_ok=True)
