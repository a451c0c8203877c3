"""Answers that a list must not show as done: declined, or in no log yet.

`indexer` fills the tables from receipts and outbox.
"""

from collections.abc import Collection

from msgspec import Struct

from exchange.bulletin.codes import DRILLS
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.records import Decline, PendingAnswer
from exchange.limits import DUE_MAX

STATES = {
    "": "queued",
    "LATER": "queued",
    "RESIGN": "resign",
    "EXPIRED": "expired",
    "REFUSED": "refused",
    "RELEASE": "waiting",
}
"""State of an envelope that is in no log, by its hold in the outbox."""
HELD = (
    "(SELECT o.held FROM outbox o WHERE o.name = r.name AND o.idx IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM answer_log l WHERE l.name = o.name AND l.met))"
)
"""Column of receipts `r`: the hold in the outbox if no log has it, else NULL."""
_GOING = "', '".join(h for h, state in STATES.items() if state in {"queued", "waiting"})
ANSWERED = f"(SELECT number FROM pending_answer WHERE held IN ('{_GOING}'))"  # noqa: S608  # constants
"""Numbers of messages with an answer of this desk on its way to the log."""
_DRILLS = "('" + "', '".join(DRILLS) + "')"


class Answers(Struct, frozen=True):
    _db: MailboxDatabase

    def declined(self, numbers: Collection[int]) -> dict[int, tuple[Decline, ...]]:
        rows = self._db.select(
            "SELECT d.number, d.desk, r.reason, r.filed, d.officer, d.at"  # noqa: S608  # marks
            " FROM declined d CROSS JOIN receipt r ON r.name = d.name"
            f" WHERE d.number IN ({placeholders(numbers)}) ORDER BY d.number, d.desk",
            tuple(numbers),
        )
        found: dict[int, tuple[Decline, ...]] = {}
        for number, *decline in rows:
            found[number] = (*found.get(number, ()), Decline(*decline))
        return found

    def list_open(self) -> list[int]:
        """Return this desk's messages with declines not yet noted.

        The DUE_MAX newest, drills last.
        """
        rows = self._db.select(
            "SELECT DISTINCT d.number FROM declined d"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = d.number WHERE d.officer = ''"
            f" AND m.direction = 'out' ORDER BY m.mode IN {_DRILLS}, d.number DESC"
            " LIMIT ?",
            (DUE_MAX,),
        )
        return [number for (number,) in rows]

    def take_note(self, number: int, officer: str, at: int) -> int:
        """Note refusals for an officer, `at` in ms UTC; return the number of desks."""
        with self._db.transaction():
            noted = self._db.write(
                "UPDATE declined SET officer = ?, at = ?"
                " WHERE number = ? AND officer = ''",
                (officer, at, number),
            )
            self._db.touch(number)
        return noted

    def pending(self, numbers: Collection[int]) -> dict[int, PendingAnswer]:
        """Return the last answer of this desk, if it is in no log yet."""
        rows = self._db.select(
            "SELECT p.number, r.relation, r.reason, p.held FROM pending_answer p"  # noqa: S608  # marks
            " CROSS JOIN receipt r ON r.name = p.name"
            f" WHERE p.number IN ({placeholders(numbers)})",
            tuple(numbers),
        )
        return {
            number: PendingAnswer(relation, reason, STATES[held])
            for number, relation, reason, held in rows
        }
