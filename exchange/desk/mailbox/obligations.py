"""Obligations of desks asked to receive, to read, to act."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.codes import DRILLS
from exchange.desk.ladder import Step
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.records import OUT
from exchange.desk.mailbox.references import References
from exchange.limits import DUE_MAX

_BELIEVED = f"m.{OUT} AND m.verdict = 'ACCEPTED'"
_DRILLS = "('" + "', '".join(DRILLS) + "')"
_LIVE = f"m.expires > ? AND {_BELIEVED}"
# CROSS JOIN keeps the order of the tables: they have no statistics, and the planner
# would begin with all the messages.
_GONE = ("RECALLS", "SUPERSEDES")


class Owed(NamedTuple):
    """`reached` is a step of the ladder."""

    number: int
    desk: str
    by: int
    reached: int


class Obligations(Struct):
    """Obligations of desks; expired, refused or unopened messages oblige no desk."""

    _db: MailboxDatabase
    _references: References
    desk: str = ""
    """The desk of this mailbox, once known; obligations of others are not its own."""

    def list_owed(self, now: int) -> list[Owed]:
        """Return the DUE_MAX most urgent that are not met.

        Real ones first, so that no drill pushes them out; then FLASH, by deadline.
        """
        rows = self._db.select(
            "SELECT o.number, o.desk, o.by, o.reached FROM owed o"  # noqa: S608  # constant
            f" CROSS JOIN message m ON m.number = o.number WHERE o.expires > ?"
            f" AND {_BELIEVED} ORDER BY m.mode IN {_DRILLS}, CASE m.precedence"
            " WHEN 'FLASH' THEN 0 WHEN 'IMMEDIATE' THEN 1 ELSE 2 END,"
            " o.by, o.number, o.desk LIMIT ?",
            (now, DUE_MAX),
        )
        return [Owed._make(row) for row in rows]

    def owing(self, numbers: Collection[int], now: int) -> dict[int, tuple[str, ...]]:
        """Return by number the desks, by name, that still owe an answer (ms UTC).

        Only of those (DUE_MAX or so) that have not expired.
        """
        rows = self._db.select(
            f"SELECT number, desk FROM owed WHERE number IN ({placeholders(numbers)})"  # noqa: S608  # marks
            " AND expires > ? ORDER BY number, desk",
            (*numbers, now),
        )
        found: dict[int, tuple[str, ...]] = {}
        for number, desk in rows:
            found[number] = (*found.get(number, ()), desk)
        return found

    def select_unanswered(self, names: Collection[bytes]) -> set[bytes]:
        """Return those that this desk has yet to acknowledge, expired or not."""
        rows = self._db.select(
            "SELECT m.name FROM message m CROSS JOIN owed o"  # noqa: S608  # marks
            f" ON o.number = m.number WHERE m.name IN ({placeholders(names)})"
            " AND o.desk = ? AND o.reached < ?",
            (*names, self.desk, int(Step.ACKNOWLEDGED)),
        )
        return {name for (name,) in rows}

    def overdue(self, now: int, expired_at: int | None = None) -> set[int]:
        """Return those not answered in time, at `now` (ms UTC).

        Not of those expired at `expired_at` (else `now`). As in a hand-over list
        (`desk.deadlines`): an incoming message counts if this desk has not answered,
        unless another desk acknowledged it and no desk is asked to act.
        """
        rows = self._db.select(
            "SELECT DISTINCT o.number FROM owed o"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = o.number WHERE o.expires > ?"
            f" AND o.by BETWEEN 1 AND ? AND {_BELIEVED} AND (m.direction = 'out'"
            " OR ? IN (o.desk, '')"
            " AND (m.acknowledged = 0 OR m.acknowledge = 'ACTION')) LIMIT ?",
            (now if expired_at is None else expired_at, now, self.desk, DUE_MAX),
        )
        return {number for (number,) in rows}

    def select_in_force(self, numbers: Collection[int]) -> set[int]:
        """Return those not recalled or replaced, out of DUE_MAX or so."""
        rows = self._db.select(
            "SELECT name, number FROM message"  # noqa: S608  # marks
            f" WHERE number IN ({placeholders(numbers)})",
            tuple(numbers),
        )
        gone = {
            x.about
            for x in self._references.marking([r[0] for r in rows])
            if x.relation in _GONE
        }
        return {number for name, number in rows if name not in gone}

    def heard_at(self, desk: str) -> int:
        """Return ms UTC; 0 for never."""
        row = self._db.select_one(
            "SELECT max(received) FROM message INDEXED BY message_desk"
            " WHERE desk = ? AND verdict = 'ACCEPTED'",
            (desk,),
        )
        return int(row[0] or 0) if row else 0

    def newest(self, kind: str, desk: str, modes: Sequence[str], now: int) -> int:
        """Return 0 if there is none; without recalled or replaced ones."""
        row = self._db.select_one(
            "SELECT m.number FROM message m INDEXED BY message_kind"  # noqa: S608  # marks
            f" WHERE m.kind = ? AND m.desk = ? AND m.mode IN ({placeholders(modes)})"
            f" AND m.filed <= ? AND {_LIVE}"
            " AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.number = m.number)"
            " ORDER BY m.number DESC LIMIT 1",
            (kind, desk, *modes, now, now),
        )
        return int(row[0]) if row else 0
