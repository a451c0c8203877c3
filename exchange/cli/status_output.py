"""A status as JSON objects, and as lines made of them."""

import base64
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from exchange.cli import log_output, message_list
from exchange.cli.lazy import lazy_imports
from exchange.cli.log_output import list_cosigners
from exchange.errors import FusionError, Reason
from exchange.home import life_lines
from exchange.limits import PROOF_FRESH, SECOND
from exchange.words import say, say_n, word
from exchange.words.ages import ago
from exchange.words.local_time import add_local

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.desk.deadlines.due_list import counts
    from exchange.desk.deadlines.due_words import prefix_mode
    from exchange.desk.link import heads
    from exchange.desk.link.node_status import take_up_policies, verify_head
    from exchange.desk.pinned_logs import Pinned
    from exchange.v1 import desk_service_pb2 as pb
    from exchange.v1.ledger_pb2 import LogPosition


def status_json(
    answer: "pb.GetStatusResponse", pinned: "Pinned", now: int
) -> dict[str, Any]:
    """Verify the heads; `now` is ms UTC.

    Fields known only to an officer's desk are None.
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
        "alarms": [alarm_json(a.reason, a.where, a.at) for a in answer.alarms],
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


def find_proof(answer: "pb.GetStatusResponse", now: int) -> dict[str, Any]:
    """Return when all partners last proved that ledgers agree.

    The key `now` is true while that is recent and all are up. `at` is the oldest of
    these, None if a partner never cosigned; `age` is in seconds. The argument `now` (ms
    UTC) replaces the node's clock if the answer has no time.
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


def _replicas_json(answer: "pb.GetStatusResponse") -> dict[str, object]:
    rows = [
        {"name": one.name, "writes": one.writes, "answers": one.answers}
        for one in answer.replicas
    ]
    return {"replicas": rows} if rows else {}


def heads_json(
    answer: "pb.GetStatusResponse", pinned: "Pinned", now: int
) -> list[dict[str, object]]:
    """Verify each head by the pinned keys; `now` is ms."""
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


def peer_json(peer: "pb.PeerStatus") -> dict[str, object]:
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


def witness_json(witness: "pb.WitnessStatus") -> dict[str, object]:
    return {
        "name": witness.name,
        "size": witness.size,
        "at": iso(witness.cosigned_at) if witness.cosigned_at else None,
        "reason": witness.reason,
    }


def refused_json(refused: "pb.RefusedEnvelope") -> dict[str, object]:
    return {
        "name": refused.name.hex(),
        "desk": refused.desk or None,
        "reason": refused.reason,
        "where": refused.where,
        "at": iso(refused.at) if refused.at else None,
    }


def alarm_json(reason: str, where: str, at: int) -> dict[str, object]:
    """`at` is ms UTC, 0 if unknown."""
    return {"reason": reason, "where": where, "at": iso(at) if at else None}


REASONS = {  # of a witness, in C2SP tlog-witness
    "UNREACHABLE": word("it does not answer"),
    "WITNESS 403": word("it refuses the key of the log (403)"),
    "WITNESS 404": word("it does not know the log (404)"),
    "WITNESS 409": word("it has seen a later or another head of the log (409)"),
    "WITNESS 422": word("it has seen another history of the log (422)"),
    "FIELD_VALUE": word("its URL in the policy is not valid"),
    "COSIGNATURE": word("its signature does not verify"),
}


def status_lines(report: dict[str, Any]) -> Iterator[str]:
    yield from map(add_local, _standing(report))
    yield from _what_is_due(report)


