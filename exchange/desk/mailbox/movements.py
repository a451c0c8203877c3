"""Movements under way, and those overdue.

A journey is a MOVEMENT and the MOVEMENTs in the same mode that update, reveal, correct
or supersede it, from desks that it was sent to or came from. Only these can report the
arrival: a drill, or an uninvolved desk, ends no real alarm.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.values import iso, milliseconds_or_zero
from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.records import OUT, core_of
from exchange.v1 import bulletin_pb2

ENDED = frozenset({"ARRIVED", "CANCELLED"})
MOVING = ("UNDER_WAY", "CHECKPOINT", "HALTED", "DIVERTED", "OVERDUE")
MOVING_MAX = 200  # journeys in one list
ALONE_AT_ONCE = 500  # MOVEMENTs read in one query
LEGS_MAX = 1_000  # MOVEMENTs read of one journey
_ON = "('UPDATES', 'REVEALS', 'CORRECTS', 'SUPERSEDES')"
_FOUND = (
    "SELECT f.number FROM fact f CROSS JOIN message m ON m.number = f.number"  # noqa: S608  # constants
    " WHERE f.field = ? AND m.kind = 'MOVEMENT' AND m.expires > ?"
    f" AND m.verdict = 'ACCEPTED' AND m.{OUT}"
)


class Journey(NamedTuple):
    """The last report of a journey, and when its alarm is (ms UTC, or 0)."""

    number: int
    overdue_at: int


class _Leg(Struct, frozen=True):
    number: int
    desk: str
    mode: str
    filed: int
    state: str
    overdue_at: int


class Movements(Struct, frozen=True):
    _db: MailboxDatabase

    def late(self, now: int, past: int | None = None) -> list[Journey]:
        """Return the earliest first.

        Without journeys that a later MOVEMENT reports arrived or cancelled, or gives
        another alarm (that one counts instead), or that expired before `past` (ms UTC,
        else `now`).
        """
        past = now if past is None else past
        rows = self._db.select(
            f"{_FOUND} AND f.code <= ?", ("details.overdue_at", past, iso(now) + "~")
        )
        numbers = [number for (number,) in rows]
        overdue, known = [], self._alone(numbers)
        for number in numbers:
            leg, later = self._legs(number, known)
            silent = not any(one.overdue_at or one.state in ENDED for one in later)
            if silent and leg.state not in ENDED and 0 < leg.overdue_at <= now:
                overdue.append(Journey(number, leg.overdue_at))
        return sorted(overdue, key=lambda journey: journey[::-1])

    def moving(self, now: int, mode: str = "") -> list[Journey]:
        """Return journeys by their last report.

        Out of the MOVING_MAX last such reports; of one mode if given.
        """
        numbers = self._said(now, mode)[-MOVING_MAX:]
        found, known = [], self._alone(numbers)
        for number in numbers:
            leg, later = self._legs(number, known)
            if not later:
                found.append(Journey(number, leg.overdue_at))
        return found

    def is_cut(self, now: int, mode: str) -> bool:
        return len(self._said(now, mode)) > MOVING_MAX

    def _said(self, now: int, mode: str) -> list[int]:
        """Return more than MOVING_MAX if there are more, so that a cut shows."""
        also = " AND m.mode = ?" if mode else ""
        rows = [
            number
            for code in MOVING  # each in order, so that the newest are found at once
            for (number,) in self._db.select(
                f"{_FOUND} AND f.code = ?{also} ORDER BY f.number DESC LIMIT ?",
                ("details.state", now, code, *filter(None, (mode,)), MOVING_MAX + 1),
            )
        ]
        return sorted(rows)

    def _legs(
        self, number: int, known: dict[int, list[_Leg]]
    ) -> tuple[_Leg, list[_Leg]]:
        """Read a journey, or find it in `known`, by each of its MOVEMENTs."""
        if number not in known:
            every = list(self._journey(number))
            known |= {item.number: every for item in every}
        legs = {item.number: item for item in known[number]}
        leg = legs.pop(number)
        if not legs:
            return leg, []
        concerned = self._concerned(number)
        later = [
            item
            for item in legs.values()
            if item.mode == leg.mode
            and item.desk in concerned
            and (item.filed, item.number) > (leg.filed, leg.number)
        ]
        return leg, later

    def last_place(self, number: int) -> bulletin_pb2.Place | None:
        place = None
        for _, said in self.told(number):
            if said.HasField("place"):
                place = said.place
        return place

    def told(self, number: int) -> Iterator[tuple[int, bulletin_pb2.Content]]:
        """Yield them in the order of filing."""
        for leg in sorted(self._journey(number), key=lambda leg: leg.filed):
            content = self._db.select_one(
                "SELECT content FROM body WHERE number = ?", (leg.number,)
            )[0]
            yield leg.number, bulletin_pb2.Content.FromString(content)

    def _concerned(self, number: int) -> set[str]:
        desk, entry = self._db.select_one(
            "SELECT m.desk, b.entry FROM message m JOIN body b USING (number)"
            " WHERE m.number = ?",
            (number,),
        )
        return {desk, *(recipient.desk for recipient in core_of(entry).recipients)}

    def _alone(self, numbers: Sequence[int]) -> dict[int, list[_Leg]]:
        """Return by number those that are their whole journey.

        Most are, and need not be followed one by one.
        """
        found = dict[int, list[_Leg]]()
        for first in range(0, len(numbers), ALONE_AT_ONCE):
            some = tuple(numbers[first : first + ALONE_AT_ONCE])
            marks = placeholders(some)
            rows = self._db.select(
                "SELECT m.number, m.desk, m.mode, m.filed, b.content"  # noqa: S608  # constant
                " FROM message m JOIN body b USING (number)"
                f" WHERE m.number IN ({marks}) AND b.content IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.number = m.number)"
                " AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.about = m.name)",
                some,
            )
            found |= {leg.number: [leg] for leg in map(_leg, rows)}
        return found

    def _journey(self, number: int) -> Iterator[_Leg]:
        rows = self._db.select(
            "WITH RECURSIVE legs(number, name) AS ("  # noqa: S608  # constant
            "SELECT number, name FROM message WHERE number = ?"
            " UNION SELECT m.number, m.name FROM legs CROSS JOIN reference r"
            f" ON r.about = legs.name AND +r.relation IN {_ON}"
            " CROSS JOIN message m ON m.number = r.number AND +m.kind = 'MOVEMENT'"
            " UNION SELECT m.number, m.name FROM legs CROSS JOIN reference r"
            f" ON r.number = legs.number AND +r.relation IN {_ON}"
            " CROSS JOIN message m ON m.name = r.about AND +m.kind = 'MOVEMENT'"
            " LIMIT ?)"
            " SELECT m.number, m.desk, m.mode, m.filed, b.content FROM legs"
            " CROSS JOIN message m ON m.number = legs.number"
            " CROSS JOIN body b ON b.number = m.number"
            " WHERE m.verdict = 'ACCEPTED' AND b.content IS NOT NULL",
            (number, LEGS_MAX),
        )
        yield from map(_leg, rows)


def _leg(row: Values) -> _Leg:
    number, desk, mode, filed, content = row
    details = bulletin_pb2.Content.FromString(content).details
    said = {detail.field: detail.value for detail in details}
    at = milliseconds_or_zero(said.get("overdue_at", ""))
    return _Leg(number, desk, mode, filed, said.get("state", ""), at)
