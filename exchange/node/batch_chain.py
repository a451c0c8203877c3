"""Batches of a partner's log on their way into its replica: judged, then stored.

A batch is judged on top of those that are judged and not stored yet. So this need not
wait for the disk, and several are stored in one transaction, each under its own head.
After the commit the own line is set under the last.

Judging takes no lock and changes nothing, except if a head proves a fork. If judging or
storing fails, the driver drops the chain and begins again at the end of the replica.
"""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.envelope_parser import ReceivedBatch
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.merkle import Edge
from exchange.ledger.note import parse_note
from exchange.limits import SECOND
from exchange.node import (
    batch_verdict,
    directory_heads,
    outbox,
    peer_heads,
    shown_lines,
    told_refusals,
)
from exchange.node.batch_verdict import Judged, RootedBatch
from exchange.node.express_inbox import text_ahead
from exchange.node.node import Node
from exchange.node.quota import Allowance, Amounts, amounts_of
from exchange.store import NewBatch, StoredHead
from exchange.trust import rules
from exchange.trust.directory import Directory
from exchange.v1 import exchange_service_pb2 as rpc


class JudgedBatch(Struct, frozen=True):
    size: int  # bytes on the wire
    leaves: Sequence[bytes]
    start: Edge  # of the log's tree without it
    end: Edge  # and with it
    judged: Judged
    note: bytes  # its head with the log's own lines and the others shown with it
    allowance: Allowance  # taken by its texts from the partner's budget
    amounts: Amounts  # and its entries
    ids: frozenset[bytes]
    desks: dict[bytes, tuple[str, ...]]  # readers of each ACCEPTED entry, by name
    directory: bytes  # the directory head that came with it, unverified; or empty


class KnownInChain:
    """Names and ids known in the replica or in the chain above it."""

    def __init__(self, chain: Sequence[JudgedBatch], stored: rules.Known) -> None:
        self._chain = chain
        self._stored = stored

    def knows_id(self, id_: bytes) -> bool:
        return any(id_ in one.ids for one in self._chain) or self._stored.knows_id(id_)

    def knows_name(self, name: bytes) -> bool:
        added = any(name in one.desks for one in self._chain)
        return added or self._stored.knows_name(name)


class BatchChain:
    """The judged batches of one log; for one thread."""

    def __init__(self) -> None:
        self.judged: tuple[JudgedBatch, ...] = ()
        """In order; those being stored come first."""
        self.drops = 0
        """How often all were dropped: a batch judged across a drop is useless."""

    def join(self, batch: JudgedBatch) -> None:
        self.judged += (batch,)

    def leave(self, count: int) -> None:
        """Remove the first batches: they are stored."""
        self.judged = self.judged[count:]

    def drop(self) -> None:
        """Drop all batches: one could not be stored."""
        self.judged = ()
        self.drops += 1


def judge_next(
    node: Node, peer: str, batch: ReceivedBatch, chain: Sequence[JudgedBatch] = ()
) -> JudgedBatch | None:
    """Return None if the batch is stored already.

    Raises the Refusal to answer with. The batch is verified before any look-up; only a
    stored one waits for the node's lock.
    """
    origin = batch.origin
    if origin not in node.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if origin in node.forks:
        raise Refusal(Reason.FORK, origin)
    batch_verdict.check_size(batch)
    keys, ends = node.members.log_keys(origin), node.members.ends
    head = batch_verdict.check_head(batch, keys, ends)
    edge = chain[-1].end if chain else node.store.logs.edge(origin)
    stored = chain[0].start.size if chain else edge.size
    if batch.start + len(batch.envelopes) <= stored:
        _take_stored_head(node, batch)
        return None
    try:
        owner = node.members.node_of(origin)
        node.quota.check_log(owner, [one.amounts for one in chain])
        allowance = node.quota.allowance(owner, sum(b.allowance.used for b in chain))
        takes = allowance.takes
        rooted = batch_verdict.check_root(batch, edge, head)
        judged = judge_under(node, batch, rooted, node.name, takes, chain)
        note = shown_lines.with_shown_lines(node, owner, origin, judged.note)
    except Refusal as refusal:
        peer_heads.try_batch_head(node, batch.head)
        if refusal.reason is Reason.UPGRADE:
            node.newer_rules = {origin: node.clock.now(), **node.newer_rules}
        raise
    accepted = [entry for entry in judged.entries if not entry.reason]
    new = JudgedBatch(
        start=edge,
        size=batch.size,
        leaves=rooted.leaves,
        end=rooted.end,
        judged=judged,
        note=note,
        allowance=allowance,
        amounts=amounts_of(judged.entries[_held_before(node, batch) :]),
        ids=frozenset(entry.id for entry in accepted),
        desks={entry.name: entry.desks for entry in accepted},
        directory=batch.directory,
    )
    _compare(node, [*chain, new])
    return new


def _held_before(node: Node, batch: ReceivedBatch) -> int:
    """Count the first entries that a repair fetches again."""
    return max(0, node.emitted.held_before(batch.origin) - batch.start)


def _take_stored_head(node: Node, batch: ReceivedBatch) -> None:
    """Raise FORK at once: an answer waits if the partner reads none."""
    with node.lock:
        publish_replica(node, batch.origin)  # a proof needs a head that is kept here
        peer_heads.take_batch_head(node, batch.head)


def _compare(node: Node, chain: Sequence[JudgedBatch]) -> None:
    leaves = [leaf for one in chain for leaf in one.leaves]
    origin = chain[0].judged.head.origin
    peer_heads.compare_batch(node, origin, chain[0].start, leaves, chain[-1].note)


