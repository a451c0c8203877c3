"""The order of a list by urgency, and the row to which the key ⇥ goes next."""

from array import array
from collections.abc import Iterable, Iterator

from exchange.bulletin.codes import DRILLS
from exchange.desk.mailbox import Filter, Mailbox, Row
from exchange.desk.records import PRECEDENCES
from exchange.limits import LISTED_URGENT_MAX

FLASH_WAITING = Filter(
    unacknowledged=True, direction="in", precedence=frozenset({"FLASH"})
)
_NEVER = 2**62  # ms: after every deadline


def find_urgent(
    mailbox: Mailbox, now: int, expired_at: int | None = None
) -> "array[int]":
    """Return the most urgent first.

    At the two times of a desk's `moment` (ms UTC), at most LISTED_URGENT_MAX.
    Unacknowledged FLASH, then overdue, then unread by precedence; within each overdue
    first, by deadline, then the newest. Drills come last.
    """
    waiting = set(mailbox.search.ids(FLASH_WAITING, LISTED_URGENT_MAX))
    overdue = mailbox.obligations.overdue(now, expired_at)
    late = mailbox.obligations.select_in_force(overdue)
    numbers = waiting | late
    for found in _unread(mailbox):
        numbers.update(found[: max(0, LISTED_URGENT_MAX - len(numbers))])
    rows = [row for row in mailbox.messages.rows(sorted(numbers)) if not row.outgoing]

    def urgency(row: Row) -> tuple[bool, bool, bool, int, int, int]:
        return (
            row.mode in DRILLS,
            row.number not in waiting,
            row.number not in late,
            _rank(row.precedence),
            row.acknowledge_by or _NEVER,
            -row.number,
        )

    return _numbers(sorted(rows, key=urgency)[:LISTED_URGENT_MAX])


def _unread(mailbox: Mailbox) -> Iterator["array[int]"]:
    for precedence in PRECEDENCES:
        wanted = Filter(unread=True, direction="in", precedence=frozenset({precedence}))
        yield mailbox.search.ids(wanted, LISTED_URGENT_MAX)


def _rank(precedence: str) -> int:
    known = precedence in PRECEDENCES
    return PRECEDENCES.index(precedence) if known else len(PRECEDENCES)


def _numbers(rows: Iterable[Row]) -> "array[int]":
    return array("q", [row.number for row in rows])
