"""Benchmark of the officer's terminal over a long mailbox, in a pseudo-terminal.

Start, passphrase included, until one of the newest rows is shown; the memory then and
at the end; arrow keys from the write to the last byte painted; jumps from end to end;
the cores that it takes while nothing happens; and keys while bulletins arrive
(`arrivals`). The floor is the first row of the same terminal over a mailbox of a few
messages.
"""

import os
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from exchange.clock import wall_ms
from exchange.demo.sites import OFFICERS
from exchange.desk.client import Desk
from exchange.errors import Unreachable
from exchange.home.plan import Plan, make_home
from tests.benchmarks import arrivals, sample_mailbox
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import MIB, Moment, cpu_seconds, memory
from tests.benchmarks.search import p95
from tests.benchmarks.start import compiling
from tests.benchmarks.terminal import KeyPaint, PseudoTerminal

FIRST_MAX = 0.6  # s
RESIDENT_MAX = 80.0  # MiB
KEY_MAX = 10.0  # ms, p95
KEY_BYTES_MAX = 1_024  # bytes, median
JUMP_MAX = 60.0  # ms, p95
REST_MAX = 0.01  # of a core
FEW = 100  # messages of the floor
STARTS = 5
KEYS = 60  # arrow keys
JUMPS = 12  # of Home and of End each
REST_S = 8.0
ARRIVING_S = 15
NEWEST = 30  # rows, one of which the first screen shows
WORD = 6  # letters of a word that is looked for
STALL_S = 60.0
KEY_S = 30.0  # that a key may take at most
DOWN, HOME, END = b"\x1b[B", b"\x1b[H", b"\x1b[F"
PASSPHRASE = "bench"  # noqa: S105  of homes that are removed
PROGRAM = "from exchange.cli import main; main()"
MS = 1_000  # ms in a second

Tell = Callable[[str], None]


def measure(folder: Path, rows: int, tell: Tell) -> dict[str, object]:
    """Make a desk with so many messages, and one with FEW; measure both starts."""
    few, _ = _make(folder / "few", FEW, lambda _: None)
    many, words = _make(folder / "many", rows, tell)
    environment = compiling(folder)
    with watch_load() as load:
        before = Moment.now()
        tell("starting the terminal")
        floor = _starts(few, _words(few), environment)
        starts = _starts(many, words, environment)
        used = _use(many, words, environment)
        others = Moment.now().others(before)
        arriving = arrivals.measure(folder, environment, ARRIVING_S, tell)
    first = statistics.median(starts)
    found = {
        "resident_mib": round(used.resident / MIB, 1),
        "key_p95_ms": round(p95([one.last for one in used.keys]) * MS, 1),
        "key_bytes": round(statistics.median(one.size for one in used.keys)),
        "jump_p95_ms": round(p95([one.last for one in used.jumps]) * MS, 1),
        "rest_cores": round(used.resting, 4),
    }
    return {
        "name": "tui",
        "figure": round(first, 3),
        "unit": "s to the first row",
        "floor": round(statistics.median(floor), 3),
        "ratio": round(first / statistics.median(floor), 2),
        "ok": first <= FIRST_MAX and _met(found) and arrivals.is_met(arriving),
        "machine": machine() | load.as_json(others),
        "rows": rows,
        **found,
        "jump_bytes": round(statistics.median(one.size for one in used.jumps)),
        "rest_bytes_per_s": round(used.painted / REST_S),
        "resident_at_end_mib": round(used.at_end / MIB, 1),
        "peak_mib": round(used.peak / MIB, 1),
        **arriving,
    }


class _Used(NamedTuple):
    """A terminal in use: memory in bytes, paints, and its rest."""

    resident: int
    keys: Sequence[KeyPaint]
    jumps: Sequence[KeyPaint]
    resting: float
    """Cores while nothing happens."""
    painted: int
    """Bytes in REST_S."""
    at_end: int
    peak: int


def _use(home: Path, words: list[str], environment: dict[str, str]) -> _Used:
    """Start a terminal, press keys, jump from end to end, and let it rest."""
    with _terminal(home, environment) as terminal:
        _first(terminal, words)
        resident, _ = memory(terminal.pid)
        keys = [_press(terminal, DOWN) for _ in range(KEYS)]
        jumps = [_press(terminal, key) for key in (HOME, END) * JUMPS]
        resting, painted = _rest(terminal)
        return _Used(resident, keys, jumps, resting, painted, *memory(terminal.pid))


def _met(found: dict[str, float]) -> bool:
    most = RESIDENT_MAX, KEY_MAX, KEY_BYTES_MAX, JUMP_MAX, REST_MAX
    return all(value <= bar for value, bar in zip(found.values(), most, strict=True))


def _rest(terminal: PseudoTerminal) -> tuple[float, int]:
    """Return the cores that it takes while nothing happens, and the bytes painted."""
    terminal.rest(1.0)
    used = cpu_seconds(terminal.pid)
    painted = terminal.rest(REST_S)
    return (cpu_seconds(terminal.pid) - used) / REST_S, painted


def _make(home: Path, rows: int, tell: Tell) -> tuple[Path, list[str]]:
    """Make a home whose desk has so many messages; return it, words of the newest."""
    plan = Plan(node="islamabad.pk", desk="ops", officers=OFFICERS[:1])
    make_home(home, plan, PASSPHRASE, wall_ms())
    with Desk.open(home, OFFICERS[0], PASSPHRASE) as desk:
        sample_mailbox.fill(
            desk.mailbox,
            rows,
            tell=lambda left: tell(f"built {rows - left} of {rows}"),
        )
    return home, _words(home)


def _words(home: Path) -> list[str]:
    """Return a long word of each of the newest messages that has one."""
    with Desk.open(home, OFFICERS[0], PASSPHRASE) as desk:
        count = desk.mailbox.database.count()
        newest = desk.mailbox.messages.page(max(1, count - NEWEST + 1), NEWEST)
    found = [word for row in newest for word in row.subject.split()]
    return [word for word in found if word.isascii() and len(word) >= WORD]


def _terminal(home: Path, environment: dict[str, str]) -> PseudoTerminal:
    program = [sys.executable, "-P", "-c", PROGRAM, "tui", "--home", str(home)]
    given, writer = os.pipe()
    os.write(writer, f"{PASSPHRASE}\n".encode())
    os.close(writer)
    return PseudoTerminal([*program, "--passphrase-fd", str(given)], environment, given)


def _first(terminal: PseudoTerminal, words: list[str]) -> float:
    """Return the s until the first row is shown."""
    seconds = terminal.wait_for(words, STALL_S)
    if seconds is None:
        raise Unreachable("terminal")
    terminal.rest(1.0)
    return seconds


def _starts(home: Path, words: list[str], environment: dict[str, str]) -> list[float]:
    """Return the s of each start; one before them compiles."""
    taken = []
    for _ in range(STARTS + 1):
        with _terminal(home, environment) as terminal:
            taken.append(_first(terminal, words))
    return taken[1:]


def _press(terminal: PseudoTerminal, key: bytes) -> KeyPaint:
    found = terminal.press(key, KEY_S)
    if found is None:
        raise Unreachable("terminal")
    return found
