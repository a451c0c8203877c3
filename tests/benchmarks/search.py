"""Benchmark of the search: how soon a long mailbox shows the newest matches.

Words and the words of codes in each language, and every condition by itself and beside
others: what many messages meet, what few do, what only old ones do, and what none does.
The queries come in a new order each turn, and the mailbox keeps little of its file in
memory (IDLE_READERS), so that one does not find what another has read.

The floor is what the same database takes to give the newest numbers of one word: a
bare look-up in its FTS5 index, no filter read, no condition met. The bar is for the
language that is slowest, and for conditions alone.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from exchange.clock import wall_ms
from exchange.desk.mailbox import FOUND_MAX, Filter, Mailbox
from tests.benchmarks import sample_mailbox
from tests.benchmarks.machine import machine

BAR = 50.0  # ms
PAGE = 100  # rows, more than a screen has
TURNS = 10  # of every query
LISTED = 1  # likewise of as many hits as the terminal lists
SLOWEST = 5  # queries that are told
# {old}, {mid} and {new} are times, {day} is a day, {thread} is a name.
QUERIES = {
    "en": (
        *("convoy", "convoy ", "delay", "co", "patrol esc", "suspicious vehicle "),
        *("warning", "karachi port", "nothinglikethis ", "123456 "),
        *("convoy kind:WARNING", "bridge prec:FLASH", "convoy before:{old}"),
        *("delayed after:{old} before:{mid}", "convoy near:DASU-HPP:50km"),
        *("junction near:QUETTA:500km", "patrol actor:BLA", "convoy is:unread"),
        *("convoy state:PLANNED", "convoy tlp:RED", "escort mode:TEST from:cn"),
        *("convoy kind:ALL_CLEAR", "convoy near:0,0:100km", "convoy thread:{thread}"),
        *("convoy state:refused", "vehicle lang:en actor:TTP near:CHILAS:80km"),
    ),
    "ur": (
        *("گاڑی", "قافلہ ", "قا", "مشکوک چوکی ", "شاہراہ پل", "انتباہ ", "واقعہ"),
        *("قافلہ kind:INCIDENT", "گاڑی prec:FLASH,IMMEDIATE", "پل before:{old}"),
        *("تاخیر after:{mid} before:{new}", "راستہ near:KARACHI:30km"),
        *("چوکی near:QUETTA:500km", "مشکوک actor:BLA,TTP", "قافلہ is:unread"),
        *("گاڑی state:UNDER_WAY", "پل tlp:RED", "شاہراہ site:GWADAR lang:ur"),
        *("قافلہ state:refused", "گاڑی kind:ALL_CLEAR", "قافلہ thread:{thread}"),
    ),
    "zh": (
        *("车队", "可疑车辆", "可疑 车辆", "桥", "路口巡逻", "预警", "瓜达尔港"),
        *("车队 kind:SIGHTING", "桥梁 prec:FLASH", "延误 before:{old}"),
        *("护送 after:{old} before:{mid}", "车队 near:GWADAR:20km"),
        *("巡逻 near:QUETTA:500km", "可疑 actor:BLA", "车队 is:unread"),
        *("车辆 state:ARRIVED", "车队 tlp:RED", "桥梁 site:DASU-HPP lang:zh"),
        *("车队 state:refused", "车队 kind:ALL_CLEAR", "车队 thread:{thread}"),
    ),
    "conditions": (
        *("kind:WARNING", "kind:ALL_CLEAR", "prec:FLASH", "prec:FLASH kind:MOVEMENT"),
        *("prec:ROUTINE kind:RFI", "mode:TEST", "tlp:RED", "tlp:RED kind:RFI"),
        *("lang:ur", "lang:zh kind:WARNING actor:BLA", "from:cn", "from:beijing.cn"),
        *("is:unread", "is:unread lang:ur kind:RFI", "is:unacked", "is:out prec:FLASH"),
        *("state:UNDER_WAY", "state:refused", "state:queued", "state:cosigned"),
        *("actor:BLA", "actor:BLA site:GWADAR", "site:DASU-HPP", "thread:{thread}"),
        *("before:{old}", "before:{mid}", "after:{new}", "on:{day}"),
        *("before:{mid} kind:WARNING", "before:{old} actor:BLA prec:FLASH"),
        *("after:{mid} before:{new} kind:SITREP lang:ur", "before:{mid} is:unread"),
        *("near:DASU-HPP:50km", "near:0,0:100km", "near:QUETTA:500km", "is:overdue"),
        *("near:DASU-HPP:50km before:{mid}", "near:KHUNJERAB:5km prec:FLASH"),
        *("near:DASU-HPP:50km kind:WARNING actor:BLA", "near:CHILAS:80km is:unread"),
        *("near:30,70:200km before:{old} state:PLANNED", "is:recalled", "is:stale"),
    ),
}


def measure(folder: Path, rows: int, tell: Callable[[str], None]) -> dict[str, object]:
    """Make a mailbox, and measure."""
    path, began = folder / "mailbox.db", time.perf_counter()
    with closing(Mailbox(path, os.urandom(32))) as box:
        sample_mailbox.fill(
            box,
            rows,
            tell=lambda left: tell(f"built {rows - left} of {rows}"),
        )
        built = time.perf_counter() - began
        tell("searching")
        floor = p95(list(_bare(box)))
        asked = _asked(box, rows)
        took = _took(box, asked, PAGE, TURNS)
        listed = _took(box, asked, FOUND_MAX, LISTED)
    groups = {
        group: p95([each for line in lines for each in took[line]])
        for group, lines in QUERIES.items()
    }
    figure = max(groups.values())
    medians = {line: statistics.median(times) for line, times in took.items()}
    slowest = sorted(medians, key=lambda line: -medians[line])[:SLOWEST]
    return {
        "name": "search",
        "figure": round(figure, 2),
        "unit": "ms p95",
        "floor": round(floor, 2),
        "ratio": round(figure / floor, 2),
        "ok": figure <= BAR,
        "machine": machine(),
        "rows": rows,
        "queries": len(took),
        "p95": {group: round(each, 2) for group, each in groups.items()},
        "p50": round(statistics.median(medians.values()), 2),
        "max": round(max(map(max, took.values())), 2),
        "slowest": {line: round(medians[line], 2) for line in slowest},
        "listed_p95": round(p95([each[0] for each in listed.values()]), 2),
        "bytes_a_row": round(path.stat().st_size / rows),
        "built_s": round(built, 1),
    }


def p95(times: list[float]) -> float:
    """Return what all but one of twenty are below."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _asked(box: Mailbox, rows: int) -> dict[str, Filter]:
    """Return the queries, read as an officer's line is."""

    def moment(share: float) -> str:
        at = (sample_mailbox.BASE + share * rows * sample_mailbox.STEP) / 1_000
        return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(at))

    put = {
        "{old}": moment(0.05),
        "{mid}": moment(0.5),
        "{new}": moment(0.95),
        "{day}": moment(0.5)[:10],
        "{thread}": box.messages.row(rows // 2 // 10 * 10).name.hex(),
    }
    queries = {}
    for line in (line for lines in QUERIES.values() for line in lines):
        typed = line
        for name, value in put.items():
            typed = typed.replace(name, value)
        queries[line] = Filter.read(typed, wall_ms())
    return queries


def _took(
    box: Mailbox, queries: dict[str, Filter], limit: int, turns: int
) -> dict[str, list[float]]:
    """Return how many ms each query took, each turn."""
    took: dict[str, list[float]] = {line: [] for line in queries}
    for _ in range(turns):
        for line in random.sample(list(queries), len(queries)):
            began = time.perf_counter()
            box.search.ids(queries[line], limit)
            took[line].append((time.perf_counter() - began) * 1_000)
    return took


def _bare(box: Mailbox) -> Iterator[float]:
    """Yield how many ms it takes to look each known word up and do nothing else."""
    known = [f'"{word}"' for words in sample_mailbox.KNOWN.values() for word in words]
    for word in random.sample(known * TURNS, len(known) * TURNS):
        began = time.perf_counter()
        box.database.select(  # with nothing around it
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?",
            (word, PAGE),
        )
        yield (time.perf_counter() - began) * 1_000
