"""fusion doctor: what is not in order here, and an operator's word on it."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli import options
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.words import say

if TYPE_CHECKING:
    from exchange.config import NodeHome


def command(
    home: options.Home = options.HOME_DEFAULT,
    clock: Annotated[
        bool, typer.Option("--clock", help="Show the clock, and confirm it.")
    ] = False,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Show the clocks of this machine and of the node, and confirm them.

    If the node's clock was moved (CLOCK), it counts elapsed time until another nation's
    node confirms the clock, or an operator confirms it here. Compare it with a watch
    first. Needs no passphrase.
    """
    if not clock:
        raise Refusal(Reason.INPUT, "", Why("say what to show: --clock"))
    from exchange import config

    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    node = config.node_home(home)
    findings = _look(home, node)
    if not json:
        print("\n".join(_lines(findings)))
    question = say("Is the clock of this machine right? Type yes to confirm it:")
    options.confirm(question, yes=yes)
    findings["confirmed"] = _confirm(node)
    if json:
        options.emit(findings)
    elif findings["confirmed"] == "told":
        print(say("confirmed; the running node takes it up within a second"))
    else:
        print(say("confirmed; it counts from the next start of the node"))


def _look(home: Path, node: "NodeHome") -> dict[str, Any]:
    """Return what the clocks say: this machine's, the stored ones, the alarms."""
    from exchange.bulletin.values import iso
    from exchange.config import short
    from exchange.store import Store

    if not node.database.exists():
        raise Refusal(Reason.DATABASE, short(node.database))
    with closing(Store(node.database, read_only=True)) as store:
        times = store.retention.times()
    return {
        "clock": iso(options.now()),
        "last": iso(times.own) if times.own else None,
        "signed": iso(times.signed) if times.signed else None,
        "by": times.by,
        "alarms": _alarms(home),
    }


def _alarms(home: Path) -> list[dict[str, str]]:
    """Return the alarms of the running node about clocks; none where it is silent."""
    from exchange.desk.link.connect import connect

    try:
        with closing(connect(home)) as client:
            told = client.status()
    except FusionError:
        return []
    return [
        {"reason": alarm.reason, "where": alarm.where}
        for alarm in told.alarms
        if alarm.reason in {Reason.CLOCK, Reason.SKEW}
    ]


def _lines(findings: dict[str, Any]) -> Iterator[str]:
    yield say("clock of this machine: {time}", time=findings["clock"])
    last = findings["last"] or say("never")
    yield say("last time that the node kept: {time}", time=last)
    yield say(
        "newest time signed by another nation: {time} {by}",
        time=findings["signed"] or say("never"),
        by=findings["by"],
    ).rstrip()
    for alarm in findings["alarms"]:
        yield say(
            "alarm {reason} {where} {when}",
            reason=alarm["reason"],
            where=alarm["where"],
            when="",
        ).rstrip()


def _confirm(node: "NodeHome") -> str:
    """Tell the running node, or keep it for the next start; return which."""
    from exchange import config
    from exchange.store import Store, StoredTimes
    from keys import files

    now = options.now()
    try:
        with config.hold_lock(node.folder), closing(Store(node.database)) as store:
            times = store.retention.times()
            signed = min(times.signed, now)
            store.retention.set_times(StoredTimes(signed, times.by, now))
            return "kept"
    except Refusal as refusal:
        if refusal.reason is not Reason.LOCKED:
            raise
    files.replace(node.clock_confirmed, b"%d\n" % now)
    return "told"
