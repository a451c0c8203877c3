"""The JSON objects for the status of a node: the whole answer, and each part of it."""

import base64
from typing import TYPE_CHECKING, Any

from exchange.cli import agreement, way_output
from exchange.cli.cosigners import list_cosigners
from exchange.errors import FusionError
from exchange.limits import SECOND

if TYPE_CHECKING:
    from exchange.config.hook_record import HookFault
    from exchange.desk.pinned_logs import Pinned
    from exchange.v1.desk_service_pb2 import (
        Alarm,
        GetStatusResponse,
        PeerStatus,
        RefusedEnvelope,
        WitnessStatus,
    )
    from exchange.v1.ledger_pb2 import LogPosition


def status_json(
    answer: "GetStatusResponse", pinned: "Pinned", now: int
) -> dict[str, Any]:
    """Return what the node tells, its heads verified; `now` is ms UTC.

    What only an officer's desk knows is None.
    """
    from exchange.bulletin.values import iso
    from exchange.desk.link.node_status import take_up_policies

    stated = take_up_policies(answer, pinned)
    heads = heads_json(answer, pinned, now)
    sound = not any("reason" in head for head in heads)
    return {
        "refused": [refused_json(one) for one in answer.refused],
        "node": answer.node,
        "peers": [peer_json(peer) for peer in answer.peers],
        "heads": heads,
        "agree": answer.agree and sound,
        "agreed": agreement.find_proof(answer, now),
        "stated": stated,
        "witnesses": [witness_json(witness) for witness in answer.witnesses],
        "alarms": [alarm_json(alarm) for alarm in answer.alarms],
        "minimize": answer.minimize,
        "emcon": answer.emcon,
        "suspended": [
            {"nation": one.nation, "since": iso(one.since) if one.since else None}
            for one in answer.suspended
        ],
        **_replicas_json(answer),
        "signing": answer.signing,
        "waiting": answer.waiting,
        "on_the_way": way_output.counts_json(answer.on_the_way),
        "due": None,
        "outbox": None,
    }


def _replicas_json(answer: "GetStatusResponse") -> dict[str, object]:
    """Return the processes of the node, if several share its database."""
    rows = [
        {"name": one.name, "writes": one.writes, "answers": one.answers}
        for one in answer.replicas
    ]
    return {"replicas": rows} if rows else {}


def heads_json(
    answer: "GetStatusResponse", pinned: "Pinned", now: int
) -> list[dict[str, object]]:
    """Return the heads that the node names, each verified by the pinned keys.

    With those whom the log's policy asks, and how old their lines are at `now` (ms).
    """
    return [_head(held, answer.node, pinned, now) for held in answer.heads]


def _head(
    position: "LogPosition", node: str, pinned: "Pinned", now: int
) -> dict[str, object]:
    from exchange.bulletin.values import iso
    from exchange.desk.link import heads
    from exchange.desk.link.node_status import verify_head

    row: dict[str, object] = {"origin": position.origin, "size": position.size}
    try:
        head = verify_head(position, pinned, node)
    except FusionError as error:
        return row | {"reason": error.reason}
    said = heads.extend({}, position.size, head.times)
    return row | {
        "root": base64.b64encode(head.root).decode(),
        "at": iso(head.time_s * SECOND),
        "cosigned_by": list(head.cosigned_by),
        "cosigners": list_cosigners(said, head.policy, position.size - 1, now),
        "quorum": head.policy.met(head.times) is not None,
        "directory_at": iso(head.directory_s * SECOND) if head.directory_s else None,
    }


def peer_json(peer: "PeerStatus") -> dict[str, object]:
    """Return a partner."""
    from exchange.bulletin.values import iso

    result: dict[str, object] = {
        "name": peer.name,
        "up": peer.up,
        "since": iso(peer.since) if peer.since else None,
        "queued": peer.queued,
        "lacking": peer.lacking,
        "emcon": peer.emcon,
        "minimize": peer.minimize,
        "silent_since": iso(peer.silent_since) if peer.silent_since else None,
        "cosigned_at": iso(peer.cosigned_at) if peer.cosigned_at else None,
        "heard_at": iso(peer.heard_at) if peer.heard_at else None,
        "next_try_at": iso(peer.next_try_at) if peer.next_try_at else None,
        "apart_ms": peer.apart if peer.HasField("apart") else None,
        "round_trip_ms": peer.round_trip if peer.HasField("round_trip") else None,
    }
    return result | ({"reason": peer.reason} if peer.reason else {})


def witness_json(witness: "WitnessStatus") -> dict[str, object]:
    """Return a witness."""
    from exchange.bulletin.values import iso

    return {
        "name": witness.name,
        "size": witness.size,
        "at": iso(witness.cosigned_at) if witness.cosigned_at else None,
        "reason": witness.reason,
    }


def refused_json(refused: "RefusedEnvelope") -> dict[str, object]:
    """Return an envelope that was refused."""
    from exchange.bulletin.values import iso

    return {
        "name": refused.name.hex(),
        "desk": refused.desk or None,
        "reason": refused.reason,
        "where": refused.where,
        "at": iso(refused.at) if refused.at else None,
    }


def alarm_json(alarm: "Alarm") -> dict[str, object]:
    """Return an alarm."""
    from exchange.bulletin.values import iso

    found = {"reason": alarm.reason, "where": alarm.where}
    return found | {"at": iso(alarm.at) if alarm.at else None}


def hook_json(fault: "HookFault") -> dict[str, object]:
    """Return what is wrong with the hook of `fusion watch`, as an alarm."""
    from exchange.bulletin.values import iso

    found = {"reason": "HOOK", "where": fault.text}
    return found | {"at": iso(fault.since) if fault.since else None}
