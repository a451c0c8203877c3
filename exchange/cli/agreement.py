"""Whether the ledgers agree, as `fusion status` says it: now, or when last heard."""

from typing import TYPE_CHECKING, Any

from exchange.limits import PROOF_FRESH, SECOND
from exchange.words import say
from exchange.words.ages import ago

if TYPE_CHECKING:
    from exchange.v1.desk_service_pb2 import GetStatusResponse


def find_proof(answer: "GetStatusResponse", now: int) -> dict[str, Any]:
    """Return when all partners last proved that ledgers agree, as `--json` prints it.

    `now` (ms UTC) stands for the node's clock where it does not tell that. It is `now`
    while all partners are up and have cosigned just now; `at` is the oldest of their
    last lines, None where one never cosigned, and `age` is in seconds.
    """
    from exchange.bulletin.values import iso

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


def is_proven(report: dict[str, Any]) -> bool:
    """Return whether a status tells that ledgers agree now."""
    return bool(report["agree"] and report["agreed"]["now"])


def line(report: dict[str, Any]) -> str:
    """Return in a line what a status tells of the ledgers."""
    if not report["agree"]:
        return say("ledgers do not agree yet")
    if is_proven(report):
        return say("ledgers agree")
    agreed = report["agreed"]
    if agreed["at"] is None:
        return say("ledgers: not every partner has been heard yet")
    return say(
        "ledgers agreed when last heard, {time}, {age}",
        time=agreed["at"],
        age=ago(agreed["age"] * SECOND),
    )