def desk_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a desk if its node does not answer."""
    ends = map(life_lines.line, report["lives"])
    yield from chain(_outbox(report), ends, _what_is_due(report))


def forked(report: dict[str, Any]) -> list[str]:
    return [one["where"] for one in report["alarms"] if one["reason"] == Reason.FORK]


def fork_line(log: str) -> str:
    return say("FORK: {log} has signed two histories", log=log)


def _outbox(report: dict[str, Any]) -> Iterator[str]:
    if outbox := report["outbox"]:
        yield from message_list.outbox_lines(outbox | {"queued": []})
    yield from log_output.count_lines(report["on_the_way"])


def _standing(report: dict[str, Any]) -> Iterator[str]:
    outbox = report["outbox"]
    own = {one["name"] for one in outbox["refused"]} if outbox else set()
    yield from map(fork_line, forked(report))
    yield from _outbox(report)
    yield from message_list.refused_lines(
        [r for r in report["refused"] if r["name"] not in own]
    )
    yield say("node {node}", node=report["node"])
    yield from _restrictions(report)
    for peer in report["peers"]:
        yield link_line(peer)
    for head in report["heads"]:
        yield from _log(head)
    yield from map(_told_of, report["witnesses"])
    for alarm in report["alarms"]:
        yield say(
            "alarm {reason} {place} {when}",
            reason=alarm["reason"],
            place=alarm["where"],
            when=alarm["at"] or "",
        ).rstrip()
        if alarm["reason"] == Reason.BUDGET:
            node, figure, *_ = alarm["where"].split()
            size = figure[1:] if figure.startswith("+") else "MIB"  # the pending amount
            command = f"fusion node allow {node} --entries {size}"
            yield "    " + say("to take more of it today: {command}", command=command)
    yield from map(life_lines.line, report["lives"])
    yield from map(_replica, report.get("replicas", ()))
    if not report["signing"]:
        n = report["waiting"]
        yield say_n(
            "the node cannot sign yet; {n} waits for it",
            "the node cannot sign yet; {n} wait for it",
            n,
        )
    yield agreement_line(report)
    yield from report.get("revocation_lines", ())


def _replica(one: dict[str, Any]) -> str:
    if one["writes"]:
        return say("process {name} writes", name=one["name"])
    return say("process {name} is on standby", name=one["name"])


def _restrictions(report: dict[str, Any]) -> Iterator[str]:
    if report["minimize"] or report["emcon"] not in {"", "OFF"}:
        minimize = "on" if report["minimize"] else "off"
        emcon = report["emcon"].lower()
        yield say("MINIMIZE {minimize}, EMCON {emcon}", minimize=minimize, emcon=emcon)
    yield from map(_suspension, report["suspended"])


def _suspension(suspended: dict[str, Any]) -> str:
    nations, since = suspended["nation"], suspended["since"]
    if not since:
        return say("no bulletin is sent to {nations}", nations=nations)
    return say(
        "no bulletin is sent to {nations} since {since}", nations=nations, since=since
    )


def _what_is_due(report: dict[str, Any]) -> Iterator[str]:
    every = report["due"]
    if every is None:
        if report["has_desk"]:
            yield say("open actions: give --officer NAME")
        return
    yield from report.get("number_lines", ())
    yield from _counted(every)
    for line in report["lines"]:
        yield f"    {line}"
    more = len(every) - len(report["lines"])
    if more:
        yield "    " + say_n("{n} more", "{n} more", more)


def _counted(every: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield ACTUAL first, even if its count is 0, then drills."""
    flash = counts(one["mode"] for one in every if one["due"] == "ESCALATED")
    for mode, n in counts(one["mode"] for one in every).items():
        if raised := flash.get(mode):
            said = say_n(
                "{n} FLASH unanswered and escalated",
                "{n} FLASH unanswered and escalated",
                raised,
            )
            yield prefix_mode(mode, said)
        yield prefix_mode(mode, say_n("{n} open action", "{n} open actions", n))


def link_line(peer: dict[str, Any]) -> str:
    why = peer.get("reason") or say("not yet dialled")
    state = say("up") if peer["up"] else say("down ({reason})", reason=why)
    if peer["up"] and peer.get("reason"):
        state = say("up ({reason})", reason=why)
    line = say(
        "partner {name} {state} since {since}, {n} queued, last cosigned {when}",
        name=peer["name"],
        state=state,
        since=peer["since"] or "-",
        n=peer["queued"],
        when=peer["cosigned_at"] or say("never"),
    )
    restricted = [word.upper() for word in ("emcon", "minimize") if peer[word]]
    if restricted:
        line = f"{line}; {', '.join(restricted)}"
    if since := peer["silent_since"]:
        line = say("{line}; no answer since {since}", line=line, since=since)
    if not (n := peer["lacking"]):
        return line
    return say_n(
        "{line}; {n} text missing there",
        "{line}; {n} texts missing there",
        n,
        line=line,
    )


def _log(head: dict[str, Any]) -> Iterator[str]:
    state = head.get("reason") or say(
        "root {root} of {when}, cosigned by {by}",
        root=head["root"],
        when=head["at"],
        by=", ".join(head["cosigned_by"]) or say("nobody"),
    )
    yield say(
        "log {origin} size {size}: {state}",
        origin=head["origin"],
        size=head["size"],
        state=state,
    )
    for line in log_output.cosigner_lines(head.get("cosigners", [])):
        yield f"    {line}"
    if not head.get("quorum", True):
        yield "    " + say("the policy of this log is not met")
    if shown := head.get("directory_at"):
        told = say("our node has its revocations up to {time}", time=shown)
        yield f"    {told}"


def _told_of(witness: dict[str, Any]) -> str:
    name, why = witness["name"], witness["reason"]
    if witness["at"]:
        line = say_n(
            "witness {name} cosigned {n} entry at {when}",
            "witness {name} cosigned {n} entries at {when}",
            witness["size"],
            name=name,
            when=witness["at"],
        )
    else:
        line = say("witness {name} has not cosigned yet", name=name)
    if not why:
        return line
    return say("{line}; last: {why}", line=line, why=say(REASONS.get(why, why)))


def is_proven(report: dict[str, Any]) -> bool:
    return bool(report["agree"] and report["agreed"]["now"])


def agreement_line(report: dict[str, Any]) -> str:
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
