"""The sealed counters between desks: bulletins sent to and received from each.

The author's desk counts its bulletins to each desk from 1, inside the seal, so one
withheld by a node shows as a gap. A number far above those received does not move the
count until an officer says so (docs/spec/receipts.md, "Numbers"). Within the caller's
transaction.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from msgspec import Struct

from exchange.bulletin.values import iso
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.settings import Settings
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    NUMBER_MAX,
    NUMBERS_AHEAD_MAX,
    NUMBERS_ALARMED,
    NUMBERS_MISSING_MAX,
)

GIVEN = "numbers-given"
MISUSED, GO_ON = "MISUSED", "GO_ON"
_NOT_HERE = Why("no bulletin of this desk brought that number; see fusion status")


class NumberGap(NamedTuple):
    """The newest few missing numbers of a desk's bulletins."""

    desk: str
    numbers: Sequence[int]
    above: Sequence[tuple[int, bytes]] = ()
    """The received numbers just above the gaps and their bulletins' names, in order."""


class NumberJump(NamedTuple):
    """The largest number of a desk in reach, and the smallest beyond it."""

    desk: str
    reach: int
    number: int
    name: bytes
    """The bulletin that brought `number`."""

    def __str__(self) -> str:
        return f"{self.desk} {self.number} > {self.reach}"


class NumberVerdict(NamedTuple):
    """An officer's ruling on a number: MISUSED or GO_ON; ms UTC."""

    desk: str
    number: int
    verdict: str
    officer: str
    at: int

    def as_json(self) -> dict[str, object]:
        return self._asdict() | {"at": iso(self.at)}


class DeskCount(Struct):
    """Bulletins of one desk: names by number, and how many did not open."""

    numbers: dict[int, bytes] = {}
    unopened: int = 0


class _Reach(NamedTuple):
    """The numbers of a desk that count; `base`: an officer continued from there."""

    base: int
    misused: frozenset[int]
    unopened: int
    top: int
    beyond: tuple[int, bytes] | None


