"""fusion doctor: checks a home and its terminal; sets a node's clock and posture."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from exchange.cli import log_output, options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.limits import DISK_FULL, DISK_LOW
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.bulletin.values import iso
    from exchange.cli import speed as machine_speed
    from exchange.cli import terminal
    from exchange.config import NodeHome
    from exchange.config.settings import set_bidi
    from exchange.desk.link.connect import connect_to_status
    from exchange.home import life_lines, machine_clock
    from exchange.home.key_table import lives_of
    from exchange.home.only_writer import write_alone
    from exchange.node import posture
    from exchange.store import Store, StoredTimes
    from exchange.trust import names
    from exchange.trust.bundle import load_all
    from keys import files
    from tui import words
    from tui.clipboard import Took, available
    from tui.text import cell_widths, order
    from tui.text.layout import lay_out
    from tui.text.order import use_bidi
    from tui.text.safe_text import safe
    from tui.text.terminal import ask, each_key, own_order

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
        "Send partners only heartbeats, or keep no link at all.",
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
Speed = Annotated[
    bool, option("--speed", "Measure for five seconds how fast this machine is.")
]


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    clock: Clock = False,
    minimize: Minimize = "",
    emcon: Emcon = "",
    suspend: Suspend = None,
    resume: Resume = None,
    speed: Speed = False,
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
    os.environ["GRPC_VERBOSITY"] = "NONE"  # keep gRPC's log off stderr
    acts = clock or minimize or emcon or suspend or resume
    if speed:
        if acts:
            raise Refusal(Reason.INPUT, "--speed", Why("give it by itself"))
        found = machine_speed.measure(home)
        return Reply(found, machine_speed.lines(found))
    if not acts:
        return _check(home, json=json)
    node = config.node_home(home)
    if clock and not (minimize or emcon or suspend or resume):
        return _confirm_clock(home, node, yes=yes, json=json)
    nations = (_nations(node, "--suspend", suspend), _nations(node, "--resume", resume))
    found = _restrict(node, minimize, emcon, *nations)
    return Reply(found, _posture_lines(found))


def _check(home: Path, *, json: bool) -> Reply:
    """Return all checks; on a terminal also ask for the right order of Urdu."""
    at_terminal = options.at_terminal() and not json
    found = list(checks(home, os.environ, terminal=at_terminal))
    asked = _ask_order(home) if at_terminal else iter(())
    ok = all(one.state != BAD for one in found)
    lines = chain(map(_check_line, found), asked)
    return Reply({"checks": [one._asdict() for one in found]}, lines, ok)


def _check_line(check: "Check") -> str:
    style = {"bad": "bad", "good": "good"}.get(check.state, "urgent")
    sign = terminal.paint(SIGNS[check.state], style)
    return terminal.Painted(f"{sign} {safe(check.line)}")


def _confirm_clock(home: Path, node: "NodeHome", *, yes: bool, json: bool) -> Reply:
    findings = _look(home, node)
    if not json:
        print("\n".join(_lines(findings)))
    question = say("Is the clock of this machine right? Type yes to confirm it:")
    options.confirm(question, yes=yes)
    confirmed = _confirm(node)
    line = say("confirmed; takes effect when the node restarts")
    if confirmed == "told":
        line = say("confirmed; the running node takes it up within a second")
    return Reply(findings | {"confirmed": confirmed}, [line])


def _nations(node: "NodeHome", option: str, named: list[str] | None) -> frozenset[str]:
    """Raise Refusal(NOT_PINNED) for an unknown one."""
    if not named:
        return frozenset()
    own = names.domain_of(config.read_node(node).name)
    others = load_all(node.trust).keys() - {own}
    for nation in named:
        if nation not in others:
            listed = ", ".join(sorted(others))
            why = Why("no such partner nation; bundles here: {nations}", nations=listed)
            raise Refusal(Reason.NOT_PINNED, option, why)
    return frozenset(named)


def _posture_lines(found: dict[str, Any]) -> Iterator[str]:
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
    """Set a restriction, which a running node applies within a second."""
    from msgspec.structs import replace

    if not node.config.exists():
        raise Refusal(Reason.HOME, node.folder.name)
    if minimize not in {"", "on", "off"}:
        raise Refusal(Reason.INPUT, "--minimize", Why("say on or off"))
    if emcon and emcon.upper() not in posture.EMCON:
        raise Refusal(Reason.INPUT, "--emcon", Why("expected off, quiet or silent"))
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
    """Return an empty list if the node does not answer."""
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
            "alarm {reason} {place} {when}",
            reason=alarm["reason"],
            place=alarm["where"],
            when="",
        ).rstrip()


def _confirm(node: "NodeHome") -> str:
    """Return "told" by a running node, or "kept" for the next start."""
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
    """Show the word for a car in each order, and store the choice.

    Does not ask if the home has no desk; Enter alone changes nothing.
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
    yield say("An officer's own setting in the terminal (key ,) overrides it.")


