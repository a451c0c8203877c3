"""The checks of `fusion doctor`, each a line that says what to do about it.

None needs a passphrase. Checks of the terminal itself are made only where there is one.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from exchange.cli import log_output, options
from exchange.cli.lazy import lazy_imports
from exchange.errors import FusionError
from exchange.limits import MINUTE
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.bulletin.values import iso
    from exchange.home import life_lines
    from exchange.store import Store
    from tui import words
    from tui.clipboard import Took, available
    from tui.text import cell_widths
    from tui.text.terminal import ask, each_key

GOOD, UNSURE, BAD = "good", "unsure", "bad"
SIGNS = {GOOD: "✔", UNSURE: "?", BAD: "✘"}
AHEAD_MAX = 5 * MINUTE  # by which another nation's signed time may be past our clock
DISK_LOW, DISK_FULL = 1 << 30, 100 << 20  # bytes that are free
TTY = "/dev/tty"


class DoctorCheck(NamedTuple):
    """One check: its subject, its state, and its line in the language in use."""

    about: str
    state: str
    line: str


def checks(
    home: Path, environ: Mapping[str, str], *, terminal: bool
) -> Iterator[DoctorCheck]:
    """Yield all checks; those that ask the terminal where there is one."""
    yield _locale(environ)
    yield _colours(environ, terminal=terminal)
    yield from _terminal(home) if terminal else _no_terminal()
    yield _clipboard(environ)
    yield _input_method(environ)
    yield _clock(home)
    yield _disk(home)
    yield from _server(home)
    yield from _old_entries(home)
    yield from _keys(home)


def as_json(found: list[DoctorCheck]) -> dict[str, Any]:
    """Return the checks, ready for JSON."""
    return {"checks": [one._asdict() for one in found]}


def _locale(environ: Mapping[str, str]) -> DoctorCheck:
    named = next(
        (v for k in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environ.get(k))), ""
    )
    if "utf-8" in named.lower() or "utf8" in named.lower():
        return DoctorCheck("locale", GOOD, say("locale {name}: UTF-8", name=named))
    todo = word("locale {name}: not UTF-8; run: export LC_ALL=C.UTF-8")
    return DoctorCheck("locale", BAD, say(todo, name=named or "-"))


def _colours(environ: Mapping[str, str], *, terminal: bool) -> DoctorCheck:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        said = word("colours are off (NO_COLOR); signs, words and reverse remain")
        return DoctorCheck("colours", GOOD, say(said))
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return DoctorCheck("colours", GOOD, say("colours: 16 million"))
    if "256color" in term:
        return DoctorCheck("colours", GOOD, say("colours: 256"))
    if not terminal:
        return DoctorCheck(
            "colours", UNSURE, say("colours: not looked at, no terminal here")
        )
    said = word(
        "colours: 16, as far as TERM={term} says; if it knows more, run:"
        " export COLORTERM=truecolor"
    )
    return DoctorCheck("colours", UNSURE, say(said, term=term or "-"))


def _no_terminal() -> Iterator[DoctorCheck]:
    said = say("not looked at, no terminal here; run fusion doctor in yours")
    yield DoctorCheck("widths", UNSURE, f"{say('widths of characters')}: {said}")
    yield DoctorCheck("bidi", UNSURE, f"{say('order of Urdu')}: {said}")


def _terminal(home: Path) -> Iterator[DoctorCheck]:
    """Ask the terminal; no lines where it went away meanwhile."""
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


def _widths(found: list[Any]) -> DoctorCheck:
    wrong = [one for one in found if one.counted != one.given]
    if not found:
        said = word("widths: this terminal does not say where its cursor is")
        return DoctorCheck("widths", UNSURE, say(said))
    if not wrong:
        return DoctorCheck(
            "widths", GOOD, say("widths of characters: as this program counts")
        )
    named = ", ".join(
        f"{words.say(one.sample.words)} {one.given}/{one.counted}" for one in wrong
    )
    said = word(
        "widths differ: {named}; set ambiguous characters to narrow in the terminal,"
        " and choose a font that has Urdu and Chinese"
    )
    return DoctorCheck("widths", BAD, say(said, named=named))


ORDERS = {
    "REORDERS": word(
        "order of Urdu: this terminal reorders by itself and can be told not to"
    ),
    "LEAVES": word("order of Urdu: this terminal leaves text as it comes"),
    "SILENT": word(
        "order of Urdu: this terminal does not say; choose below what reads right"
    ),
}


def _bidi(home: Path, order: str) -> DoctorCheck:
    state = UNSURE if order == "SILENT" else GOOD
    chosen = ""
    with suppress(FusionError):
        chosen = config.read_desk(config.desk_home(home)).bidi
    told = f" (bidi = {chosen})" if chosen else ""
    return DoctorCheck("bidi", state, f"{say(ORDERS[order])}{told}")


def _clipboard(environ: Mapping[str, str]) -> DoctorCheck:
    took = available(environ)
    state = {Took.DISPLAY: GOOD, Took.NOBODY: BAD}.get(took, UNSURE)
    lines = {
        Took.DISPLAY: word("clipboard: a tool of the display takes what is copied"),
        Took.TMUX: word("clipboard: tmux takes it; its terminal may not"),
        Took.NOBODY: word(
            "clipboard: tmux drops it; run: tmux set -s set-clipboard on"
        ),
        Took.UNKNOWN: word(
            "clipboard: sent to the terminal, which does not say whether it takes it"
        ),
    }
    return DoctorCheck("clipboard", state, say(lines[took]))


def _input_method(environ: Mapping[str, str]) -> DoctorCheck:
    if environ.get("TERM_PROGRAM") == "iTerm.app" and not environ.get(
        "TEXTUAL_DISABLE_KITTY_KEY"
    ):
        said = word(
            "input method: iTerm2 loses what is composed; run:"
            " export TEXTUAL_DISABLE_KITTY_KEY=1"
        )
        return DoctorCheck("input method", BAD, say(said))
    names = ("XMODIFIERS", "GTK_IM_MODULE", "QT_IM_MODULE")
    named = next((v for k in names if (v := environ.get(k))), "")
    if named:
        return DoctorCheck(
            "input method", GOOD, say("input method: {name}", name=named)
        )
    said = word(
        "input method: none is named; for Chinese start ibus or fcitx. While you"
        " compose, use F keys: letters do not arrive"
    )
    return DoctorCheck("input method", UNSURE, say(said))


def _clock(home: Path) -> DoctorCheck:
    """Hold this clock against the newest time that another nation's node signed."""
    now, signed, by = options.now(), 0, ""
    with suppress(FusionError):
        signed, by = _signed_time(home)
    if signed > now + AHEAD_MAX:
        said = word("clock: {now}, behind {signed}, which {by} signed; set this clock")
        line = say(said, now=iso(now), signed=iso(signed), by=by)
        return DoctorCheck("clock", BAD, line)
    if signed:
        said = word("clock: {now}; {by} signed {signed}")
        return DoctorCheck(
            "clock", GOOD, say(said, now=iso(now), signed=iso(signed), by=by)
        )
    said = word("clock: {now}; nobody has signed a time here, compare it with a watch")
    return DoctorCheck("clock", UNSURE, say(said, now=iso(now)))


