"""fusion doctor: checks of a home and its terminal; clock and posture of a node."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.bulletin.values import iso
    from exchange.cli import colours, doctor_checks
    from exchange.config import NodeHome
    from exchange.config.settings import set_bidi
    from exchange.desk.link.connect import connect_to_status
    from exchange.home.only_writer import write_alone
    from exchange.node import posture
    from exchange.store import Store, StoredTimes
    from exchange.trust import names
    from exchange.trust.bundle import load_all
    from keys import files
    from tui import words
    from tui.text import order
    from tui.text.layout import lay_out
    from tui.text.order import use_bidi
    from tui.text.safe_text import safe
    from tui.text.terminal import own_order

Clock = Annotated[bool, option("--clock", "Show the clock, and confirm it.")]
Minimize = Annotated[
    str,
    option(
        "--minimize",
        "Take no ROUTINE bulletins from desks, or take them again.",
        "on|off",
    ),
]
Emcon = Annotated[
    str,
    option(
        "--emcon",
        "Send partners nothing but signs of life, or keep no link at all.",
        "off|quiet|silent",
    ),
]
Suspend = Annotated[
    list[str] | None,
    option(
        "--suspend", "Send no bulletin to the desks of a nation. Repeatable.", "NATION"
    ),
]
Resume = Annotated[
    list[str] | None, option("--resume", "Send to it again. Repeatable.", "NATION")
]


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    clock: Clock = False,
    minimize: Minimize = "",
    emcon: Emcon = "",
    suspend: Suspend = None,
    resume: Resume = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> Reply:
    """Check terminal, clock, disk and keys; confirm the clock; restrict the node.

    Without an option it checks, each in one line, and lets you pick which order of Urdu
    reads right on your terminal; it ends with 1 if something is not in order.

    If the node's clock was moved (CLOCK), it counts elapsed time until another nation's
    node confirms the clock, or an operator confirms it here. Compare it with a watch
    first. Needs no passphrase.
    """
    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    if not (clock or minimize or emcon or suspend or resume):
        return _check(home, json=json)
    node = config.node_home(home)
    if clock and not (minimize or emcon or suspend or resume):
        return _confirm_clock(home, node, yes=yes, json=json)
    nations = (_nations(node, "--suspend", suspend), _nations(node, "--resume", resume))
    found = _restrict(node, minimize, emcon, *nations)
    return Reply(found, _posture_lines(found))


def _check(home: Path, *, json: bool) -> Reply:
    """Return all checks; at a terminal ask which order of Urdu reads right."""
    at_terminal = options.at_terminal() and not json
    found = list(doctor_checks.checks(home, os.environ, terminal=at_terminal))
    asked = _ask_order(home) if at_terminal else iter(())
    bad = any(one.state == doctor_checks.BAD for one in found)
    code = options.CHECK_FAILED if bad else 0
    lines = chain(map(_check_line, found), asked)
    return Reply(doctor_checks.as_json(found), lines, code)


def _check_line(check: "doctor_checks.DoctorCheck") -> str:
    style = {"bad": "bad", "good": "good"}.get(check.state, "urgent")
    sign = colours.paint(doctor_checks.SIGNS[check.state], style)
    return colours.Painted(f"{sign} {safe(check.line)}")


def _confirm_clock(home: Path, node: "NodeHome", *, yes: bool, json: bool) -> Reply:
    """Show the clock, and confirm it once the operator has said yes."""
    findings = _look(home, node)
    if not json:
        print("\n".join(_lines(findings)))
    question = say("Is the clock of this machine right? Type yes to confirm it:")
    options.confirm(question, yes=yes)
    confirmed = _confirm(node)
    line = say("confirmed; it counts from the next start of the node")
    if confirmed == "told":
        line = say("confirmed; the running node takes it up within a second")
    return Reply(findings | {"confirmed": confirmed}, [line])


def _nations(node: "NodeHome", option: str, named: list[str] | None) -> frozenset[str]:
    """Return the nations that an option names; Refusal(NOT_PINNED) for no other's."""
    if not named:
        return frozenset()
    own = names.domain_of(config.read_node(node).name)
    others = load_all(node.trust).keys() - {own}
    for nation in named:
        if nation not in others:
            listed = ", ".join(sorted(others))
            why = Why("no other nation whose bundle is here: {nations}", nations=listed)
            raise Refusal(Reason.NOT_PINNED, option, why)
    return frozenset(named)


