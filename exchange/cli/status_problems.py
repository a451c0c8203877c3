"""Problems in a status that somebody must act upon: `fusion status --check`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exchange.home import life_lines
from exchange.limits import PARTNER_DOWN
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.v1.desk_service_pb2 import PeerStatus

Problem = dict[str, Any]


def problems(
    status: Mapping[str, Any], peers: "Sequence[PeerStatus]", now: int
) -> Iterator[Problem]:
    """Yield what is wrong, the most pressing first; `now` is ms UTC.

    1. What was refused, what must be signed again, what expired unsent.
    2. Alarms, and heads that do not verify.
    3. Partners that lack texts, and those that are down for PARTNER_DOWN or longer.
    4. Keys and certificates that must be renewed, or have ended.
    """
    # 1
    outbox = status["outbox"] or {}
    names = [one["name"] for one in (*status["refused"], *outbox.get("refused", ()))]
    counts = {
        "RESIGN": len(outbox.get("resign", ())),
        "REFUSED": len(set(names)),
        "EXPIRED": len(outbox.get("expired", ())),
    }
    yield from ({"what": what, "count": n} for what, n in counts.items() if n)
    # 2
    for alarm in status["alarms"]:
        yield {"what": "ALARM", "reason": alarm["reason"], "where": alarm["where"]}
    for head in status["heads"]:
        if "reason" in head:
            where = head["origin"]
            yield {"what": "HEAD", "reason": head["reason"], "where": where}
    # 3
    for peer in peers:
        if peer.lacking:
            yield {"what": "LACKING", "where": peer.name, "count": peer.lacking}
        if not peer.up and now - peer.since >= PARTNER_DOWN:
            yield {"what": "DOWN", "where": peer.name, "reason": peer.reason}
    # 4
    yield from ({"what": "LIFE", **life} for life in status["lives"])


def line(problem: Problem) -> str:
    """Return a problem in words."""
    if problem["what"] == "LIFE":
        return life_lines.line(problem)
    return _line(problem)


def _line(problem: Problem) -> str:
    count, where = problem.get("count", 0), problem.get("where", "")
    match problem["what"]:
        case "RESIGN":
            return say_n("{n} to be signed again", "{n} to be signed again", count)
        case "REFUSED":
            return say_n("{n} refused", "{n} refused", count)
        case "EXPIRED":
            return say_n("{n} expired, not sent", "{n} expired, not sent", count)
        case "LACKING":
            return say_n(
                "partner {where} lacks {n} text",
                "partner {where} lacks {n} texts",
                count,
                where=where,
            )
        case "DOWN":
            why = problem["reason"] or say("not yet dialled")
            return say("partner {where} is down ({why})", where=where, why=why)
        case _:
            reason = problem["reason"]
            return say("alarm {reason} {where}", reason=reason, where=where)
