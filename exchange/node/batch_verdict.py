"""The verdict on one batch of a partner's log; pure (docs/spec/ledger.md).

A wire fault refuses the whole batch: its bytes are not those that the head commits to,
so nothing is stored and they are requested again. An entry fault, a rule broken under a
valid head, is stored as REFUSED and reported: the log goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.envelope_parser import ReceivedBatch
from exchange.errors import NO_VERDICT, Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey
from exchange.limits import BATCH_ENTRIES_MAX, ENTRY_MAX, NOTE_MAX
from exchange.node.judges import judge_all
from exchange.node.new_entries import KeptText, accepted_entry, refused_entry
from exchange.store import LACKING, NEVER, NewEntry
from exchange.trust import fast_accept, retention, rules
from exchange.trust.directory import Directory
from exchange.trust.entry_facts import EntryFacts
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.key_ends import KeyEnds
from exchange.trust.retention import Past
from exchange.v1 import envelope_pb2 as pb

EVERY_DESK = ("*",)  # readers of a receipt until its subject is here

_WHY: Mapping[int, str] = {
    pb.ABSENT_UNSPECIFIED: "LOST",
    pb.ABSENT_ERASED: "ERASED",
    pb.ABSENT_LOST: "LOST",
}
"""Why a text is absent, as its sender says."""

Readers = Callable[[EntryFacts], tuple[str, ...]]


class Holder(Struct, frozen=True):
    """The node that stores a batch; `now` in ms UTC.

    Texts for desks of node `owed` must come or be marked absent; `me` keeps those for
    its own desks. They differ if a log is lent back. `past` says whether a time is
    over, by more than one clock; `takes`, whether a text of that many bytes may be
    kept. `readers` returns an entry's readers, `ahead` the text of a name sent ahead of
    its log.
    """

    me: str
    owed: str
    readers: Readers
    now: int
    past: Past
    takes: Callable[[int], bool] = lambda _: True
    ahead: Callable[[bytes], pb.Envelope | None] = lambda _: None


class Judged(Struct, frozen=True):
    """`directory` is the log's after the batch; the same object without statements."""

    head: Head
    note: bytes
    entries: tuple[NewEntry, ...]
    refusals: tuple[tuple[int, Reason], ...]
    directory: Directory


class KnownSoFar:
    """Names and ids below the entry being judged, including those of its batch."""

    def __init__(self, below: rules.Known) -> None:
        self._below = below
        self._ids: set[bytes] = set()
        self._names: set[bytes] = set()
        self._stored_ids: set[bytes] = set()
        self._stored_names: set[bytes] = set()

    def knows_id(self, id_: bytes) -> bool:
        added = id_ in self._ids or id_ in self._stored_ids
        return added or self._below.knows_id(id_)

    def knows_name(self, name: bytes) -> bool:
        added = name in self._names or name in self._stored_names
        return added or self._below.knows_name(name)

    def keep_added(self) -> None:
        """Keep what was added, even if a later entry fails."""
        self._stored_ids |= self._ids
        self._stored_names |= self._names
        self.drop_added()

    def drop_added(self) -> None:
        self._ids.clear()
        self._names.clear()

    def add(self, facts: EntryFacts) -> None:
        self._ids.add(facts.id)
        self._names.add(facts.name)


def check_size(batch: ReceivedBatch) -> None:
    """Raise POSITION for too many entries, SIZE for one or a note too long."""
    if len(batch.envelopes) > BATCH_ENTRIES_MAX:
        raise Refusal(Reason.POSITION, f"{batch.origin}#{batch.start}")
    if len(batch.head) > NOTE_MAX:
        raise Refusal(Reason.SIZE, batch.origin)
    if any(len(sent.entry) > ENTRY_MAX for sent in batch.envelopes):
        raise Refusal(Reason.SIZE, batch.origin)


def check_head(batch: ReceivedBatch, log_keys: Sequence[Vkey], ends: KeyEnds) -> Head:
    """Raise HEAD unless both log keys signed it, for this log."""
    verified = ends.verify_head(batch.head, log_keys)
    if verified.head.origin != batch.origin:
        raise Refusal(Reason.HEAD, batch.origin)
    return verified.head


class RootedBatch(NamedTuple):
    head: Head
    leaves: Sequence[bytes]
    end: Edge


def check_root(batch: ReceivedBatch, edge: Edge, head: Head) -> RootedBatch:
    """Raise POSITION unless it begins at the edge, ROOT if it misses its head."""
    if batch.start != edge.size or not batch.envelopes:
        raise Refusal(Reason.POSITION, f"{batch.origin}#{batch.start}")
    leaves = [leaf_hash(sent.entry) for sent in batch.envelopes]
    grown = edge.extend(leaves).edge
    if (grown.size, grown.root()) != (head.size, head.root):
        raise Refusal(Reason.ROOT, f"{batch.origin}#{batch.start}")
    return RootedBatch(head, leaves, grown)


