"""Read-only views of a node: for its desks, its operator, and auditors.

Only the readers of an entry get its wraps and body; others get entries between desks of
the own nation as bare leaf hashes, enough to rebuild the root. Past their retention
texts go only to readers without them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from exchange.errors import STORAGE, Reason, Refusal
from exchange.ledger.directory_tree import is_directory
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.policy import Policy
from exchange.limits import LIST_MAX, REFUSED_KEPT, WATCH_PAGE_BYTES
from exchange.node import outbox, retention, submissions
from exchange.node.alarms import alarms, frozen
from exchange.node.batch_verdict import EVERY_DESK
from exchange.node.node import Node
from exchange.store import (
    ENTRY,
    HEAD,
    LACKING_TEXT,
    TEXT,
    UNDELIVERED,
    StoredArrival,
    StoredEntry,
)
from exchange.store.arrivals import ArrivedThing
from exchange.v1 import audit_service_pb2 as audit_pb
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2

T = TypeVar("T")
FOR_ALL = frozenset({pb.KIND_DIRECTORY, pb.KIND_HEAD})
PAGE = 256  # arrivals or entries looked at in one go
ARRIVAL_SIZE = 128  # approximate bytes of an arrival beside its content


def arrivals(
    node: Node, desk: str, after: int, ends: Callable[[], bool] = lambda: False
) -> list[desk_pb.Arrival]:
    """Return a small page.

    Many desks may each leave one unread. Ends early once `ends` is true.
    """

    def weigh(thing: ArrivedThing) -> int:
        return WATCH_PAGE_BYTES if ends() else _weigh(desk, thing)

    things = node.store.arrivals.things(after, PAGE, weigh, WATCH_PAGE_BYTES)
    page: list[desk_pb.Arrival] = []
    for thing in things:
        page.append(_arrival(node, desk, thing))
        if ends():
            break
    return page


def _weigh(desk: str, thing: ArrivedThing) -> int:
    stored = thing.entry
    if stored is None:
        return ARRIVAL_SIZE + len(thing.note) + len(thing.directory) + len(thing.proof)
    size = ARRIVAL_SIZE
    if _may_read(desk, stored) or _for_all(stored):
        size += len(stored.entry)
    if _may_read(desk, stored):
        size += sum(map(len, stored.wraps)) + len(stored.body)
    return size


def _may_read(desk: str, stored: StoredEntry) -> bool:
    return desk in stored.desks or stored.desks == EVERY_DESK


def _for_all(stored: StoredEntry) -> bool:
    """Return whether an entry may be in its log's directory tree."""
    if stored.reason:
        return is_directory(stored.entry)
    return stored.kind in FOR_ALL


def check_mark(node: Node, after: int, mark: str) -> None:
    """Raise Refusal(POSITION) unless `mark` names arrival `after`.

    A node restored from an old copy reuses numbers.
    """
    if after > SIZE_MAX:
        raise Refusal(Reason.POSITION, "arrivals")
    if not (after and mark):
        return
    found = node.store.arrivals.page(after - 1, 1)
    if [_mark(one) for one in found] != [mark]:
        raise Refusal(Reason.POSITION, "arrivals")


def _mark(arrived: StoredArrival) -> str:
    return f"{arrived.kind} {arrived.origin}#{arrived.index}"


def _arrival(node: Node, desk: str, thing: ArrivedThing) -> desk_pb.Arrival:
    arrived, stored = thing.arrival, thing.entry
    arrival = desk_pb.Arrival(number=arrived.number, mark=_mark(arrived))
    if arrived.kind == ENTRY and stored is not None:
        shown = retention.shown_to_desk(node, stored, desk)
        arrival.entry.CopyFrom(_entry(desk, shown))
    elif arrived.kind == HEAD:
        head = desk_pb.HeadArrived(head=thing.note, directory=thing.directory)
        arrival.head.CopyFrom(head)
    elif arrived.kind == TEXT and stored is not None:
        arrival.text.CopyFrom(_entry(desk, stored))
    elif arrived.kind == LACKING_TEXT:
        arrival.lacking.CopyFrom(desk_pb.LackingArrived(**_said(arrived)))
    elif arrived.kind == UNDELIVERED:
        _undelivered(node, desk, arrived, arrival)
    else:
        told = desk_pb.RefusalArrived(**_said(arrived), proof=thing.proof)
        arrival.refusal.CopyFrom(told)
    return arrival


def _said(arrived: StoredArrival) -> dict[str, Any]:
    return {
        "origin": arrived.origin,
        "index": arrived.index,
        "by": arrived.by,
        "reason": arrived.reason,
    }


def _undelivered(
    node: Node, desk: str, arrived: StoredArrival, arrival: desk_pb.Arrival
) -> None:
    origin, index = arrived.origin, arrived.index
    found = node.store.retention.undelivered(origin, 1, arrived.by, index)
    readers = node.store.entries.page(origin, index, 1)[0].desks
    if found and desk in readers:
        arrival.undelivered.CopyFrom(
            desk_pb.UndeliveredArrived(
                origin=origin, index=index, by=arrived.by, desks=found[0].desks
            )
        )


