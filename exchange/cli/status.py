"""fusion status: how the node, its partners and the ledgers stand."""

import os
from collections.abc import Iterable, Sequence
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
    status_json,
    status_problems,
)
from exchange.cli.status_lines import desk_lines, fork_line, forked, status_lines
from exchange.errors import Unreachable
from exchange.home import life_lines
from exchange.words.local_time import add_local

if TYPE_CHECKING:
    from exchange.store.cold_rows import ColdLog
    from exchange.v1.desk_service_pb2 import GetStatusResponse

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
    report = _of_node(home, answer) | {"lives": lives}
    if asks:
        _add_desk(report, desk_report.of_desk(home, officer, passphrase_fd, up=True))
    report |= {"has_desk": not has_node_alone(home)}
    report["alarms"] += hook_alarms(home)
    found = status_problems.problems(report, answer.peers, options.now())
    wrong = list(found) if check else None
    _print_report(report, cold_output.cold_logs(home), wrong, json=json)
    bad = forked(report) or any("reason" in head for head in report["heads"])
    return options.CHECK_FAILED if bad or wrong else 0


def _add_desk(report: dict[str, Any], of_desk: dict[str, Any]) -> None:
    """Add a desk to the report of its node; lists that both have are joined."""
    both = ("alarms", "on_the_way")
    report |= of_desk | {key: [*of_desk[key], *report[key]] for key in both}


def hook_alarms(home: Path) -> list[dict[str, object]]:
    """Return, as an alarm of the node is, that the hook of a home tells nobody."""
    from exchange.config.hook_record import hook_fault
    from exchange.config.watched_part import watched_part

    watched = watched_part(home)
    fault = hook_fault(watched.folder, watched.settings)
    return [] if fault is None else [status_json.hook_json(fault)]


def _ask(home: Path) -> "GetStatusResponse":
    from exchange.desk.link.connect import connect_to_status

    client = connect_to_status(home)
    try:
        return client.status()
    finally:
        client.close()


def _of_node(home: Path, answer: "GetStatusResponse") -> dict[str, Any]:
    from exchange.desk.link.connect import load_bundles
    from exchange.desk.pinned_logs import Pinned

    return status_json.status_json(answer, Pinned(load_bundles(home)), options.now())


def _print_report(
    report: dict[str, Any],
    cold: "Sequence[ColdLog]",
    wrong: "list[status_problems.Problem] | None",
    *,
    json: bool,
) -> None:
    """Print a status; with --check what is `wrong` instead, or in JSON beside it."""
    report["cold"] = cold_output.as_json(cold)
    if json:
        desk_report.drop_lines(report)
        options.emit(report | ({} if wrong is None else {"check": wrong}))
    elif wrong is not None:
        _print(map(status_problems.line, wrong))
    else:
        _print_status(report)
        _print(cold_output.lines(cold))


def _print_desk_alone(report: dict[str, Any], *, json: bool) -> None:
    """Print what a desk knows while its node does not answer."""
    if json:
        desk_report.drop_lines(report)
        options.emit(report)
    else:
        _print(desk_lines(report))


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
    forks = [fork_line(log) for log in forked(report)]
    styles = dict.fromkeys(forks, "loud") | {verdict: style}
    for line in status_lines(report):
        print(colours.paint(safe(line), styles.get(line, "")))
