"""The signs of a board, from the bulletins that were read for it; pure.

1. A bulletin ended by an all-clear of its author's desk has no sign.
2. Bulletins that update, correct, replace or corroborate one another have one sign.
3. So have incidents of one form of attack, at one place, at one time.
4. Of a site only the newest level counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from exchange.bulletin.values import milliseconds_or_zero
from exchange.core import TIME_MAX
from exchange.desk.board.corridor import stop_of
from exchange.desk.board.records import ELSEWHERE, Sign, Sort
from exchange.desk.mailbox.board_rows import BoardRow, Ended, Joined
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
"""The field whose code a sign shows."""


class Convoy(NamedTuple):
    """The last bulletin about a journey, its alarm, and all bulletins about it."""

    row: BoardRow
    overdue_at: int
    told: Sequence[tuple[int, bulletin_pb2.Content]]
    """By number, in the order of filing; `row` among them."""


def place_signs(
    rows: Sequence[BoardRow],
    joined: Sequence[Joined],
    ended: Iterable[Ended],
    since: int,
) -> list[Sign]:
    """Return the signs, without incidents that were over at `since` (ms UTC)."""
    over = {(one.about, one.desk, code) for one in ended if (code := _ends(one))}
    kept = [
        row
        for row in rows
        if (row.name, row.desk, _ENDS[SORT_OF[row.kind]]) not in over
    ]
    signs = [_reported(told) for told in _matters(kept, joined)]
    shown = (x for x in signs if x.sort != "INCIDENT" or max(x.at, x.to) > since)
    found = dict[tuple[object, ...], Sign]()
    for sign in sorted(shown, key=lambda sign: (sign.filed, sign.numbers)):
        same = _same(sign)
        if same in found and sign.sort == "INCIDENT":
            first = found[same]
            found[same] = first._replace(numbers=first.numbers + sign.numbers)
        else:
            found[same] = sign
    return list(found.values())


def _ends(one: Ended) -> str:
    return _said(bulletin_pb2.Content.FromString(one.content), "ends")


def _same(sign: Sign) -> tuple[object, ...]:
    if sign.sort == "POSTURE":
        return sign.sort, sign.stop
    if sign.sort == "INCIDENT" and sign.happened and sign.stop != ELSEWHERE:
        return sign.sort, sign.stop, sign.code, sign.happened, sign.to
    return sign.numbers


def _matters(
    rows: Sequence[BoardRow], joined: Sequence[Joined]
) -> Iterator[Sequence[BoardRow]]:
    """Yield all bulletins about each matter.

    Its sign shows the first: the newest of the desk that reported it. A corroborating
    desk follows the first report it refers to: it neither merges nor changes other
    desks' reports.
    """
    own = _least((one.number, one.about) for one in joined if one.same_desk)
    of = {row.number: own.get(row.number, row.number) for row in rows}
    here, bears = set(of.values()), dict[int, int]()
    for number, about, same_desk in sorted(joined):
        if not same_desk:
            bears.setdefault(own.get(number, number), own.get(about, about))
    matters: dict[int, list[BoardRow]] = defaultdict(list)
    for row in rows:
        last = _last(of[row.number], bears)
        matters[last if last in here else of[row.number]].append(row)
    for first, matter in matters.items():
        yield sorted(matter, key=lambda x: (of[x.number] != first, -x.filed, -x.number))


def _last(number: int, following: Mapping[int, int]) -> int:
    way = list[int]()
    while number not in way:
        way.append(number)
        number = following.get(number, number)
    return min(way[way.index(number) :])


def _least(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return for each number the least one connected with it."""
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        beside[one].add(other)
        beside[other].add(one)
    least = dict[int, int]()
    for start in sorted(beside):
        todo = [start]
        while todo:
            number = todo.pop()
            if number not in least:
                least[number] = start
                todo += beside[number]
    return least


def _reported(told: Sequence[BoardRow]) -> Sign:
    own = [row for row in told if row.desk == told[0].desk]
    said = [bulletin_pb2.Content.FromString(row.content) for row in own]
    return _sign(told[0], [row.number for row in told], said)


def convoy_sign(convoy: Convoy) -> Sign:
    numbers = [number for number, _ in reversed(convoy.told)]
    newest = [content for _, content in reversed(convoy.told)]
    last = bulletin_pb2.Content.FromString(convoy.row.content)
    numbers.remove(convoy.row.number)
    sign = _sign(convoy.row, [convoy.row.number, *numbers], [last, *newest])
    places = [content.place for content in newest if content.HasField("place")]
    names = [name for content in newest if (name := _said(content, "call_sign"))]
    return sign._replace(
        stop=stop_of(places[0]) if places else sign.stop,
        call_sign=names[0] if names else "",
        until=convoy.overdue_at,
    )


def _sign(
    row: BoardRow, numbers: Sequence[int], said: Sequence[bulletin_pb2.Content]
) -> Sign:
    """Date the sign by the first time in `said`; the bulletin itself comes first."""
    sort, content = SORT_OF[row.kind], said[0]
    times = (at for one in said if (at := _times(one)))
    happened, to = next(times, (0, 0))
    return Sign(
        sort=sort,
        numbers=tuple(numbers),
        stop=stop_of(content.place),
        code=_said(content, _SAYS[sort]),
        call_sign="",
        happened=happened,
        to=to,
        filed=row.filed,
        until=0 if sort == "INCIDENT" else row.expires,
        precedence=row.precedence,
        tlp=row.tlp,
        subject=row.subject,
        lang=row.lang,
    )


def _times(content: bulletin_pb2.Content) -> tuple[int, int] | None:
    """Return (begin, end or 0) by its author's words; None without a begin."""
    since = milliseconds_or_zero(_said(content, "since"))
    happened = since or int(getattr(content.when, "from"))
    if not 0 < happened <= TIME_MAX:
        return None
    return happened, to if happened < (to := content.when.to) <= TIME_MAX else 0


def _said(content: bulletin_pb2.Content, field: str) -> str:
    return next((x.value for x in content.details if x.field == field), "")
