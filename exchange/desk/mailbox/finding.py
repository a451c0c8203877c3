"""Finding messages: the search, filters, and names as an officer types them."""

import re
from array import array
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice

from exchange.desk import search_text
from exchange.desk.mailbox.asking import Filter
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.duties import Duties
from exchange.desk.mailbox.journeys import Journeys
from exchange.desk.mailbox.messages import Messages
from exchange.desk.mailbox.sieve import Sieve
from exchange.errors import Reason, Refusal

FOUND_MAX = 10_000  # hits of a text that one list shows
COMPLETIONS_MAX = 64  # words that the start of a word stands for, shortest first
ROWS_MAX = 2_000  # numbers of which the rows themselves are asked
NAME_SIZE = 32  # bytes
_NEVER = 2**62  # ms
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
        sets = list(self._sets(wanted))
        where, values = _conditions(wanted)
        text = bool(wanted.text.strip())
        if sets:
            return self._within(sets, wanted, limit)
        if where:
            every = limit if not text else -1
            passing = self._passing(wanted, where, values, every)
            return self._also(passing, wanted.text)[: _end(limit)] if text else passing
        if text:
            return self.search(wanted.text, limit if limit >= 0 else FOUND_MAX)
        newest = self.count()
        first = 0 if limit < 0 else max(newest - limit, 0)
        return array("q", range(newest, first, -1))

    def _sets(self, wanted: Filter) -> Iterator[Collection[int]]:
        """Yield the numbers that meet each condition that no column of the list has."""
        for thread in wanted.threads:
            yield self.thread_numbers(self.resolve(thread))
        if wanted.recalled:
            yield self.recalled()
        if wanted.stale:
            yield {each.number for each in self.stale()}
        if wanted.overdue:
            late = {journey.number for journey in self.late(wanted.now)}
            yield late | self.overdue(wanted.now)
        for near in wanted.near:
            yield self.near(near)
        for fact in wanted.facts:
            yield self.having(fact)
        if wanted.desks:
            yield self.written_by(wanted.desks)
        if wanted.after or wanted.before:
            yield self._numbers(
                "SELECT number FROM message INDEXED BY message_filed"
                " WHERE filed >= ? AND filed < ?",
                (wanted.after, wanted.before or _NEVER),
            )

    def _within(
        self, sets: list[Collection[int]], wanted: Filter, limit: int
    ) -> "array[int]":
        """Return what is in all of the sets, and meets the other conditions."""
        least, *others = sorted(sets, key=len)
        found = set(least)
        for other in others:
            found.intersection_update(other)
        where, values = _conditions(wanted)
        if where and len(found) <= ROWS_MAX:
            found.intersection_update(self._of(found, where, values))
        elif where:
            found.intersection_update(self._passing(wanted, where, values))
        numbers = array("q", sorted(found, reverse=True))
        if wanted.text.strip():
            numbers = self._also(numbers, wanted.text)
        return numbers[: _end(limit)]

    def _of(
        self, numbers: Collection[int], where: list[str], values: Values
    ) -> Iterator[int]:
        """Yield which of some numbers meet conditions, by their rows."""
        marks = ", ".join("?" * len(numbers))
        rows = self._all(
            f"SELECT number FROM message WHERE number IN ({marks})"  # noqa: S608  # marks
            f" AND {' AND '.join(where)}",
            (*numbers, *values),
        )
        return (number for (number,) in rows)

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
        self, wanted: Filter, where: list[str], values: Values, limit: int = -1
    ) -> "array[int]":
        return self._numbers(
            f"SELECT number FROM message {_index(wanted, len(where))}"  # noqa: S608  # our words
            f" WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?",
            (*values, limit),
        )

    def _also(self, passing: "array[int]", text: str) -> "array[int]":
        """Keep of `passing` what has the words of `text`: two sorted lists merged.

        The database would look up a row for each hit, at ten times the cost.
        """
        passes = bytearray(passing[0] + 1 if passing else 0)
        for number in passing:
            passes[number] = 1
        hits = self.search(text, -1)
        both = (number for number in hits if number < len(passes) and passes[number])
        return array("q", islice(both, FOUND_MAX))

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


def _index(wanted: Filter, conditions: int) -> str:
    """Name the shortest index that answers all conditions; the planner cannot know."""
    if wanted.langs or wanted.tlps:
        return "INDEXED BY message_filter"
    if wanted.unacknowledged:
        return "INDEXED BY message_unacknowledged"
    if wanted.unread:
        return "INDEXED BY message_unread"
    return "INDEXED BY message_filter" if conditions > 1 else ""


def _conditions(wanted: Filter) -> tuple[list[str], Values]:
    where: list[str] = []
    values: list[str] = []
    if wanted.unread:
        where.append("read_at = 0")
    if wanted.unacknowledged:
        where.append("acknowledged = 0 AND acknowledge != 'NONE'")
    for column, allowed in (
        ("direction", {wanted.direction} - {""}),
        ("precedence", wanted.precedence),
        ("kind", wanted.kinds),
        ("mode", wanted.modes),
        ("state", wanted.states),
        ("lang", wanted.langs),
        ("tlp", wanted.tlps),
    ):
        if allowed:
            where.append(f"{column} IN ({', '.join('?' * len(allowed))})")
            values += sorted(allowed)
    return where, tuple(values)