class PreparedBatch(NamedTuple):
    """A batch judged by its bytes alone, at a directory's `version`.

    `facts` are in order, None for an entry of unknown form.
    """

    forms: AcceptedForms
    version: int
    facts: Sequence[EntryFacts | None]

    def claims(self, entries: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """Return the names and ids of the readable entries."""
        found = (
            claim_of(entry) if facts is None else (facts.name, facts.id)
            for facts, entry in zip(self.facts, entries, strict=True)
        )
        return [claim for claim in found if claim is not None]


def claim_of(entry: bytes) -> tuple[bytes, bytes] | None:
    """Return what an entry claims, unverified."""
    with suppress(Refusal):
        parsed = envelope.split(entry)
        return parsed.name, parsed.core.id
    return None


def prepare_batch(entries: Sequence[bytes], forms: AcceptedForms) -> PreparedBatch:
    """Prepare a batch in several threads.

    Valid while the directory of `forms` does not change.
    """
    version = forms.directory.version
    return PreparedBatch(forms, version, judge_all(forms.judge, entries))


def judge_batch(
    batch: ReceivedBatch,
    head: Head,
    log: rules.Log,
    holder: Holder,
    prepared: PreparedBatch,
) -> Judged:
    """Judge a batch, or raise the Refusal that answers it.

    The caller has checked its size, head and root, in this order, cheap checks before
    look-ups, and has prepared it. Of the arguments only the known forms change.

    1. A verdict for each entry.
    2. The text of an accepted entry is the signed one; see `_text`.
    """
    judge = _BatchJudge(log, holder, prepared)
    entries = [
        judge.take(index, sent)
        for index, sent in enumerate(batch.envelopes, batch.start)
    ]
    refusals = [
        (index, Reason(entry.reason))
        for index, entry in enumerate(entries, batch.start)
        if entry.reason
    ]
    return Judged(head, batch.head, tuple(entries), tuple(refusals), judge.directory)


class _BatchJudge:
    def __init__(self, log: rules.Log, holder: Holder, prepared: PreparedBatch) -> None:
        self._given = log.directory
        self._holder = holder
        self._known = KnownSoFar(log.known)
        self._log = replace(log, known=self._known)
        self._forms, facts = prepared.forms, prepared.facts
        if self._forms.directory is not log.directory:
            self._forms, facts = AcceptedForms(log.node, log.directory), ()
        elif prepared.version != log.directory.version:
            facts = ()
        self._ahead = iter(facts)

    @property
    def directory(self) -> Directory:
        return self._log.directory

    def take(self, index: int, sent: pb.Envelope) -> NewEntry:
        log = self._log
        if log.opens is not None:
            self._log = replace(log, opens=None)
        # 1
        ahead = next(self._ahead, None)
        try:
            facts = fast_accept.check(sent.entry, log, self._forms, ahead)
        except Refusal as refusal:
            if refusal.reason in NO_VERDICT:
                raise
            return refused_entry(sent.entry, refusal.reason)
        # 2
        sent = _with_text(facts, sent, self._holder)
        text = _text(facts, sent, self.directory, self._holder)
        self._known.add(facts)
        self._state(index, facts)
        return accepted_entry(facts, text, self._holder.readers(facts), self._holder.me)

    def _state(self, index: int, facts: EntryFacts) -> None:
        verdict = facts.verdict
        if verdict is None or verdict.statement is None:
            return
        if self.directory is self._given:
            self._log = replace(self._log, directory=self._given.copy())
        self.directory.apply(index, verdict.core, verdict.statement)
        self._forms = AcceptedForms(self._log.node, self.directory)
        self._ahead = iter(())


def _with_text(facts: EntryFacts, sent: pb.Envelope, holder: Holder) -> pb.Envelope:
    """Return it with the text sent ahead, if a batch left it out; if gone, LOST."""
    left_out = not (sent.wraps or sent.body or sent.absent)
    if not (left_out and facts.form.urgency and holder.me in facts.form.nodes):
        return sent
    kept = holder.ahead(facts.name)
    return kept or pb.Envelope(entry=sent.entry, absent=pb.ABSENT_LOST)


def _text(
    facts: EntryFacts, sent: pb.Envelope, directory: Directory, holder: Holder
) -> KeptText:
    """Return the part of the text to keep.

    A wrong text is a fault of the wire or of the sender's disk, and refuses the batch:
    a resend may be right. An absent one is no fault: the entry is stored, and its text
    requested until it comes.

    1. A text marked absent is empty, and the mark is a known one.
    2. A text that comes, or must come, is the signed one. It must come if it is for
       desks of the node `owed`, unless it is marked absent or the envelope has expired.
    3. A text is not kept without room or budget for it.
    4. Past its retention a text is kept for desks of this node only.
    5. If none came for desks of this node: NEVER if it expired before, else LACKING.
    """
    nodes = facts.form.nodes
    whole = KeptText(tuple(sent.wraps), sent.body)
    came = bool(whole.wraps or whole.body)
    # 1
    if sent.absent not in _WHY or (sent.absent and came):
        raise Refusal(Reason.WRAPS, "absent")
    # 2
    owed = holder.owed in nodes and not sent.absent
    if came or not nodes or (owed and not _may_lack(facts, holder)):
        facts.check_text(whole.wraps, whole.body)
    # 3
    room = not came or holder.takes(sum(map(len, whole.wraps)) + len(whole.body))
    # 4
    if holder.me not in nodes:
        end = facts.expires + directory.retention
        return KeptText() if nodes and (holder.past(end) or not room) else whole
    if came and room:
        return whole
    # 5
    if _may_lack(facts, holder):
        return KeptText((), b"", NEVER, "", holder.now)
    why = Reason.QUOTA if came else _WHY[sent.absent]
    return KeptText((), b"", LACKING, why, holder.now)


def _may_lack(facts: EntryFacts, holder: Holder) -> bool:
    return retention.may_lack(facts.expires, holder.past)


def find_readers(
    facts: EntryFacts, find: Callable[[bytes], tuple[str, ...] | None]
) -> tuple[str, ...]:
    """Return the readers.

    Of a sealed entry: the author's and the addressed desks. Of a clear receipt also the
    readers of its subject, found by `find`; every desk of this node if that is not
    here.
    """
    form = facts.form
    if form.kind != pb.KIND_RECEIPT or form.recipients:
        return form.desks
    readers = set(form.desks)
    for name in facts.references:
        spoken_of = find(name)
        if spoken_of is None:
            return EVERY_DESK
        readers.update(spoken_of)
    return tuple(sorted(readers))