def _signed_time(home: Path) -> tuple[int, str]:
    node = config.node_home(home)
    place = config.database_of(node)
    if config.is_absent(place):
        return 0, ""
    with closing(Store(place, read_only=True)) as store:
        times = store.retention.times()
    return times.signed, times.by


def _disk(home: Path) -> DoctorCheck:
    try:
        free = shutil.disk_usage(home.expanduser()).free
    except OSError:
        said = word("disk: the home cannot be read; give the right one with --home")
        return DoctorCheck("disk", BAD, say(said))
    mib = f"{free >> 20:,}"
    if free < DISK_FULL:
        said = word("disk: {mib} MiB free, drafts may not be saved; make room")
        return DoctorCheck("disk", BAD, say(said, mib=mib))
    if free < DISK_LOW:
        return DoctorCheck(
            "disk", UNSURE, say("disk: {mib} MiB free; make room", mib=mib)
        )
    return DoctorCheck("disk", GOOD, say("disk: {mib} MiB free", mib=mib))


def _server(home: Path) -> Iterator[DoctorCheck]:
    """Yield whether the server of the node's database keeps what it commits."""
    try:
        place = config.database_of(config.node_home(home))
    except FusionError:  # a home without a node
        return
    if isinstance(place, Path):
        return
    if place.server_is_unverified:
        said = word(
            "database: whoever is on the line to its server can take the server's"
            " place; add sslmode=verify-full to its URL"
        )
        yield DoctorCheck("database", UNSURE, say(said))
    try:
        with closing(Store(place, read_only=True)) as store:
            names = ", ".join(store.unsafe_settings())
    except FusionError as error:
        yield DoctorCheck("database", BAD, str(error))
        return
    if names:
        said = word("database: a power cut may lose what was stored; switch on {names}")
        yield DoctorCheck("database", BAD, say(said, names=names))
        return
    yield DoctorCheck("database", GOOD, say("database: {name}", name=place.name))


def _old_entries(home: Path) -> Iterator[DoctorCheck]:
    """Yield what is in files beside the node's database, if anything is."""
    for line in log_output.cold_lines(log_output.cold_logs(home)):
        yield DoctorCheck("cold", GOOD, line)


def _keys(home: Path) -> Iterator[DoctorCheck]:
    due = life_lines.due_lives(home, options.now())
    for one in due:
        yield DoctorCheck(
            "keys", BAD if not one["days"] else UNSURE, life_lines.line(one)
        )
    if not due:
        yield DoctorCheck("keys", GOOD, say("keys: none is to be renewed now"))
