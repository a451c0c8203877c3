"""The parts of a node's answer about its status, as they stand in JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.config.hook_record import HookFault
    from exchange.v1.desk_service_pb2 import (
        Alarm,
        PeerStatus,
        RefusedEnvelope,
        WitnessStatus,
    )


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