def _entry(desk: str, stored: StoredEntry) -> desk_pb.EntryArrived:
    verdict = (
        ledger_pb2.VERDICT_REFUSED if stored.reason else (ledger_pb2.VERDICT_ACCEPTED)
    )
    entry = desk_pb.EntryArrived(
        origin=stored.origin, index=stored.index, verdict=verdict, reason=stored.reason
    )
    readable = _may_read(desk, stored)
    if readable or _for_all(stored):
        entry.envelope.CopyFrom(outbox.shown_envelope(stored, readable=readable))
    else:
        entry.leaf = stored.leaf
    return entry


def entry(
    node: Node, desk: str, request: desk_pb.GetEntryRequest
) -> desk_pb.GetEntryResponse:
    """Raise NOT_FOUND for an unknown one."""
    if request.name:
        stored = node.store.entries.by_name(request.name)
    else:
        found = node.store.entries.page(request.origin, request.index, 1)
        stored = found[0] if found else None
    if stored is None or stored.index >= node.store.logs.signed_size(stored.origin):
        raise Refusal(Reason.NOT_FOUND)
    return desk_pb.GetEntryResponse(
        entry=_entry(desk, retention.shown_to_desk(node, stored, desk))
    )


def proof(node: Node, name: bytes) -> desk_pb.GetProofResponse:
    stored = node.store.entries.by_name(name)
    if stored is None:
        raise Refusal(Reason.NOT_FOUND)
    return desk_pb.GetProofResponse(proof=prove(node, stored))


def prove(node: Node, stored: StoredEntry) -> ledger_pb2.InclusionProof:
    """Raise NOT_FOUND without a head over it.

    Under the newest covering head that met the log's policy, else one that a partner
    cosigned, else the newest.
    """
    heads = [
        head
        for head in node.store.heads.falling(stored.origin, PAGE)
        if head.head.size > stored.index
    ]
    if not heads:
        raise Refusal(Reason.NOT_FOUND)
    policy = node.members.policy(node.members.node_of(stored.origin))
    met = (head for head in heads if _met(node, policy, head.note))
    held_by = (head for head in heads if _cosigned(node, head.note))
    best = next(met, None) or next(held_by, heads[0])
    hashes = node.store.logs.inclusion_proof(
        stored.origin, stored.index, best.head.size
    )
    return ledger_pb2.InclusionProof(
        index=stored.index, size=best.head.size, hashes=hashes, head=best.note
    )


def _met(node: Node, policy: Policy, note: bytes) -> bool:
    times = node.members.ends.line_times(note, policy.vkeys)
    return policy.met(times) is not None


def _cosigned(node: Node, note: bytes) -> bool:
    nodes = [node.name, *node.members.peers]
    keys = [key for name in nodes for key in node.members.cosigner_keys(name)]
    return bool(node.members.ends.line_times(note, keys))


def status(node: Node, desk: str = "") -> desk_pb.GetStatusResponse:
    """Return the status, with refusals to `desk`; "" is the operator.

    `on_the_way` adds the envelopes on their way; of those only partners' refusals are
    here.
    """
    size = node.store.logs.signed_size(node.origin)
    peers = [_peer(node, name, size) for name in node.members.peers]
    return desk_pb.GetStatusResponse(
        node=node.name,
        time=node.clock.now(),
        peers=peers,
        heads=outbox.log_positions(node.store),
        agree=all(not peer.queued for peer in peers)
        and bool(peers)
        and not frozen(node),
        signing=node.may_sign,
        minimize=node.posture.minimize,
        emcon=node.posture.emcon,
        suspended=[
            desk_pb.Suspension(nation=nation, since=since)
            for nation, since in sorted(node.posture.suspended.items())
        ],
        waiting=node.store.desk_queue.count_pending(),
        alarms=list(alarms(node)),
        policies=node.members.stated_policies(),
        refused=[
            desk_pb.RefusedEnvelope(
                name=refusal.name,
                desk=refusal.desk,
                reason=refusal.reason,
                where=refusal.where,
                at=refusal.at,
            )
            for refusal in submissions.refused_to(node, desk)
        ],
        on_the_way=_refused_by_partners(node),
        replicas=_replicas(node),
    )


def status_or_fault(
    node: Node, desk: str = ""
) -> tuple[desk_pb.GetStatusResponse, bool]:
    """Return whether it is complete, too.

    If the database does not answer, it has an alarm for that, and partners without
    figures; the node signs nothing then.
    """
    try:
        return status(node, desk), True
    except Refusal as refusal:
        if refusal.reason not in STORAGE:
            raise
        alarm = desk_pb.Alarm(reason=refusal.reason, where=node.name)
        peers = [desk_pb.PeerStatus(name=name) for name in node.members.peers]
        now = node.clock.now()
        return desk_pb.GetStatusResponse(
            node=node.name, time=now, peers=peers, alarms=[alarm]
        ), False


