"""The JSON objects for the status of a node: the whole answer, and each part of it."""

import base64
from typing import Any

from exchange.cli import log_output
from exchange.cli.lazy import lazy_imports
from exchange.cli.log_output import list_cosigners
from exchange.errors import FusionError
from exchange.limits import PROOF_FRESH, SECOND

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.config.hook_record import HookFault
    from exchange.desk.link import heads
    from exchange.desk.link.node_status import take_up_policies, verify_head
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
    stated = take_up_policies(answer, pinned)
    heads = heads_json(answer, pinned, now)
    sound = not any("reason" in head for head in heads)
    return {
        "refused": [refused_json(one) for one in answer.refused],
        "node": answer.node,
        "peers": [peer_json(peer) for peer in answer.peers],
        "heads": heads,
        "agree": answer.agree and sound,
        "agreed": find_proof(answer, now),
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
        "on_the_way": log_output.counts_json(answer.on_the_way),
        "due": None,
        "outbox": None,
    }


def find_proof(answer: "GetStatusResponse", now: int) -> dict[str, Any]:
    """Return when all partners last proved that ledgers agree, as `--json` prints it.

    `now` (ms UTC) stands for the node's clock where it does not tell that. It is `now`
    while all partners are up and have cosigned just now; `at` is the oldest of their
    last lines, None where one never cosigned, and `age` is in seconds.
    """
    at = min((peer.cosigned_at for peer in answer.peers), default=0)
    age = (answer.time or now) - at
    up = bool(answer.peers) and all(
        peer.up and not peer.silent_since for peer in answer.peers
    )
    return {
        "now": up and 0 <= age <= PROOF_FRESH,
        "at": iso(at) if at else None,
        "age": max(age, 0) // SECOND if at else None,
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
    return {
        "name": witness.name,
        "size": witness.size,
        "at": iso(witness.cosigned_at) if witness.cosigned_at else None,
        "reason": witness.reason,
    }


def refused_json(refused: "RefusedEnvelope") -> dict[str, object]:
    """Return an envelope that was refused."""
    return {
        "name": refused.name.hex(),
        "desk": refused.desk or None,
        "reason": refused.reason,
        "where": refused.where,
        "at": iso(refused.at) if refused.at else None,
    }


def alarm_json(alarm: "Alarm") -> dict[str, object]:
    """Return an alarm."""
    found = {"reason": alarm.reason, "where": alarm.where}
    return found | {"at": iso(alarm.at) if alarm.at else None}


def hook_json(fault: "HookFault") -> dict[str, object]:
    """Return what is wrong with the hook of `fusion watch`, as an alarm."""
    found = {"reason": "HOOK", "where": fault.text}
    return found | {"at": iso(fault.since) if fault.since else None}
