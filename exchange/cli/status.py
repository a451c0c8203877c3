"""fusion status: how the node, its partners and the ledgers stand."""

import base64
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli import (
    agreement,
    cold_output,
    colours,
    desk_report,
    desk_session,
    options,
    outbox_output,
    status_json,
    status_problems,
    way_output,
)
from exchange.cli.cosigners import lines, list_cosigners
from exchange.errors import FusionError, Reason, Unreachable
from exchange.home import life_lines
from exchange.limits import SECOND
from exchange.words import say, say_n, word
from exchange.words.local_time import add_local

if TYPE_CHECKING:
    from exchange.desk.pinned_logs import Pinned
    from exchange.v1.desk_service_pb2 import (
        GetStatusResponse,
    )
    from exchange.v1.ledger_pb2 import LogPosition

REASONS = {  # of a witness, in C2SP tlog-witness
    "UNREACHABLE": word("it does not answer"),
    "WITNESS 403": word("it refuses the key of the log (403)"),
    "WITNESS 404": word("it does not know the log (404)"),
    "WITNESS 409": word("it has seen a later or another head of the log (409)"),
    "WITNESS 422": word("it has seen another history of the log (422)"),
    "FIELD_VALUE": word("its URL in the policy is not valid"),
    "COSIGNATURE": word("its signature does not verify"),
}

Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Print only what needs action; exit code 1 if anything does.",
    ),
]


def command(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    check: Check = False,
    json: options.Json = False,
) -> int:
    """Show links, queues and heads; each head's signatures are verified here.

    Begins with what the node finally refused from this desk within 30 days, and names
    keys and certificates that end within 60, 14 or 3 days. Needs no passphrase. With an
    officer's, given or asked for by --officer, it also shows the desk's open actions,
    and what its outbox holds back. Exit code 1 if a head does not verify, or a log has
    signed two histories: the first line then says FORK.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from exchange.config import has_node_alone
    from exchange.desk.link.connect import load_bundles
    from exchange.desk.pinned_logs import Pinned

    desk_session.show_local_time(home)
    asks = bool(officer) or passphrase_fd is not None
    lives = life_lines.due_lives(home, options.now())
    try:
        answer = _ask(home)
    except Unreachable:
        if asks and not check:
            of_desk = desk_report.of_desk(home, officer, passphrase_fd, up=False)
            _print_desk_alone(of_desk | {"lives": lives}, json=json)
        elif not json:
            _print(map(life_lines.line, lives))
        raise
    report = _found(answer, Pinned(load_bundles(home))) | {"lives": lives}
    if asks:
        of_desk = desk_report.of_desk(home, officer, passphrase_fd, up=True)
        both = ("alarms", "on_the_way")
        report |= of_desk | {key: [*of_desk[key], *report[key]] for key in both}
    report |= {"has_desk": not has_node_alone(home)}
    report["alarms"] += hook_alarms(home)
    cold = cold_output.cold_logs(home)
    report["cold"] = cold_output.as_json(cold)
    found = status_problems.problems(report, answer.peers, options.now())
    wrong = list(found) if check else []
    if json:
        desk_report.drop_lines(report)
        options.emit(report | ({"check": wrong} if check else {}))
    elif check:
        _print(map(status_problems.line, wrong))
    else:
        _print_status(report)
        _print(cold_output.lines(cold))
    sound = not any("reason" in head for head in report["heads"])
    sound = sound and not _forked(report)
    return 0 if sound and not wrong else options.CHECK_FAILED


def hook_alarms(home: Path) -> list[dict[str, object]]:
    """Return, as an alarm of the node is, that the hook of a home tells nobody."""
    from exchange.config.hook_record import hook_fault
    from exchange.config.watched_part import watched_part

    watched = watched_part(home)
    fault = hook_fault(watched.folder, watched.settings)
    return [] if fault is None else [status_json.hook_json(fault)]


def _forked(report: dict[str, Any]) -> list[str]:
    """Return the logs that have signed two histories."""
    return [one["where"] for one in report["alarms"] if one["reason"] == Reason.FORK]


def _ask(home: Path) -> "GetStatusResponse":
    from exchange.desk.link.connect import connect_to_status

    client = connect_to_status(home)
    try:
        return client.status()
    finally:
        client.close()


def _found(answer: "GetStatusResponse", pinned: "Pinned") -> dict[str, Any]:
    """Return what the node tells, its heads verified, as `--json` prints it."""
    from exchange.bulletin.values import iso
    from exchange.desk.link.node_status import take_up_policies

    stated = take_up_policies(answer, pinned)
    heads = heads_json(answer, pinned, options.now())
    sound = not any("reason" in head for head in heads)
    return {
        "refused": [status_json.refused_json(one) for one in answer.refused],
        "node": answer.node,
        "peers": [status_json.peer_json(peer) for peer in answer.peers],
        "heads": heads,
        "agree": answer.agree and sound,
        "agreed": agreement.find_proof(answer, options.now()),
        "stated": stated,
        "witnesses": [
            status_json.witness_json(witness) for witness in answer.witnesses
        ],
        "alarms": [status_json.alarm_json(alarm) for alarm in answer.alarms],
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


def _print_desk_alone(report: dict[str, Any], *, json: bool) -> None:
    """Print what a desk knows while its node does not answer."""
    if json:
        desk_report.drop_lines(report)
        options.emit(report)
    else:
        ends = map(life_lines.line, report["lives"])
        _print(chain(_outbox(report), ends, _what_is_due(report)))


def _print(lines: Iterable[str]) -> None:
    """Print lines made harmless: names in a policy are another nation's choice."""
    from tui.text.safe_text import safe

    for line in lines:
        print(safe(line))


def _print_status(report: dict[str, Any]) -> None:
    """Print a status, with colours where it says whether all is well."""
    from tui.text.safe_text import safe

    verdict = add_local(agreement.line(report))
    style = "good" if agreement.is_proven(report) else "urgent"
    forks = [_fork_line(log) for log in _forked(report)]
    styles = dict.fromkeys(forks, "loud") | {verdict: style}
    for line in _text(report):
        print(colours.paint(safe(line), styles.get(line, "")))


def _outbox(report: dict[str, Any]) -> Iterator[str]:
    """Yield what the desk must act upon, then what is on its way, and why."""
    if outbox := report["outbox"]:
        yield from outbox_output.lines(outbox | {"queued": []})
    yield from way_output.count_lines(report["on_the_way"])


def _text(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a status: how it stands, then what is due."""
    yield from map(add_local, _standing(report))
    yield from _what_is_due(report)


def _standing(report: dict[str, Any]) -> Iterator[str]:
    outbox = report["outbox"]
    own = {one["name"] for one in outbox["refused"]} if outbox else set()
    yield from map(_fork_line, _forked(report))
    yield from _outbox(report)
    yield from outbox_output.refused_lines(
        [r for r in report["refused"] if r["name"] not in own]
    )
    yield say("node {node}", node=report["node"])
    yield from _restrictions(report)
    for peer in report["peers"]:
        yield _link(peer)
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
    yield agreement.line(report)
    yield from report.get("revocation_lines", ())


def _replica(one: dict[str, Any]) -> str:
    if one["writes"]:
        return say("process {name} writes", name=one["name"])
    return say("process {name} stands by", name=one["name"])


def _fork_line(log: str) -> str:
    return say("FORK: {log} has signed two histories", log=log)


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
    from exchange.desk.deadlines.due_list import counts
    from exchange.desk.deadlines.due_words import prefix_mode

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


def _link(peer: dict[str, Any]) -> str:
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
    for line in lines(head.get("cosigners", [])):
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