class DeskNumbers(Struct, frozen=True):
    _db: MailboxDatabase

    # Sent.

    def next(self, desks: Iterable[str]) -> dict[str, int]:
        """Return one above the highest given here or in reach in the own log."""
        given = self._given()
        logged = {desk: self._reach(desk, sent=True).top for desk in desks}
        return {desk: max(given.get(desk, 0), logged[desk]) + 1 for desk in logged}

    def note_given(self, numbers: Mapping[str, int]) -> None:
        """Use them up for good, even if their bulletin is never sent."""
        given = self._given()
        if new := {d: n for d, n in numbers.items() if n > given.get(d, 0)}:
            Settings(self._db).set(GIVEN, json.dumps(given | new))

    def _given(self) -> dict[str, int]:
        return dict(json.loads(Settings(self._db).get(GIVEN, "{}")))

    # Received, or found in the own log.

    def note_logged(self, desk: str, came: DeskCount, at: int, *, sent: bool) -> None:
        """Count at `at` (ms UTC); `sent`: logged to the desk, not received from it."""
        self._db.write(
            "INSERT INTO number_desk VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET unopened = unopened + excluded.unopened",
            (int(sent), desk, came.unopened),
        )
        ignored = set() if sent else self._said(desk)[1]
        for first, last in runs(came.numbers.keys() - ignored):
            self._add_run(int(sent), desk, (first, last, came.numbers[first], at))

    def _add_run(self, sent: int, desk: str, run: tuple[int, int, bytes, int]) -> None:
        before = self._db.select_one(
            "SELECT max(first) FROM number_run"
            " WHERE sent = ? AND desk = ? AND first <= ?",
            (sent, desk, run[0]),
        )[0]
        found = self._db.select(
            "SELECT first, last, name, at FROM number_run WHERE sent = ? AND desk = ?"
            " AND first BETWEEN ? AND ? AND last >= ? ORDER BY first",
            (sent, desk, before or run[0], min(run[1] + 1, NUMBER_MAX), run[0] - 1),
        )
        first, _, name, _ = min((*found, run), key=lambda one: one[0])
        last, at = max(one[1] for one in (*found, run)), (found or [run])[0][3]
        self._db.write_many(
            "DELETE FROM number_run WHERE sent = ? AND desk = ? AND first = ?",
            [(sent, desk, one[0]) for one in found],
        )
        self._db.insert("number_run", (sent, desk, first, last, name, at))

    def in_reach(self, desk: str, number: int) -> bool:
        """Return whether a number counts, or will once its bulletin is logged."""
        reach = self._reach(desk)
        ahead = number - reach.top
        return number not in reach.misused and ahead <= _allowed(reach.unopened)

    def gaps(self, since: int = 0) -> list[NumberGap]:
        """Return the desks with more numbers missing than bulletins that did not open.

        Only gaps below a bulletin that came at `since` (ms UTC) or later. A bulletin of
        lower precedence, or one held back, may still come.
        """
        return [
            gap for desk in self._desks() if (gap := self._gap(desk, since)).numbers
        ]

    def alarmed_gaps(self, now: int) -> list[NumberGap]:
        return self.gaps(now - NUMBERS_ALARMED)

    def _gap(self, desk: str, since: int) -> NumberGap:
        reach = self._reach(desk)
        came = self._db.select_one(
            "SELECT sum(last - max(first, ? + 1) + 1) FROM number_run"
            " WHERE sent = 0 AND desk = ? AND first <= ? AND last > ?",
            (reach.base, desk, reach.top, reach.base),
        )[0]
        ignored = sum(reach.base < one < reach.top for one in reach.misused)
        if reach.top - reach.base - (came or 0) - ignored <= reach.unopened:
            return NumberGap(desk, ())
        numbers: list[int] = []
        above = []
        for first, missing, name, at in self._holes(desk, reach):
            left = list(islice(missing, NUMBERS_MISSING_MAX - len(numbers)))
            if left and at >= since:
                numbers += left
                above.append((first, name))
        return NumberGap(desk, numbers[::-1], above[::-1])

    def _holes(
        self, desk: str, reach: _Reach
    ) -> Iterator[tuple[int, Iterator[int], bytes, int]]:
        """Yield each run in reach, newest first: first number, missing ones below it.

        Then the bulletin that brought it, and since when (ms UTC) they are missing.
        """
        found = self._db.select(
            "SELECT first, lag(last, 1, 0) OVER (ORDER BY first), name, at"
            " FROM number_run WHERE sent = 0 AND desk = ? AND first <= ?"
            " ORDER BY first DESC LIMIT ?",
            (desk, reach.top, NUMBERS_MISSING_MAX + 1),
        )
        for first, before, name, at in found:
            below = range(first - 1, max(before, reach.base), -1)
            missing = (number for number in below if number not in reach.misused)
            yield first, missing, name, at

    def jumps(self) -> list[NumberJump]:
        found = ((desk, self._reach(desk)) for desk in self._desks())
        return [
            NumberJump(desk, reach.top, *reach.beyond)
            for desk, reach in found
            if reach.beyond is not None
        ]

    def _desks(self) -> list[str]:
        asked = "SELECT desk FROM number_desk WHERE sent = 0 ORDER BY desk"
        return [desk for (desk,) in self._db.select(asked)]

    def _reach(self, desk: str, *, sent: bool = False) -> _Reach:
        """Count ascending numbers, each near enough to the one before.

        The first that is too far, and everything above it, is out of reach.
        """
        base, misused = (0, frozenset[int]()) if sent else self._said(desk)
        key = int(sent), desk
        asked = "SELECT unopened FROM number_desk WHERE sent = ? AND desk = ?"
        (unopened,) = self._db.select_one(asked, key) or (0,)
        beyond = self._db.select_one(
            "SELECT first, name, below FROM (SELECT first, name,"
            " max(lag(last, 1, 0) OVER (ORDER BY first), ?) AS below FROM number_run"
            " WHERE sent = ? AND desk = ? AND last > ?)"
            " WHERE first - below > ? ORDER BY first LIMIT 1",
            (base, *key, base, _allowed(unopened)),
        )
        if beyond:
            first, name, top = beyond
            return _Reach(base, misused, unopened, top, (first, name))
        asked = "SELECT max(last) FROM number_run WHERE sent = ? AND desk = ?"
        top = max(base, self._db.select_one(asked, key)[0] or 0)
        return _Reach(base, misused, unopened, top, None)

    # Verdicts of officers.

    def say(self, said: NumberVerdict) -> None:
        """Record MISUSED (ignored) or GO_ON (count from it).

        Refusal(NOT_FOUND) if no bulletin brought the number.
        """
        desk, number = said.desk, said.number
        run = self._db.select_one(
            "SELECT first, last, name, at FROM number_run WHERE sent = 0 AND desk = ?"
            " AND ? BETWEEN first AND last",
            (desk, number),
        )
        if not run and number not in {one.number for one in self.verdicts(desk)}:
            raise Refusal(Reason.NOT_FOUND, f"{desk} {number}", _NOT_HERE)
        if run and said.verdict == MISUSED:
            self._ignore(desk, number, run)
        self._db.write(
            "INSERT INTO number_verdict (desk, number, verdict, officer, at)"
            " VALUES (?, ?, ?, ?, ?)",
            said,
        )

    def _ignore(self, desk: str, number: int, run: Sequence[Any]) -> None:
        first, last, name, at = run
        self._db.write(
            "DELETE FROM number_run WHERE sent = 0 AND desk = ? AND first = ?",
            (desk, first),
        )
        below = 0, desk, first, number - 1, name, at
        above = 0, desk, number + 1, last, b"", at
        rows = [row for row in (below, above) if row[2] <= row[3]]
        self._db.insert_many("number_run", rows)

    def verdicts(self, desk: str = "") -> list[NumberVerdict]:
        """Return them in order; "" is every desk."""
        rows = self._db.select(
            "SELECT desk, number, verdict, officer, at FROM number_verdict"
            " WHERE ? IN ('', desk) ORDER BY id",
            (desk,),
        )
        return [NumberVerdict(*row) for row in rows]

    def _said(self, desk: str) -> tuple[int, frozenset[int]]:
        last = {one.number: one.verdict for one in self.verdicts(desk)}
        on = [number for number, verdict in last.items() if verdict == GO_ON]
        return max(on, default=0), frozenset(last.keys() - on)


def _allowed(unopened: int) -> int:
    return NUMBERS_AHEAD_MAX + unopened


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending (first, last)."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] + 1 == number:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
