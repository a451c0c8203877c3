"""fusion status: how the node, its partners and the ledgers stand."""

import base64
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from exchange.cli import options
from exchange.cli.cosigners import lines, standing
from exchange.errors import FusionError

if TYPE_CHECKING:
    from exchange.desk.pinned import Pinned
    from exchange.v1.desk_service_pb2 import (
        Alarm,
        GetStatusResponse,
        PeerStatus,
        WitnessStatus,
    )

CHECK_FAILED = 1
REASONS = {  # of a witness, in C2SP tlog-witness
    "UNREACHABLE": "it does not answer",
    "WITNESS 403": "it refuses the key of the log (403)",
    "WITNESS 404": "it does not know the log (404)",
    "WITNESS 409": "it has seen a later or another head of the log (409)",
    "WITNESS 422": "it has seen another history of the log (422)",
    "FIELD_VALUE": "its URL in the policy is none",
    "COSIGNATURE": "its signature does not verify",
}


def command(
    home: options.Home = options.HOME_DEFAULT, json: options.Json = False
) -> int:
    """Show links, queues and heads; each head's signatures are verified here.

    Needs no passphrase. Exit code 1 where a head does not verify.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from exchange.desk.line import connect, trusted
    from exchange.desk.pinned import Pinned

    client = connect(home)
    try:
        told = client.status()
    finally:
        client.close()
    pinned = Pinned(trusted(home))
    stated = rule(told, pinned)
    heads = verified(told, pinned, options.now())
    sound = not any("reason" in head for head in heads)
    found = {
        "node": told.node,
        "peers": [_peer(peer) for peer in told.peers],
        "heads": heads,
        "agree": told.agree and sound,
        "stated": stated,
        "witnesses": [_witness(witness) for witness in told.witnesses],
        "alarms": [_alarm(alarm) for alarm in told.alarms],
        "signing": told.signing,
        "waiting": told.waiting,
    }
    if json:
        options.emit(found)
    else:
        _print(found)
    return 0 if sound else CHECK_FAILED


def rule(told: "GetStatusResponse", pinned: "Pinned") -> list[str]:
    """Take up the policies that the node names; return of which nodes' logs.

    Their nations' roots signed them, which is verified here. Whether there is a newer
    one only who reads the whole log can tell. Raises Refusal for any other entry.
    """
    from exchange import envelope
    from exchange.trust import enrol
    from exchange.v1 import envelope_pb2

    nodes = []
    for entry in told.policies:
        node = envelope.split(entry).core.origin
        sent = envelope_pb2.Envelope(entry=entry)
        enrol.judge_all([sent], pinned.directory(node))
        nodes.append(node)
    return sorted(nodes)


def verified(
    told: "GetStatusResponse", pinned: "Pinned", now: int
) -> list[dict[str, object]]:
    """Return the heads that the node names, each verified by the pinned keys.

    With those whom the log's policy asks, and how old their lines are at `now` (ms).
    """
    from exchange.bulletin.values import iso
    from exchange.desk import heads
    from exchange.ledger import checkpoint

    found: list[dict[str, object]] = []
    for held in told.heads:
        one: dict[str, object] = {"origin": held.origin, "size": held.size}
        found.append(one)
        try:
            head = checkpoint.verify_head(held.head, pinned.log_keys(held.origin))
            mirrors = pinned.mirror_keys(held.origin)
            by = checkpoint.cosignatures(held.head, mirrors)
            policy = pinned.policy(held.origin)
            said = checkpoint.line_times(held.head, policy.vkeys)
        except FusionError as error:
            one |= {"reason": error.reason}
            continue
        if (head.head.origin, head.head.size) != (held.origin, held.size):
            one |= {"reason": "HEAD"}
            continue
        one |= {
            "root": base64.b64encode(head.head.root).decode(),
            "at": iso(head.time_s * 1000),
            "cosigned_by": sorted(by),
            "cosigners": standing(
                heads.extend({}, held.size, said), policy, held.size - 1, now
            ),
            "quorum": policy.met(said) is not None,
        }
    return found


def _peer(peer: "PeerStatus") -> dict[str, object]:
    from exchange.bulletin.values import iso

    found: dict[str, object] = {
        "name": peer.name,
        "up": peer.up,
        "since": iso(peer.since) if peer.since else None,
        "queued": peer.queued,
        "cosigned_at": iso(peer.cosigned_at) if peer.cosigned_at else None,
    }
    return found | ({"reason": peer.reason} if peer.reason else {})


def _witness(witness: "WitnessStatus") -> dict[str, object]:
    from exchange.bulletin.values import iso

    return {
        "name": witness.name,
        "size": witness.size,
        "at": iso(witness.cosigned_at) if witness.cosigned_at else None,
        "reason": witness.reason,
    }


def _alarm(alarm: "Alarm") -> dict[str, object]:
    from exchange.bulletin.values import iso

    found = {"reason": alarm.reason, "where": alarm.where}
    return found | {"at": iso(alarm.at) if alarm.at else None}


def _print(found: dict[str, Any]) -> None:
    """Print it in words; whose names a policy gives is another nation's choice."""
    from tui.text.safe import safe

    for line in _text(found):
        print(safe(line))


def _text(found: dict[str, Any]) -> Iterator[str]:
    yield f"node {found['node']}"
    for peer in found["peers"]:
        state = (
            "up" if peer["up"] else f"down ({peer.get('reason', 'not yet dialled')})"
        )
        cosigned = peer["cosigned_at"] or "never"
        yield (
            f"partner {peer['name']} {state} since {peer['since'] or '-'},"
            f" {peer['queued']} queued, last cosigned {cosigned}"
        )
    for head in found["heads"]:
        yield from _log(head)
    yield from map(_told_of, found["witnesses"])
    for alarm in found["alarms"]:
        yield f"alarm {alarm['reason']} {alarm['where']} {alarm['at'] or ''}".rstrip()
    if not found["signing"]:
        yield f"the node signs nothing yet; {found['waiting']} wait for it"
    yield "ledgers agree" if found["agree"] else "ledgers do not agree yet"


def _log(head: dict[str, Any]) -> Iterator[str]:
    told = head.get("reason") or (
        f"root {head['root']} of {head['at']},"
        f" cosigned by {', '.join(head['cosigned_by']) or 'nobody'}"
    )
    yield f"log {head['origin']} size {head['size']}: {told}"
    for line in lines(head.get("cosigners", [])):
        yield f"    {line}"
    if not head.get("quorum", True):
        yield "    the policy of this log is not met"


def _told_of(witness: dict[str, Any]) -> str:
    """Return what the node tells of a witness; what it cosigned stands at the log."""
    why = REASONS.get(witness["reason"], witness["reason"])
    done = f"cosigned {witness['size']} entries at {witness['at']}"
    told = done if witness["at"] else "has cosigned nothing"
    return f"witness {witness['name']} {told}{f'; last: {why}' if why else ''}"