def _pick() -> str | None:
    """Return None if neither sample reads right."""
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
    asked = word("Type 1, 2 or 3; Enter keeps the setting:")
    print(say(asked), end=" ", file=sys.stderr, flush=True)
    given = sys.stdin.readline().strip()
    choices = {str(number): str(bidi) for number, bidi in enumerate(order.Bidi, 1)}
    return choices.get(given)


GOOD, UNSURE, BAD = "good", "unsure", "bad"
SIGNS = {GOOD: "✔", UNSURE: "?", BAD: "✘"}
TTY = "/dev/tty"


class Check(NamedTuple):
    about: str
    state: str
    line: str


def checks(
    home: Path, environ: Mapping[str, str], *, terminal: bool
) -> Iterator[Check]:
    """Yield those of the terminal only if `terminal`."""
    yield _locale(environ)
    yield _colours(environ, terminal=terminal)
    yield from _terminal(home) if terminal else _no_terminal()
    yield _clipboard(environ)
    yield _input_method(environ)
    yield _clock(home)
    yield _disk(home)
    yield from _server(home)
    for line in log_output.cold_lines(log_output.cold_logs(home)):
        yield Check("cold", GOOD, line)
    yield from _keys(home)


def _locale(environ: Mapping[str, str]) -> Check:
    named = next(
        (v for k in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environ.get(k))), ""
    )
    if "utf-8" in named.lower() or "utf8" in named.lower():
        return Check("locale", GOOD, say("locale {name}: UTF-8", name=named))
    todo = word("locale {name}: not UTF-8; run: export LC_ALL=C.UTF-8")
    return Check("locale", BAD, say(todo, name=named or "-"))


def _colours(environ: Mapping[str, str], *, terminal: bool) -> Check:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        said = word("colours are off (NO_COLOR); signs, words and reverse remain")
        return Check("colours", GOOD, say(said))
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return Check("colours", GOOD, say("colours: 16 million"))
    if "256color" in term:
        return Check("colours", GOOD, say("colours: 256"))
    if not terminal:
        return Check("colours", UNSURE, say("colours: not looked at, no terminal here"))
    said = word(
        "colours: 16, as far as TERM={term} says; if it knows more, run:"
        " export COLORTERM=truecolor"
    )
    return Check("colours", UNSURE, say(said, term=term or "-"))


def _no_terminal() -> Iterator[Check]:
    said = say("not looked at, no terminal here; run fusion doctor in yours")
    yield Check("widths", UNSURE, f"{say('widths of characters')}: {said}")
    yield Check("bidi", UNSURE, f"{say('order of Urdu')}: {said}")


