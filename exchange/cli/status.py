"""fusion status: the state of the node, its partners and the ledgers."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, NoReturn

from exchange.cli import (
    desk_session,
    log_output,
    message_list,
    numbers_output,
    options,
    status_output,
    terminal,
)
from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.cli.status_output import (
    agreement_line,
    desk_lines,
    fork_line,
    forked,
    is_proven,
    status_lines,
)
from exchange.errors import Unreachable
from exchange.home import life_lines
from exchange.limits import PARTNER_DOWN
from exchange.words import say, say_n
from exchange.words.local_time import add_local

with lazy_imports():
    from exchange.config import has_node_alone
    from exchange.config.hook_record import hook_fault
    from exchange.config.watched_part import watched_part
    from exchange.desk.deadlines.due_list import due
    from exchange.desk.link.connect import connect_to_status, load_bundles
    from exchange.desk.link.revocations import revocations_known
    from exchange.desk.link.way import count_queued
    from exchange.desk.pinned_logs import Pinned
    from exchange.v1.desk_service_pb2 import GetStatusResponse, PeerStatus
    from tui.text.safe_text import safe

DUE_SHOWN = 50  # lines of due actions; the rest is counted
Check = Annotated[
    bool,
    option(
        "--check", "Print only items that need action; exit code 1 if there are any."
    ),
]


@framed
def command(at: AtDesk, check: Check = False, json: options.Json = False) -> Reply:
    """Show links, queues and heads; each head's signatures are verified here.

    Lists first the messages that the node refused for good from this desk within 30
    days, then keys and certificates that end within 60, 14 or 3 days. Needs no
    passphrase. With an officer's passphrase, given or asked for by --officer, also
    shows the desk's open actions and the messages held back in its outbox. Exit code 1
    if a head does not verify, or if a log has signed two histories: then the first line
    says FORK.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    desk_session.show_local_time(at.home)
    asks = bool(at.officer) or at.passphrase_fd is not None
    lives = life_lines.due_lives(at.home, options.now())
    try:
        answer = _ask(at.home)
    except Unreachable as error:
        if asks and not check:
            return _desk_alone(_of_desk(at, up=False) | {"lives": lives}, error)
        if json:
            raise
        return Reply({}, map(life_lines.line, lives), outcome=partial(_fail, error))
    pinned = Pinned(load_bundles(at.home))
    report = status_output.status_json(answer, pinned, options.now()) | {"lives": lives}
    if asks:
        mine = _of_desk(at, up=True)
        joined = {key: [*mine[key], *report[key]] for key in ("alarms", "on_the_way")}
        report |= mine | joined
    report |= {"has_desk": not has_node_alone(at.home)}
    report["alarms"] += _hook_alarms(at.home)
    cold = log_output.cold_logs(at.home)
    report["cold"] = log_output.cold_json(cold)
    found = _without_lines(report)
    lines: Iterable[str] = chain(_lines(report), log_output.cold_lines(cold))
    problems = []
    if check:
        problems = list(find_problems(report, answer.peers, options.now()))
        found["check"], lines = problems, map(problem_line, problems)
    bad = forked(report) or any("reason" in head for head in report["heads"])
    return Reply(found, lines, not (bad or problems))


def _desk_alone(report: dict[str, Any], error: Unreachable) -> Reply:
    """End with the error."""
    found, lines = _without_lines(report), desk_lines(report)
    return Reply(found, lines, outcome=partial(_fail, error))


def _fail(error: Unreachable) -> NoReturn:
    raise error


def _without_lines(report: dict[str, Any]) -> dict[str, Any]:
    words = {"lines", "revocation_lines", "number_lines"}
    return {key: value for key, value in report.items() if key not in words}


def _hook_alarms(home: Path) -> list[dict[str, object]]:
    watched = watched_part(home)
    fault = hook_fault(watched.folder, watched.settings)
    return (
        []
        if fault is None
        else [status_output.alarm_json("HOOK", fault.text, fault.since)]
    )


def _ask(home: Path) -> "GetStatusResponse":
    client = connect_to_status(home)
    try:
        return client.status()
    finally:
        client.close()


def _lines(report: dict[str, Any]) -> Iterator[str]:
    verdict = add_local(agreement_line(report))
    style = "good" if is_proven(report) else "urgent"
    forks = [fork_line(log) for log in forked(report)]
    styles = dict.fromkeys(forks, "loud") | {verdict: style}
    for line in status_lines(report):
        yield terminal.paint(safe(line), styles.get(line, ""))


def _of_desk(at: AtDesk, *, up: bool) -> dict[str, Any]:
    """Return lines, too; `up`: whether the node answers."""
    with at.open_refreshed() as desk:
        drafts = [
            (what, say("draft {name}", name=name[:16]))
            for name, what in desk.draft_faults().items()
        ]
        jumps = [("NUMBER", str(one)) for one in desk.mailbox.numbers.jumps()]
        every = due(desk, *desk.moment().times)
        queued = count_queued(desk.mailbox, desk.node, up=up)
        logs, now = map(desk.pinned.origin, desk.pinned), desk.clock()
        known = [
            revocations_known(desk.mailbox, desk.pinned, log, None, now) for log in logs
        ]
        return {
            "alarms": [
                status_output.alarm_json(reason, where, 0)
                for reason, where in (*desk.own_alarms(), *drafts, *jumps)
            ],
            "on_the_way": log_output.counts_json(queued),
            "outbox": message_list.outbox_json(desk.mailbox),
            **numbers_output.numbers_json(desk),
            "revocations": [log_output.revocations_json(one) for one in known if one],
            "revocation_lines": [
                f"{one.origin}: {log_output.revocations_line(one)}"
                for one in known
                if one
            ],
            "due": [message_list.due_json(one) for one in every],
            "lines": [
                message_list.due_line([one], desk.mailbox) for one in every[:DUE_SHOWN]
            ],
        }


def find_problems(
    status: Mapping[str, Any], peers: "Sequence[PeerStatus]", now: int
) -> Iterator[dict[str, Any]]:
    """Yield the most urgent first; `now` is ms UTC.

    1. Refused messages, messages to sign again, messages that expired unsent.
    2. Alarms, and heads that do not verify.
    3. Partners with missing texts, and partners down for PARTNER_DOWN or longer.
    4. Keys and certificates that must be renewed, or have ended; not those whose
       successor waits for its day.
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
    lives = (life for life in status["lives"] if not life["waits"])
    yield from ({"what": "LIFE", **life} for life in lives)


def problem_line(problem: dict[str, Any]) -> str:
    count, where = problem.get("count", 0), problem.get("where", "")
    match problem["what"]:
        case "LIFE":
            text = life_lines.line(problem)
        case "RESIGN":
            text = say_n("{n} to be signed again", "{n} to be signed again", count)
        case "REFUSED":
            text = say_n("{n} refused", "{n} refused", count)
        case "EXPIRED":
            text = say_n("{n} expired, not sent", "{n} expired, not sent", count)
        case "LACKING":
            text = say_n(
                "partner {place} is missing {n} text",
                "partner {place} is missing {n} texts",
                count,
                place=where,
            )
        case "DOWN":
            why = problem["reason"] or say("not yet dialled")
            text = say("partner {place} is down ({why})", place=where, why=why)
        case _:
            reason = problem["reason"]
            text = say("alarm {reason} {place}", reason=reason, place=where)
    return text
