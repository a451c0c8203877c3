"""The own log: envelopes are judged and stored, then signed, a group under each head.

An entry may leave the node only under a head that is signed and stored. The next append
stores that head, or `publish` if none comes.
"""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from exchange.errors import CommitUnknown, FusionError, Reason, Refusal, Unreachable
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, SECOND
from exchange.node import (
    batch_verdict,
    directory_heads,
    drafts,
    new_entries,
    submission_check,
)
from exchange.node.node import Node
from exchange.node.quota import DESK
from exchange.node.recent_batches import RecentEntry
from exchange.node.submission_check import Asked, NotYet, Submission
from exchange.refusal_classes import CLASSES, RefusalClass
from exchange.store import NewBatch, NewEntry, StoredHead
from exchange.trust import rules
from exchange.trust.entry_facts import EntryFacts
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.statements import SEALING
from exchange.v1 import desk_service_pb2 as desk_pb

logger = logging.getLogger(__name__)

Place = tuple[str, int]
"""(origin, index) of an entry."""
Desks = tuple[str, ...]


class AppendGroup:
    def __init__(  # noqa: PLR0913, PLR0917  all by which it is judged
        self,
        edge: Edge,
        log: rules.Log,
        forms: AcceptedForms,
        asked: Asked,
        known: batch_verdict.KnownSoFar,
        places: dict[bytes, Place],
    ) -> None:
        self.log = log
        self.forms = forms
        self.asked = asked
        self.known = known
        self.places = places
        self.published = False  # whether an append stored earlier heads too
        self.begin(edge)

    def begin(self, edge: Edge) -> None:
        self.edge = edge
        self.entries: list[NewEntry] = []
        self.recent: list[RecentEntry] = []
        self.answers: list[desk_pb.Submitted] = []
        self.weight = 0
        self.of_desks: dict[str, int] = {}  # bytes of entries
        self.states = False  # whether it has DIRECTORY entries

    def add(
        self, origin: str, facts: EntryFacts, submission: Submission, desks: Desks
    ) -> None:
        sent, desk = submission.sent, submission.desk
        if desk is not None:
            self.of_desks[desk] = self.of_desks.get(desk, 0) + len(sent.entry)
        self.places[facts.name] = origin, self.next
        self.known.add(facts)
        text = new_entries.KeptText(tuple(sent.wraps), sent.body)
        me = self.log.node
        self.entries.append(new_entries.accepted_entry(facts, text, desks, me))
        self.recent.append(RecentEntry.of(sent, desks))
        self.weight += submission.size

    def take_back(self, origin: str, error: FusionError) -> None:
        """Refuse for later: the envelopes were valid, only storing them failed."""
        self.known.drop_added()
        for entry in self.entries:
            del self.places[entry.name]
        for answer in self.answers:
            new = answer.origin == origin and answer.index >= self.edge.size
            if not (answer.reason or answer.awaits_release) and new:
                refuse(answer, error, later=True)

    @property
    def next(self) -> int:
        return self.edge.size + len(self.entries)

    def full(self, submission: Submission) -> bool:
        over = self.weight + submission.size > BATCH_BYTES_MAX
        return bool(self.entries) and (over or len(self.entries) >= BATCH_ENTRIES_MAX)

    def head(self, origin: str) -> Head:
        leaves = [leaf_hash(entry.entry) for entry in self.entries]
        grown = self.edge.extend(leaves).edge
        return Head(origin, grown.size, grown.root())


def begin_group(node: Node, submissions: Sequence[Submission]) -> AppendGroup:
    """Prepare envelopes that are not yet prepared.

    Envelopes already in an own log, also in an ended one, keep their place.
    """
    members = node.members
    members.settle(node.origin)
    forms = members.forms(node.origin)
    prepared = [submission_check.prepare(each, forms) for each in submissions]
    claims = [claim for each in prepared if (claim := each.claim()) is not None]
    logs = members.logs(node.name)
    standing = {log: members.find_known(log, claims) for log in logs}
    places = {
        name: (log, index)
        for log, known in standing.items()
        for name, index in known.places.items()
    }
    known = batch_verdict.KnownSoFar(standing[node.origin])
    log = members.log(node.origin, known)
    edge = _edge(node)
    posture = node.posture
    asked = Asked(
        members,
        node.clock(),
        minimize=posture.minimize,
        suspended=posture.suspended,
    )
    return AppendGroup(edge, log, forms, asked, known, places)


