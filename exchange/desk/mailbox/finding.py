"""Finding messages: the search, filters, and names as an officer types them."""

import re
from array import array
from collections.abc import Collection, Iterator
from contextlib import suppress

from exchange.desk import search_text
from exchange.desk.mailbox.asking import Filter
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.duties import Duties
from exchange.desk.mailbox.journeys import Journeys
from exchange.desk.mailbox.messages import Messages
from exchange.desk.mailbox.sieve import NEVER, Sieve, conditions, index
from exchange.errors import Reason, Refusal

FOUND_MAX = 10_000  # hits of a text that one list shows
COMPLETIONS_MAX = 64  # words that the start of a word stands for, shortest first
ROW_COST = 16  # entries of an index that are read in the time of one row
ROWS_MAX = 30_000  # rows that are asked for at once; SQLite takes 32,766 values
NAME_SIZE = 32  # bytes
_NEWEST = 2**62  # above every number
TIME_MAX = 20_000  # numbers of a time that are held against the other conditions
WINDOW = 16_384  # numbers that are looked at first
WIDER = 4  # times, each time
_PLACE = re.compile(r"([a-z0-9.-]{1,128}(?:/log/[0-9]{1,9})?)#([0-9]{1,18})")
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


class Finding(Messages, Duties, Journeys, Sieve):
    """What turns words and conditions into numbers."""

    def search(self, text: str, limit: int = FOUND_MAX) -> "array[int]":
        """Return the numbers of messages with all words of `text`, newest first.

        Words stand anywhere in subject, segments, translations and labels; a run of
        Han characters and what has no space in it must stand together. A last word
        without a space behind it is found by its start. Nothing in `text` is syntax.
        """
        match = self._match(text)
        if not match:
            return array("q")
        return self._numbers(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?",
            (match, limit),
        )

    def ids(self, wanted: Filter | str, limit: int = -1, now: int = 0) -> "array[int]":
        """Return the numbers that pass a filter, newest first, at most `limit`.

        A str is read as one types it (`Filter.parse`, at `now`, ms UTC), and what it
        names need not be here. With a text there are at most FOUND_MAX. An empty filter
        gives all; a list of everything should rather page by number. Raises
        Refusal(NOT_FOUND | AMBIGUOUS) for a thread of a Filter.
        """
        if isinstance(wanted, str):
            with suppress(Refusal):
                return self.ids(Filter.parse(wanted, now), limit)
            return array("q")
        text = bool(wanted.text.strip())
        if text:
            limit = min(limit, FOUND_MAX) if limit >= 0 else FOUND_MAX
        given = self._given(wanted)
        where, values = conditions(wanted)
        if given is not None or wanted.facts or wanted.near or (where and text):
            return self._sift(wanted, given, limit)
        if where:
            return self._passing(wanted, where, (*values, 1, _NEWEST, limit))
        if text:
            return self.search(wanted.text, limit)
        newest = self.count()
        first = 0 if limit < 0 else max(newest - limit, 0)
        return array("q", range(newest, first, -1))

    def _given(self, wanted: Filter) -> set[int] | None:
        """Return the numbers that meet the conditions which few can meet, or None."""
        sets: list[Collection[int]] = [
            self.thread_numbers(self.resolve(thread)) for thread in wanted.threads
        ]
        if wanted.recalled:
            sets.append(self.recalled())
        if wanted.stale:
            sets.append({each.number for each in self.stale()})
        if wanted.overdue:
            late = {journey.number for journey in self.late(wanted.now)}
            sets.append(late | self.overdue(wanted.now))
        if (span := self._in_time(wanted)) is not None:
            sets.append(span)
        return set(sets[0]).intersection(*sets[1:]) if sets else None

    def _in_time(self, wanted: Filter) -> "array[int] | None":
        """Return what was filed in the time asked for, where that is not much."""
        if not (wanted.after or wanted.before):
            return None
        found = self._numbers(
            "SELECT number FROM message INDEXED BY message_filed"
            " WHERE filed >= ? AND filed < ? LIMIT ?",
            (wanted.after, wanted.before or NEVER, TIME_MAX + 1),
        )
        return found if len(found) <= TIME_MAX else None

    def _sift(self, wanted: Filter, given: set[int] | None, limit: int) -> "array[int]":
        """Return what meets all conditions, newest first.

        From window to window, each wider, until there is enough: what many meet is
        found in the first, and what few meet costs little more than one look at all.
        """
        match, found = self._match(wanted.text), array("q")
        if wanted.text.strip() and not match:
            return found
        for window in _windows(given, self.count()):
            if 0 <= limit <= len(found):
                break
            passing = self._within(window, wanted, given, match)
            found.extend(sorted(passing, reverse=True))
        return found[: _end(limit)]

    def _within(
        self, window: range, wanted: Filter, given: set[int] | None, match: str
    ) -> set[int]:
        """Return which of some numbers meet all conditions, the rarest asked first."""
        found: set[int] | None = None
        if given is not None:
            found = {number for number in given if number in window}
        for numbers in self._asked(window, wanted, match):
            found = set(numbers) if found is None else found.intersection(numbers)
            if not found:
                return set()
        where, values = conditions(wanted)
        if where and found is not None and _few(found, window):
            found = self._of(found, where, values)
        elif where:
            passing = self._passing(wanted, where, (*values, *_ends(window), -1))
            found = set(passing) if found is None else found.intersection(passing)
        for near in wanted.near:
            few = sorted(found) if found is not None and _few(found, window) else []
            inside = self.near(near, window, few)
            found = set(inside) if found is None else found.intersection(inside)
        return found or set()

    def _asked(
        self, window: range, wanted: Filter, match: str
    ) -> Iterator[Collection[int]]:
        """Yield the numbers that have the codes, and the words."""
        for fact in wanted.facts:
            yield self.having(fact, window)
        if match:
            yield self._numbers(
                "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?",
                (match, *_ends(window)),
            )

    def _of(
        self, numbers: Collection[int], where: list[str], values: Values
    ) -> set[int]:
        """Return which of some numbers meet conditions, by their rows."""
        marks = ", ".join("?" * len(numbers))
        rows = self._all(
            f"SELECT number FROM message WHERE number IN ({marks})"  # noqa: S608  # marks
            f" AND {' AND '.join(where)}",
            (*numbers, *values),
        )
        return {number for (number,) in rows}

    def unread_beside(self, number: int, step: int) -> int:
        """Return the next unread number, older for step -1, newer for 1, or 0."""
        end, beside = ("max", "<") if step < 0 else ("min", ">")
        found = self._one(
            f"SELECT {end}(number) FROM message"  # noqa: S608  # our words
            f" WHERE read_at = 0 AND number {beside} ?",
            (number,),
        )
        return int(found[0] or 0)

    def _passing(
        self, wanted: Filter, where: list[str], values: Values
    ) -> "array[int]":
        return self._numbers(
            f"SELECT number FROM message {index(wanted, len(where))}"  # noqa: S608  # our words
            f" WHERE {' AND '.join(where)} AND number BETWEEN ? AND ?"
            " ORDER BY number DESC LIMIT ?",
            values,
        )

    def resolve(self, text: str) -> bytes:
        """Return the name that an officer means.

        `text` is 64 hex, a unique prefix of 8 or more, or a place, `islamabad.pk#412`.

        Raises Refusal(NOT_FOUND), Refusal(AMBIGUOUS), Refusal(INPUT).
        """
        text = text.strip()
        place = _PLACE.fullmatch(text)
        if place:
            return self._at(place[1], int(place[2]))
        if not _PREFIX.fullmatch(text.lower()):
            raise Refusal(Reason.INPUT, "NAME")
        low = bytes.fromhex(text.lower().ljust(2 * NAME_SIZE, "0"))
        high = bytes.fromhex(text.lower().ljust(2 * NAME_SIZE, "f"))
        return _only(
            self._all(
                "SELECT name FROM message WHERE name BETWEEN ? AND ? LIMIT 2",
                (low, high),
            )
        )

    def _at(self, log: str, index: int) -> bytes:
        """Look up a place in a log or, of a node, in its newest log that has it."""
        if "/" in log:
            column, value = "origin = ?", log
        else:
            column, value = "origin GLOB ?", f"{log}.fusion/log/*"
        return _only(
            self._all(
                f"SELECT name FROM message WHERE {column} AND idx = ?"  # noqa: S608  # constant
                " ORDER BY length(origin) DESC, origin DESC LIMIT 1",
                (value, index),
            )
        )

    def _match(self, text: str) -> str:
        """Write the query in the language of FTS5; folded words need no escape."""
        query = search_text.query(text)
        parts = [f'"{" ".join(phrase)}"' for phrase in query.phrases]
        if query.unfinished:
            words = self._completions(query.unfinished)
            parts.append("(" + " OR ".join(f'"{word}"' for word in words) + ")")
        return " AND ".join(parts)

    def _completions(self, start: str) -> list[str]:
        rows = self._all(
            "SELECT term FROM term WHERE term >= ? AND term < ?"
            " ORDER BY length(term), term LIMIT ?",
            (start, start + "\U0010ffff", COMPLETIONS_MAX),
        )
        return [row[0] for row in rows] or [start]


def _end(limit: int) -> int | None:
    """Return where a slice of at most `limit` ends; all of it below 0."""
    return limit if limit >= 0 else None


def _only(rows: list[tuple[bytes]]) -> bytes:
    if not rows:
        raise Refusal(Reason.NOT_FOUND, "NAME")
    if len(rows) > 1:
        raise Refusal(Reason.AMBIGUOUS, "NAME")
    return rows[0][0]


def _windows(given: set[int] | None, count: int) -> Iterator[range]:
    """Yield ranges of numbers from the newest down; one, where few can pass."""
    if given is not None:
        yield range(min(given, default=1), max(given, default=0) + 1)
        return
    size = WINDOW
    while count > 0:
        yield range(max(count - size, 0) + 1, count + 1)
        count, size = count - size, size * WIDER


def _few(found: set[int], window: range) -> bool:
    """Say whether the rows of these numbers are read faster than all of a window."""
    return len(found) <= min(ROWS_MAX, len(window) // ROW_COST)


def _ends(window: range) -> tuple[int, int]:
    return window.start, window.stop - 1
