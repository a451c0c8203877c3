"""From the desk's outbox to the own node.

An envelope is on the desk's disk before it is submitted, and stays there until a
partner cosigned it: whatever breaks between, it is submitted again, which is safe.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.desk.mailbox import Mailbox, Queued
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import MESSAGE_MAX
from exchange.v1 import desk_service_pb2, envelope_pb2

BATCH = 256  # envelopes a call
CALL_BYTES_MAX = MESSAGE_MAX * 3 // 4
PASSING = frozenset(
    {
        Reason.BUSY,
        Reason.CONFLICT,
        Reason.DATABASE,
        Reason.DISK,
        Reason.INTERNAL,
        Reason.LOCKED,
        Reason.QUOTA,
        Reason.RATE,
        Reason.UNREACHABLE,
    }
)
"""Answers that another time will be others; the rest is for good."""


class Submits(Protocol):
    """The part of a node's client that takes envelopes."""

    def submit(
        self, envelopes: Sequence[envelope_pb2.Envelope]
    ) -> list[desk_service_pb2.Submitted]:
        """Return one answer an envelope, after they are on the node's disk."""
        ...


def push(mailbox: Mailbox, client: Submits, node: str, clock: Callable[[], int]) -> int:
    """Submit what is pending; return how many the node took. Raises Unreachable.

    What speaks of something that is itself still waiting goes in a later call: a
    node looks references up among what it has recorded.
    """
    taken = 0
    while ready := _ready(mailbox.pending(BATCH)):
        answers = client.submit([queued.envelope for queued in ready])
        if len(answers) != len(ready) or any(a.index > SIZE_MAX for a in answers):
            raise Refusal(Reason.INTERNAL, "node")
        passing = 0
        with mailbox.transaction():
            for queued, answer in zip(ready, answers, strict=True):
                passing += _note(mailbox, queued, answer, (node, clock()))
        taken += len(ready) - passing
        if passing:
            break
    return taken


def _ready(pending: Sequence[Queued]) -> list[Queued]:
    """Return what may go in one call, in order."""
    waiting = {queued.name for queued in pending}
    ready: list[Queued] = []
    total = 0
    for queued in pending:
        core = envelope.split(queued.envelope.entry).core
        if any(reference.name in waiting for reference in core.references):
            continue
        total += queued.envelope.ByteSize()
        if ready and total > CALL_BYTES_MAX:
            break
        ready.append(queued)
    return ready


def _note(
    mailbox: Mailbox,
    queued: Queued,
    answer: desk_service_pb2.Submitted,
    by_at: tuple[str, int],
) -> int:
    """Keep an answer; return 1 where the envelope must be submitted again."""
    node, now = by_at
    has_row = mailbox.knows(queued.name)
    if not answer.reason:
        # The place is the node's word until the entry arrives by Watch; none yet
        # where the node may not sign and keeps it waiting.
        place = None if answer.waiting else answer.index
        mailbox.sent(queued.name, now, answer.origin, place)
        if has_row:
            mailbox.set_state(queued.name, "local", now, by=node)
        return 0
    if answer.reason in PASSING:
        return 1
    mailbox.done(queued.name)
    if has_row:
        reason = answer.reason if answer.reason in Reason.__members__ else "INTERNAL"
        mailbox.set_state(queued.name, "refused", now, by=node, why=reason)
    return 0


def resubmit(mailbox: Mailbox, origin: str, has: Callable[[bytes], bool]) -> int:
    """Queue again what the node took and no longer has; return how many.

    A node that was restored from an old copy lost its newest: so only the newest is
    asked for. What had no place when it was taken is handed over once more: the node
    knows its name, wherever it has come to stand.
    """
    lost = list(mailbox.placeless(origin))
    unconfirmed = mailbox.unconfirmed(origin, 2**62)
    if unconfirmed and not has(unconfirmed[-1].name):
        lost += unconfirmed
    if not lost:
        return 0
    with mailbox.transaction():
        for queued in lost:
            mailbox.lost(queued.name)
    return len(lost)


def hand_in(inbox: Path, client: Submits) -> None:
    """Submit what the nation issued for this desk, in order, and drop the files.

    Raises Unreachable, or Refusal naming the file.
    """
    for path in sorted(inbox.glob("*.envelope")):
        try:
            sent = envelope_pb2.Envelope.FromString(path.read_bytes())
        except (OSError, DecodeError):
            raise Refusal(Reason.INPUT, f"inbox/{path.name}") from None
        (answer,) = client.submit([sent])
        if answer.reason:
            known = answer.reason in Reason.__members__
            reason = Reason(answer.reason) if known else Reason.INTERNAL
            raise Refusal(reason, f"inbox/{path.name}")
        path.unlink()