def _terminal(home: Path) -> Iterator[Check]:
    """Yield nothing if the terminal closes meanwhile."""
    try:
        fd = os.open(TTY, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield from _no_terminal()
        return
    try:
        widths = cell_widths.measure(fd)
        with each_key(fd):
            found, _ = ask(fd)
    finally:
        os.close(fd)
    yield _widths(widths)
    yield _bidi(home, found.name)


def _widths(found: list[Any]) -> Check:
    wrong = [one for one in found if one.counted != one.given]
    if not found:
        said = word("widths: this terminal does not report its cursor position")
        return Check("widths", UNSURE, say(said))
    if not wrong:
        return Check(
            "widths", GOOD, say("widths of characters: as this program counts")
        )
    named = ", ".join(
        f"{words.say(one.sample.words)} {one.given}/{one.counted}" for one in wrong
    )
    said = word(
        "widths differ: {named}; set ambiguous characters to narrow in the terminal,"
        " and choose a font that has Urdu and Chinese"
    )
    return Check("widths", BAD, say(said, named=named))


ORDERS = {
    "REORDERS": word(
        "order of Urdu: this terminal reorders by itself, and this can be switched off"
    ),
    "LEAVES": word("order of Urdu: this terminal leaves text as it comes"),
    "SILENT": word(
        "order of Urdu: this terminal does not report it; choose the line below that"
        " reads right"
    ),
}


def _bidi(home: Path, order: str) -> Check:
    state = UNSURE if order == "SILENT" else GOOD
    chosen = ""
    with suppress(FusionError):
        chosen = config.read_desk(config.desk_home(home)).bidi
    told = f" (bidi = {chosen})" if chosen else ""
    return Check("bidi", state, f"{say(ORDERS[order])}{told}")


def _clipboard(environ: Mapping[str, str]) -> Check:
    took = available(environ)
    state = {Took.DISPLAY: GOOD, Took.NOBODY: BAD}.get(took, UNSURE)
    lines = {
        Took.DISPLAY: word("clipboard: a tool of the display takes copied text"),
        Took.TMUX: word("clipboard: tmux takes it; its terminal may not"),
        Took.NOBODY: word(
            "clipboard: tmux drops it; run: tmux set -s set-clipboard on"
        ),
        Took.UNKNOWN: word(
            "clipboard: sent to the terminal, which does not say whether it takes it"
        ),
    }
    return Check("clipboard", state, say(lines[took]))


def _input_method(environ: Mapping[str, str]) -> Check:
    if environ.get("TERM_PROGRAM") == "iTerm.app" and not environ.get(
        "TEXTUAL_DISABLE_KITTY_KEY"
    ):
        said = word(
            "input method: iTerm2 loses composed text; run: export"
            " TEXTUAL_DISABLE_KITTY_KEY=1"
        )
        return Check("input method", BAD, say(said))
    names = ("XMODIFIERS", "GTK_IM_MODULE", "QT_IM_MODULE")
    named = next((v for k in names if (v := environ.get(k))), "")
    if named:
        return Check("input method", GOOD, say("input method: {name}", name=named))
    said = word(
        "input method: not set; for Chinese start ibus or fcitx. While you compose,"
        " use F keys: letters do not arrive"
    )
    return Check("input method", UNSURE, say(said))


def _clock(home: Path) -> Check:
    now = options.now()
    if fault := machine_clock.find_fault(home, now, lives_of(home)):
        return Check("clock", BAD, fault)
    signed, by = machine_clock.signed_time(home)
    if signed:
        said = word("clock: {now}; {by} signed {signed}")
        return Check("clock", GOOD, say(said, now=iso(now), signed=iso(signed), by=by))
    said = word("clock: {now}; no signed time here yet, compare it with a watch")
    return Check("clock", UNSURE, say(said, now=iso(now)))


def _disk(home: Path) -> Check:
    try:
        free = shutil.disk_usage(home.expanduser()).free
    except OSError:
        said = word("disk: the home cannot be read; give the right one with --home")
        return Check("disk", BAD, say(said))
    mib = f"{free >> 20:,}"
    if free < DISK_FULL:
        said = word("disk: {mib} MiB free, drafts may not be saved; make room")
        return Check("disk", BAD, say(said, mib=mib))
    if free < DISK_LOW:
        return Check("disk", UNSURE, say("disk: {mib} MiB free; make room", mib=mib))
    return Check("disk", GOOD, say("disk: {mib} MiB free", mib=mib))


def _server(home: Path) -> Iterator[Check]:
    """Check that the server of the node's database keeps what it commits."""
    try:
        place = config.database_of(config.node_home(home))
    except FusionError:  # a home without a node
        return
    if isinstance(place, Path):
        return
    if place.server_is_unverified:
        said = word(
            "database: an attacker on the network can impersonate its server; add"
            " sslmode=verify-full to its URL"
        )
        yield Check("database", UNSURE, say(said))
    try:
        with closing(Store(place, read_only=True)) as store:
            names = ", ".join(store.unsafe_settings())
    except FusionError as error:
        yield Check("database", BAD, str(error))
        return
    if names:
        said = word("database: a power cut may lose stored data; switch on {names}")
        yield Check("database", BAD, say(said, names=names))
        return
    yield Check("database", GOOD, say("database: {name}", name=place.name))


def _keys(home: Path) -> Iterator[Check]:
    due = life_lines.due_lives(home, options.now())
    for one in due:
        yield Check("keys", BAD if not one["days"] else UNSURE, life_lines.line(one))
    if not due:
        yield Check("keys", GOOD, say("keys: no renewal is due"))
