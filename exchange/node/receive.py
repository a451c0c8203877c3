"""The verdict on one batch of a partner's log; pure (DESIGN section 5).

A wire fault refuses the batch and stores nothing: the bytes are not those that
the head commits to, so they are asked for again. An entry fault, a rule broken
under a valid head, is mirrored as REFUSED and reported: the log goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey
from exchange.limits import BATCH_ENTRIES_MAX, ENTRY_MAX, NOTE_MAX
from exchange.store import NewEntry
from exchange.trust import retention, rules
from exchange.trust.directory import Directory
from exchange.trust.retention import Past
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2

EVERY_DESK = ("*",)  # who may read a receipt whose subject is not here yet

Readers = Callable[[rules.Accepted], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Replica:
    """What is held of a partner's log: its right edge, directory and keys."""

    edge: Edge
    log: rules.Log
    keys: Sequence[Vkey]


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch that may be stored, with the verdict on each of its entries."""

    head: Head
    note: bytes
    entries: tuple[NewEntry, ...]
    refusals: tuple[tuple[int, Reason], ...]
    statements: tuple[tuple[int, rules.Accepted], ...]


class Growing:
    """What is known in a log while a batch is judged: below, and the batch so far."""

    def __init__(self, below: rules.Known) -> None:
        self._below = below
        self._ids: set[bytes] = set()
        self._names: set[bytes] = set()
        self._stored_ids: set[bytes] = set()
        self._stored_names: set[bytes] = set()

    def knows_id(self, id_: bytes) -> bool:
        """Whether an entry below has this id."""
        added = id_ in self._ids or id_ in self._stored_ids
        return added or self._below.knows_id(id_)

    def knows_name(self, name: bytes) -> bool:
        """Whether an entry below has this name."""
        added = name in self._names or name in self._stored_names
        return added or self._below.knows_name(name)

    def settle(self) -> None:
        """Count what was added as stored: a later failure leaves it standing."""
        self._stored_ids |= self._ids
        self._stored_names |= self._names
        self.forget()

    def forget(self) -> None:
        """Take back what was added since it was last settled."""
        self._ids.clear()
        self._names.clear()

    def add(self, accepted: rules.Accepted) -> None:
        """Count an entry of the batch as standing below the next."""
        self._ids.add(accepted.core.id)
        self._names.add(accepted.parsed.name)


def judge_batch(
    batch: ledger_pb2.Batch, replica: Replica, me: str, readers: Readers, past: Past
) -> Judged:
    """Return the batch judged, or raise the Refusal that answers it.

    The directory of the replica takes up the
    statements of the batch as they are accepted: on any failure after this, the
    caller makes it anew from what is stored.

    1. The head carries both lines of its log, and is of this log.
    2. The batch begins where the replica ends.
    3. Replica and leaf hashes rebuild exactly the signed root.
    4. A verdict for each entry.
    5. Wraps and body of what is accepted are those that were signed; they may
       be absent only where no desk of `me` is addressed, or the envelope has
       expired, by `past`. Over their retention they are kept only for those desks.
    """
    # 1
    edge, log = replica.edge, replica.log
    verified = _head(batch, replica.keys)
    # 2
    if batch.start != edge.size or not 0 < len(batch.envelopes) <= BATCH_ENTRIES_MAX:
        raise Refusal(Reason.POSITION, f"{batch.origin}#{batch.start}")
    # 3
    _rebuild(batch, edge, verified.head)
    # 4, 5
    growing = Growing(log.known)
    below = replace(log, known=growing)
    entries: list[NewEntry] = []
    refusals: list[tuple[int, Reason]] = []
    stated: list[tuple[int, rules.Accepted]] = []
    for index, sent in enumerate(batch.envelopes, batch.start):
        verdict = rules.judge(sent.entry, below)
        below = replace(below, opens=None)
        if isinstance(verdict, rules.Refused):
            refusals.append((index, verdict.reason))
            entries.append(mirrored(sent.entry, verdict.reason))
            continue
        kept = _payload(verdict, sent, me, log.directory, past)
        growing.add(verdict)
        if verdict.statement is not None:
            log.directory.apply(index, verdict.core, verdict.statement)
            stated.append((index, verdict))
        entries.append(accepted(verdict, kept, readers(verdict)))
    return Judged(
        verified.head, batch.head, tuple(entries), tuple(refusals), tuple(stated)
    )


def _head(batch: ledger_pb2.Batch, log_keys: Sequence[Vkey]) -> VerifiedHead:
    if len(batch.head) > NOTE_MAX:
        raise Refusal(Reason.SIZE, batch.origin)
    verified = checkpoint.verify_head(batch.head, log_keys)
    if verified.head.origin != batch.origin:
        raise Refusal(Reason.HEAD, batch.origin)
    return verified


def _rebuild(batch: ledger_pb2.Batch, edge: Edge, head: Head) -> None:
    if any(len(sent.entry) > ENTRY_MAX for sent in batch.envelopes):
        raise Refusal(Reason.SIZE, batch.origin)
    leaves = [leaf_hash(sent.entry) for sent in batch.envelopes]
    grown = edge.extend(leaves).edge
    if (grown.size, grown.root()) != (head.size, head.root):
        raise Refusal(Reason.ROOT, f"{batch.origin}#{batch.start}")


def _payload(
    verdict: rules.Accepted,
    sent: pb.Envelope,
    me: str,
    directory: Directory,
    past: Past,
) -> pb.Envelope:
    """Check wraps and body; return the envelope with those that are to be kept."""
    core = verdict.core
    nodes = {recipient.desk.partition(".")[2] for recipient in core.recipients}
    end = retention.of(directory).end(core.expires)
    if nodes and me not in nodes and past(end):
        return pb.Envelope(entry=sent.entry)
    needed = me in nodes and not retention.may_lack(core, past)
    if sent.wraps or sent.body or needed or not nodes:
        envelope.check_payload(verdict.parsed, tuple(sent.wraps), sent.body)
    return sent


def mirrored(entry: bytes, reason: Reason) -> NewEntry:
    """Return a REFUSED entry as it is stored: nothing in it is believed."""
    return NewEntry(
        entry=entry,
        name=_name(entry),
        id=b"",
        kind=pb.KIND_UNSPECIFIED,
        wraps=(),
        body=b"",
        desks=(),
        reason=reason,
    )


def _name(entry: bytes) -> bytes:
    try:
        return envelope.split(entry).name
    except Refusal:
        return b""


def accepted(
    verdict: rules.Accepted, sent: pb.Envelope, desks: tuple[str, ...]
) -> NewEntry:
    """Return an ACCEPTED entry as it is stored."""
    return NewEntry(
        entry=sent.entry,
        name=verdict.parsed.name,
        id=verdict.core.id,
        kind=verdict.core.kind,
        wraps=tuple(sent.wraps),
        body=sent.body,
        desks=desks,
        reason="",
    )


def desks(
    verdict: rules.Accepted, find: Callable[[bytes], tuple[str, ...] | None]
) -> tuple[str, ...]:
    """Return the desks that may read an entry.

    A sealed one: the author's and those it is addressed to. A clear receipt:
    also those of what it speaks of, which `find` tells by name; every desk of
    this node where that is not here yet.
    """
    core = verdict.core
    own = verdict.author.subject.rpartition("@")[2]
    found = {own, *(recipient.desk for recipient in core.recipients)}
    if core.kind == pb.KIND_RECEIPT and not core.recipients:
        for reference in core.references:
            spoken_of = find(reference.name)
            if spoken_of is None:
                return EVERY_DESK
            found.update(spoken_of)
    return tuple(sorted(found))