def _edge(node: Node) -> Edge:
    """Raise Refusal(NOT_WRITER) if the log was rolled back.

    A server's disk can roll the database back under the running node: a new entry could
    contradict those that partners hold. So the term ends; the next one, or the next
    start, hears every member first.
    """
    edge = node.store.logs.edge(node.origin)
    if edge.size < node.signed_size:
        logger.error("the database lacks entries that this process has signed")
        node.term.end_as_restored()
        raise Refusal(Reason.NOT_WRITER, node.name)
    return edge


# Entries are appended.


def append_submissions(
    node: Node, submissions: Sequence[Submission]
) -> tuple[list[desk_pb.Submitted], bool]:
    """Return the answers, and whether earlier heads were published.

    The caller holds the node's lock, and the node may sign. Unreachable if the result
    cannot be known now.
    """
    _end_doubt(node)
    try:
        group = begin_group(node, submissions)
        answers = [_answer(node, each, group) for each in submissions]
        _commit(node, group)
    except BaseException:
        node.members.reload(node.origin)  # it may have statements that were not stored
        raise
    return answers, group.published


def _answer(
    node: Node, submission: Submission, group: AppendGroup
) -> desk_pb.Submitted:
    if group.full(submission):
        _commit(node, group)
    answer = desk_pb.Submitted(origin=node.origin)
    group.answers.append(answer)
    try:
        prepared = submission_check.prepare(submission, group.forms)
        answer.name = name = prepared.name
        known = group.places.get(name)
        answer.origin, answer.index = known or (node.origin, group.next)
        if known is None and prepared.is_draft():
            answer.ClearField("index")
            answer.awaits_release = True
            _keep_draft(node, submission, group, name)
        elif known is None:
            if prepared.is_released():
                drafts.check_open(node, name)
            _add(node, submission, group)
    except Refusal as refusal:
        refuse(answer, refusal, later=may_pass(node, refusal))
    return answer


def _add(node: Node, submission: Submission, group: AppendGroup) -> None:
    members, log = node.members, group.log
    facts = submission_check.check(submission, log, group.forms, group.asked)
    if submission.desk is not None and facts.statement is None:
        node.quota.check_desk(submission.desk)
    verdict = facts.verdict
    if log.opens is not None and verdict is not None:
        members.check_opening(node.origin, verdict.core.clear)
        group.log = replace(log, opens=None)
    if verdict is not None and verdict.statement is not None:
        if submission.desk is not None and verdict.statement.role == SEALING:
            author, elapsed = verdict.core.author, node.clock.elapsed()
            node.sealing_pace.spend(author, facts.name, elapsed)
        log.directory.apply(group.next, verdict.core, verdict.statement)
        group.asked.current.clear()
        group.states = True
    desks = batch_verdict.find_readers(facts, members.desks)
    group.add(node.origin, facts, submission, desks)


def _keep_draft(
    node: Node, submission: Submission, group: AppendGroup, name: bytes
) -> None:
    if drafts.is_kept(node, name, submission.desk):
        return
    facts = submission_check.check_draft(submission, group.log, group.asked)
    drafts.keep(node, facts, submission.sent)


def _commit(node: Node, group: AppendGroup) -> None:
    """Commit the entries; refuse the envelopes if it fails."""
    if not group.entries:
        return
    try:
        _append(node, group)
    except Unreachable:  # unknown: no caller gets an answer
        raise
    except FusionError as error:
        group.take_back(node.origin, error)
        node.members.reload(node.origin)
        group.log = node.members.log(node.origin, group.known)
        group.forms = node.members.forms(node.origin)
    group.begin(_edge(node))


