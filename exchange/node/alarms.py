"""The alarms of a node, for people."""

from collections.abc import Iterator

from exchange.errors import Reason
from exchange.limits import COUNTERSIGN_WITHIN, ENTRY_TYPICAL, LACKED_ALARMS_MAX
from exchange.node import directory_heads
from exchange.node.node import Node
from exchange.node.quota import ENTRIES, MIB, REFUSALS
from exchange.store import StoredFork
from exchange.store.express import NOT_LOGGED
from exchange.v1 import desk_service_pb2 as desk_pb


def frozen(node: Node) -> dict[str, StoredFork]:
    """Return the open forks: those of logs that have no successor yet."""
    members = node.members
    logs = [members.logs(name) for name in (node.name, *members.peers)]
    ended = {origin for found in logs for origin in found[:-1]}
    return {log: fork for log, fork in node.forks.items() if log not in ended}


def alarms(node: Node) -> Iterator[desk_pb.Alarm]:
    for origin, fork in frozen(node).items():
        yield desk_pb.Alarm(reason=Reason.FORK, where=origin, at=fork.at)
    for origin, since in node.newer_rules.items():
        yield desk_pb.Alarm(reason=Reason.UPGRADE, where=origin, at=since)
    for alarm in node.signed_time.alarms():
        yield desk_pb.Alarm(reason=alarm.reason, where=alarm.where, at=alarm.at)
    for origin in {node.origin: None} | dict.fromkeys(node.store.logs.origins()):
        ahead = node.startup.ahead(origin, node.store.logs.size(origin))
        if ahead is not None and origin not in {*node.forks, *node.newer_rules}:
            yield desk_pb.Alarm(reason=Reason.MISSING, where=f"{origin}#{ahead.size}")
    yield from directory_heads.alarms(node)
    yield from _lacked(node)
    yield from _ahead(node)
    if (failing := node.log_signer.failing_since) is not None:
        yield desk_pb.Alarm(reason=Reason.TOKEN, where=node.origin, at=failing)
    yield from _not_countersigned(node)
    if not node.quota.room():
        yield desk_pb.Alarm(reason=Reason.DISK, where=node.name)
    for peer in node.quota.peers_over():
        yield desk_pb.Alarm(reason=Reason.QUOTA, where=peer)
    yield from _budgets(node)


def _budgets(node: Node) -> Iterator[desk_pb.Alarm]:
    """Yield the partners' budgets that are half used, used up, or too small.

    NODE USED/FULL MiB; NODE REFUSED USED/FULL; NODE +N MiB if about N MiB wait at the
    partner. The figures are half, all, or a power of two, so that one alarm stays one.
    """
    for one in node.quota.spent(node.members.peers):
        used, full, unit = one.used, one.full, ""
        if one.what != REFUSALS:
            used, full, unit = used // MIB, full // MIB, " MiB"
        sort = "" if one.what == ENTRIES else "REFUSED "
        where = f"{one.peer} {sort}{used}/{full}{unit}"
        yield desk_pb.Alarm(reason=Reason.BUDGET, where=where)
    for peer in node.members.peers:
        origin = node.members.origin(peer)
        lacks = node.startup.promised(origin) - node.store.logs.size(origin)
        needed = max(0, lacks) * ENTRY_TYPICAL
        if needed > max(0, node.quota.left(peer, ENTRIES)):
            about = 1 << (needed // MIB).bit_length()
            yield desk_pb.Alarm(reason=Reason.BUDGET, where=f"{peer} +{about} MiB")


def _ahead(node: Node) -> Iterator[desk_pb.Alarm]:
    for row in node.store.express.brief():
        if row.state == NOT_LOGGED or row.reason == Reason.DUPLICATE_ID:
            where = f"{node.members.origin(row.peer)} {row.name.hex()[:16]}"
            yield desk_pb.Alarm(reason=row.reason, where=where, at=row.closed_at)
    for peer, pace in node.express.items():
        if pace.stalled:
            yield desk_pb.Alarm(reason=Reason.STALLED, where=node.members.origin(peer))


def _not_countersigned(node: Node) -> Iterator[desk_pb.Alarm]:
    """Yield alarms by this process's clock: a step of the wall clock is no matter."""
    before = node.clock.now() - COUNTERSIGN_WITHIN
    for lacks in node.store.drafts.emergencies(before, LACKED_ALARMS_MAX):
        stored = node.store.entries.by_name(lacks.name)
        if stored is not None:  # else its log ended before it
            where = f"{stored.origin}#{stored.index}"
            at = lacks.since + COUNTERSIGN_WITHIN
            yield desk_pb.Alarm(reason=Reason.RELEASE, where=where, at=at)


def _lacked(node: Node) -> Iterator[desk_pb.Alarm]:
    places = {
        (one.origin, one.index): one.at
        for one in node.store.partners.lacked(LACKED_ALARMS_MAX)
    }
    for index in node.store.texts.lacking(node.origin, LACKED_ALARMS_MAX):
        places.setdefault((node.origin, index), 0)
    for (origin, index), at in sorted(places.items()):
        where = f"{origin}#{index}"
        yield desk_pb.Alarm(reason=Reason.MISSING, where=where, at=at)
