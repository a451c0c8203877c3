"""The lines of a status, from what `--json` prints of it."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from exchange.cli import log_output, pending_output
from exchange.cli.lazy import lazy_imports
from exchange.errors import Reason
from exchange.home import life_lines
from exchange.limits import SECOND
from exchange.words import say, say_n, word
from exchange.words.ages import ago
from exchange.words.local_time import add_local

with lazy_imports():
    from exchange.desk.deadlines.due_list import counts
    from exchange.desk.deadlines.due_words import prefix_mode

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
    """Yield the lines of a status: how it stands, then what is due."""
    yield from map(add_local, _standing(report))
    yield from _what_is_due(report)


def desk_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield what a desk knows while its node does not answer."""
    ends = map(life_lines.line, report["lives"])
    yield from chain(_outbox(report), ends, _what_is_due(report))


def forked(report: dict[str, Any]) -> list[str]:
    """Return the logs that have signed two histories."""
    return [one["where"] for one in report["alarms"] if one["reason"] == Reason.FORK]


def fork_line(log: str) -> str:
    """Return the line of a log that has signed two histories."""
    return say("FORK: {log} has signed two histories", log=log)


def _outbox(report: dict[str, Any]) -> Iterator[str]:
    """Yield what the desk must act upon, then what is on its way, and why."""
    if outbox := report["outbox"]:
        yield from pending_output.outbox_lines(outbox | {"queued": []})
    yield from log_output.count_lines(report["on_the_way"])


def _standing(report: dict[str, Any]) -> Iterator[str]:
    outbox = report["outbox"]
    own = {one["name"] for one in outbox["refused"]} if outbox else set()
    yield from map(fork_line, forked(report))
    yield from _outbox(report)
    yield from pending_output.refused_lines(
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
            "alarm {reason} {where} {when}",
            reason=alarm["reason"],
            where=alarm["where"],
            when=alarm["at"] or "",
        ).rstrip()
    yield from map(life_lines.line, report["lives"])
    yield from map(_replica, report.get("replicas", ()))
    if not report["signing"]:
        n = report["waiting"]
        yield say_n(
            "the node signs nothing yet; {n} waits for it",
            "the node signs nothing yet; {n} wait for it",
            n,
        )
    yield agreement_line(report)
    yield from report.get("revocation_lines", ())


def _replica(one: dict[str, Any]) -> str:
    if one["writes"]:
        return say("process {name} writes", name=one["name"])
    return say("process {name} stands by", name=one["name"])


def _restrictions(report: dict[str, Any]) -> Iterator[str]:
    """Yield what the operator has restricted."""
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
    yield from _counted(every)
    for line in report["lines"]:
        yield f"    {line}"
    more = len(every) - len(report["lines"])
    if more:
        yield "    " + say_n("{n} more", "{n} more", more)


def _counted(every: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield how much is due, and of it unanswered FLASH; each drill's behind its mode.

    What is real first, also where it is nothing.
    """
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
    """Return the line of a partner."""
    why = peer.get("reason") or say("not yet dialled")
    state = say("up") if peer["up"] else say("down ({reason})", reason=why)
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
        line = say("{told}; no answer since {since}", told=line, since=since)
    if not (n := peer["lacking"]):
        return line
    return say_n("{told}; lacks {n} text", "{told}; lacks {n} texts", n, told=line)


def _log(head: dict[str, Any]) -> Iterator[str]:
    state = head.get("reason") or say(
        "root {root} of {when}, cosigned by {by}",
        root=head["root"],
        when=head["at"],
        by=", ".join(head["cosigned_by"]) or say("nobody"),
    )
    yield say(
        "log {origin} size {size}: {told}",
        origin=head["origin"],
        size=head["size"],
        told=state,
    )
    for line in log_output.cosigner_lines(head.get("cosigners", [])):
        yield f"    {line}"
    if not head.get("quorum", True):
        yield "    " + say("the policy of this log is not met")
    if shown := head.get("directory_at"):
        told = say("our node shows what it revokes up to {time}", time=shown)
        yield f"    {told}"


def _told_of(witness: dict[str, Any]) -> str:
    """Return what the node tells of a witness; what it cosigned stands at the log."""
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
        line = say("witness {name} has cosigned nothing", name=name)
    if not why:
        return line
    return say("{told}; last: {why}", told=line, why=say(REASONS.get(why, why)))


def is_proven(report: dict[str, Any]) -> bool:
    """Return whether a status tells that ledgers agree now."""
    return bool(report["agree"] and report["agreed"]["now"])


def agreement_line(report: dict[str, Any]) -> str:
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