def _replicas(node: Node) -> list[desk_pb.ReplicaStatus]:
    return [
        desk_pb.ReplicaStatus(
            name=one.name,
            writes=one.writes,
            seen_ago=one.ago,
            answers=one.holder == node.term.holder,
        )
        for one in node.term.replicas()
    ]


def _refused_by_partners(node: Node) -> list[desk_pb.OnTheWay]:
    since = node.clock.now() - REFUSED_KEPT
    return [
        desk_pb.OnTheWay(
            state="refused", to=by, node=by, reason=reason, since=at, count=n
        )
        for by, reason, n, at in node.store.partners.count_refusals(since)
    ]


def _peer(node: Node, name: str, size: int) -> desk_pb.PeerStatus:
    state = node.store.partners.get_peer(name)
    return desk_pb.PeerStatus(
        name=name,
        up=state.up,
        since=state.since,
        queued=size - state.cosigned_size,
        cosigned_at=state.cosigned_at,
        reason=state.reason,
        lacking=node.store.partners.count_lacked(name),
        apart=node.signed_time.apart(name),
    )


# For auditors: every log held, without wraps and bodies. An answer has as many items as
# fit and at least one, so that repeated requests reach the end; an empty answer is the
# end.


def audited_logs(
    node: Node, request: audit_pb.ListLogsRequest
) -> audit_pb.ListLogsResponse:
    origins = sorted(name for name in node.store.logs.origins() if name > request.after)
    found = outbox.fitting(_audited_logs(node, origins), audit_pb.AuditedLog.ByteSize)
    return audit_pb.ListLogsResponse(node=node.name, logs=found)


def _audited_logs(node: Node, origins: Iterable[str]) -> Iterator[audit_pb.AuditedLog]:
    for origin in origins:
        signed = node.store.directories.newest(origin)  # first: not beyond the head
        held, fork = node.store.heads.newest_with_lines(origin), node.forks.get(origin)
        if held is not None:
            yield audit_pb.AuditedLog(
                origin=origin,
                head=held.note,
                fork=fork.proof if fork else b"",
                directory=signed.note if signed else b"",
            )


def audited_heads(
    node: Node, request: audit_pb.ListHeadsRequest
) -> audit_pb.ListHeadsResponse:
    """Return those with above < size <= up_to, smallest first."""
    above, up_to = _place(request.above), _place(request.up_to)
    found = node.store.heads.rising(request.origin, above, up_to, LIST_MAX)
    notes = outbox.fitting((held.note for held in found), len)
    return audit_pb.ListHeadsResponse(heads=notes)


def audited_directory_heads(
    node: Node, request: audit_pb.ListDirectoryHeadsRequest
) -> audit_pb.ListDirectoryHeadsResponse:
    """Return those with above < size <= up_to, smallest first."""
    above, up_to = _place(request.above), _place(request.up_to)
    found = node.store.directories.rising(request.origin, above, up_to, LIST_MAX)
    return audit_pb.ListDirectoryHeadsResponse(heads=outbox.fitting(found, len))


def audited_entries(
    node: Node, request: audit_pb.AuditServiceListEntriesRequest
) -> audit_pb.AuditServiceListEntriesResponse:
    start = _place(request.start)
    found = node.store.entries.bare(request.origin, start, LIST_MAX)
    return audit_pb.AuditServiceListEntriesResponse(entries=outbox.fitting(found, len))


def entry_proof(
    node: Node, request: audit_pb.AuditServiceGetProofRequest
) -> audit_pb.AuditServiceGetProofResponse:
    """Raise NOT_FOUND for an unknown one."""
    stored = _find_entry(node, request)
    if stored is None:
        raise Refusal(Reason.NOT_FOUND)
    return audit_pb.AuditServiceGetProofResponse(
        entry=stored.entry, proof=prove(node, stored)
    )


def _find_entry(
    node: Node, request: audit_pb.AuditServiceGetProofRequest
) -> StoredEntry | None:
    if request.name:
        return node.store.entries.by_name(request.name)
    found = node.store.entries.page(request.origin, _place(request.index), 1)
    return next((one for one in found if one.index == request.index), None)


def consistency(
    node: Node, request: audit_pb.GetConsistencyRequest
) -> audit_pb.GetConsistencyResponse:
    """Raise POSITION for sizes that the log has not reached."""
    m, n = request.m, request.n
    if not m <= n <= node.store.logs.signed_size(request.origin):
        raise Refusal(Reason.POSITION, "n")
    hashes = node.store.logs.consistency_proof(request.origin, m, n)
    return audit_pb.GetConsistencyResponse(hashes=hashes)


def _place(number: int) -> int:
    """Refuse what no log has; the wire's 64 bits hold more."""
    if number > SIZE_MAX:
        raise Refusal(Reason.POSITION)
    return number
