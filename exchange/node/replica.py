"""The replica of a partner's log: its batches are judged, stored and cosigned."""

from collections.abc import Callable, Sequence

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.ledger.note import parse_note
from exchange.limits import SECOND
from exchange.node import cosign, forks, heads, opening, positions, receive
from exchange.node.receive import Judged
from exchange.node.state import State
from exchange.store import LACKING, StoredHead
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2


def take(state: State, peer: str, batch: ledger_pb2.Batch) -> rpc.Cosigned:
    """Store and cosign a partner's batch, or raise the Refusal it is told.

    What a batch claims is verified before anything is looked up for it, and its head
    before the node's other work waits for it.
    """
    origin = batch.origin
    if origin not in state.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    if origin in state.forks:
        raise Refusal(Reason.FORK, origin)
    receive.check_size(batch)
    head = receive.check_head(batch, state.members.log_keys(origin))
    with state.lock:
        cosign.finish(state, origin)
        edge = state.store.edge(origin)
        if batch.start + len(batch.envelopes) <= edge.size:
            return _held(state, batch)
        try:
            cosigned = _append(state, batch, head, edge)
        except Refusal:
            heads.look_at(state, batch.head)
            raise
    state.on_change()
    return cosigned


def _held(state: State, batch: ledger_pb2.Batch) -> rpc.Cosigned:
    """Answer a batch that is stored already; a head beside ours is a fork."""
    heads.take_of_batch(state, batch.head)
    held = state.store.head(batch.origin)
    if held is None:
        raise Refusal(Reason.POSITION, batch.origin)
    return rpc.Cosigned(
        origin=batch.origin,
        size=held.head.size,
        head=held.note,
        refusals=positions.refused(state.store, batch.origin, batch.start),
        lacking=positions.lacking(state.store, batch.origin),
    )


def _append(
    state: State, batch: ledger_pb2.Batch, head: Head, edge: Edge
) -> rpc.Cosigned:
    owner = state.members.node_of(batch.origin)
    allowance = state.quota.allowance(owner)
    judged = judge(state, batch, head, edge, state.name, allowance.takes)
    note = checkpoint.only(judged.note, state.members.log_keys(batch.origin))
    forks.compare_batch(state, batch, edge, note)
    may_cosign = state.may_cosign(judged.head)
    stored = store(state, judged, note, complete=not may_cosign)
    if may_cosign:  # nothing of ours is set under what a power cut could undo
        (stored,) = cosign.finish(state, batch.origin)
    state.quota.settle(owner, allowance)
    _hear_time(state, batch)
    heads.reached(state, batch.origin, judged.head.size)
    return rpc.Cosigned(
        origin=batch.origin,
        size=judged.head.size,
        head=stored.note,
        refusals=_refusals(judged.refusals),
        lacking=positions.lacking(state.store, batch.origin),
    )


def _hear_time(state: State, batch: ledger_pb2.Batch) -> None:
    """Take the time of the log's own line under a head that was verified."""
    origin = batch.origin
    lines = parse_note(batch.head).lines
    times = [checkpoint.claimed_time(line) for line in lines if line.name == origin]
    owner = state.members.node_of(origin)
    state.signed_time.heard(owner, max(times) * SECOND)


def _refusals(found: Sequence[tuple[int, Reason]]) -> list[ledger_pb2.Refusal]:
    return [ledger_pb2.Refusal(index=index, reason=reason) for index, reason in found]


def judge(  # noqa: PLR0913, PLR0917  all by which a batch is judged
    state: State,
    batch: ledger_pb2.Batch,
    head: Head,
    edge: Edge,
    owed: str,
    takes: Callable[[int], bool] = lambda _: True,
) -> Judged:
    """Judge a batch under a verified head; texts for desks of node `owed` must come.

    `takes` says of each text by its bytes whether it may be kept.
    """
    receive.check_root(batch, edge, head)
    entries = [sent.entry for sent in batch.envelopes]
    origin, members = batch.origin, state.members
    log = members.log(origin, members.standing(origin, entries))
    holder = receive.Holder(
        state.name,
        owed,
        lambda verdict: receive.desks(verdict, members.desks),
        state.clock.now(),
        state.signed_time.past,
        takes,
    )
    judged = receive.judge_batch(batch, head, log, holder)
    if log.opens is not None:
        first = judged.entries[0]
        if first.reason:
            raise Refusal(Reason.HEAD, origin)
        opening.check(state, origin, envelope.split(first.entry).core.clear)
    return judged


def store(
    state: State, judged: Judged, note: bytes, *, complete: bool = True
) -> StoredHead:
    """Append a judged batch under its head with these lines.

    Unless it is `complete`, the own line is still to be set under it. Its statements
    count from then on; where nobody knows whether it was stored, the directory is read
    anew.
    """
    origin, members = judged.head.origin, state.members
    expect = state.store.position(origin)
    try:
        stored = state.store.append(
            origin,
            expect,
            judged.entries,
            judged.head,
            note,
            state.clock(),
            complete=complete,
        )
    except BaseException:
        members.reload(origin)
        raise
    members.adopt(origin, judged.directory)
    return stored


def complete(state: State, peer: str, sent: rpc.Bodies) -> rpc.Cosigned | None:
    """Keep the text that an entry of a partner's log lacked; return the answer anew.

    None where the entry lacks none, or there is no room for it still. Raises
    Refusal(WRAPS | BODY) for a text that is not the one signed: it is dropped, and
    asked for still.
    """
    origin, texts = sent.origin, state.store
    if origin not in state.members.logs(peer):
        raise Refusal(Reason.ORIGIN, origin)
    found = texts.entries(origin, sent.index, 1)
    if not found or found[0].index != sent.index or found[0].state != LACKING:
        return None
    parsed = envelope.split(found[0].entry)
    envelope.check_payload(parsed, tuple(sent.wraps), sent.body)
    with state.lock:
        allowance = state.quota.allowance(peer)
        taken = allowance.takes(sum(map(len, sent.wraps)) + len(sent.body))
        state.quota.settle(peer, allowance)
    if not taken:
        return None
    if texts.complete(origin, sent.index, tuple(sent.wraps), sent.body):
        state.on_change()
    held = texts.fresh(origin)
    if held is None:
        return None
    return rpc.Cosigned(
        origin=origin,
        size=held.head.size,
        head=held.note,
        lacking=positions.lacking(texts, origin),
    )
