"""Checks on what the own desks submit, beyond the verdict; pure.

The verdict (`rules`) is what every member concludes from the log alone. Here
stands what only the origin can ask before it signs: the clock, whose desk it
is, and what touches other logs. An envelope refused here leaves no trace but
its answer.
"""

from dataclasses import dataclass
from typing import Protocol

from exchange import envelope
from exchange.errors import Reason, Refusal, Why
from exchange.limits import FILED_AHEAD_MAX, STATEMENTS_MAX, SUCCESSOR_STOOD
from exchange.trust import rules
from exchange.trust.directory import Directory
from exchange.trust.labels import Handled, check_reference
from exchange.v1 import envelope_pb2 as pb
from exchange.wire_envelope import WireEnvelope


@dataclass(frozen=True, slots=True)
class Subject:
    """The envelope that a reference names, as far as this node knows it."""

    kind: int
    author_desk: str
    desks: tuple[str, ...]
    handled: Handled


class NotYet(Refusal):
    """Refuses an envelope now, and may not later: for the hour, or a log's end.

    `node` is whose log may bring what is missing; "" is any node, None the hour alone.
    """

    def __init__(self, reason: Reason, where: str, node: str | None) -> None:
        super().__init__(reason, where)
        self.node = node


class Others(Protocol):
    """Answers from other logs; each may be "not here yet"."""

    def directory(self, node: str) -> Directory | None:
        """Return the directory of a node's log; None for an unknown node."""
        ...

    def subject(self, name: bytes) -> Subject | None:
        """Return what an envelope is, by name; None where it is not here."""
        ...

    def stored_since(self, node: str, index: int) -> int:
        """Return when (ms UTC) an entry of a node's log was stored here."""
        ...


@dataclass(frozen=True, slots=True)
class Submission:
    """One envelope that a desk wants recorded; desk None is the operator."""

    sent: WireEnvelope
    desk: str | None


def check(
    submission: Submission, log: rules.Log, others: Others, now: int
) -> rules.Accepted:
    """Return the envelope judged, or raise the Refusal that its desk is told.

    The operator of this machine may put statements of the nation and of any desk
    into the log.

    1. The verdict that every member will come to.
    2. It is filed by this desk, and not ahead of this node's clock; of one subject it
       states no more than a lifetime of keys needs. What the nation signed for the
       log, with whatever clock, is not held up by this one.
    3. Wraps and body are those that were signed.
    4. Each recipient's key is that desk's own, and in use still.
    5. What it speaks of exists and permits it, in its mode and under its label.
    """
    # 1
    sent, desk = submission.sent, submission.desk
    verdict = rules.check(sent.entry, log)
    # 2
    if desk is not None:
        if verdict.core.filed > now + FILED_AHEAD_MAX:
            raise NotYet(Reason.TIME, "filed", None)
        _of_desk(verdict, desk)
        _check_count(verdict, log.directory)
    # 3
    envelope.check_payload(verdict.parsed, sent.wraps, sent.body)
    # 4
    for recipient in verdict.core.recipients:
        _recipient(recipient, others, now)
    # 5
    for reference in verdict.core.references:
        _reference(reference, verdict, others)
    return verdict


def _of_desk(verdict: rules.Accepted, desk: str) -> None:
    """Let a desk submit its own; of the directory also what is said of it."""
    speaker = verdict.author.subject
    if verdict.statement is not None and verdict.author.role == "issuer":
        speaker = verdict.statement.subject
    if speaker.rpartition("@")[2] != desk:
        raise Refusal(Reason.METHOD, desk)


def _check_count(verdict: rules.Accepted, directory: Directory) -> None:
    """Raise QUOTA for one statement too many: every member keeps all of them."""
    new = verdict.statement
    if new is not None and directory.count_statements(new.subject) >= STATEMENTS_MAX:
        raise Refusal(Reason.QUOTA, "subject")


def _recipient(recipient: pb.Recipient, others: Others, now: int) -> None:
    """Refuse a key that is not the desk's, or that the desk will not open by for long.

    The private half of a key goes some time after another took its place.
    """
    desk, kid = recipient.desk, recipient.kid
    node = desk.partition(".")[2]
    directory = others.directory(node)
    if directory is None:
        raise NotYet(Reason.RECIPIENT_UNKNOWN, desk, node)
    if directory.revocation_of(kid):
        raise Refusal(Reason.KEY_GONE, desk, REVOKED)
    keys = directory.sealing_keys(desk)
    place = next((at for at, key in enumerate(keys) if key.kid == kid), None)
    if place is None:
        raise NotYet(Reason.RECIPIENT_UNKNOWN, desk, node)
    if not place:
        return
    if now - others.stored_since(node, keys[place - 1].index) > SUCCESSOR_STOOD:
        raise Refusal(Reason.KEY_GONE, desk, REPLACED)


REVOKED = Why("the key it is sealed to is revoked; sign it again")
REPLACED = Why("the key it is sealed to was replaced long ago; sign it again")
AUTHOR_ONLY = frozenset(
    {
        pb.RELATION_CORRECTS,
        pb.RELATION_SUPERSEDES,
        pb.RELATION_NARROWS,
        pb.RELATION_RECALLS,
    }
)


def _reference(
    reference: pb.Reference, verdict: rules.Accepted, others: Others
) -> None:
    subject = others.subject(reference.name)
    if subject is None:
        raise NotYet(Reason.REFERENCES, reference.name.hex()[:16], "")
    desk = verdict.author.subject.rpartition("@")[2]
    if desk not in subject.desks:
        raise Refusal(Reason.REFERENCES, reference.name.hex()[:16])
    if reference.relation in AUTHOR_ONLY and desk != subject.author_desk:
        raise Refusal(Reason.REFERENCES, reference.name.hex()[:16])
    check_reference(reference.relation, Handled.of(verdict.core), subject.handled)
