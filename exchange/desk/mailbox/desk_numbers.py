"""The sealed counters between desks: bulletins sent to each, and received of each.

The author's desk counts its bulletins to each desk from 1 and says the number inside of
the seal, so a bulletin that a node withheld shows as a gap (docs/spec/receipts.md,
"Numbers"). Small records in the settings; within the caller's transaction.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.settings import Settings
from exchange.limits import NUMBERS_MISSING_MAX

SENT, SEEN, FREE = "numbers-sent", "numbers-seen", "numbers-free"


class NumberGap(NamedTuple):
    """Numbers of bulletins of a desk that were not received, the newest few."""

    desk: str
    numbers: Sequence[int]


class DeskCount(NamedTuple):
    """Bulletins of one desk: numbers, and how many have one that cannot be read."""

    numbers: list[int]
    unopened: int


class DeskNumbers(Struct, frozen=True):
    """The counters of one desk."""

    _db: MailboxDatabase

    # Sent.

    def next(self, desks: Iterable[str]) -> dict[str, int]:
        """Return the number that a bulletin to each of these desks has next.

        The least that was given up, so that no hole stays.
        """
        sent, free = self._read(SENT), self._read(FREE)
        return {
            desk: min(free.get(desk, ()), default=int(sent.get(desk, 0)) + 1)
            for desk in desks
        }

    def note_sent(self, numbers: Mapping[str, Collection[int]]) -> None:
        """Count bulletins of this desk; those found in a log count as well."""
        sent, free = self._read(SENT), self._read(FREE)
        top = {desk: max(found) for desk, found in numbers.items()}
        new = {desk: n for desk, n in top.items() if n > int(sent.get(desk, 0))}
        if new:
            self._write(SENT, sent | new)
        left = {d: [n for n in free[d] if n not in numbers.get(d, ())] for d in free}
        if left != free:
            self._write(FREE, left)

    def give_up(self, numbers: Mapping[str, int]) -> None:
        """Free the numbers of a bulletin that will never be recorded, for others."""
        free = self._read(FREE)
        for desk, number in numbers.items():
            freed = sorted({*free.get(desk, ()), number})
            free[desk] = freed[:NUMBERS_MISSING_MAX]
        self._write(FREE, free)

    # Received.

    def note_seen(self, found: Mapping[str, DeskCount]) -> None:
        """Count what came of each desk."""
        if not found:
            return
        seen = self._read(SEEN)
        for desk, came in found.items():
            seen[desk] = count_numbers(seen.get(desk, {}), came)
        self._write(SEEN, seen)

    def gaps(self) -> list[NumberGap]:
        """Return of which desks more numbers are missing than bulletins did not open.

        A number of lower precedence, or one that was held back, may still come.
        """
        return [
            NumberGap(desk, one["missing"])
            for desk, one in sorted(self._read(SEEN).items())
            if len(one["missing"]) > one["unopened"]
        ]

    def _read(self, key: str) -> dict[str, Any]:
        found = json.loads(Settings(self._db).get(key, "{}"))
        return found if isinstance(found, dict) else {}

    def _write(self, key: str, record: object) -> None:
        Settings(self._db).set(key, json.dumps(record))


def count_numbers(before: Mapping[str, Any], came: DeskCount) -> dict[str, Any]:
    """Return the record of a desk with what came of it.

    `top` is the largest number, `missing` those below it that did not come, the newest
    few; `unopened` how many bulletins have a number that cannot be read.
    """
    top, missing = int(before.get("top", 0)), set(before.get("missing", ()))
    for number in came.numbers:
        if number > top:
            missing.update(range(max(top + 1, number - NUMBERS_MISSING_MAX), number))
            top = number
        missing.discard(number)
    kept = sorted(missing)[-NUMBERS_MISSING_MAX:]
    unopened = int(before.get("unopened", 0)) + came.unopened
    return {"top": top, "missing": kept, "unopened": unopened}
