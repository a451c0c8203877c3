"""The signs of a board, from the bulletins that were read for it; pure.

1. A bulletin that an all-clear of its author's desk ended has no sign.
2. Of bulletins that update one another the last stands for all of them.
3. Of a site only the newest level counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from exchange.desk.board.corridor import stop_of
from exchange.desk.board.records import Sign, Sort
from exchange.desk.mailbox.board_rows import BoardRow, Ended, Replaced
from exchange.v1 import bulletin_pb2

SORT_OF: Mapping[str, Sort] = {
    "WARNING": "WARNING",
    "INCIDENT": "INCIDENT",
    "SITE_POSTURE": "POSTURE",
    "MOVEMENT": "CONVOY",
}
"""The sort of sign by the kind of bulletin."""
_ENDS = {"WARNING": "WARNING", "INCIDENT": "INCIDENT", "POSTURE": "RAISED_POSTURE"}
_SAYS: Mapping[Sort, str] = {
    "WARNING": "severity",
    "INCIDENT": "attack",
    "CONVOY": "state",
    "POSTURE": "level",
}
"""The field of which a sign has the code."""


class Convoy(NamedTuple):
    """A journey: the last bulletin about it, its alarm, and all bulletins about it."""

    row: BoardRow
    overdue_at: int
    told: Sequence[tuple[int, bulletin_pb2.Content]]
    """By number, in the order of filing; `row` among them."""


def place_signs(
    rows: Iterable[BoardRow], replaced: Iterable[Replaced], ended: Iterable[Ended]
) -> list[Sign]:
    """Return the signs of warnings, incidents and levels, newest first."""
    over = {(one.about, one.desk, code) for one in ended if (code := _ends(one))}
    kept = [
        row
        for row in rows
        if (row.name, row.desk, _ENDS[SORT_OF[row.kind]]) not in over
    ]
    signs, levels = [], set[str]()
    for row, numbers in _folded(kept, replaced):
        sign = _sign(row, numbers, bulletin_pb2.Content.FromString(row.content))
        if sign.sort == "POSTURE":
            if sign.stop in levels:
                continue
            levels.add(sign.stop)
        signs.append(sign)
    return signs


def _ends(one: Ended) -> str:
    return _said(bulletin_pb2.Content.FromString(one.content), "ends")


def _folded(
    rows: Sequence[BoardRow], replaced: Iterable[Replaced]
) -> list[tuple[BoardRow, tuple[int, ...]]]:
    """Return the last of bulletins that update one another, with all their numbers.

    Only within a desk and a kind: nobody hides a bulletin of somebody else.
    """
    by_name = {row.name: row for row in rows}
    by_number = {row.number: row for row in rows}
    behind: dict[int, tuple[int, ...]] = {}
    earlier: dict[int, list[int]] = {}
    for one in replaced:
        later, about = by_number.get(one.number), by_name.get(one.about)
        alike = later and about and later[2:4] == about[2:4]
        if later and about and alike and _order(about) < _order(later):
            earlier.setdefault(later.number, []).append(about.number)
    hidden = {number for numbers in earlier.values() for number in numbers}
    for row in rows:
        if row.number not in hidden:
            behind[row.number] = _reached(row.number, earlier)
    return [(by_number[number], numbers) for number, numbers in behind.items()]


def _order(row: BoardRow) -> tuple[int, int]:
    return row.filed, row.number


def _reached(number: int, earlier: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
    """Return a number and all that it tells more of, each once."""
    found = dict.fromkeys([number])
    todo = [number]
    while todo:
        new = [n for n in earlier.get(todo.pop(), ()) if n not in found]
        found |= dict.fromkeys(new)
        todo += new
    return tuple(found)


def convoy_sign(convoy: Convoy) -> Sign:
    """Return the sign of a convoy; where it is, by the last bulletin that says it."""
    row = convoy.row
    last = bulletin_pb2.Content.FromString(row.content)
    said = [content for _, content in convoy.told]
    places = [content.place for content in said if content.HasField("place")]
    names = [name for content in said if (name := _said(content, "call_sign"))]
    others = [number for number, _ in reversed(convoy.told) if number != row.number]
    sign = _sign(row, (row.number, *others), last)
    return sign._replace(
        stop=stop_of(places[-1]) if places else sign.stop,
        call_sign=names[-1] if names else "",
        until=convoy.overdue_at,
    )


def _sign(
    row: BoardRow, numbers: tuple[int, ...], content: bulletin_pb2.Content
) -> Sign:
    sort = SORT_OF[row.kind]
    return Sign(
        sort=sort,
        numbers=numbers,
        stop=stop_of(content.place),
        code=_said(content, _SAYS[sort]),
        call_sign="",
        filed=row.filed,
        until=0 if sort == "INCIDENT" else row.expires,
        precedence=row.precedence,
        tlp=row.tlp,
        subject=row.subject,
        lang=row.lang,
    )


def _said(content: bulletin_pb2.Content, field: str) -> str:
    return next((x.value for x in content.details if x.field == field), "")
