"""fusion status: how the node, its partners and the ledgers stand."""

import base64
import os
from typing import TYPE_CHECKING, Any

from exchange.cli import options
from exchange.errors import FusionError

if TYPE_CHECKING:
    from exchange.desk.pinned import Pinned
    from exchange.v1.desk_service_pb2 import GetStatusResponse, PeerStatus

CHECK_FAILED = 1


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
    heads = verified(told, Pinned(trusted(home)))
    sound = not any("reason" in head for head in heads)
    found = {
        "node": told.node,
        "peers": [_peer(peer) for peer in told.peers],
        "heads": heads,
        "agree": told.agree and sound,
    }
    if json:
        options.emit(found)
    else:
        _print(found)
    return 0 if sound else CHECK_FAILED


def verified(told: "GetStatusResponse", pinned: "Pinned") -> list[dict[str, object]]:
    """Return the heads that the node names, each verified by the pinned keys."""
    from exchange.bulletin.values import iso
    from exchange.ledger import checkpoint

    found: list[dict[str, object]] = []
    for held in told.heads:
        one: dict[str, object] = {"origin": held.origin, "size": held.size}
        found.append(one)
        try:
            head = checkpoint.verify_head(held.head, pinned.log_keys(held.origin))
            mirrors = pinned.mirror_keys(held.origin)
            lines = checkpoint.cosignatures(held.head, mirrors)
        except FusionError as error:
            one |= {"reason": error.reason}
            continue
        if (head.head.origin, head.head.size) != (held.origin, held.size):
            one |= {"reason": "HEAD"}
            continue
        one |= {
            "root": base64.b64encode(head.head.root).decode(),
            "at": iso(head.time_s * 1000),
            "cosigned_by": sorted(lines),
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


def _print(found: dict[str, Any]) -> None:
    print(f"node {found['node']}")
    for peer in found["peers"]:
        state = (
            "up" if peer["up"] else f"down ({peer.get('reason', 'not yet dialled')})"
        )
        cosigned = peer["cosigned_at"] or "never"
        print(
            f"partner {peer['name']} {state} since {peer['since'] or '-'},"
            f" {peer['queued']} queued, last cosigned {cosigned}"
        )
    for head in found["heads"]:
        told = head.get("reason") or (
            f"root {head['root']} of {head['at']},"
            f" cosigned by {', '.join(head['cosigned_by']) or 'nobody'}"
        )
        print(f"log {head['origin']} size {head['size']}: {told}")
    print("ledgers agree" if found["agree"] else "ledgers do not agree yet")