def _posture_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the posture in words."""
    minimize, emcon = found["minimize"], found["emcon"]
    yield say("MINIMIZE {minimize}, EMCON {emcon}", minimize=minimize, emcon=emcon)
    if suspended := found.get("suspended"):
        nations = ", ".join(suspended)
        yield say("no bulletin is sent to {nations}", nations=nations)


def _restrict(
    node: "NodeHome",
    minimize: str,
    emcon: str,
    suspend: frozenset[str],
    resume: frozenset[str],
) -> dict[str, Any]:
    """Set the posture of a node; a running one takes it up within a second."""
    from msgspec.structs import replace

    if not node.config.exists():
        raise Refusal(Reason.HOME, node.folder.name)
    if minimize not in {"", "on", "off"}:
        raise Refusal(Reason.INPUT, "--minimize", Why("say on or off"))
    if emcon and emcon.upper() not in posture.EMCON:
        raise Refusal(Reason.INPUT, "--emcon", Why("say off, quiet or silent"))
    held = posture.read(node.posture)
    if minimize:
        held = replace(held, minimize=minimize == "on")
    if emcon:
        held = replace(held, emcon=emcon.upper())
    suspended = dict.fromkeys(suspend, options.now()) | dict(held.suspended)
    kept = {nation: at for nation, at in suspended.items() if nation not in resume}
    held = replace(held, suspended=kept)
    posture.write(node.posture, held)
    found: dict[str, Any] = {
        "minimize": "on" if held.minimize else "off",
        "emcon": held.emcon.lower(),
    }
    if held.suspended:
        found["suspended"] = sorted(held.suspended)
    return found


def _look(home: Path, node: "NodeHome") -> dict[str, Any]:
    """Return what the clocks say: this machine's, the stored ones, the alarms."""
    place = config.database_of(node)
    config.check_there(place)
    with closing(Store(place, read_only=True)) as store:
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
    try:
        with closing(connect_to_status(home)) as client:
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
    now = options.now()
    with ExitStack() as stack:
        try:
            stack.enter_context(config.hold_lock(node.folder))
        except Refusal as refusal:
            if refusal.reason is not Reason.LOCKED:
                raise
            files.replace(node.clock_confirmed, b"%d\n" % now)
            return "told"
        store = stack.enter_context(write_alone(node))
        times = store.retention.times()
        signed = min(times.signed, now)
        store.retention.set_times(StoredTimes(signed, times.by, now))
    return "kept"


SAMPLE = "گاڑی 2026-11-24"


def _ask_order(home: Path) -> Iterator[str]:
    """Show the word for a car in each order, and keep what is picked; yield lines.

    Nothing is asked where the home has no desk, or somebody just presses Enter.
    """
    desk = None
    with suppress(FusionError):
        desk = config.desk_home(home)
    if desk is None:
        return
    picked = _pick()
    if picked is None:
        yield say("kept as it is: bidi = {bidi}", bidi=config.read_desk(desk).bidi)
        return
    set_bidi(desk, picked)
    yield say("written into desk/config.toml: bidi = {bidi}", bidi=picked)
    yield say("An officer's own choice in the terminal (key ,) counts before it.")


def _pick() -> str | None:
    """Return the setting whose sample reads right, None for none of them."""
    told = word(
        "Which line reads right: the word for car (gari), joined, from right to left,"
        " and the date to its left as 2026-11-24?"
    )
    print(say(told))
    with own_order(order.Bidi.APP) as switch:
        for number, bidi in enumerate(order.Bidi, 1):
            use_bidi(bidi)
            switch.write(switch.follow(bidi))
            shown = lay_out(SAMPLE, "ur", len(SAMPLE))[0].shown
            meaning = words.say(order.BIDI_WORDS[bidi])
            print(f"  {number}  {shown}   ({meaning})", flush=True)
    use_bidi(order.Bidi.APP)
    asked = word("Type 1, 2 or 3; Enter keeps what is set:")
    print(say(asked), end=" ", file=sys.stderr, flush=True)
    given = sys.stdin.readline().strip()
    choices = {str(number): str(bidi) for number, bidi in enumerate(order.Bidi, 1)}
    return choices.get(given)
