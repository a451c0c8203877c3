"""Finding messages: the search, filters, and names as an officer types them."""

import re
from array import array
from itertools import chain, islice

from exchange.desk import search_text
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.forms import Filter
from exchange.desk.mailbox.messages import Messages
from exchange.errors import Reason, Refusal

FOUND_MAX = 10_000  # hits of a text that one list shows
COMPLETIONS_MAX = 64  # words that the start of a word stands for, shortest first
NAME_SIZE = 32  # bytes
_PLACE = re.compile(r"([a-z0-9.-]{1,128}(?:/log/[0-9]{1,9})?)#([0-9]{1,18})")
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


class Finding(Messages):
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

    def ids(self, wanted: Filter | str) -> "array[int]":
        """Return the numbers that pass a filter (a str: `Filter.parse`), newest first.

        With a text at most FOUND_MAX of them. An empty filter gives all; a list of
        everything should rather page by number.
        """
        if isinstance(wanted, str):
            wanted = Filter.parse(wanted)
        where, values = _conditions(wanted)
        if where:
            passing = self._passing(wanted, where, values)
            return self._also(passing, wanted.text) if wanted.text.strip() else passing
        if wanted.text.strip():
            return self.search(wanted.text)
        return array("q", range(self.count(), 0, -1))

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
            f"SELECT number FROM message {_index(wanted, len(where))}"  # noqa: S608  # our words
            f" WHERE {' AND '.join(where)} ORDER BY number DESC",
            values,
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

    def _numbers(self, sql: str, values: Values) -> "array[int]":
        """Run a query of one column; never holds more than the numbers."""
        with self._reading() as connection:
            return array("q", chain.from_iterable(connection.execute(sql, values)))

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


def _only(rows: list[tuple[bytes]]) -> bytes:
    if not rows:
        raise Refusal(Reason.NOT_FOUND, "NAME")
    if len(rows) > 1:
        raise Refusal(Reason.AMBIGUOUS, "NAME")
    return rows[0][0]


def _index(wanted: Filter, conditions: int) -> str:
    """Name the shortest index that answers all conditions; the planner cannot know."""
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
    ):
        if allowed:
            where.append(f"{column} IN ({', '.join('?' * len(allowed))})")
            values += sorted(allowed)
    return where, tuple(values)
