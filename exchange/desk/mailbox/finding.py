"""Finding messages: the search, filters, and names as an officer types them."""

import re
from array import array
from itertools import chain

from exchange.desk import search_text
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
        rows = self._all(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?",
            (match, limit),
        )
        return array("q", chain.from_iterable(rows))

    def ids(self, wanted: Filter | str) -> "array[int]":
        """Return the numbers that pass a filter (a str: `Filter.parse`), newest first.

        With a text at most FOUND_MAX of them. An empty filter gives all; a list of
        everything should rather page by number.
        """
        if isinstance(wanted, str):
            wanted = Filter.parse(wanted)
        if wanted == Filter(text=wanted.text) and wanted.text.strip():
            return self.search(wanted.text)
        where, values = _conditions(wanted)
        limit = -1
        if wanted.text.strip():
            where.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(self._match(wanted.text) or '""')
            limit = FOUND_MAX
        condition = " AND ".join(where) or "1"
        rows = self._all(
            f"SELECT number FROM message WHERE {condition}"  # noqa: S608  # our own words only
            " ORDER BY number DESC LIMIT ?",
            (*values, limit),
        )
        return array("q", chain.from_iterable(rows))

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


def _conditions(wanted: Filter) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    if wanted.unread:
        where.append("read_at = 0")
    if wanted.unacknowledged:
        where.append("acknowledged = 0 AND acknowledge != 'NONE'")
    if wanted.direction:
        where.append("direction = ?")
        values.append(wanted.direction)
    for column, allowed in (
        ("precedence", wanted.precedence),
        ("kind", wanted.kinds),
        ("mode", wanted.modes),
    ):
        if allowed:
            where.append(f"{column} IN ({', '.join('?' * len(allowed))})")
            values += sorted(allowed)
    return where, values
