"""The verdict on one batch of a partner's log; pure (docs/spec/ledger.md).

A wire fault refuses the batch and stores nothing: the bytes are not those that
the head commits to, so they are asked for again. An entry fault, a rule broken
under a valid head, is mirrored as REFUSED and reported: the log goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey
from exchange.limits import BATCH_ENTRIES_MAX, ENTRY_MAX, NOTE_MAX
from exchange.store import HELD, LACKING, NEVER, NewEntry
from exchange.trust import retention, rules
from exchange.trust.directory import Directory
from exchange.trust.retention import Past
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2

EVERY_DESK = ("*",)  # who may read a receipt whose subject is not here yet

_WHY: Mapping[int, str] = {
    pb.ABSENT_UNSPECIFIED: "LOST",
    pb.ABSENT_ERASED: "ERASED",
    pb.ABSENT_LOST: "LOST",
}
"""Why a text is not here, by the sender's word."""

Readers = Callable[[rules.Accepted], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stores a batch, and when (`now`, ms UTC).

    `owed` is the node for whose desks texts must come, or be said to be absent; `me`
    keeps those for its own. They differ where a log is lent back. `past` says whether a
    time is over, by more than one clock; `readers` who may read an entry; `takes`
    whether a text of so many bytes may be kept.
    """

    me: str
    owed: str
    readers: Readers
    now: int
    past: Past
    takes: Callable[[int], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch that may be stored, with the verdict on each of its entries.

    `directory` is that of the log with what the batch states: the same one where it
    states nothing.
    """

    head: Head
    note: bytes
    entries: tuple[NewEntry, ...]
    refusals: tuple[tuple[int, Reason], ...]
    directory: Directory


class KnownSoFar:
    """Ids and names known in a log while a batch is judged: below, and so far in it."""

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

    def keep_added(self) -> None:
        """Count what was added as stored: a later failure leaves it standing."""
        self._stored_ids |= self._ids
        self._stored_names |= self._names
        self.drop_added()

    def drop_added(self) -> None:
        """Take back what was added since it was last kept."""
        self._ids.clear()
        self._names.clear()

    def add(self, accepted: rules.Accepted) -> None:
        """Count an entry of the batch as standing below the next."""
        self._ids.add(accepted.core.id)
        self._names.add(accepted.parsed.name)


def check_size(batch: ledger_pb2.Batch) -> None:
    """Raise POSITION for too many entries, SIZE where one or the note is too long."""
    if len(batch.envelopes) > BATCH_ENTRIES_MAX:
        raise Refusal(Reason.POSITION, f"{batch.origin}#{batch.start}")
    if len(batch.head) > NOTE_MAX:
        raise Refusal(Reason.SIZE, batch.origin)
    if any(len(sent.entry) > ENTRY_MAX for sent in batch.envelopes):
        raise Refusal(Reason.SIZE, batch.origin)


def check_head(batch: ledger_pb2.Batch, log_keys: Sequence[Vkey]) -> Head:
    """Return the head of a batch; both lines of the log verify, and it is of that."""
    verified = checkpoint.verify_head(batch.head, log_keys)
    if verified.head.origin != batch.origin:
        raise Refusal(Reason.HEAD, batch.origin)
    return verified.head


def check_root(batch: ledger_pb2.Batch, edge: Edge, head: Head) -> None:
    """Raise POSITION unless a batch begins at the edge, ROOT if it misses its head."""
    if batch.start != edge.size or not batch.envelopes:
        raise Refusal(Reason.POSITION, f"{batch.origin}#{batch.start}")
    leaves = [leaf_hash(sent.entry) for sent in batch.envelopes]
    grown = edge.extend(leaves).edge
    if (grown.size, grown.root()) != (head.size, head.root):
        raise Refusal(Reason.ROOT, f"{batch.origin}#{batch.start}")


def judge_batch(
    batch: ledger_pb2.Batch, head: Head, log: rules.Log, holder: Holder
) -> Judged:
    """Return the batch judged, or raise the Refusal that answers it.

    The caller has checked its size, head and root, in this order: what costs little
    comes before anything is looked up. Nothing that is given changes: what the batch
    states goes into a copy of the directory.

    1. A verdict for each entry.
    2. The text of what is accepted is the one that was signed; see `_text`.
    """
    growing = KnownSoFar(log.known)
    below = replace(log, known=growing)
    entries: list[NewEntry] = []
    refusals: list[tuple[int, Reason]] = []
    for index, sent in enumerate(batch.envelopes, batch.start):
        # 1
        verdict = rules.judge(sent.entry, below)
        below = replace(below, opens=None)
        if isinstance(verdict, rules.Refused):
            refusals.append((index, verdict.reason))
            entries.append(refused_entry(sent.entry, verdict.reason))
            continue
        # 2
        text = _text(verdict, sent, below.directory, holder)
        growing.add(verdict)
        if verdict.statement is not None:
            if below.directory is log.directory:
                below = replace(below, directory=log.directory.copy())
            below.directory.apply(index, verdict.core, verdict.statement)
        readers = holder.readers(verdict)
        new = accepted_entry(verdict, text.wraps, text.body, readers)
        entries.append(replace(new, state=text.state, why=text.why, at=text.at))
    return Judged(head, batch.head, tuple(entries), tuple(refusals), below.directory)


@dataclass(frozen=True, slots=True)
class _Text:
    """The wraps and body to keep, or why there are none."""

    wraps: tuple[bytes, ...] = ()
    body: bytes = b""
    state: int = HELD
    why: str = ""
    at: int = 0


def _text(
    verdict: rules.Accepted, sent: pb.Envelope, directory: Directory, holder: Holder
) -> _Text:
    """Return what is kept of an accepted envelope's text.

    A text that is there and wrong is a fault of the wire or of the sender's disk, and
    refuses the batch: sent again it may be right. One that is said to be absent is
    none: the entry is stored, and its text asked for until it comes.

    1. What is said to be absent is empty, and nothing that the entry does not need.
    2. What comes, or must come, is what was signed. It must for desks of the node to
       which it is owed, unless it is said to be absent, or the envelope has expired.
    3. What there is no room or no budget for is not kept.
    4. Past its retention a text is kept for desks of this node alone.
    5. Where none came for desks of this node: NEVER if it expired before, else LACKING.
    """
    core = verdict.core
    nodes = {recipient.desk.partition(".")[2] for recipient in core.recipients}
    whole = _Text(tuple(sent.wraps), sent.body)
    came = bool(whole.wraps or whole.body)
    # 1
    if sent.absent not in _WHY or (sent.absent and came):
        raise Refusal(Reason.WRAPS, "absent")
    # 2
    owed = holder.owed in nodes and not retention.may_lack(core, holder.past)
    if came or not nodes or (owed and not sent.absent):
        envelope.check_payload(verdict.parsed, whole.wraps, whole.body)
    # 3
    room = not came or holder.takes(sum(map(len, whole.wraps)) + len(whole.body))
    # 4
    if holder.me not in nodes:
        end = retention.of(directory).end(core.expires)
        return _Text() if nodes and (holder.past(end) or not room) else whole
    if came and room:
        return whole
    # 5
    if retention.may_lack(core, holder.past):
        return _Text((), b"", NEVER, "", holder.now)
    why = Reason.QUOTA if came else _WHY[sent.absent]
    return _Text((), b"", LACKING, why, holder.now)


def refused_entry(entry: bytes, reason: Reason) -> NewEntry:
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


def accepted_entry(
    verdict: rules.Accepted,
    wraps: tuple[bytes, ...],
    body: bytes,
    desks: tuple[str, ...],
) -> NewEntry:
    """Return an ACCEPTED entry as it is stored."""
    return NewEntry(
        entry=verdict.parsed.entry,
        name=verdict.parsed.name,
        id=verdict.core.id,
        kind=verdict.core.kind,
        wraps=wraps,
        body=body,
        desks=desks,
        reason="",
        urgency=urgency_of(verdict.core, verdict.statement),
    )


def find_readers(
    verdict: rules.Accepted, find: Callable[[bytes], tuple[str, ...] | None]
) -> tuple[str, ...]:
    """Return the desks that may read an entry.

    A sealed one: the author's and those it is addressed to. A clear receipt:
    also those of what it speaks of, which `find` tells by name; every desk of
    this node where that is not here yet.
    """
    core = verdict.core
    own = verdict.author.subject.rpartition("@")[2]
    readers = {own, *(recipient.desk for recipient in core.recipients)}
    if core.kind == pb.KIND_RECEIPT and not core.recipients:
        for reference in core.references:
            spoken_of = find(reference.name)
            if spoken_of is None:
                return EVERY_DESK
            readers.update(spoken_of)
    return tuple(sorted(readers))
