"""The columns of the list: their choice, widths and texts.

State, precedence and mode are always shown. The subject has at least half of the list;
the other chosen columns share the rest, in their order.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from exchange.desk.records import Row
from exchange.limits import DAY, MINUTE
from exchange.words import word
from tui.text.layout import ELLIPSIS
from tui.times import day_clock
from tui.words import lang, say

COLUMNS: Mapping[str, str] = {
    "party": word("Sender or addressee"),
    "kind": word("Kind"),
    "when": word("Time or age"),
    "due": word("Deadline"),
    "lang": word("Language"),
    "rendered": word("Subject in my language, if reviewed"),
    "tall": word("Two lines a bulletin: its subject has the second"),
}
"""What can be chosen, by its code, in the order of the list."""
TALL = "tall"
"""The code, among those of the columns, of two lines a bulletin."""
RENDERED = "⇄"
"""The sign of a subject that is a reviewed translation."""
HOUR = 60 * MINUTE
PARTY_COLUMNS = 15
_NARROW = {"party": 11, "when": 9, "kind": 9, "lang": 2}
_WIDE = {"when": 12, "due": 15, "party": PARTY_COLUMNS, "kind": 14}
ARROW = "→"
_AGES = ((DAY, word("{n} d")), (HOUR, word("{n} h")), (MINUTE, word("{n} min")))
_LEFT = (
    (DAY, word("in {n} d")),
    (HOUR, word("in {n} h")),
    (MINUTE, word("in {n} min")),
)
_LATE = (
    (DAY, word("overdue {n} d")),
    (HOUR, word("overdue {n} h")),
    (MINUTE, word("overdue {n} min")),
)
_FROM = 2  # of a unit: a shorter time is shown in the next smaller unit


USUAL = frozenset(COLUMNS) - {TALL}


class Widths(NamedTuple):
    """The cells of each chosen column; 0 hides it."""

    party: int = 0
    kind: int = 0
    when: int = 0
    due: int = 0
    lang: int = 0
    tagged: bool = False
    """Whether a deadline stands in the place of the age instead of in a column."""
    rendered: bool = False
    only: str = ""
    """The one other desk: a row names no party but another one."""

    @property
    def dated(self) -> bool:
        return self.when >= _WIDE["when"]


@lru_cache(64)
def widths(room: int, chosen: frozenset[str], only: str = "") -> Widths:
    """Return the widths if the subject leaves `room` cells for them.

    First each chosen column gets its least width, then each its best.
    """
    cells = dict.fromkeys(COLUMNS, 0)
    only = only if "party" in chosen else ""
    party = {"party": len(ARROW)} if only else {}
    for code, least in (_NARROW | party).items():
        if code in chosen and room > least:
            cells[code] = least
            room -= least + 1
    for code, best in (_WIDE | party).items():
        more = best - cells[code] + (not cells[code])
        if code in chosen and room >= more:
            cells[code] = best
            room -= more
    del cells["rendered"], cells[TALL]
    tagged = "due" in chosen and not cells["due"]
    return Widths(**cells, tagged=tagged, rendered="rendered" in chosen, only=only)


def read_choice(text: str) -> frozenset[str]:
    """Return the choice of a setting; "" means every column, on one line.

    Raises ValueError if it cannot be read.
    """
    if not text:
        return USUAL
    codes = frozenset(text.split(",")) - {"none"}
    if not codes <= COLUMNS.keys():
        raise ValueError(text)
    return codes


def write_choice(codes: Iterable[str]) -> str:
    chosen = set(codes)
    return ",".join(code for code in COLUMNS if code in chosen) or "none"


def age(filed: int, now: int) -> str:
    """Return "" if it is in the future; both are ms UTC."""
    return _in_units(now - filed, _AGES) if now >= filed else ""


def deadline(row: Row, now: int) -> tuple[str, bool]:
    """Return a row's remaining time at `now` (ms UTC), and whether it is overdue.

    ("", False) if no desk concerned has a deadline left.
    """
    concerned = bool(row.open_at) if row.outgoing else row.open_here
    if not concerned or not row.acknowledge_by:
        return "", False
    left = row.acknowledge_by - now
    if left > 0:
        return _in_units(left + MINUTE - 1, _LEFT), False
    return _in_units(-left, _LATE), True


def _in_units(ms: int, units: tuple[tuple[int, str], ...]) -> str:
    *larger, (minute, minutes) = units
    for unit, text in larger:
        if ms >= _FROM * unit:
            return say(text).format(n=ms // unit)
    return say(minutes).format(n=max(ms // minute, 1))


def when(filed: int, now: int, shown: Widths) -> str:
    """Return the time of filing if there is room, else the age.

    "" if it has no time.
    """
    if not (shown.when and filed):
        return ""
    return day_clock(filed) if shown.dated else age(filed, now)


def party(row: Row, columns: int) -> str:
    """Return a row's author or addressee; a long one without its nation.

    With several addressees, the first and the number of others.
    """
    if not row.outgoing:
        return fit_desk(row.desk, columns)
    if not row.addressees:
        return ARROW
    more = f" +{len(row.addressees) - 1}" if len(row.addressees) > 1 else ""
    return f"{ARROW}{fit_desk(row.addressees[0], columns - len(more) - 1)}{more}"


def is_usual(row: Row, only: str) -> bool:
    """Return whether a row's party is the `only` desk that a list does not name."""
    return set(row.addressees if row.outgoing else (row.desk,)) <= {only}


def fit_desk(desk: str, columns: int) -> str:
    """Leave out the nation if the whole name does not fit, then cut it."""
    short = desk if len(desk) <= columns else desk.rpartition(".")[0] or desk
    return short if len(short) <= columns else f"{short[: columns - 1]}{ELLIPSIS}"


def kind_label(code: str) -> str:
    """Return the code itself if it is unknown here."""
    from exchange.bulletin.kinds import KINDS  # noqa: PLC0415 - start-up counts

    return KINDS[code].labels[lang()] if code in KINDS else code