def store_judged(node: Node, chain: Sequence[JudgedBatch]) -> rpc.Cosigned:
    """Store all judged batches and cosign the last one.

    Refusal, storing none, if they do not continue the replica or storing fails.
    """
    last = chain[-1].judged.head
    origin = last.origin
    with node.lock:
        if origin in node.forks:
            raise Refusal(Reason.FORK, origin)
        publish_replica(node, origin)
        try:
            stored = _append(node, chain)
        except Refusal:
            for one in chain:
                peer_heads.try_batch_head(node, one.note)
            raise
        owner = node.members.node_of(origin)
        for one in chain:
            node.quota.record_use(owner, one.allowance)
            node.quota.spend(owner, one.amounts)
        _hear_time(node, chain[-1])
        peer_heads.drop_reached(node, origin, last.size)
    for one in chain:
        directory_heads.hear(node, owner, origin, one.directory, answers=False)
    node.on_change()
    answer = rpc.Cosigned(
        origin=origin,
        size=last.size,
        head=stored.note,
        lacking=outbox.lacking_texts(node.store, origin),
        directory=directory_heads.take_answer(node, origin),
    )
    told_refusals.tell(
        node, answer, last, [told for one in chain for told in one.judged.refusals]
    )
    return answer


def _append(node: Node, chain: Sequence[JudgedBatch]) -> StoredHead:
    """Store the batches, after comparing a head seen earlier that they pass.

    The own line is set only after the commit.
    """
    last = chain[-1].judged.head
    if chain[0].start != node.store.logs.edge(last.origin):
        raise Refusal(Reason.POSITION, f"{last.origin}#{chain[0].start.size}")
    _compare(node, chain)
    may_cosign = node.may_cosign(last)
    batches = [NewBatch(one.judged.entries, one.judged.head, one.note) for one in chain]
    batches[-1] = replace(batches[-1], complete=not may_cosign)
    stored = append_judged(node, batches, chain[-1].judged.directory)
    if may_cosign:
        (stored,) = publish_replica(node, last.origin)
    return stored


def _hear_time(node: Node, batch: JudgedBatch) -> None:
    origin = batch.judged.head.origin
    lines = parse_note(batch.note).lines
    times = [checkpoint.claimed_time(line) for line in lines if line.name == origin]
    owner = node.members.node_of(origin)
    node.signed_time.heard(owner, max(times) * SECOND)


def _desks(
    node: Node, chain: Sequence[JudgedBatch], name: bytes
) -> tuple[str, ...] | None:
    """Return None if it is neither stored nor in the chain."""
    for one in chain:
        if name in one.desks:
            return one.desks[name]
    return node.members.desks(name)


def judge_under(  # noqa: PLR0913, PLR0917  all by which a batch is judged
    node: Node,
    batch: ReceivedBatch,
    rooted: RootedBatch,
    owed: str,
    takes: Callable[[int], bool] = lambda _: True,
    chain: Sequence[JudgedBatch] = (),
) -> Judged:
    """Judge a batch; texts for desks of node `owed` must come.

    `takes` says by its bytes whether a text may be kept; `chain` ends where the batch
    begins.
    """
    entries = [sent.entry for sent in batch.envelopes]
    origin, members = batch.origin, node.members
    prepared = batch_verdict.prepare_batch(entries, members.forms(origin))
    known = members.find_known(origin, prepared.claims(entries))
    log = members.log(origin, known)
    if chain:
        log = rules.Log(
            log.node, chain[-1].judged.directory, KnownInChain(chain, log.known)
        )
    holder = batch_verdict.Holder(
        node.name,
        owed,
        lambda facts: batch_verdict.find_readers(facts, partial(_desks, node, chain)),
        node.clock.now(),
        node.signed_time.past,
        takes,
        partial(text_ahead, node),
    )
    judged = batch_verdict.judge_batch(batch, rooted.head, log, holder, prepared)
    if log.opens is not None:
        first = judged.entries[0]
        if first.reason:
            raise Refusal(Reason.HEAD, origin)
        members.check_opening(origin, envelope.split(first.entry).core.clear)
    return judged


def append_judged(
    node: Node, batches: Sequence[NewBatch], directory: Directory
) -> StoredHead:
    """Return the last head; `directory` is the resulting one.

    If the last batch is not complete, the caller still sets the own line.
    """
    origin, members = batches[0].head.origin, node.members
    expect = node.store.logs.position(origin)
    try:
        stored = node.store.append(origin, expect, batches, node.clock())
    except BaseException:
        members.reload(origin)
        raise
    members.adopt(origin, directory)
    return stored[-1]


# The own line.


def cosign(node: Node, note: bytes) -> bytes:
    name = checkpoint.cosigner_name(node.name)
    now = node.clock() // SECOND
    return checkpoint.cosign(note, name, node.keys.mirror, now)


def publish_replica(node: Node, origin: str) -> list[StoredHead]:
    """Show stored heads that were not shown yet; return them.

    They are cosigned if allowed: their entries are committed by now.
    """
    heads_shown: list[StoredHead] = []
    for held in node.store.boundaries(origin):
        may_cosign = origin not in node.forks and node.may_cosign(held.head)
        note = cosign(node, held.note) if may_cosign else held.note
        heads_shown.append(StoredHead(held.head, note, held.at))
    if heads_shown:
        node.store.publish(heads_shown)
    return heads_shown