def _append(node: Node, group: AppendGroup) -> None:
    origin, edge = node.origin, group.edge
    expect = Head(origin, edge.size, edge.root()) if edge.size else None
    before = _sign(node, node.store.boundaries(origin))
    directory = directory_heads.sign_with(node, before)
    new = NewBatch(group.entries, group.head(origin), b"", complete=False)
    try:
        node.store.append(origin, expect, [new], node.clock(), before=before)
    except CommitUnknown as unknown:
        _find_out(node, new.head, unknown)
    _note_signed(node, before)
    for desk, size in group.of_desks.items():
        node.quota.spend(desk, {DESK: size})
    node.directory.stated |= group.states
    node.recent.keep(origin, edge.size, group.recent)
    node.recent.publish(before, directory)
    group.published |= bool(before)
    group.known.keep_added()


def _find_out(node: Node, head: Head, unknown: CommitUnknown) -> None:
    """Return if it was committed; raise if it was not.

    Unreachable if this is unknown: another process may be the writer, or the database
    does not answer. Desks resubmit unanswered envelopes.
    """
    try:
        stands = node.store.stands(head)
    except FusionError as error:
        node.in_doubt = True
        raise Unreachable(node.name) from error
    if not stands:
        raise unknown


def _end_doubt(node: Node) -> None:
    """Wait until an append of unknown result is safe, if committed.

    Resubmissions are answered from the database, which may have it on only one of
    several machines yet.
    """
    if not node.in_doubt:
        return
    try:
        node.store.confirm()
    except FusionError as error:
        raise Unreachable(node.name) from error
    node.in_doubt = False


# Heads are signed.


def publish(node: Node) -> None:
    """Sign and publish heads, unless this node may not sign."""
    with node.lock:
        if not (unsigned := node.store.boundaries(node.origin)):
            return
        if not node.may_sign:
            return
        signed = _sign(node, unsigned)
        directory = directory_heads.sign_with(node, signed)
        try:
            node.store.publish(signed)
        except CommitUnknown:
            node.on_change()  # they may be shown by now, with none left to sign
            raise
        _note_signed(node, signed)
        node.recent.publish(signed, directory)
    node.on_change()


def _sign(node: Node, unsigned: Sequence[StoredHead]) -> list[StoredHead]:
    """Sign the boundaries in the database.

    Only it knows about commits that were not answered.
    """
    keys, now = node.keys, node.clock()
    return [
        StoredHead(
            held.head,
            checkpoint.sign_head(held.head, keys.log, keys.log_pq, now // SECOND),
            now,
        )
        for held in unsigned
    ]


def _note_signed(node: Node, signed: Sequence[StoredHead]) -> None:
    if signed:
        node.signed_size = signed[-1].head.size


# Envelopes are refused.


def refuse(answer: desk_pb.Submitted, error: FusionError, *, later: bool) -> None:
    """Fill in a refusal; take `later` from `may_pass`."""
    answer.ClearField("index")
    answer.awaits_release = False
    answer.reason = error.reason
    answer.text = str(error)
    answer.where = error.where
    answer.later = later


def may_pass(node: Node, error: FusionError) -> bool:
    """Return whether a refused envelope may be recorded another time.

    1. Its class of refusal says so, or only the time is against it.
    2. A missing entry may be in a log that is behind, or that no bundle names here.
    3. The HEAD that opens the own log may still come.

    While the own log is behind, a refusal that it could lift is not given: the envelope
    waits.
    """
    # 1, 2
    if isinstance(error, NotYet):
        return error.node is None or _behind(node, error.node)
    later = CLASSES.get(error.reason) is RefusalClass.LATER
    if error.reason is not Reason.TIME and later:
        return True
    # 3
    if error.reason is not Reason.HEAD or node.members.before(node.origin) is None:
        return False
    return not node.store.logs.size(node.origin)


def _behind(node: Node, owner: str) -> bool:
    """Return whether a log is behind; `owner` "" means any node.

    True for a node that no bundle lists. A forked log ends here.
    """
    members, startup = node.members, node.startup
    every = [node.name, *members.peers]
    if owner and owner not in every:
        return True
    nodes = [owner] if owner else every
    logs = [log for name in nodes for log in members.logs(name)]
    size = node.store.logs.size
    return any(
        log not in node.forks and startup.behind(log, size(log)) for log in logs
    ) or not all(startup.heard(name) for name in nodes)
